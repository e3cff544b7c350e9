#include "authd/recon/time_format.h"

#include <algorithm>
#include <array>
#include <string>

namespace authd::recon {

namespace {

using core::Unexpected;

constexpr std::array<std::string_view, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool exists(core::CivilDate date) {
  const core::CivilDate same = core::civil_of(core::day_of(date));
  return same.month == date.month && same.day == date.day;
}

}  // namespace

struct TimeFormat::Written {
  core::CivilDate date;
  std::optional<int> hour_of_12;
  bool is_afternoon = false;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int32_t us = 0;
  std::optional<std::int32_t> offset_s;

  bool is_real() const {
    return date.year >= 1 && date.month >= 1 && date.month <= 12 && date.day >= 1 && exists(date) &&
           hour <= 23 && minute <= 59 && second <= 59;
  }
  std::int32_t second_of_day() const { return (hour * 60 + minute) * 60 + second; }
};

// Takes parts off the front of a text.
class TimeFormat::Cursor {
 public:
  explicit Cursor(std::string_view rest) : rest_(rest) {}

  std::optional<int> number(std::size_t digits) {
    if (rest_.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (!is_digit(c)) return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value;
  }
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }
  bool is_empty() const { return rest_.empty(); }

  bool number_into(std::size_t digits, int& value) {
    const auto read = number(digits);
    value = read.value_or(value);
    return read.has_value();
  }
  bool month_name_into(int& month) {
    for (std::size_t i = 0; i < month_names.size(); ++i) {
      if (!take(month_names[i])) continue;
      month = static_cast<int>(i) + 1;
      return true;
    }
    return false;
  }
  bool half_of_day_into(bool& is_afternoon) {
    is_afternoon = rest_.starts_with("PM") || rest_.starts_with("pm");
    return is_afternoon ? take(rest_.substr(0, 2)) : take("AM") || take("am");
  }
  bool fraction_into(std::int32_t& us) {
    std::size_t count = 0;
    std::int32_t value = 0;
    for (; count < rest_.size() && is_digit(rest_[count]); ++count) {
      if (count < 6) value = value * 10 + (rest_[count] - '0');
    }
    if (count == 0 || count > 9) return false;
    for (std::size_t i = count; i < 6; ++i) value *= 10;
    rest_.remove_prefix(count);
    us = value;
    return true;
  }
  bool offset_into(std::optional<std::int32_t>& offset_s) {
    if (take("Z")) {
      offset_s = 0;
      return true;
    }
    const bool is_west = take("-");
    if (!is_west && !take("+")) return false;
    const auto hours = number(2);
    take(":");
    const auto minutes = number(2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return false;
    const std::int32_t east_s = (*hours * 60 + *minutes) * 60;
    offset_s = is_west ? -east_s : east_s;
    return true;
  }

 private:
  std::string_view rest_;
};

TimeFormat::Token TimeFormat::token_at(std::string_view pattern, std::size_t& size) {
  struct Word {
    std::string_view text;
    Token token;
  };
  static constexpr std::array<Word, 11> words{{{"YYYY", Token::year},
                                               {"MMM", Token::month_name},
                                               {"MM", Token::month},
                                               {"DD", Token::day},
                                               {"HH", Token::hour},
                                               {"hh", Token::hour_of_12},
                                               {"A", Token::half_of_day},
                                               {"mm", Token::minute},
                                               {"ss", Token::second},
                                               {"f", Token::fraction},
                                               {"Z", Token::offset}}};
  const auto* const word = std::find_if(words.begin(), words.end(),
                                        [&](const Word& w) { return pattern.starts_with(w.text); });
  size = word == words.end() ? 1 : word->text.size();
  return word == words.end() ? Token::literal : word->token;
}

bool TimeFormat::is_complete(const std::vector<Part>& parts) {
  const auto count = [&](Token token) {
    return std::count_if(parts.begin(), parts.end(),
                         [&](const Part& part) { return part.token == token; });
  };
  for (const Part& part : parts) {
    if (part.token != Token::literal && count(part.token) != 1) return false;
  }
  const auto months = count(Token::month) + count(Token::month_name);
  const auto hours = count(Token::hour) + count(Token::hour_of_12);
  return count(Token::year) == 1 && months == 1 && count(Token::day) == 1 && hours <= 1 &&
         count(Token::hour_of_12) == count(Token::half_of_day) && count(Token::minute) <= hours &&
         count(Token::second) <= count(Token::minute) &&
         count(Token::fraction) <= count(Token::second) && count(Token::offset) <= hours;
}

std::optional<TimeFormat> TimeFormat::compile(std::string_view pattern) {
  TimeFormat format;
  while (!pattern.empty()) {
    std::size_t size = 0;
    const Token token = token_at(pattern, size);
    const char literal = pattern.front();
    if (token == Token::literal && is_letter(literal) && literal != 'T') return std::nullopt;
    format.parts_.push_back({token, literal});
    pattern.remove_prefix(size);
  }
  if (!is_complete(format.parts_)) return std::nullopt;
  return format;
}

core::Result<TimeFormat::Written, TimeError> TimeFormat::read(std::string_view text) const {
  Written written;
  Cursor cursor(text);
  for (const Part& part : parts_) {
    bool is_read = false;
    switch (part.token) {
      case Token::literal: is_read = cursor.take({&part.literal, 1}); break;
      case Token::year: is_read = cursor.number_into(4, written.date.year); break;
      case Token::month: is_read = cursor.number_into(2, written.date.month); break;
      case Token::month_name: is_read = cursor.month_name_into(written.date.month); break;
      case Token::day: is_read = cursor.number_into(2, written.date.day); break;
      case Token::hour: is_read = cursor.number_into(2, written.hour); break;
      case Token::hour_of_12:
        written.hour_of_12 = cursor.number(2);
        is_read = written.hour_of_12.has_value();
        break;
      case Token::half_of_day: is_read = cursor.half_of_day_into(written.is_afternoon); break;
      case Token::minute: is_read = cursor.number_into(2, written.minute); break;
      case Token::second: is_read = cursor.number_into(2, written.second); break;
      case Token::fraction: is_read = cursor.fraction_into(written.us); break;
      case Token::offset: is_read = cursor.offset_into(written.offset_s); break;
    }
    if (!is_read) return Unexpected{TimeError::wrong_format};
  }
  if (!cursor.is_empty()) return Unexpected{TimeError::wrong_format};
  if (written.hour_of_12) {
    if (*written.hour_of_12 < 1 || *written.hour_of_12 > 12) return Unexpected{TimeError::not_real};
    written.hour = *written.hour_of_12 % 12 + (written.is_afternoon ? 12 : 0);
  }
  if (!written.is_real()) return Unexpected{TimeError::not_real};
  return written;
}

core::Result<core::Timestamp, TimeError> TimeFormat::timestamp(std::string_view text,
                                                               const core::TimeZone& zone) const {
  AUTHD_TRY(written, read(text));
  const core::LocalDay day = core::day_of(written.date);
  if (!written.offset_s) {
    const auto moment = moment_of(zone, day, written.second_of_day());
    if (!moment) return Unexpected{TimeError::not_real};
    return core::Timestamp{moment->unix_us + written.us};
  }
  const std::int64_t unix_s =
      day.days * core::s_per_day + written.second_of_day() - *written.offset_s;
  return core::Timestamp{unix_s * core::us_per_s + written.us};
}

core::Result<core::LocalDay, TimeError> TimeFormat::day(std::string_view text) const {
  AUTHD_TRY(written, read(text));
  return core::day_of(written.date);
}

std::optional<core::Timestamp> moment_of(const core::TimeZone& zone, core::LocalDay day,
                                         std::int32_t second_of_day) {
  const std::int64_t local_s = day.days * core::s_per_day + second_of_day;
  const auto shows_it = [&](std::int64_t unix_s) {
    const core::LocalTime shown = zone.local_time({unix_s * core::us_per_s});
    return shown.day == day && shown.second == second_of_day;
  };
  // Offsets are less than a day: only those in force a day around can be the one.
  const std::array<std::int64_t, 2> around{local_s - core::s_per_day, local_s + core::s_per_day};
  std::optional<core::Timestamp> earliest;
  for (const std::int64_t near_s : around) {
    const core::LocalTime near = zone.local_time({near_s * core::us_per_s});
    const std::int64_t offset_s = near.day.days * core::s_per_day + near.second - near_s;
    const core::Timestamp moment{(local_s - offset_s) * core::us_per_s};
    if (!shows_it(local_s - offset_s)) continue;
    if (!earliest || moment < *earliest) earliest = moment;
  }
  return earliest;
}

}  // namespace authd::recon
