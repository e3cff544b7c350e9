#include "store/journal/tail.h"

#include <algorithm>

namespace authd::store {
namespace {

using core::Result;

constexpr std::uint64_t sector_bytes = 512;
constexpr std::size_t stride = 4096;  // of zeros, skipped at once

// A whole record of this shard and of batch `batch` or a later one at the front of `bytes`. The
// cheap conditions come first: this is asked for every eighth byte.
std::optional<RecordHeader> record_at(std::span<const std::byte> bytes, std::uint32_t shard,
                                      std::uint64_t batch) {
  if (bytes.size() < sizeof(RecordHeader)) return std::nullopt;
  const RecordHeader header = header_of(bytes);
  if (header.shard != shard || header.batch < batch) return std::nullopt;
  return read_record(bytes);
}

// Whether a sector between the two offsets, or the part of one that lies between them, holds zeros.
Result<bool, Errno> has_unwritten_sector(Window& window, std::uint64_t from, std::uint64_t to) {
  while (from < to) {
    const std::uint64_t end = std::min(to, (from / sector_bytes + 1) * sector_bytes);
    AUTHD_TRY(part, window.view(from, static_cast<std::size_t>(end - from), to));
    if (is_zero(part)) return true;
    from = end;
  }
  return false;
}

}  // namespace

Result<Tail, Errno> inspect_tail(Window& window, std::uint64_t bytes, std::uint32_t shard,
                                 const Stop& stop) {
  std::uint64_t end = stop.stop > stop.begin ? stop.stop : 0;
  std::uint64_t records = 0;
  std::optional<std::uint64_t> trailer;

  std::uint64_t offset = stop.stop;
  while (offset < bytes) {
    AUTHD_TRY(view, window.view(offset, record_bytes_max, bytes));
    if (view.empty()) break;  // the file became shorter
    const auto front = view.first(std::min(view.size(), stride));
    if (is_zero(front)) {
      offset += front.size();
      continue;
    }
    const auto header = record_at(view, shard, stop.batch);
    if (!header) {
      const auto step = view.first(std::min<std::size_t>(view.size(), 8));
      if (!is_zero(step)) end = offset + step.size();
      offset += step.size();
      continue;
    }
    if (header->batch > stop.batch) return Tail{.state = TailState::damaged};
    if (header->kind == trailer_kind) {
      trailer = offset;
    } else {
      ++records;
    }
    offset += record_bytes(header->payload_bytes);
    end = offset;
  }

  if (end == 0) return Tail{.state = TailState::clean};
  const std::uint64_t write_bytes_max =
      batch_bytes_max + (stop.begin == 0 ? sizeof(SegmentHeader) : 0);
  if (end - stop.begin > write_bytes_max) return Tail{.state = TailState::damaged};
  if (trailer) {
    AUTHD_TRY(unwritten, has_unwritten_sector(window, stop.stop, *trailer));
    if (!unwritten) return Tail{.state = TailState::damaged};
  }
  return Tail{.state = TailState::torn, .end = end, .records = records};
}

}  // namespace authd::store
