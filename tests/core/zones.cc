#include "tests/core/zones.h"

#include "tests/core/naive_calendar.h"

namespace authd::core::test {
namespace {

constexpr int hour_s = 3'600;

std::int64_t unix_s(int year, int month, int day) {
  return naive::day_of({year, month, day}) * 24 * hour_s;
}

// The first Sunday or Saturday (weekday as naive::weekday counts) on or after that day.
std::int64_t first_s(int weekday, int year, int month, int day) {
  std::int64_t found = naive::day_of({year, month, day});
  while (naive::weekday(found) != weekday) ++found;
  return found * 24 * hour_s;
}

constexpr int saturday = 5;
constexpr int sunday = 6;

// One change forward and one back a year, at these local clock times.
struct Rule {
  const char* name;
  int standard_s;
  struct Change {
    int weekday;
    int month;
    int day;
    int local_s;
  } forward, back;
};

TimeZone zone(const Rule& rule) {
  TimeZone zone;
  zone.name = *ZoneName::from(rule.name);
  const bool south = rule.back.month < rule.forward.month;
  const int summer_s = rule.standard_s + hour_s;
  zone.transitions.push_back({unix_s(2024, 1, 1), south ? summer_s : rule.standard_s});
  for (int year = 2025; year <= 2030; ++year) {
    const auto moment = [&](const Rule::Change& change, int offset_s) {
      return first_s(change.weekday, year, change.month, change.day) + change.local_s - offset_s;
    };
    const TimeZone::Transition forward{moment(rule.forward, rule.standard_s), summer_s};
    const TimeZone::Transition back{moment(rule.back, summer_s), rule.standard_s};
    zone.transitions.push_back(south ? back : forward);
    zone.transitions.push_back(south ? forward : back);
  }
  return zone;
}

}  // namespace

Timestamp utc(int year, int month, int day, int hour, int minute, int second) {
  return {(unix_s(year, month, day) + hour * hour_s + minute * 60 + second) * us_per_s};
}

TimeZone north() {
  return zone({"Test/North", -5 * hour_s, {sunday, 3, 8, 2 * hour_s}, {sunday, 11, 1, 2 * hour_s}});
}

TimeZone south() {
  return zone({"Test/South", 10 * hour_s, {sunday, 10, 1, 2 * hour_s}, {sunday, 4, 1, 3 * hour_s}});
}

TimeZone midnight() {
  return zone(
      {"Test/Midnight", -4 * hour_s, {saturday, 9, 1, 24 * hour_s}, {saturday, 4, 1, 24 * hour_s}});
}

TimeZone twice() {
  return zone({"Test/Twice", -5 * hour_s, {sunday, 3, 8, 0}, {sunday, 11, 1, hour_s}});
}

TimeZone backwards() {
  return zone({"Test/Backwards", -3 * hour_s - 1'800, {sunday, 3, 8, 60}, {sunday, 11, 1, 60}});
}

TimeZone skipping() {
  TimeZone zone;
  zone.name = *ZoneName::from("Test/Skipping");
  zone.transitions = {{unix_s(2024, 1, 1), -11 * hour_s},
                      {unix_s(2026, 12, 30) + 11 * hour_s, 13 * hour_s}};
  return zone;
}

std::vector<TimeZone> zones() {
  return {TimeZone{}, north(), south(), midnight(), twice(), backwards(), skipping()};
}

}  // namespace authd::core::test
