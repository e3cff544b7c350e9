// Segment: one file of the journal: its name, its header, its creation.
//
// Threads: any, each with its own Segment. The directory must exist.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "store/journal/disk.h"
#include "store/journal/error.h"
#include "store/journal/layout.h"

namespace authd::store {

// Where the journal of one shard lives.
struct JournalDirectory {
  std::string path;
  std::uint32_t shard = 0;
  Disk* disk = &posix_disk();  // never null; outlives everything that reads or writes here
};

// "<directory>/segment-00000001.journal". Eight digits: 25 PB at the default size.
std::string segment_path(const JournalDirectory& directory, std::uint32_t index);
inline constexpr std::uint32_t segment_index_max = 99'999'999;

// First and last index of the segments; nothing when there is none. Other files are overlooked. A
// missing one between two is an error.
struct SegmentRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};
core::Result<std::optional<SegmentRange>, JournalError> list_segments(
    const JournalDirectory& directory);

struct Segment {
  enum class State : std::uint8_t {
    blank = 1,  // the header's place holds zeros
    valid = 2,  // the header belongs to this shard, this name and this file size
    torn = 3,   // not whole, in a way that a write that was cut short can leave behind
    wrong = 4,  // whole and another's, or what we never wrote
  };

  std::uint32_t index = 0;
  std::unique_ptr<File> file;
  std::uint64_t bytes = 0;  // the file's size
  State state = State::blank;
  SegmentHeader header;                               // when valid
  JournalFault fault = JournalFault::corrupt_header;  // unless valid
};

core::Result<Segment, JournalError> open_segment(const JournalDirectory& directory,
                                                 std::uint32_t index, OpenMode mode);

// The last segment of `range` that begins at or before the sequence: the one to read from. Nothing
// when all that have a valid header begin later. Opens as few as possible, from the end.
core::Result<std::optional<Segment>, JournalError> find_segment(const JournalDirectory& directory,
                                                                SegmentRange range,
                                                                core::Sequence from);

// Creates a blank segment that survives a power cut, under its name only once it is complete. Zeros
// are really written: with unwritten extents every flush would change the file's metadata and cost
// a second write.
//
// `go_on` is called after every MiB, to slow down; false gives up (write_failed, ECANCELED).
core::Result<std::unique_ptr<File>, JournalError> create_segment(
    const JournalDirectory& directory, std::uint32_t index, std::uint64_t bytes,
    const std::function<bool()>& go_on);

// Removes what an interrupted create_segment left behind.
core::Result<void, JournalError> remove_unfinished(const JournalDirectory& directory);

}  // namespace authd::store
