#include "store/postgres/days.h"

#include <algorithm>

namespace authd::store {

namespace {

constexpr std::int64_t us_per_s = 1'000'000;
constexpr std::int64_t us_per_day = 86'400 * us_per_s;

// The transition after `at`, or the end of time.
std::int64_t next_transition_us(const core::TimeZone& zone, std::int64_t at_us,
                                std::int64_t end_us) {
  for (const auto& transition : zone.transitions) {
    if (transition.from_unix_s * us_per_s > at_us) {
      return std::min(transition.from_unix_s * us_per_s, end_us);
    }
  }
  return end_us;
}

// The first moment in (from, to] at which the day is another one, while the offset stays the same.
std::int64_t midnight_us(const core::TimeZone& zone, std::int64_t from_us, std::int64_t to_us) {
  const core::LocalDay day = zone.local_day({from_us});
  std::int64_t same = from_us;
  std::int64_t other = std::min(from_us + us_per_day, to_us);
  if (zone.local_day({other - 1}) == day) return other;
  while (other - same > 1) {
    const std::int64_t middle = same + (other - same) / 2;
    (zone.local_day({middle}) == day ? same : other) = middle;
  }
  return other;
}

}  // namespace

std::vector<DayPiece> day_pieces(const core::TimeZone& zone, core::Timestamp from,
                                 core::Timestamp to) {
  std::vector<DayPiece> pieces;
  for (std::int64_t at = from.unix_us; at < to.unix_us;) {
    const std::int64_t until = midnight_us(zone, at, next_transition_us(zone, at, to.unix_us));
    pieces.push_back({{at}, {until}, zone.local_day({at})});
    at = until;
  }
  return pieces;
}

}  // namespace authd::store
