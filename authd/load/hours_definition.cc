#include "authd/load/hours_definition.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>

namespace authd {

namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 7> days{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr int minutes_of_day = 24 * 60;

std::string clock_word(int minute) { return fmt::format("{:02}:{:02}", minute / 60, minute % 60); }

// Minutes of "08:30"; nothing when it is something else. "24:00" is the end of the day.
std::optional<int> parse_clock(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t i : {0U, 1U, 3U, 4U}) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  }
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (minute > 59 || hour * 60 + minute > minutes_of_day) return std::nullopt;
  return hour * 60 + minute;
}

std::uint16_t read_clock(ObjectReader& in, std::string_view key, std::uint16_t fallback, int min,
                         int max) {
  if (in.find(key) == nullptr) return fallback;
  const auto minute = parse_clock(in.text(key));
  if (!minute || *minute < min || *minute > max) {
    in.refuse(key, "must be a time from " + clock_word(min) + " to " + clock_word(max));
    return fallback;
  }
  return static_cast<std::uint16_t>(*minute);
}

std::uint8_t read_days(ObjectReader& in) {
  std::uint8_t weekdays = 0;
  for (const std::string& word : in.texts("days")) {
    std::uint8_t bit = 0;
    for (std::size_t i = 0; i < days.size(); ++i) {
      if (days[i] == word) bit = static_cast<std::uint8_t>(1U << i);
    }
    if (bit == 0) in.refuse("days", "holds '" + word + "', which is none of mon … sun");
    weekdays = static_cast<std::uint8_t>(weekdays | bit);
  }
  return weekdays;
}

}  // namespace

core::Hours read_hours(ObjectReader& in) {
  core::Hours hours;
  if (in.find("days") != nullptr) hours.weekdays = read_days(in);
  hours.from_minute = read_clock(in, "from", hours.from_minute, 0, minutes_of_day - 1);
  hours.until_minute = read_clock(in, "until", hours.until_minute, 1, minutes_of_day);
  return hours;
}

json::object hours_json(const core::Hours& hours) {
  json::array words;
  for (std::size_t i = 0; i < days.size(); ++i) {
    if ((hours.weekdays >> i & 1U) != 0) words.emplace_back(days[i]);
  }
  return {{"days", std::move(words)},
          {"from", clock_word(hours.from_minute)},
          {"until", clock_word(hours.until_minute)}};
}

}  // namespace authd
