// Layout: the journal on disk, format version 1.
//
// A journal is a directory of segment files, segment-00000001.journal, segment-00000002.journal, …;
// old ones are deleted from the front. All numbers are little-endian. A segment is created with its
// final size, all zeros, and is used from the front:
//
//   segment  = header, batch, batch, …, zeros
//   batch    = record, …, record, trailer       at least one record; never spans segments
//   record   = record header, payload, 0..7 zero bytes up to a multiple of 8
//   trailer  = a record of kind 0xFFFF whose payload is the chain hash after this batch
//
// A blank segment (all zeros) is prepared and not used yet. The header is written together with the
// first batch of the segment, in one write.
//
// Segment header, 128 bytes:
//
//     0  magic           8  "AUTHDJNL"
//     8  format version  4  1
//    12  shard           4
//    16  segment index   4  as in the file's name
//    20  zeros           4
//    24  segment bytes   8  size of this file
//    32  first sequence  8  of the first record in it
//    40  first batch     8  number of the first batch in it
//    48  previous time   8  of the record before the first one; 0 when there is none
//    56  chain hash     32  before the first batch
//    88  zeros          36
//   124  crc32c          4  of the 124 bytes before
//
// Record header, 40 bytes:
//
//     0  crc32c          4  of all bytes of the record behind it, payload and padding included
//     4  payload bytes   4  0..65536
//     8  sequence        8  1, 2, 3, … without gaps; in a trailer: of the last record
//    16  batch           8  1, 2, 3, … without gaps
//    24  time            8  microseconds since 1970-01-01 UTC; in a trailer: of the last record
//    32  kind            2  the caller's; 0xFFFF for a trailer
//    34  version         2  the caller's, of the payload; 1 in a trailer
//    36  shard           4
//
// Chain hash after a batch = SHA-256(chain hash before it ‖ the bytes of its records, headers and
// padding included, the trailer not). Before the first batch of a journal: 32 zero bytes.
//
// crc32c says that a record is whole, the trailer that the batch is, the chain that nothing was
// taken out or put in between. A batch without a valid trailer was never answered.

#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include "core/identifiers.h"
#include "core/time.h"

namespace authd::store {

static_assert(std::endian::native == std::endian::little,
              "headers are written as they lie in memory");

using ChainHash = std::array<std::byte, 32>;

inline constexpr std::array<char, 8> segment_magic = {'A', 'U', 'T', 'H', 'D', 'J', 'N', 'L'};
inline constexpr std::uint32_t segment_version = 1;
inline constexpr std::uint16_t trailer_kind = 0xFFFF;
inline constexpr std::uint16_t trailer_version = 1;

struct SegmentHeader {
  std::array<char, 8> magic = segment_magic;
  std::uint32_t version = segment_version;
  std::uint32_t shard = 0;
  std::uint32_t segment = 0;
  std::uint32_t zero = 0;
  std::uint64_t segment_bytes = 0;
  std::uint64_t first_sequence = 0;
  std::uint64_t first_batch = 0;
  std::int64_t previous_at = 0;
  ChainHash chain{};
  std::array<std::byte, 36> zeros{};
  std::uint32_t crc = 0;
};
static_assert(sizeof(SegmentHeader) == 128 && std::is_trivially_copyable_v<SegmentHeader>);

struct RecordHeader {
  std::uint32_t crc = 0;
  std::uint32_t payload_bytes = 0;
  std::uint64_t sequence = 0;
  std::uint64_t batch = 0;
  std::int64_t at = 0;
  std::uint16_t kind = 0;
  std::uint16_t version = 0;
  std::uint32_t shard = 0;
};
static_assert(sizeof(RecordHeader) == 40 && std::is_trivially_copyable_v<RecordHeader>);

inline constexpr std::size_t payload_bytes_max = std::size_t{64} * 1024;

constexpr std::size_t record_bytes(std::size_t payload_bytes) noexcept {
  return (sizeof(RecordHeader) + payload_bytes + 7) / 8 * 8;
}

inline constexpr std::size_t record_bytes_max = record_bytes(payload_bytes_max);
inline constexpr std::size_t trailer_bytes = record_bytes(sizeof(ChainHash));

// Of a batch, trailer included. A power cut tears at most this and a segment header.
inline constexpr std::size_t batch_bytes_max = std::size_t{1} << 20U;

inline constexpr std::uint64_t segment_bytes_min = std::uint64_t{128} << 10U;
inline constexpr std::uint64_t segment_bytes_max = std::uint64_t{2} << 30U;
inline constexpr std::uint64_t segment_bytes_unit = 4096;
static_assert(segment_bytes_min >= sizeof(SegmentHeader) + record_bytes_max + trailer_bytes);

// A place in a journal. Offset 0: before the segment's header.
struct Position {
  std::uint32_t segment = 0;
  std::uint32_t offset = 0;
  friend constexpr auto operator<=>(const Position&, const Position&) noexcept = default;
};

// A record as its readers see it. The payload is a view: who hands it out says for how long.
struct RecordView {
  core::Sequence sequence{};
  core::Timestamp at{};
  std::uint16_t kind = 0;
  std::uint16_t version = 0;
  std::span<const std::byte> payload{};
};

// Sets the checksum of a header that is otherwise complete.
void seal(SegmentHeader& header) noexcept;
bool is_sealed(const SegmentHeader& header) noexcept;

// Writes header, payload and padding to `out`, which has room for record_bytes(payload.size()); the
// header's checksum and length are set here.
void write_record(std::byte* out, RecordHeader header, std::span<const std::byte> payload) noexcept;

// The header of the record at the front of `bytes`, or nothing when no whole record with a valid
// checksum lies there.
std::optional<RecordHeader> read_record(std::span<const std::byte> bytes) noexcept;

// The same without the checksum, for records that were checked before.
RecordHeader header_of(std::span<const std::byte> record) noexcept;

inline std::span<const std::byte> payload_of(std::span<const std::byte> record,
                                             const RecordHeader& header) noexcept {
  return record.subspan(sizeof header, header.payload_bytes);
}

inline RecordView view_of(std::span<const std::byte> record, const RecordHeader& header) noexcept {
  return {.sequence = {header.sequence},
          .at = {header.at},
          .kind = header.kind,
          .version = header.version,
          .payload = payload_of(record, header)};
}

bool is_zero(std::span<const std::byte> bytes) noexcept;

}  // namespace authd::store
