#include "authd/simulate/latencies.h"

#include <algorithm>

namespace authd::simulate {

void Latencies::add(std::chrono::steady_clock::duration took) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  us_.push_back(static_cast<std::uint32_t>(std::clamp<std::int64_t>(us, 0, UINT32_MAX)));
}

LatencySummary Latencies::summary() const {
  LatencySummary summary;
  summary.count = us_.size();
  if (us_.empty()) return summary;
  std::vector<std::uint32_t> sorted = us_;
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&sorted](std::size_t per_mille) {
    return sorted[(sorted.size() * per_mille + 999) / 1'000 - 1];
  };
  summary.p50_us = at(500);
  summary.p90_us = at(900);
  summary.p99_us = at(990);
  summary.p99_9_us = at(999);
  summary.max_us = sorted.back();
  return summary;
}

}  // namespace authd::simulate
