// Source: how one supplier writes its files. Data, not code: a description is read from TOML
// (source_reader.h) and a new supplier needs no new program.
//
// What a file says is taken literally or set aside, never guessed: amounts are read digit by digit,
// a time needs every digit its format asks for, and a word that the description does not know is
// not a status.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "authd/recon/time_format.h"
#include "core/money.h"
#include "core/time.h"

namespace authd::recon {

enum class Encoding : std::uint8_t { utf_8 = 1, iso_8859_1 = 2, windows_1252 = 3 };

// What a column means.
enum class Field : std::uint8_t {
  reference = 0,  // the supplier's name of the movement: what is matched
  kind = 1,
  occurred_at = 2,
  settled_on = 3,
  amount = 4,
  direction = 5,  // the column of debit and credit words
  currency = 6,
  fee = 7,
  status = 8,
  card = 9,
  account = 10,
  merchant = 11,  // its number
  merchant_name = 12,
  counterparty = 13,  // MSISDN, meter, recipient
  authorization_code = 14,
  batch = 15,  // batch, settlement or payout
};
inline constexpr std::size_t field_count = 16;
inline constexpr std::array<std::string_view, field_count> field_names{
    "reference", "kind",     "occurred_at",   "settled_on",   "amount",
    "direction", "currency", "fee",           "status",       "card",
    "account",   "merchant", "merchant_name", "counterparty", "authorization_code",
    "batch"};
constexpr std::string_view name(Field field) noexcept {
  return field_names[static_cast<std::size_t>(field)];
}

// A column of the file: by the header's name, or by its place where there is no header.
struct Column {
  std::string name;
  std::size_t position = 0;  // from 1; 0: by name
};

enum class LineStatus : std::uint8_t { settled = 1, pending = 2, failed = 3, reversed = 4 };
inline constexpr std::array<std::string_view, 4> line_status_names{"settled", "pending", "failed",
                                                                   "reversed"};
constexpr std::string_view name(LineStatus status) noexcept {
  return line_status_names[static_cast<std::size_t>(status) - 1];
}

enum class Units : std::uint8_t { major = 1, minor = 2 };

enum class Sign : std::uint8_t {
  leading = 1,          // "-1.50", "+1.50"
  trailing = 2,         // "1.50-"
  parentheses = 3,      // "(1.50)"
  column = 4,           // a word in the direction column; the amount itself has no sign
  always_positive = 5,  // no sign is accepted
  always_negative = 6,  // no sign is accepted, and the amount counts as negative
};

struct AmountFormat {
  Units units = Units::major;
  Sign sign = Sign::leading;
  char decimal_mark = '.';
  std::string grouping_mark;              // between groups of three digits; empty: none is accepted
  std::vector<std::string> debit_words;   // negative
  std::vector<std::string> credit_words;  // positive
};

struct StatusWords {
  std::map<std::string, LineStatus, std::less<>> words;  // exact, as the supplier writes them
  std::optional<LineStatus> unknown;  // of other words; without it they are set aside
  LineStatus without_column = LineStatus::settled;
};

// The last line, which says what the file holds.
struct Trailer {
  std::string first_column;  // its text in a trailer
  std::size_t count = 0;     // column from 1 with the number of lines; 0: none
  std::size_t total = 0;     // column from 1 with their sum; 0: none
  bool is_absolute = false;  // the sum is of amounts without their signs
};

// The layout of records, see records.h.
struct RecordFormat {
  char delimiter = ',';
  char quote = '"';  // 0: none, quotes are ordinary text
  std::size_t record_bytes_max = 65'536;
  std::size_t columns_max = 512;
};

struct Source {
  std::string name;
  std::string description;
  RecordFormat format;
  Encoding encoding = Encoding::utf_8;
  std::size_t lines_before = 0;  // before the header or the first line, not read
  bool has_header = true;
  std::size_t column_count = 0;  // of every line; 0: the header's, or any that suffices
  std::array<std::optional<Column>, field_count> columns;
  std::vector<std::pair<std::string, Column>> extra;  // kept as text under the given name
  std::vector<TimeFormat> time_formats;               // tried in this order
  std::vector<TimeFormat> date_formats;               // of settled_on
  core::TimeZone zone;                                // of times without an offset
  AmountFormat amount;
  std::optional<core::Currency> currency;  // of lines that name none
  StatusWords status;
  std::optional<Trailer> trailer;

  const std::optional<Column>& column(Field field) const noexcept {
    return columns[static_cast<std::size_t>(field)];
  }
};

}  // namespace authd::recon
