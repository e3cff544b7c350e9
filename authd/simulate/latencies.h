// Latencies: how long answers took, every one of them, 4 bytes each.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace authd::simulate {

struct LatencySummary {
  std::size_t count = 0;
  std::uint32_t p50_us = 0;
  std::uint32_t p90_us = 0;
  std::uint32_t p99_us = 0;
  std::uint32_t p99_9_us = 0;
  std::uint32_t max_us = 0;
};

class Latencies {
 public:
  void add(std::chrono::steady_clock::duration took);  // at most 71 minutes are counted
  // The p-th percentile is the smallest value that at least p % are not above.
  LatencySummary summary() const;

 private:
  std::vector<std::uint32_t> us_;
};

}  // namespace authd::simulate
