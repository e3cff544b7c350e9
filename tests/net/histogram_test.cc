#include "bench/histogram.h"

#include <gtest/gtest.h>

namespace authd::bench {
namespace {

constexpr std::uint32_t median = 500'000;

std::uint64_t bucket_end(std::uint64_t value) {
  Histogram histogram;
  histogram.record(value);
  histogram.record(Histogram::value_max);  // so that max() does not hide the end of the bucket
  return histogram.quantile(median);
}

TEST(Histogram, CountsSmallValuesExactly) {
  for (const std::uint64_t value : {0U, 1U, 2U, 1023U, 1024U, 2046U, 2047U}) {
    EXPECT_EQ(bucket_end(value), value);
  }
}

TEST(Histogram, DoublesItsBucketsAtEveryPowerOfTwo) {
  EXPECT_EQ(bucket_end(2048), 2049U);
  EXPECT_EQ(bucket_end(2049), 2049U);
  EXPECT_EQ(bucket_end(2050), 2051U);
  EXPECT_EQ(bucket_end(4095), 4095U);
  EXPECT_EQ(bucket_end(4096), 4099U);
  EXPECT_EQ(bucket_end(4099), 4099U);
  EXPECT_EQ(bucket_end(4100), 4103U);
}

TEST(Histogram, KeepsThreeDigitsOfEveryValue) {
  for (std::uint64_t value = 1; value <= Histogram::value_max / 3; value = value * 3 + 1) {
    const std::uint64_t end = bucket_end(value);
    EXPECT_GE(end, value);
    EXPECT_LE((end - value) * 1'024, value) << value;
  }
}

TEST(Histogram, KeepsTheGreatestValueBeyondItsRange) {
  Histogram histogram;
  histogram.record(Histogram::value_max);
  EXPECT_EQ(histogram.quantile(1'000'000), Histogram::value_max);
  histogram.record(Histogram::value_max + 5);
  EXPECT_EQ(histogram.max(), Histogram::value_max + 5);
  EXPECT_EQ(histogram.quantile(1'000'000), Histogram::value_max);
  EXPECT_EQ(histogram.count(), 2U);
}

TEST(Histogram, TakesTheSmallestValueThatCoversTheShare) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 1'000; ++value) histogram.record(value);
  EXPECT_EQ(histogram.quantile(1), 1U);
  EXPECT_EQ(histogram.quantile(500'000), 500U);
  EXPECT_EQ(histogram.quantile(500'001), 501U);
  EXPECT_EQ(histogram.quantile(999'000), 999U);
  EXPECT_EQ(histogram.quantile(999'001), 1'000U);
  EXPECT_EQ(histogram.quantile(1'000'000), 1'000U);
}

TEST(Histogram, NeverAnswersMoreThanItsGreatestValue) {
  Histogram histogram;
  histogram.record(1'000'000);
  EXPECT_EQ(histogram.quantile(median), 1'000'000U);
}

TEST(Histogram, IsZeroWhenEmpty) {
  const Histogram histogram;
  EXPECT_EQ(histogram.quantile(median), 0U);
  EXPECT_EQ(histogram.max(), 0U);
}

}  // namespace
}  // namespace authd::bench
