#include "bench/histogram.h"

#include <algorithm>
#include <bit>

#include "core/assert.h"

namespace authd::bench {

namespace {

constexpr unsigned exact_bits = 11;  // values below 2^11 have a bucket each
constexpr std::size_t buckets_per_power = std::size_t{1} << (exact_bits - 1);

struct Position {
  unsigned shift;    // the bucket holds 2^shift values
  std::size_t step;  // value >> shift: below 2 * buckets_per_power
};

constexpr Position position_of(std::uint64_t value) noexcept {
  const auto bits = static_cast<unsigned>(std::bit_width(value));
  const unsigned shift = bits > exact_bits ? bits - exact_bits : 0;
  return {shift, static_cast<std::size_t>(value >> shift)};
}

constexpr std::size_t index_of(std::uint64_t value) noexcept {
  const Position position = position_of(value);
  return position.shift * buckets_per_power + position.step;
}

constexpr std::uint64_t last_value_of(std::size_t index) noexcept {
  if (index < 2 * buckets_per_power) return index;
  const std::size_t shift = index / buckets_per_power - 1;
  const std::uint64_t step = index % buckets_per_power + buckets_per_power;
  return ((step + 1) << shift) - 1;
}

}  // namespace

Histogram::Histogram() : counts_(index_of(value_max) + 1) {}

void Histogram::record(std::uint64_t value) noexcept {
  ++counts_[index_of(std::min(value, value_max))];
  ++count_;
  max_ = std::max(max_, value);
  sum_ += value;
}

std::uint64_t Histogram::quantile(std::uint32_t per_million) const noexcept {
  AUTHD_ASSERT(per_million >= 1 && per_million <= 1'000'000);
  const std::uint64_t rank = (count_ * per_million + 999'999) / 1'000'000;
  std::uint64_t seen = 0;
  for (std::size_t index = 0; index < counts_.size(); ++index) {
    seen += counts_[index];
    if (seen >= rank && seen > 0) return std::min(last_value_of(index), max_);
  }
  return 0;
}

}  // namespace authd::bench
