// Arbitrary bytes as the files of a journal: recovery, verification and reading agree about them,
// whatever they are, and a journal that opens can be written on.
//
// Input: one byte of options, then the front of segment 1, and of segment 2 where asked for. Random
// bytes fail the first checksum, so one option makes checksums and chain right again and leaves
// everything else as it is.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "core/assert.h"
#include "store/journal/chain.h"
#include "store/journal/journal.h"
#include "store/journal/reader.h"
#include "tests/journal/simulated_disk.h"

namespace authd::store {
namespace {

constexpr std::uint8_t reseal = 1;        // checksums and chain are made right
constexpr std::uint8_t two_segments = 2;  // the second half of the input is segment 2
constexpr std::uint8_t short_file = 4;    // segment 1 is no longer than the input
constexpr std::uint8_t from_later = 8;    // recovery starts at record 3

// Makes the header and every record that has room for its length valid, and each trailer the hash
// of its batch.
void make_valid(std::vector<std::byte>& bytes) {
  if (bytes.size() < sizeof(SegmentHeader)) return;
  SegmentHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  seal(header);
  std::memcpy(bytes.data(), &header, sizeof header);

  static auto chain = Chain::create();
  ChainHash hash = header.chain;
  std::size_t batch = sizeof header;
  std::size_t offset = batch;
  while (offset + sizeof(RecordHeader) <= bytes.size()) {
    const auto rest = std::span<const std::byte>(bytes).subspan(offset);
    if (is_zero(rest.first(sizeof(RecordHeader)))) return;
    const RecordHeader record = header_of(rest);
    if (record.payload_bytes > payload_bytes_max) return;
    if (record_bytes(record.payload_bytes) > rest.size()) return;
    const auto stored = payload_of(rest, record);
    std::vector<std::byte> payload(stored.begin(), stored.end());
    const std::size_t size = record_bytes(payload.size());
    if (record.kind == trailer_kind && payload.size() == sizeof hash) {
      hash = chain->next(hash, std::span(bytes).subspan(batch, offset - batch));
      std::copy(hash.begin(), hash.end(), payload.begin());
      batch = offset + size;
    }
    write_record(bytes.data() + offset, record, payload);
    offset += size;
  }
}

void put_segment(SimulatedDisk& disk, const JournalDirectory& directory, std::uint32_t index,
                 std::span<const std::byte> front, std::uint8_t options) {
  std::vector<std::byte> bytes(
      front.begin(), front.begin() + static_cast<std::ptrdiff_t>(
                                         std::min<std::size_t>(front.size(), segment_bytes_min)));
  const bool is_short = index == 1 && (options & short_file) != 0;
  if (!is_short) bytes.resize(segment_bytes_min);
  if ((options & reseal) != 0) make_valid(bytes);
  disk.put(segment_path(directory, index), bytes);
}

// Every record from `from` on that a reader of the files finds.
std::uint64_t count_read(const JournalDirectory& directory, core::Sequence from) {
  auto reader = Reader::open(directory, from);
  AUTHD_ASSERT(reader.has_value());
  std::uint64_t count = 0;
  for (;;) {
    const auto record = reader->next();
    AUTHD_ASSERT(record.has_value());
    if (!*record) return count;
    AUTHD_ASSERT((*record)->sequence.value == from.value + count);
    ++count;
  }
}

void check(SimulatedDisk& disk, core::Sequence from) {
  const JournalDirectory directory{.path = "journal", .shard = 7, .disk = &disk};
  const JournalOptions options{.directory = directory,
                               .segment_bytes = segment_bytes_min,
                               .prepare_pause = std::chrono::milliseconds(0)};
  const auto before = verify(directory);
  std::uint64_t replayed = 0;
  std::uint64_t next = 0;
  {
    const auto journal = Journal::open(options, from, [&](const RecordView& record) {
      AUTHD_ASSERT(record.sequence.value == from.value + replayed);
      ++replayed;
      return true;
    });
    if (!journal) {
      AUTHD_ASSERT(name(journal.error().fault) != "unknown" && journal.error().system_error == 0);
      // Nothing is refused that is in order and holds the record, or is about to.
      AUTHD_ASSERT(!before || from < before->first_sequence || from > before->next_sequence);
      return;
    }
    AUTHD_ASSERT((*journal)->recovered().records >= replayed);
    next = (*journal)->next_sequence().value;
    AUTHD_ASSERT(next == from.value + replayed);
    AUTHD_ASSERT((*journal)->append(1, 1, {1}, {}).has_value());
    AUTHD_ASSERT((*journal)->flush().has_value());
  }
  AUTHD_ASSERT(count_read(directory, from) == replayed + 1);
  const auto after = scan(directory, from, nullptr);
  AUTHD_ASSERT(after && after->torn_bytes == 0 && after->next_sequence.value == next + 1);
  if (before) AUTHD_ASSERT(verify(directory)->records == before->records + 1);
}

}  // namespace
}  // namespace authd::store

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace authd::store;
  if (size == 0) return 0;
  const std::uint8_t options = bytes[0];
  const auto input = std::as_bytes(std::span(bytes, size)).subspan(1);
  SimulatedDisk disk;
  const JournalDirectory directory{.path = "journal", .shard = 7, .disk = &disk};
  const std::size_t first = (options & two_segments) != 0 ? input.size() / 2 : input.size();
  put_segment(disk, directory, 1, input.first(first), options);
  if ((options & two_segments) != 0) put_segment(disk, directory, 2, input.subspan(first), options);
  check(disk, {(options & from_later) != 0 ? std::uint64_t{3} : std::uint64_t{1}});
  return 0;
}
