#include "store/archive/month.h"

#include <gtest/gtest.h>

namespace authd::test {
namespace {

using store::Month;

core::Timestamp at(int year, int month, int day) {
  return {std::int64_t{core::day_of({year, month, day}).days} * core::us_per_day};
}

TEST(Month, IsReadAndWritten) {
  const auto month = Month::parse("2024-12");
  ASSERT_TRUE(month);
  EXPECT_EQ(month->text(), "2024-12");
  EXPECT_EQ(month->suffix(), "2024_12");
  EXPECT_EQ(month->date(), "2024-12-01");
  EXPECT_EQ(month->end(), "2025-01-01T00:00:00Z");
  EXPECT_EQ(Month::parse("2025-01")->text(), "2025-01");
  for (const char* const wrong : {"", "2024-00", "2024-13", "2024_12", "2024-1", "2024-012",
                                  "0999-01", "20x4-01", "2024-+1"}) {
    EXPECT_FALSE(Month::parse(wrong)) << wrong;
  }
}

TEST(Month, IsThatOfItsMomentsInUtc) {
  EXPECT_EQ(Month::of(at(2024, 2, 29)).text(), "2024-02");
  EXPECT_EQ(Month::of({at(2024, 3, 1).unix_us - 1}).text(), "2024-02");
  EXPECT_EQ(Month::of(at(2024, 3, 1)).text(), "2024-03");
  EXPECT_EQ(Month::of({-1}).text(), "1969-12");
}

TEST(Month, IsAsOldAsItsEnd) {
  const Month march = *Month::parse("2024-03");
  EXPECT_EQ(march.age({at(2024, 4, 1).unix_us - 1}), -1);
  EXPECT_EQ(march.age(at(2024, 4, 1)), 0);
  EXPECT_EQ(march.age({at(2024, 7, 1).unix_us - 1}), 2);
  EXPECT_EQ(march.age(at(2024, 7, 1)), 3);
}

}  // namespace
}  // namespace authd::test
