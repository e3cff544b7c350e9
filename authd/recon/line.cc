#include "authd/recon/line.h"

#include <algorithm>

#include "authd/recon/amount_format.h"
#include "authd/recon/encoding.h"

namespace authd::recon {

namespace {

using core::Unexpected;

Reason reason_of(RecordFault fault) noexcept {
  switch (fault) {
    case RecordFault::nul_byte: return Reason::nul_byte;
    case RecordFault::too_long: return Reason::line_too_long;
    case RecordFault::quote_inside: return Reason::quote_inside;
    case RecordFault::text_after_quote: return Reason::text_after_quote;
    case RecordFault::quote_unclosed: return Reason::quote_unclosed;
    case RecordFault::too_many_columns: return Reason::too_many_columns;
  }
  return Reason::nul_byte;
}

Reason reason_of(AmountError error) noexcept {
  switch (error) {
    case AmountError::not_a_number: return Reason::amount_not_a_number;
    case AmountError::wrong_sign: return Reason::amount_sign;
    case AmountError::wrong_grouping: return Reason::amount_grouping;
    case AmountError::too_many_decimals: return Reason::amount_decimals;
    case AmountError::too_large: return Reason::amount_too_large;
  }
  return Reason::amount_not_a_number;
}

Reason reason_of(TimeError error) noexcept {
  return error == TimeError::not_real ? Reason::time_not_real : Reason::time_format;
}

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
}

// "ZAR", "zar" or "710".
std::optional<core::Currency> currency_of(std::string_view text) {
  if (text.size() != 3) return std::nullopt;
  std::string upper(text);
  bool is_numeric = true;
  std::uint16_t code = 0;
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    is_numeric = is_numeric && c >= '0' && c <= '9';
    if (is_numeric) code = static_cast<std::uint16_t>(code * 10 + (c - '0'));
  }
  return is_numeric ? core::Currency::from_numeric(code) : core::Currency::from_alpha(upper);
}

