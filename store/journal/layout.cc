#include "store/journal/layout.h"

#include <cstring>

#include "store/journal/crc32c.h"

namespace authd::store {
namespace {

std::uint32_t checksum(const SegmentHeader& header) noexcept {
  return crc32c(std::as_bytes(std::span(&header, 1)).first(offsetof(SegmentHeader, crc)));
}

}  // namespace

void seal(SegmentHeader& header) noexcept { header.crc = checksum(header); }

bool is_sealed(const SegmentHeader& header) noexcept { return header.crc == checksum(header); }

void write_record(std::byte* out, RecordHeader header,
                  std::span<const std::byte> payload) noexcept {
  const std::size_t bytes = record_bytes(payload.size());
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  std::memset(out + bytes - 8, 0, 8);  // the padding; what is not padding is written next
  std::memcpy(out, &header, sizeof header);
  if (!payload.empty()) std::memcpy(out + sizeof header, payload.data(), payload.size());
  header.crc = crc32c({out + sizeof header.crc, bytes - sizeof header.crc});
  std::memcpy(out, &header.crc, sizeof header.crc);
}

RecordHeader header_of(std::span<const std::byte> record) noexcept {
  RecordHeader header;
  std::memcpy(&header, record.data(), sizeof header);
  return header;
}

std::optional<RecordHeader> read_record(std::span<const std::byte> bytes) noexcept {
  if (bytes.size() < sizeof(RecordHeader)) return std::nullopt;
  const RecordHeader header = header_of(bytes);
  if (header.payload_bytes > payload_bytes_max) return std::nullopt;
  const std::size_t size = record_bytes(header.payload_bytes);
  if (size > bytes.size()) return std::nullopt;
  if (header.crc != crc32c(bytes.first(size).subspan(sizeof header.crc))) return std::nullopt;
  return header;
}

bool is_zero(std::span<const std::byte> bytes) noexcept {
  // Equal to itself one byte on, and starting with zero: all zero. memcmp does it 32 bytes a step.
  if (bytes.empty()) return true;
  return bytes.front() == std::byte{0} &&
         std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0;
}

}  // namespace authd::store
