#include "authd/api/rfc3339.h"

#include <fmt/format.h>

#include <algorithm>

namespace authd::api {

namespace {

constexpr std::int64_t s_per_minute = 60;
constexpr std::int64_t s_per_hour = 3'600;

// Takes parts off the front of a text; once something is missing nothing is right any more.
class Parts {
 public:
  explicit Parts(std::string_view rest) : rest_(rest) {}

  int number(std::size_t digits, int min, int max) {
    int value = 0;
    good_ = good_ && rest_.size() >= digits;
    for (std::size_t i = 0; good_ && i < digits; ++i) {
      good_ = rest_[i] >= '0' && rest_[i] <= '9';
      value = value * 10 + (rest_[i] - '0');
    }
    good_ = good_ && value >= min && value <= max;
    if (good_) rest_.remove_prefix(digits);
    return good_ ? value : min;
  }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void need(char c) { good_ = take(c) && good_; }

  // The digits after a point, as microseconds.
  std::int64_t decimals() {
    if (!take('.')) return 0;
    const std::size_t count = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    good_ = good_ && count >= 1 && count <= 6;
    if (!good_) return 0;
    std::int64_t value = number(count, 0, 999'999);
    for (std::size_t i = count; i < 6; ++i) value *= 10;
    return value;
  }
  // "Z" or "+01:00", as seconds east of Greenwich.
  std::int64_t offset() {
    if (take('Z')) return 0;
    const bool west = take('-');
    if (!west) need('+');
    const std::int64_t hours = number(2, 0, 23);
    need(':');
    const std::int64_t offset_s = hours * s_per_hour + number(2, 0, 59) * s_per_minute;
    return west ? -offset_s : offset_s;
  }
  bool all_taken() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

bool exists(core::CivilDate date) {
  const core::CivilDate same = core::civil_of(core::day_of(date));
  return same.month == date.month && same.day == date.day;
}

}  // namespace

std::string to_rfc3339(core::Timestamp at) {
  const std::int64_t day = core::floor_div(at.unix_us, core::us_per_day);
  const std::int64_t us = at.unix_us - day * core::us_per_day;
  const std::int64_t s = us / core::us_per_s;
  const core::CivilDate date = core::civil_of({static_cast<std::int32_t>(day)});
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", date.year, date.month, date.day,
                     s / s_per_hour, s % s_per_hour / s_per_minute, s % s_per_minute,
                     us % core::us_per_s);
}

std::optional<core::Timestamp> from_rfc3339(std::string_view text) {
  Parts parts(text);
  core::CivilDate date;
  date.year = parts.number(4, 1, 9'999);
  parts.need('-');
  date.month = parts.number(2, 1, 12);
  parts.need('-');
  date.day = parts.number(2, 1, 31);
  parts.need('T');
  std::int64_t s = parts.number(2, 0, 23) * s_per_hour;
  parts.need(':');
  s += parts.number(2, 0, 59) * s_per_minute;
  parts.need(':');
  s += parts.number(2, 0, 59);
  const std::int64_t us = parts.decimals();
  s -= parts.offset();
  if (!parts.all_taken() || !exists(date)) return std::nullopt;
  s += core::day_of(date).days * core::s_per_day;
  return core::Timestamp{s * core::us_per_s + us};
}

}  // namespace authd::api
