// Histogram: counts of values, exact to three significant digits, for latencies in nanoseconds.
//
// Log-linear buckets as in HdrHistogram: values below 2,048 are counted exactly, larger ones in
// 1,024 equal buckets for every power of two, so that a bucket is never wider than 1/1,024 of its
// values. Values from value_max on share the last bucket; the greatest is kept exactly all the
// same.
//
// Threads: one at a time. Cost: record is a few instructions; 31,744 counters, of which a run
// touches few.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace authd::bench {

class Histogram {
 public:
  static constexpr std::uint64_t value_max =
      (std::uint64_t{1} << 40) - 1;  // 18 minutes in nanoseconds

  Histogram();

  void record(std::uint64_t value) noexcept;

  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t max() const noexcept { return max_; }
  std::uint64_t mean() const noexcept { return count_ == 0 ? 0 : sum_ / count_; }

  // The smallest value of which at least `per_million` millionths of all recorded values are at or
  // below, rounded up to the end of its bucket but never past max(). 0 when nothing was recorded.
  // per_million: 1..1,000,000.
  std::uint64_t quantile(std::uint32_t per_million) const noexcept;

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace authd::bench
