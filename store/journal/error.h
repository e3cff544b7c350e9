// JournalError: what is wrong with a journal, and where.

#pragma once

#include <cstdint>
#include <string_view>

#include "core/identifiers.h"
#include "store/journal/disk.h"

namespace authd::store {

// Exported by name: numbers are never reused.
enum class JournalFault : std::uint8_t {
  // The operating system refused: system_error says why.
  open_failed = 1,
  read_failed = 2,
  write_failed = 3,
  sync_failed = 4,
  directory_failed = 5,  // list, create, rename, remove or sync of the directory

  // What was asked for does not fit what is there.
  bad_options = 10,      // segment_bytes out of bounds, or not a multiple of 4096
  missing_journal = 11,  // the directory holds no segment, and creating one was not asked for
  missing_history = 12,  // the sequence is older than the oldest segment kept
  beyond_end = 13,       // the sequence lies after the next one: newer records were lost
  record_refused = 14,   // the caller's own function did not accept the record
  no_digest = 15,        // OpenSSL offers no SHA-256

  // The files are not what was written: corruption, or files moved by hand. Never a torn tail.
  missing_segment = 20,  // a file between two others
  wrong_file_size = 21,  // another size than the segment's header states
  bad_magic = 22,
  unsupported_version = 23,
  corrupt_header = 24,  // checksum of a segment's header
  wrong_shard = 25,
  wrong_segment = 26,  // the header states another index than the name
  corrupt_record = 27,
  sequence_gap = 28,
  batch_gap = 29,     // a batch is missing or stands twice
  chain_broken = 30,  // the records are whole but not the ones that were hashed
};
std::string_view name(JournalFault fault) noexcept;  // "sequence_gap"

struct JournalError {
  JournalFault fault = JournalFault::open_failed;
  std::uint32_t segment = 0;  // index in the file's name; 0 when it is about the directory
  std::uint64_t offset = 0;   // in that file
  core::Sequence sequence{};  // the record that was expected there or asked for; 0 when none was
  int system_error = 0;       // errno, for the first group
};

}  // namespace authd::store
