// Time: passed in, never read here.
//
// A Timestamp counts microseconds since 1970-01-01T00:00:00Z (the resolution of PostgreSQL's
// timestamptz). A TimeZone is the list of a zone's offset changes, read from the system's tz
// database at the edge, so that "which local day is it" is a pure function.

#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace authd::core {

struct Timestamp {
  std::int64_t unix_us = 0;
  friend constexpr auto operator<=>(const Timestamp&, const Timestamp&) noexcept = default;
};

// Days since 1970-01-01 on a local calendar.
struct LocalDay {
  std::int32_t days = 0;
  friend constexpr auto operator<=>(const LocalDay&, const LocalDay&) noexcept = default;
};

struct TimeZone {
  struct Transition {
    std::int64_t from_unix_s;  // the offset holds from this second on, until the next transition
    std::int32_t offset_s;     // local time minus UTC
  };

  std::string name = "UTC";             // IANA name
  std::vector<Transition> transitions;  // ascending; empty means UTC throughout

  // O(log transitions). Before the first transition its offset holds too.
  LocalDay local_day(Timestamp at) const noexcept;
};

}  // namespace authd::core
