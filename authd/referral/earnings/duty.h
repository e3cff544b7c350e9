// Duty: how much of the time a backlog is worked on.
//
// The usual share, so that decisions keep the rest of disk and cores. When a backlog has become
// longer between two looks, more comes in than that share works off: the share is doubled, up to
// all of the time, and stays until nothing is left. So the ledger is followed at every rate that
// the worker can keep up with at all, and what had piled up before waits.
//
// Pure: time is passed in. Threads: one at a time.

#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace authd::referral {

class Duty {
 public:
  using Clock = std::chrono::steady_clock;

  // 1 to 100; what is outside is taken for the nearest.
  Duty(std::int32_t usual_percent, Clock::duration between_looks)
      : usual_percent_(std::clamp(usual_percent, 1, 100)), between_looks_(between_looks) {}

  void look(std::int64_t backlog, Clock::time_point now) noexcept {
    if (looked_ && now - looked_->at < between_looks_) return;
    if (looked_ && backlog > looked_->backlog) percent_ = std::min(percent_ * 2, 100);
    looked_ = {now, backlog};
  }

  void caught_up() noexcept {
    percent_ = usual_percent_;
    looked_.reset();
  }

  std::int32_t percent() const noexcept { return percent_; }

  // How long to rest after so much work.
  Clock::duration rest_after(Clock::duration worked) const noexcept {
    return worked * (100 - percent_) / percent_;
  }

 private:
  struct Look {
    Clock::time_point at;
    std::int64_t backlog = 0;
  };

  const std::int32_t usual_percent_;
  const Clock::duration between_looks_;
  std::int32_t percent_ = usual_percent_;
  std::optional<Look> looked_;
};

}  // namespace authd::referral
