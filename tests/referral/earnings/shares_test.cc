#include "authd/referral/earnings/shares.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace authd::referral {
namespace {

constexpr std::int64_t most = std::int64_t{1} << 53;

std::int64_t sum(const LevelAmounts& amounts) {
  return std::accumulate(amounts.begin(), amounts.end(), std::int64_t{0});
}

TEST(Shares, GiveWhatIsLeftToTheLargestRemainder) {
  // 50.5, 20.2, 10.1 of 1,010: the pool is 80, the parts 50, 20, 10.
  EXPECT_EQ(shares_of(1'010, {500, 200, 100}), (LevelAmounts{50, 20, 10}));
  // 4.95, 1.98, 0.99 of 99: the pool is 7, and two units are left for 0.99 and 0.98.
  EXPECT_EQ(pool_of(99, {500, 200, 100}), 7);
  EXPECT_EQ(shares_of(99, {500, 200, 100}), (LevelAmounts{4, 2, 1}));
}

TEST(Shares, GiveTheLowerLevelTheUnitWhenRemaindersAreEqual) {
  EXPECT_EQ(shares_of(1, {5'000, 5'000, 0}), (LevelAmounts{1, 0, 0}));
  EXPECT_EQ(shares_of(1, {0, 5'000, 5'000}), (LevelAmounts{0, 1, 0}));
  EXPECT_EQ(shares_of(1, {3'333, 3'333, 3'334}), (LevelAmounts{0, 0, 1}));
  EXPECT_EQ(shares_of(5, {2'000, 2'000, 2'000}), (LevelAmounts{1, 1, 1}));
}

TEST(Shares, AreNothingOfTooLittle) {
  EXPECT_EQ(shares_of(0, {500, 200, 100}), LevelAmounts{});
  EXPECT_EQ(shares_of(1'000'000, {0, 0, 0}), LevelAmounts{});
  EXPECT_EQ(shares_of(9'999, {1, 0, 0}), LevelAmounts{});
  EXPECT_EQ(shares_of(10'000, {1, 0, 0}), (LevelAmounts{1, 0, 0}));
}

TEST(Shares, AreExactAtTheLimitsOfAmounts) {
  EXPECT_EQ(shares_of(most, {10'000, 0, 0}), (LevelAmounts{most, 0, 0}));
  EXPECT_EQ(shares_of(most, {1, 0, 0}), (LevelAmounts{most / 10'000, 0, 0}));
  constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(sum(shares_of(max, {3'333, 3'333, 3'334})), max);
  EXPECT_EQ(sum(shares_of(max, {1, 1, 1})), pool_of(max, {3, 0, 0}));
}

TEST(Shares, AddUpToThePoolAndThePoolIsNeverMoreThanTheAmount) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 100'000; ++i) {
    const std::int64_t amount = static_cast<std::int64_t>(random() >> (random() % 63 + 1));
    LevelRates rates{};
    std::int32_t left = 10'000;
    for (std::int32_t& rate : rates) {
      rate = static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(left + 1));
      left -= rate;
    }
    if (random() % 4 == 0) rates[2] += left;
    const LevelAmounts shares = shares_of(amount, rates);
    ASSERT_EQ(sum(shares), pool_of(amount, rates)) << amount;
    ASSERT_LE(sum(shares), amount);
    for (std::size_t level = 0; level < shares.size(); ++level) {
      const std::int64_t floor = pool_of(amount, {rates[level], 0, 0});
      ASSERT_GE(shares[level], floor);
      ASSERT_LE(shares[level], floor + 1);
    }
  }
}

TEST(Caps, LetThroughWhatIsLeft) {
  EXPECT_EQ(within_cap(100, std::nullopt, 1'000), 100);
  EXPECT_EQ(within_cap(100, 100, 0), 100);
  EXPECT_EQ(within_cap(101, 100, 0), 100);
  EXPECT_EQ(within_cap(100, 100, 1), 99);
  EXPECT_EQ(within_cap(100, 100, 99), 1);
  EXPECT_EQ(within_cap(100, 100, 100), 0);
  EXPECT_EQ(within_cap(100, 100, 101), 0);  // a cap that was lowered meanwhile
}

TEST(Retained, IsAllOfItAtFirstAndNothingInTheEnd) {
  EXPECT_EQ(retained_of(7, 100, 0), 7);
  EXPECT_EQ(retained_of(7, 100, 1), 6);
  EXPECT_EQ(retained_of(7, 100, 99), 0);
  EXPECT_EQ(retained_of(7, 100, 100), 0);
  EXPECT_EQ(retained_of(most, most, 1), most - 1);
}

TEST(Retained, OnlyShrinksAsMoreIsGivenBack) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 2'000; ++i) {
    const std::int64_t amount = static_cast<std::int64_t>(random() >> (random() % 60 + 4)) + 1;
    const std::int64_t earned =
        static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(amount + 1));
    std::int64_t before = earned;
    ASSERT_EQ(retained_of(earned, amount, 0), earned);
    ASSERT_EQ(retained_of(earned, amount, amount), 0);
    for (int step = 1; step <= 50; ++step) {
      const std::int64_t reversed = amount / 50 * step;
      const std::int64_t retained = retained_of(earned, amount, reversed);
      ASSERT_LE(retained, before);
      before = retained;
    }
  }
}

}  // namespace
}  // namespace authd::referral
