// Time: passed in, never read here.
//
// A Timestamp counts microseconds since 1970-01-01T00:00:00Z (the resolution of PostgreSQL's
// timestamptz). A TimeZone is the list of a zone's offset changes, read from the system's tz
// database at the edge and kept in the state, so that "when does this month begin there" is a pure
// function that gives the same answer when the journal is replayed years later.

#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "core/text.h"

namespace authd::core {

struct Timestamp {
  std::int64_t unix_us = 0;
  friend constexpr auto operator<=>(const Timestamp&, const Timestamp&) noexcept = default;
};

inline constexpr std::int64_t us_per_s = 1'000'000;
inline constexpr std::int64_t s_per_day = 86'400;
inline constexpr std::int64_t us_per_day = s_per_day * us_per_s;

// The greatest multiple of `divisor` that is not above `value`, divided by `divisor`.
constexpr std::int64_t floor_div(std::int64_t value, std::int64_t divisor) noexcept {
  return value / divisor - (value % divisor < 0 ? 1 : 0);
}

// Days since 1970-01-01 on a local calendar.
struct LocalDay {
  std::int32_t days = 0;
  friend constexpr auto operator<=>(const LocalDay&, const LocalDay&) noexcept = default;
};

// Monday is 0. 1970-01-01 was a Thursday.
constexpr int weekday(LocalDay day) noexcept {
  return static_cast<int>(day.days - 7 * floor_div(day.days + 3, 7) + 3);
}

struct LocalTime {
  LocalDay day;
  std::int32_t second = 0;  // of the day: 0..86'399
};

// A day of the proleptic Gregorian calendar.
struct CivilDate {
  std::int32_t year = 1970;
  int month = 1;  // 1..12
  int day = 1;    // 1..31
};
CivilDate civil_of(LocalDay day) noexcept;
LocalDay day_of(CivilDate date) noexcept;

using ZoneName = InlineText<32>;  // IANA: "Africa/Johannesburg"; empty: none given

struct TimeZone {
  struct Transition {
    std::int64_t from_unix_s = 0;  // the offset holds from this second on, until the next one
    std::int32_t offset_s = 0;     // local time minus UTC
    friend bool operator==(const Transition&, const Transition&) noexcept = default;
  };

  static constexpr std::size_t transitions_max = 512;

  ZoneName name = *ZoneName::from("UTC");
  std::vector<Transition> transitions;  // ascending; empty means UTC throughout

  // O(log transitions). Before the first transition its offset holds too.
  LocalTime local_time(Timestamp at) const noexcept;
  LocalDay local_day(Timestamp at) const noexcept { return local_time(at).day; }

  // The first moment of a local day. Where the clock is set forward over midnight, the day begins
  // with the change; where midnight comes twice, with the first of the two.
  Timestamp start_of(LocalDay day) const noexcept;

  friend bool operator==(const TimeZone&, const TimeZone&) noexcept = default;
};

}  // namespace authd::core
