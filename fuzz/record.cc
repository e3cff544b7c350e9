// Arbitrary bytes as the payload of a journal record: what is read as a record is one, and is
// written back as a record that says the same.
//
// Input: one byte for the record's kind, then the payload. Random bytes fail the first checksum, so
// those of the after-images are made right again and everything else is left as it is.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "core/assert.h"
#include "store/format/records.h"
#include "store/journal/crc32c.h"

namespace authd::store {
namespace {

void make_valid(std::vector<std::byte>& payload) {
  const auto images = decode_images(payload);
  if (!images) return;
  for (const RowImage& image : *images) {
    std::uint32_t crc = 0;
    if (image.value.size() < sizeof crc) continue;
    const Bytes body = image.value.first(image.value.size() - sizeof crc);
    crc = crc32c(body, crc32c(bytes_of(image.key)));
    std::memcpy(const_cast<std::byte*>(body.data() + body.size()), &crc, sizeof crc);
  }
}

bool same(const Record& a, const Record& b) {
  return a.command == b.command && a.moment == b.moment && a.outcome == b.outcome &&
         a.explanation == b.explanation && a.rows == b.rows;
}

void check(std::uint16_t kind, Bytes payload) {
  core::Moment header;
  header.at = {1'793'620'800'000'000};
  header.sequence = {42};
  const auto record = decode_record(kind, record_version, header, payload);
  if (!record) return;
  std::vector<std::byte> written;
  encode_record(record->command, record->moment,
                {record->outcome, record->explanation, record->rows}, written);
  const auto again = decode_record(kind, record_version, header, written);
  AUTHD_ASSERT(again && same(*record, *again));
}

}  // namespace
}  // namespace authd::store

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace authd::store;
  if (size == 0) return 0;
  const auto input = std::as_bytes(std::span(bytes, size)).subspan(1);
  std::vector<std::byte> payload(input.begin(), input.end());
  make_valid(payload);
  check(bytes[0], payload);
  return 0;
}
