#include "authd/referral/earnings/shares.h"

#include <algorithm>
#include <numeric>

#include "core/assert.h"

namespace authd::referral {

namespace {

__extension__ using Wide = __int128;

constexpr std::int64_t whole = 10'000;

}  // namespace

std::int64_t pool_of(std::int64_t amount, const LevelRates& rates) noexcept {
  const std::int64_t rate = std::accumulate(rates.begin(), rates.end(), std::int64_t{0});
  AUTHD_ASSERT(amount >= 0 && rate >= 0 && rate <= whole);
  return static_cast<std::int64_t>(Wide{amount} * rate / whole);
}

LevelAmounts shares_of(std::int64_t amount, const LevelRates& rates) noexcept {
  LevelAmounts shares{};
  LevelAmounts remainders{};
  std::int64_t rest = pool_of(amount, rates);
  for (std::size_t level = 0; level < shares.size(); ++level) {
    const Wide product = Wide{amount} * rates[level];
    shares[level] = static_cast<std::int64_t>(product / whole);
    remainders[level] = static_cast<std::int64_t>(product % whole);
    rest -= shares[level];
  }
  // Fewer units are left than there are remainders above 0.
  for (; rest > 0; --rest) {
    const auto largest = std::max_element(remainders.begin(), remainders.end());  // the first one
    shares[static_cast<std::size_t>(largest - remainders.begin())] += 1;
    *largest = 0;
  }
  return shares;
}

std::int64_t within_cap(std::int64_t share, std::optional<std::int64_t> cap,
                        std::int64_t used) noexcept {
  AUTHD_ASSERT(share >= 0 && used >= 0);
  if (!cap) return share;
  return std::clamp(*cap - used, std::int64_t{0}, share);
}

std::int64_t retained_of(std::int64_t earned, std::int64_t amount, std::int64_t reversed) noexcept {
  AUTHD_ASSERT(earned >= 0 && amount > 0 && reversed >= 0 && reversed <= amount);
  return static_cast<std::int64_t>(Wide{earned} * (amount - reversed) / amount);
}

}  // namespace authd::referral
