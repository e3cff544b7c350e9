// TokenBucket: at most so many a second, evenly, with a little left over for what comes together.
//
// It holds a tenth of a second's worth, at least one: in no second are there more than that above
// the rate. Kept as the moment at which the bucket will be full again, in whole nanoseconds
// (the "virtual scheduling" of ITU-T I.371, annex A).
//
// Threads: one. A clock that goes back finds it empty.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace authd::referral {

class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Full. `per_second` is above 0.
  explicit TokenBucket(std::int32_t per_second)
      : interval_((1'000'000'000 + per_second - 1) / per_second),
        capacity_(std::max(1, per_second / 10)) {}

  std::int32_t available(Time now) const {
    const std::chrono::nanoseconds held = interval_ * capacity_ - missing(now);
    return std::max(static_cast<std::int32_t>(held / interval_), 0);
  }

  void take(std::int32_t tokens, Time now) { full_at_ = now + missing(now) + interval_ * tokens; }

  // Until there is one; 0: there is.
  std::chrono::nanoseconds wait(Time now) const {
    return std::max(missing(now) - interval_ * (capacity_ - 1), std::chrono::nanoseconds(0));
  }

 private:
  std::chrono::nanoseconds missing(Time now) const {
    return std::max<std::chrono::nanoseconds>(full_at_ - now, std::chrono::nanoseconds(0));
  }

  std::chrono::nanoseconds interval_;
  std::int32_t capacity_;
  Time full_at_{};  // the clock counts from there
};

}  // namespace authd::referral
