#include "store/journal/segment.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

namespace authd::store {
namespace {

using core::Result;
using core::Unexpected;

constexpr std::string_view prefix = "segment-";
constexpr std::string_view suffix = ".journal";
constexpr std::string_view unfinished_suffix = ".preparing";
constexpr std::size_t digits = 8;

Unexpected<JournalError> failure(JournalFault fault, std::uint32_t segment, Errno error,
                                 std::uint64_t offset = 0) {
  return Unexpected{JournalError{
      .fault = fault, .segment = segment, .offset = offset, .system_error = error.value}};
}

// 0 when the name is not a segment's.
std::uint32_t index_of(std::string_view file_name) {
  if (file_name.size() != prefix.size() + digits + suffix.size()) return 0;
  if (!file_name.starts_with(prefix) || !file_name.ends_with(suffix)) return 0;
  const std::string_view number = file_name.substr(prefix.size(), digits);
  std::uint32_t index = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + digits, index);
  return error == std::errc{} && end == number.data() + digits ? index : 0;
}

// What is wrong with a header that is not blank; nothing when it is valid.
std::optional<JournalFault> check(const SegmentHeader& header, const Segment& segment,
                                  std::uint32_t shard) {
  if (header.magic != segment_magic) return JournalFault::bad_magic;
  if (header.version != segment_version) return JournalFault::unsupported_version;
  if (!is_sealed(header) || header.first_sequence == 0) return JournalFault::corrupt_header;
  if (header.shard != shard) return JournalFault::wrong_shard;
  if (header.segment != segment.index) return JournalFault::wrong_segment;
  if (header.segment_bytes != segment.bytes || segment.bytes > segment_bytes_max) {
    return JournalFault::wrong_file_size;
  }
  return std::nullopt;
}

// A write that was cut short leaves zeros in place of some bytes, and no valid checksum. Another
// magic or version is somebody else's file: it must not be taken for a torn one, and overwritten.
bool may_be_torn(const SegmentHeader& header) {
  const SegmentHeader whole;
  const auto is = std::as_bytes(std::span(&header, 1)).first(offsetof(SegmentHeader, shard));
  const auto was = std::as_bytes(std::span(&whole, 1)).first(offsetof(SegmentHeader, shard));
  const bool as_written =
      std::equal(is.begin(), is.end(), was.begin(),
                 [](std::byte a, std::byte b) { return a == b || a == std::byte{0}; });
  return as_written && !is_sealed(header);
}

Result<void, JournalError> write_zeros(File& file, std::uint32_t index, std::uint64_t bytes,
                                       const std::function<bool()>& go_on) {
  const std::vector<std::byte> zeros(std::size_t{1} << 20U);
  for (std::uint64_t offset = 0; offset < bytes; offset += zeros.size()) {
    const auto step =
        static_cast<std::size_t>(std::min<std::uint64_t>(zeros.size(), bytes - offset));
    if (const auto written = write_all(file, std::span(zeros).first(step), offset); !written) {
      return failure(JournalFault::write_failed, index, written.error(), offset);
    }
    if (const auto synced = file.sync_data(); !synced) {
      return failure(JournalFault::sync_failed, index, synced.error(), offset);
    }
    if (!go_on()) return failure(JournalFault::write_failed, index, Errno{ECANCELED}, offset);
  }
  return {};
}

}  // namespace

std::string segment_path(const JournalDirectory& directory, std::uint32_t index) {
  std::string number = std::to_string(index);
  number.insert(0, digits - std::min(digits, number.size()), '0');
  return directory.path + '/' + std::string(prefix) + number + std::string(suffix);
}

