#include "authd/referral/payout/day.h"

#include <fmt/format.h>

#include <charconv>

namespace authd::referral {

namespace {

// The number in exactly these characters; -1 when one of them is no digit.
int digits(std::string_view text) {
  if (text.find_first_not_of("0123456789") != std::string_view::npos) return -1;
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

std::optional<core::LocalDay> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const core::CivilDate date{digits(text.substr(0, 4)), digits(text.substr(5, 2)),
                             digits(text.substr(8, 2))};
  if (date.year < 2000 || date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31)
    return std::nullopt;
  // February 30th would be a day of March.
  const core::LocalDay day = core::day_of(date);
  if (core::civil_of(day).month != date.month) return std::nullopt;
  return day;
}

std::string day_text(core::LocalDay day) {
  const core::CivilDate date = core::civil_of(day);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

}  // namespace authd::referral
