// Window: over which stretch of time a limit counts.
//
// A counter is a list of tallies, each beginning at a fixed moment: one a calendar period, one for
// a whole lifetime, and for a rolling window one a slot. A tally counts as long as any of it lies
// in the window, so a rolling limit holds for every stretch of its length, at the price of counting
// up to one slot more: its resolution is length / 24 (an hour for a day, 0.42 s for 10 s).
//
// A program that moves to another time zone begins its calendar periods there anew: what was
// counted before the present one began in the new zone is not counted.

#pragma once

#include <cstdint>
#include <string_view>

#include "core/time.h"

namespace authd::core {

enum class Period : std::uint8_t {
  transaction = 1,  // this authorization alone, its increments included
  day = 2,
  week = 3,  // begins on Monday (ISO 8601)
  month = 4,
  year = 5,
  lifetime = 6,
  rolling = 7,
};
inline constexpr Period period_last = Period::rolling;
std::string_view name(Period period) noexcept;  // "day"

struct Window {
  static constexpr std::int32_t rolling_s_min = 10;
  static constexpr std::int32_t rolling_s_max = 31 * 86'400;
  static constexpr std::int64_t rolling_slots = 24;

  Period period = Period::day;
  std::int32_t rolling_s = 0;  // length of a rolling window
  ZoneName zone;               // of a calendar period; empty: the program's
  friend bool operator==(const Window&, const Window&) noexcept = default;
};

// A window around a moment.
struct Span {
  Timestamp tally;        // beginning of the tally that the moment is counted in
  Timestamp counts_from;  // tallies that begin here or later are in the window
  Timestamp resets_at;  // calendar: when the next period begins; rolling: when this moment's tally
                        // will have left; otherwise the end of time
};
inline constexpr Timestamp end_of_time{INT64_MAX};

// `zone`: the one that `window` names, or the program's.
Span span_at(const Window& window, const TimeZone& zone, Timestamp at) noexcept;

}  // namespace authd::core