Result<std::optional<SegmentRange>, JournalError> list_segments(const JournalDirectory& directory) {
  const auto names = directory.disk->list(directory.path);
  if (!names) return failure(JournalFault::directory_failed, 0, names.error());
  std::vector<std::uint32_t> indexes;
  for (const std::string& file_name : *names) {
    if (const std::uint32_t index = index_of(file_name); index > 0) indexes.push_back(index);
  }
  if (indexes.empty()) return std::optional<SegmentRange>{};
  std::sort(indexes.begin(), indexes.end());
  for (std::size_t i = 1; i < indexes.size(); ++i) {
    if (indexes[i] == indexes[i - 1] + 1) continue;
    return Unexpected{
        JournalError{.fault = JournalFault::missing_segment, .segment = indexes[i - 1] + 1}};
  }
  return std::optional(SegmentRange{.first = indexes.front(), .last = indexes.back()});
}

Result<Segment, JournalError> open_segment(const JournalDirectory& directory, std::uint32_t index,
                                           OpenMode mode) {
  Segment segment;
  segment.index = index;
  auto file = directory.disk->open(segment_path(directory, index), mode);
  if (!file) return failure(JournalFault::open_failed, index, file.error());
  segment.file = std::move(*file);
  const auto bytes = segment.file->size();
  if (!bytes) return failure(JournalFault::read_failed, index, bytes.error());
  segment.bytes = *bytes;

  std::array<std::byte, sizeof(SegmentHeader)> raw{};
  const auto count = read_full(*segment.file, raw, 0);
  if (!count) return failure(JournalFault::read_failed, index, count.error());
  if (is_zero(raw)) return segment;
  std::memcpy(&segment.header, raw.data(), raw.size());
  const auto fault = check(segment.header, segment, directory.shard);
  if (!fault) {
    segment.state = Segment::State::valid;
    return segment;
  }
  segment.state = may_be_torn(segment.header) ? Segment::State::torn : Segment::State::wrong;
  segment.fault = *fault;
  return segment;
}

Result<std::optional<Segment>, JournalError> find_segment(const JournalDirectory& directory,
                                                          SegmentRange range, core::Sequence from) {
  for (std::uint32_t index = range.last; index >= range.first; --index) {
    AUTHD_TRY(segment, open_segment(directory, index, OpenMode::read));
    const bool begins_before = segment.header.first_sequence <= from.value;
    if (segment.state == Segment::State::valid && begins_before) {
      return std::optional(std::move(segment));
    }
  }
  return std::optional<Segment>{};
}

Result<std::unique_ptr<File>, JournalError> create_segment(const JournalDirectory& directory,
                                                           std::uint32_t index, std::uint64_t bytes,
                                                           const std::function<bool()>& go_on) {
  const std::string path = segment_path(directory, index);
  const std::string unfinished = path + std::string(unfinished_suffix);
  auto file = directory.disk->open(unfinished, OpenMode::create);
  if (!file) return failure(JournalFault::open_failed, index, file.error());

  if (const auto written = write_zeros(**file, index, bytes, go_on); !written) {
    // A full disk gets its space back; when even that fails, the next start removes the file.
    [[maybe_unused]] const auto removed = directory.disk->remove(unfinished);
    return Unexpected{written.error()};
  }
  if (const auto renamed = directory.disk->rename(unfinished, path); !renamed) {
    return failure(JournalFault::directory_failed, index, renamed.error());
  }
  if (const auto synced = directory.disk->sync_directory(directory.path); !synced) {
    return failure(JournalFault::directory_failed, index, synced.error());
  }
  return std::move(*file);
}

Result<void, JournalError> remove_unfinished(const JournalDirectory& directory) {
  const auto names = directory.disk->list(directory.path);
  if (!names) return failure(JournalFault::directory_failed, 0, names.error());
  for (const std::string& file_name : *names) {
    if (!file_name.starts_with(prefix) || !file_name.ends_with(unfinished_suffix)) continue;
    if (const auto removed = directory.disk->remove(directory.path + '/' + file_name); !removed) {
      return failure(JournalFault::directory_failed, 0, removed.error());
    }
  }
  return {};
}

}  // namespace authd::store
