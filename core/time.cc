#include "core/time.h"

#include <algorithm>

namespace authd::core {

namespace {

constexpr std::int64_t us_per_s = 1'000'000;
constexpr std::int64_t s_per_day = 86'400;

constexpr std::int64_t floor_div(std::int64_t dividend, std::int64_t divisor) noexcept {
  return dividend / divisor - (dividend % divisor < 0 ? 1 : 0);
}

}  // namespace

LocalDay TimeZone::local_day(Timestamp at) const noexcept {
  const std::int64_t unix_s = floor_div(at.unix_us, us_per_s);
  std::int32_t offset_s = 0;
  if (!transitions.empty()) {
    auto after =
        std::upper_bound(transitions.begin(), transitions.end(), unix_s,
                         [](std::int64_t s, const Transition& t) { return s < t.from_unix_s; });
    offset_s = (after == transitions.begin() ? after : after - 1)->offset_s;
  }
  return {static_cast<std::int32_t>(floor_div(unix_s + offset_s, s_per_day))};
}

}  // namespace authd::core
