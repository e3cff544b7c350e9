#include "authd/referral/invitations/token_bucket.h"

#include <gtest/gtest.h>

namespace authd::referral {
namespace {

using namespace std::chrono_literals;
constexpr TokenBucket::Time start{1h};

TEST(TokenBucket, HoldsATenthOfASecond) {
  EXPECT_EQ(TokenBucket(1).available(start), 1);
  EXPECT_EQ(TokenBucket(19).available(start), 1);
  EXPECT_EQ(TokenBucket(20).available(start), 2);
  EXPECT_EQ(TokenBucket(1'000).available(start), 100);
}

TEST(TokenBucket, FillsEvenly) {
  TokenBucket bucket(20);
  bucket.take(2, start);
  EXPECT_EQ(bucket.available(start), 0);
  EXPECT_EQ(bucket.wait(start), 50ms);
  EXPECT_EQ(bucket.available(start + 50ms - 1ns), 0);
  EXPECT_EQ(bucket.available(start + 50ms), 1);
  EXPECT_EQ(bucket.wait(start + 50ms), 0ms);
  EXPECT_EQ(bucket.available(start + 100ms), 2);
  EXPECT_EQ(bucket.available(start + 1h), 2);
}

TEST(TokenBucket, NeverGivesMoreThanTheRateAndWhatItHolds) {
  for (const int rate : {1, 3, 7, 10, 99, 1'000}) {
    TokenBucket bucket(rate);
    int taken = 0;
    for (auto now = start; now < start + 10s; now += 333us) {
      const int tokens = bucket.available(now);
      bucket.take(tokens, now);
      taken += tokens;
    }
    const int most = 10 * rate + std::max(1, rate / 10);
    EXPECT_LE(taken, most) << rate;
    EXPECT_GE(taken, most - 2) << rate;
  }
}

}  // namespace
}  // namespace authd::referral
