// Arbitrary bytes as a supplier's file: the same records however the bytes are cut into pieces, in
// bounded memory, and every one a line or set aside with a reason.
//
// Input: one byte that chooses the layout, one for the size of the pieces, then the file.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "authd/recon/encoding.h"
#include "authd/recon/line.h"
#include "authd/recon/records.h"
#include "core/assert.h"

namespace authd::recon {
namespace {

Source layout(std::uint8_t choice) {
  Source source;
  source.has_header = false;
  source.format.delimiter = (choice & 1U) != 0 ? ';' : ',';
  source.format.quote = (choice & 2U) != 0 ? '\0' : '"';
  source.format.record_bytes_max = (choice & 4U) != 0 ? 16 : 256;
  source.encoding = (choice & 8U) != 0 ? Encoding::windows_1252 : Encoding::utf_8;
  source.amount.sign = (choice & 16U) != 0 ? Sign::parentheses : Sign::leading;
  source.amount.grouping_mark = (choice & 32U) != 0 ? "'" : "";
  source.amount.units = (choice & 64U) != 0 ? Units::minor : Units::major;
  std::size_t position = 0;
  for (const Field field : {Field::reference, Field::occurred_at, Field::amount, Field::currency}) {
    source.columns[static_cast<std::size_t>(field)] = Column{"", ++position};
  }
  source.time_formats.push_back(*TimeFormat::compile("YYYY-MM-DD HH:mm:ss"));
  source.time_formats.push_back(*TimeFormat::compile("DD MMM YYYY hh:mm:ss.f A Z"));
  source.currency = core::Currency::from_alpha("ZAR");
  return source;
}

// What a record is, as one text.
std::string summary(const Record& record) {
  std::string text = std::to_string(record.line) + '|';
  if (record.fault) text += std::to_string(static_cast<int>(*record.fault));
  for (const std::string_view column : record.columns) text += '|' + std::string(column);
  return text += '|' + std::string(record.text);
}

void check(const LineReader& lines, const Record& record) {
  const auto read = lines.read(record);
  if (const auto* const bad = std::get_if<BadLine>(&read)) {
    AUTHD_ASSERT(bad->line_number == record.line && !name(bad->reason).empty());
    AUTHD_ASSERT(bad->text.size() <= BadLine::text_bytes_max && is_utf_8(bad->text));
    return;
  }
  const auto& line = std::get<Line>(read);
  AUTHD_ASSERT(!line.reference.empty() && is_utf_8(line.reference));
  AUTHD_ASSERT(line.amount.minor_units <= core::minor_units_max);
  AUTHD_ASSERT(line.amount.minor_units >= -core::minor_units_max);
}

std::vector<std::string> records_of(std::string_view bytes, const Source& source,
                                    std::size_t piece_bytes) {
  const auto lines = LineReader::bind(source, {});
  AUTHD_ASSERT(lines.has_value());
  RecordSplitter splitter(source.format);
  std::vector<std::string> records;
  const auto take = [&] {
    while (const Record* const record = splitter.next()) {
      AUTHD_ASSERT(record->text.size() <= source.format.record_bytes_max);
      check(*lines, *record);
      records.push_back(summary(*record));
    }
  };
  for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
    splitter.feed(bytes.substr(at, piece_bytes));
    take();
  }
  splitter.finish();
  take();
  return records;
}

}  // namespace
}  // namespace authd::recon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace authd::recon;
  if (size < 2 || size > 65'536) return 0;
  const std::string_view file(reinterpret_cast<const char*>(bytes) + 2, size - 2);
  const Source source = layout(bytes[0]);
  const std::size_t piece_bytes = 1 + bytes[1] % 64U;
  AUTHD_ASSERT(records_of(file, source, piece_bytes) == records_of(file, source, size));
  return 0;
}
