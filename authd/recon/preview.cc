#include "authd/recon/preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "authd/recon/encoding.h"

namespace authd::recon {

namespace {

constexpr std::size_t cell_bytes_max = 40;

using Row = std::vector<std::string>;

std::string text_of(core::LocalDay day) {
  const core::CivilDate date = core::civil_of(day);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string text_of(core::Timestamp at) {
  const std::int64_t s = core::floor_div(at.unix_us, core::us_per_s);
  const std::int64_t days = core::floor_div(s, core::s_per_day);
  const std::int64_t second = s - days * core::s_per_day;
  return fmt::format("{} {:02}:{:02}:{:02}Z",
                     text_of(core::LocalDay{static_cast<std::int32_t>(days)}), second / 3'600,
                     second % 3'600 / 60, second % 60);
}

std::string text_of(const Line& line, Field field) {
  switch (field) {
    case Field::reference: return line.reference;
    case Field::kind: return line.kind;
    case Field::occurred_at: return text_of(line.occurred_at);
    case Field::settled_on: return line.settled_on ? text_of(*line.settled_on) : "";
    case Field::amount: return core::to_major_units(line.amount);
    case Field::direction: return line.amount.minor_units < 0 ? "debit" : "credit";
    case Field::currency: return std::string(line.amount.currency.alpha());
    case Field::fee: return line.fee ? core::to_major_units(*line.fee) : "";
    case Field::status: return std::string(name(line.status));
    case Field::card: return line.card;
    case Field::account: return line.account;
    case Field::merchant: return line.merchant;
    case Field::merchant_name: return line.merchant_name;
    case Field::counterparty: return line.counterparty;
    case Field::authorization_code: return line.authorization_code;
    case Field::batch: return line.batch;
  }
  return {};
}

// Currency and status are shown always: that they come from the description is worth seeing.
std::vector<Field> shown_fields(const Source& source) {
  std::vector<Field> fields;
  for (std::size_t i = 0; i < field_count; ++i) {
    const auto field = static_cast<Field>(i);
    const bool is_always = field == Field::currency || field == Field::status;
    if (source.columns[i] || is_always) fields.push_back(field);
  }
  return fields;
}

Row names_of(const Source& source, const std::vector<Field>& fields) {
  Row names{"line"};
  for (const Field field : fields) names.emplace_back(name(field));
  for (const auto& [name, column] : source.extra) names.push_back(cleaned(name, cell_bytes_max));
  return names;
}

Row row_of(const Line& line, const std::vector<Field>& fields) {
  Row row{std::to_string(line.line_number)};
  for (const Field field : fields) row.push_back(cleaned(text_of(line, field), cell_bytes_max));
  for (const std::string& text : line.extra) row.push_back(cleaned(text, cell_bytes_max));
  return row;
}

// In characters, which is what a terminal's columns nearly are.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string table_of(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string written;
    for (std::size_t i = 0; i < row.size(); ++i) {
      written += row[i] + std::string(widths[i] + 2 - width_of(row[i]), ' ');
    }
    text += written.substr(0, written.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

std::string text_of(const BadLine& bad) {
  const std::string subject = bad.column.empty() ? "" : cleaned(bad.column, cell_bytes_max) + " ";
  return fmt::format("line {}: {}{}: \"{}\"\n", bad.line_number, subject, describe(bad.reason),
                     bad.text);
}

std::string text_of(const End& end) {
  std::string text =
      fmt::format("the file ends: {} lines read, {} set aside\n", end.lines, end.bad_lines);
  for (const CurrencyTotal& total : end.totals) {
    text +=
        fmt::format("total of {} lines: {} {}\n", total.lines,
                    total.signed_minor ? core::to_major_units({*total.signed_minor, total.currency})
                                       : "too large",
                    total.currency.alpha());
  }
  if (end.trailer != TrailerVerdict::not_expected) {
    text += fmt::format("trailer: {}\n", name(end.trailer));
  }
  return text + fmt::format("sha256: {}\n", to_hex(end.sha256));
}

}  // namespace

core::Result<std::string, ReadError> preview(const std::filesystem::path& file,
                                             const Source& source, std::size_t lines_max,
                                             const StreamLimits& limits) {
  AUTHD_TRY(reader, Reader::open(file, source, limits));
  const std::vector<Field> fields = shown_fields(source);
  std::vector<Row> rows{names_of(source, fields)};
  std::string set_aside;
  std::string end;
  for (std::size_t i = 0; i <= lines_max && end.empty(); ++i) {
    AUTHD_TRY(item, reader.next());
    if (const auto* const last = std::get_if<End>(&item)) end = text_of(*last);
    if (i == lines_max) break;  // one more is read, for the end that may follow the last line shown
    if (const auto* const line = std::get_if<Line>(&item)) rows.push_back(row_of(*line, fields));
    if (const auto* const bad = std::get_if<BadLine>(&item)) set_aside += text_of(*bad);
  }
  std::string text = table_of(rows);
  if (!set_aside.empty()) text += "\nset aside:\n" + set_aside;
  if (!end.empty()) text += '\n' + end;
  return text;
}

}  // namespace authd::recon
