#include "authd/simulate/random/clock_text.h"

#include <chrono>

namespace authd::simulate::random {

namespace {

std::string padded(std::int64_t number, std::size_t digits) {
  std::string text = std::to_string(number);
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return text;
}

std::string date_and_time(std::int64_t unix_s) {
  const std::int64_t second = ((unix_s % day_s) + day_s) % day_s;
  return utc_date(unix_s) + 'T' + padded(second / hour_s, 2) + ':' +
         padded(second % hour_s / minute_s, 2) + ':' + padded(second % minute_s, 2);
}

}  // namespace

std::string utc_date(std::int64_t unix_s) {
  using namespace std::chrono;
  const year_month_day date{floor<days>(sys_seconds{seconds{unix_s}})};
  return padded(static_cast<int>(date.year()), 4) + '-' +
         padded(static_cast<unsigned>(date.month()), 2) + '-' +
         padded(static_cast<unsigned>(date.day()), 2);
}

std::string utc_time(std::int64_t unix_s) { return date_and_time(unix_s) + 'Z'; }

std::string central_european_time(std::int64_t unix_s) {
  return date_and_time(unix_s + hour_s) + "+01:00";
}

}  // namespace authd::simulate::random