bool contains(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The first format that fits decides; that a moment does not exist says more than that another
// format does not fit.
template <class Read>
auto first_that_fits(const std::vector<TimeFormat>& formats, const Read& read)
    -> decltype(read(formats.front())) {
  TimeError error = TimeError::wrong_format;
  for (const TimeFormat& format : formats) {
    auto moment = read(format);
    if (moment) return moment;
    if (moment.error() == TimeError::not_real) error = TimeError::not_real;
  }
  return Unexpected{error};
}

core::Result<std::size_t, HeaderError> place_of(const Column& column,
                                                const std::vector<std::string>& header) {
  if (column.position > 0) return column.position - 1;
  const auto found = std::find(header.begin(), header.end(), column.name);
  if (found == header.end()) return Unexpected{HeaderError{column.name, false}};
  if (std::find(found + 1, header.end(), column.name) != header.end()) {
    return Unexpected{HeaderError{column.name, true}};
  }
  return static_cast<std::size_t>(found - header.begin());
}

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

core::Result<LineReader, HeaderError> LineReader::bind(
    const Source& source, const std::vector<std::string_view>& header) {
  std::vector<std::string> names;
  for (const std::string_view column : header) {
    append_utf_8(trimmed(column), source.encoding, names.emplace_back());
  }
  LineReader reader(source);
  reader.columns_exactly_ = source.column_count > 0 ? source.column_count : names.size();
  const auto need = [&reader](std::size_t place) {
    reader.columns_needed_ = std::max(reader.columns_needed_, place + 1);
  };
  for (std::size_t field = 0; field < field_count; ++field) {
    if (!source.columns[field]) continue;
    AUTHD_TRY(place, place_of(*source.columns[field], names));
    reader.places_[field] = place;
    need(place);
  }
  for (const auto& [name, column] : source.extra) {
    AUTHD_TRY(place, place_of(column, names));
    reader.extra_places_.push_back(place);
    need(place);
  }
  return reader;
}

// The reading of one line: each step reads one field or leaves the reason why not, and once there
// is one nothing else is read.
class LineReader::Reading {
 public:
  Reading(const LineReader& reader, const Record& record)
      : reader_(reader), source_(*reader.source_), record_(record) {}

  std::variant<Line, BadLine> run() {
    line_.line_number = record_.line;
    if (record_.fault) return set_aside(reason_of(*record_.fault), "", record_.text);
    const std::size_t count = record_.columns.size();
    const std::size_t exactly = reader_.columns_exactly_;
    if (count < reader_.columns_needed_ || (exactly > 0 && count != exactly)) {
      return set_aside(Reason::column_count, "", record_.text);
    }
    const bool is_read =
        read_texts() && read_times() && read_money() && read_status() && read_extra();
    if (!is_read) return std::move(bad_);
    return std::move(line_);
  }

 private:
  BadLine set_aside(Reason reason, std::string_view column, std::string_view text) const {
    return {record_.line, reason, std::string(column), cleaned_text(text)};
  }
  // Shown as UTF-8 whatever the file is written in.
  std::string cleaned_text(std::string_view text) const {
    std::string converted;
    const bool is_converted = append_utf_8(text, source_.encoding, converted);
    return cleaned(is_converted ? std::string_view(converted) : text, BadLine::text_bytes_max);
  }
  bool refuse(Reason reason, Field field) {
    bad_ = set_aside(reason, name(field), value(field));
    return false;
  }

  bool has(Field field) const {
    return reader_.places_[static_cast<std::size_t>(field)].has_value();
  }
  std::string_view value(Field field) const {
    const auto& place = reader_.places_[static_cast<std::size_t>(field)];
    return place ? trimmed(record_.columns[*place]) : std::string_view{};
  }

  bool read_text(Field field, std::string& text) {
    const std::string_view written = value(field);
    if (written.size() > value_bytes_max) return refuse(Reason::value_too_long, field);
    if (std::any_of(written.begin(), written.end(), is_control)) {
      return refuse(Reason::control_character, field);
    }
    return append_utf_8(written, source_.encoding, text) || refuse(Reason::encoding, field);
  }

  bool read_texts() {
    if (value(Field::reference).empty()) return refuse(Reason::value_missing, Field::reference);
    return read_text(Field::reference, line_.reference) && read_text(Field::kind, line_.kind) &&
           read_text(Field::card, line_.card) && read_text(Field::account, line_.account) &&
           read_text(Field::merchant, line_.merchant) &&
           read_text(Field::merchant_name, line_.merchant_name) &&
           read_text(Field::counterparty, line_.counterparty) &&
           read_text(Field::authorization_code, line_.authorization_code) &&
           read_text(Field::batch, line_.batch);
  }

  bool read_times() {
    const std::string_view time = value(Field::occurred_at);
    if (time.empty()) return refuse(Reason::value_missing, Field::occurred_at);
    const auto at = first_that_fits(source_.time_formats, [&](const TimeFormat& format) {
      return format.timestamp(time, source_.zone);
    });
    if (!at) return refuse(reason_of(at.error()), Field::occurred_at);
    line_.occurred_at = *at;

    const std::string_view date = value(Field::settled_on);
    if (date.empty()) return true;  // not settled yet
    const auto day = first_that_fits(source_.date_formats,
                                     [&](const TimeFormat& format) { return format.day(date); });
    if (!day) return refuse(reason_of(day.error()), Field::settled_on);
    line_.settled_on = *day;
    return true;
  }

  bool read_currency(core::Currency& currency) {
    const std::string_view written = value(Field::currency);
    if (written.empty() && !source_.currency) return refuse(Reason::value_missing, Field::currency);
    const auto found = written.empty() ? source_.currency : currency_of(written);
    if (!found) return refuse(Reason::currency_unknown, Field::currency);
    currency = *found;
    return true;
  }

  bool read_money() {
    core::Currency currency;
    if (!read_currency(currency)) return false;
    if (value(Field::amount).empty()) return refuse(Reason::value_missing, Field::amount);
    const auto amount = parse_amount(value(Field::amount), source_.amount, currency);
    if (!amount) return refuse(reason_of(amount.error()), Field::amount);
    line_.amount = {*amount, currency};
    if (source_.amount.sign == Sign::column && !apply_direction()) return false;

    if (value(Field::fee).empty()) return true;
    const auto fee = parse_signed_amount(value(Field::fee), source_.amount, currency);
    if (!fee) return refuse(reason_of(fee.error()), Field::fee);
    line_.fee = core::Money{*fee, currency};
    return true;
  }

  bool apply_direction() {
    const std::string_view word = value(Field::direction);
    if (contains(source_.amount.debit_words, word)) {
      line_.amount.minor_units = -line_.amount.minor_units;
      return true;
    }
    return contains(source_.amount.credit_words, word) ||
           refuse(Reason::direction_unknown, Field::direction);
  }

  bool read_status() {
    line_.status = source_.status.without_column;
    if (!has(Field::status)) return true;
    std::string word;
    if (!read_text(Field::status, word)) return false;
    const auto found = source_.status.words.find(word);
    const auto status =
        found != source_.status.words.end() ? std::optional(found->second) : source_.status.unknown;
    if (!status) return refuse(Reason::status_unknown, Field::status);
    line_.status = *status;
    return true;
  }

  bool read_extra() {
    for (std::size_t i = 0; i < reader_.extra_places_.size(); ++i) {
      const std::string_view written = trimmed(record_.columns[reader_.extra_places_[i]]);
      const bool is_too_long = written.size() > extra_bytes_max;
      if (!is_too_long && append_utf_8(written, source_.encoding, line_.extra.emplace_back())) {
        continue;
      }
      bad_ = set_aside(is_too_long ? Reason::value_too_long : Reason::encoding,
                       source_.extra[i].first, written);
      return false;
    }
    return true;
  }

  const LineReader& reader_;
  const Source& source_;
  const Record& record_;
  Line line_;
  BadLine bad_;
};

std::variant<Line, BadLine> LineReader::read(const Record& record) const {
  return Reading(*this, record).run();
}

}  // namespace authd::recon
