#include "core/money.h"

#include <gtest/gtest.h>

#include <limits>

namespace authd::core {
namespace {

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();

Currency currency(std::string_view alpha) { return *Currency::from_alpha(alpha); }

TEST(Currency, KnowsCodesAndDecimals) {
  EXPECT_EQ(currency("USD").numeric(), 840);
  EXPECT_EQ(Currency::from_numeric(978)->alpha(), "EUR");
  EXPECT_EQ(Currency::from_numeric(8)->alpha(), "ALL");
  EXPECT_EQ(currency("JPY").exponent(), 0);
  EXPECT_EQ(currency("USD").exponent(), 2);
  EXPECT_EQ(currency("BHD").exponent(), 3);
  EXPECT_EQ(currency("CLF").exponent(), 4);
}

TEST(Currency, RefusesWhatIsNotOne) {
  for (const char* alpha : {"", "US", "USDX", "usd", "XXX", "XAU", "ZZZ", "AAA"}) {
    EXPECT_FALSE(Currency::from_alpha(alpha)) << alpha;
  }
  for (const int code : {0, 1, 959, 999, 1000, 65535}) {
    EXPECT_FALSE(Currency::from_numeric(static_cast<std::uint16_t>(code))) << code;
  }
}

TEST(Money, AddsAndSubtractsOnlyWhatFitsInOneCurrency) {
  const Money one{1, currency("USD")};
  EXPECT_EQ(checked_add(one, Money{2, currency("USD")}), (Money{3, currency("USD")}));
  EXPECT_EQ(checked_sub(one, Money{2, currency("USD")}), (Money{-1, currency("USD")}));
  EXPECT_EQ(checked_add(one, Money{1, currency("EUR")}), std::nullopt);
  EXPECT_EQ(checked_sub(one, Money{1, currency("EUR")}), std::nullopt);
  EXPECT_EQ(checked_add(int64_max - 1, std::int64_t{1}), int64_max);
  EXPECT_EQ(checked_add(int64_max, std::int64_t{1}), std::nullopt);
  EXPECT_EQ(checked_sub(int64_min + 1, std::int64_t{1}), int64_min);
  EXPECT_EQ(checked_sub(int64_min, std::int64_t{1}), std::nullopt);
}

TEST(Money, ReadsMajorUnitsFromTheirDigits) {
  struct Case {
    const char* digits;
    int decimals;
    std::int64_t minor_units;
  };
  for (const Case& c :
       {Case{"0", 2, 0}, Case{"10", 2, 1000}, Case{"10.0", 2, 1000}, Case{"1.91", 2, 191},
        Case{"0.01", 2, 1}, Case{"1.910000", 2, 191}, Case{"1000", 0, 1000},
        Case{"1000.00", 0, 1000}, Case{"7.125", 3, 7125}, Case{"0.0001", 4, 1},
        Case{"9999999999999999.99", 2, 999'999'999'999'999'999},
        Case{"999999999999999999", 0, 999'999'999'999'999'999}}) {
    const auto parsed = parse_major_units(c.digits, c.decimals);
    ASSERT_TRUE(parsed) << c.digits;
    EXPECT_EQ(*parsed, c.minor_units) << c.digits;
  }
}

TEST(Money, RefusesWhatIsNotAnAmount) {
  struct Case {
    const char* digits;
    int decimals;
    MoneyError error;
  };
  for (const Case& c :
       {Case{"", 2, MoneyError::not_a_number}, Case{".5", 2, MoneyError::not_a_number},
        Case{"5.", 2, MoneyError::not_a_number}, Case{"00.5", 2, MoneyError::not_a_number},
        Case{"1,5", 2, MoneyError::not_a_number}, Case{"+1", 2, MoneyError::not_a_number},
        Case{" 1", 2, MoneyError::not_a_number}, Case{"1 ", 2, MoneyError::not_a_number},
        Case{"1.2.3", 2, MoneyError::not_a_number}, Case{"0x10", 2, MoneyError::not_a_number},
        Case{"-1", 2, MoneyError::negative}, Case{"-0", 2, MoneyError::negative},
        Case{"1e3", 2, MoneyError::exponent}, Case{"1E-3", 2, MoneyError::exponent},
        Case{"1.001", 2, MoneyError::too_many_decimals},
        Case{"1.1", 0, MoneyError::too_many_decimals},
        Case{"10000000000000000.00", 2, MoneyError::overflow},
        Case{"1000000000000000000", 0, MoneyError::overflow},
        Case{"99999999999999999999999999", 0, MoneyError::overflow}}) {
    const auto parsed = parse_major_units(c.digits, c.decimals);
    ASSERT_FALSE(parsed) << c.digits;
    EXPECT_EQ(parsed.error(), c.error) << c.digits;
  }
}

TEST(Money, PrintsMajorUnits) {
  EXPECT_EQ(to_major_units({4275, currency("USD")}), "42.75");
  EXPECT_EQ(to_major_units({5, currency("USD")}), "0.05");
  EXPECT_EQ(to_major_units({-310, currency("USD")}), "-3.10");
  EXPECT_EQ(to_major_units({-5, currency("USD")}), "-0.05");
  EXPECT_EQ(to_major_units({1000, currency("JPY")}), "1000");
  EXPECT_EQ(to_major_units({7125, currency("BHD")}), "7.125");
  EXPECT_EQ(to_major_units({int64_min, currency("CLF")}), "-922337203685477.5808");
}

TEST(Money, ReadsBackWhatItPrints) {
  for (const char* alpha : {"USD", "JPY", "BHD", "CLF"}) {
    for (const std::int64_t minor : {0L, 1L, 9L, 10L, 99L, 100L, 12'345'678L, minor_units_max}) {
      const Money money{minor, currency(alpha)};
      EXPECT_EQ(*parse_major_units(to_major_units(money), money.currency.exponent()), minor)
          << alpha;
    }
  }
}

}  // namespace
}  // namespace authd::core
