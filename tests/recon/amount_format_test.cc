// Amounts as suppliers write them.

#include "authd/recon/amount_format.h"

#include <gtest/gtest.h>

#include <random>

namespace authd::recon {
namespace {

core::Currency currency(std::string_view alpha) { return *core::Currency::from_alpha(alpha); }

core::Result<std::int64_t, AmountError> parse(std::string_view text,
                                              const AmountFormat& format = {},
                                              std::string_view alpha = "ZAR") {
  return parse_amount(text, format, currency(alpha));
}

AmountFormat with_sign(Sign sign) {
  AmountFormat format;
  format.sign = sign;
  return format;
}

TEST(AmountFormat, ReadsMajorUnitsByTheCurrencysDecimals) {
  EXPECT_EQ(*parse("12.50"), 1'250);
  EXPECT_EQ(*parse("12.5"), 1'250);
  EXPECT_EQ(*parse("12"), 1'200);
  EXPECT_EQ(*parse("0012.50"), 1'250);
  EXPECT_EQ(*parse("0.00"), 0);
  EXPECT_EQ(*parse("12.500"), 1'250);
  EXPECT_EQ(*parse("1000", {}, "JPY"), 1'000);
  EXPECT_EQ(*parse("7.125", {}, "BHD"), 7'125);
}

TEST(AmountFormat, ReadsMinorUnits) {
  AmountFormat format;
  format.units = Units::minor;
  EXPECT_EQ(*parse("1250", format), 1'250);
  EXPECT_EQ(*parse("-000001250", format), -1'250);
  EXPECT_EQ(*parse("1250", format, "JPY"), 1'250);
  EXPECT_EQ(parse("12.50", format).error(), AmountError::too_many_decimals);
  EXPECT_EQ(parse("12.00", format).error(), AmountError::too_many_decimals);  // major units?
}

TEST(AmountFormat, HasItsSignWhereTheFormatSays) {
  EXPECT_EQ(*parse("-1.50"), -150);
  EXPECT_EQ(*parse("+1.50"), 150);
  EXPECT_EQ(*parse("1.50-", with_sign(Sign::trailing)), -150);
  EXPECT_EQ(*parse("1.50+", with_sign(Sign::trailing)), 150);
  EXPECT_EQ(*parse("(1.50)", with_sign(Sign::parentheses)), -150);
  EXPECT_EQ(*parse("1.50", with_sign(Sign::parentheses)), 150);
  EXPECT_EQ(*parse("1.50", with_sign(Sign::always_negative)), -150);
  EXPECT_EQ(*parse("1.50", with_sign(Sign::always_positive)), 150);
}

TEST(AmountFormat, HasNoSignAnywhereElse) {
  for (const Sign sign : {Sign::trailing, Sign::parentheses, Sign::column, Sign::always_positive,
                          Sign::always_negative}) {
    EXPECT_EQ(parse("-1.50", with_sign(sign)).error(), AmountError::wrong_sign);
  }
  EXPECT_EQ(parse("1.50-").error(), AmountError::wrong_sign);
  EXPECT_EQ(parse("--1.50").error(), AmountError::wrong_sign);
  EXPECT_EQ(parse("+-1.50").error(), AmountError::wrong_sign);
  EXPECT_EQ(parse("(1.50)").error(), AmountError::wrong_sign);
  EXPECT_EQ(parse("(-1.50)", with_sign(Sign::parentheses)).error(), AmountError::wrong_sign);
  EXPECT_EQ(parse("(1.50", with_sign(Sign::parentheses)).error(), AmountError::wrong_sign);
}

TEST(AmountFormat, HasGroupsOfThreeOrNone) {
  AmountFormat format;
  format.grouping_mark = ",";
  EXPECT_EQ(*parse("1,234,567.80", format), 123'456'780);
  EXPECT_EQ(*parse("1234567.80", format), 123'456'780);
  EXPECT_EQ(*parse("999,999", format), 99'999'900);
  for (const std::string_view wrong : {"1,23", "1,2345", "1234,567", ",123", "1,,234", "1,", ","}) {
    EXPECT_EQ(parse(wrong, format).error(), AmountError::wrong_grouping) << wrong;
  }
  EXPECT_EQ(parse("1.234,5", format).error(), AmountError::not_a_number);  // behind the mark
}

TEST(AmountFormat, NeverGuessesWhatAMarkMeans) {
  EXPECT_EQ(parse("1,50").error(), AmountError::not_a_number);
  AmountFormat comma;
  comma.decimal_mark = ',';
  EXPECT_EQ(*parse("1,50", comma), 150);
  EXPECT_EQ(parse("1.50", comma).error(), AmountError::not_a_number);
  comma.grouping_mark = ".";
  EXPECT_EQ(*parse("1.234,50", comma), 123'450);
  EXPECT_EQ(parse("1.50", comma).error(), AmountError::wrong_grouping);
}

TEST(AmountFormat, RefusesWhatIsNoNumber) {
  for (const std::string_view wrong : {"", "-", ".", "1.", ".5", "1e3", "1E3", "0x10", "NaN", "inf",
                                       "R1.50", "1.50 ZAR", "1 000", "1.5.0",
                                       "\xE2\x88\x92"
                                       "1",
                                       "1_000", "\xD9\xA1"}) {
    const auto parsed = parse(wrong);
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error(), AmountError::not_a_number) << wrong;
  }
}

TEST(AmountFormat, RefusesDecimalsThatTheCurrencyDoesNotHave) {
  EXPECT_EQ(parse("1.505").error(), AmountError::too_many_decimals);
  EXPECT_EQ(parse("1.5", {}, "JPY").error(), AmountError::too_many_decimals);
  EXPECT_EQ(*parse("1.0", {}, "JPY"), 1);
}

TEST(AmountFormat, EndsAtTheLargestAmount) {
  EXPECT_EQ(*parse("-9999999999999999.99"), -core::minor_units_max);
  EXPECT_EQ(parse("10000000000000000.00").error(), AmountError::too_large);
  EXPECT_EQ(parse("99999999999999999999999999").error(), AmountError::too_large);
}

TEST(AmountFormat, GivesFeesALeadingSignWhereAmountsHaveNone) {
  EXPECT_EQ(*parse_signed_amount("-1.50", with_sign(Sign::column), currency("ZAR")), -150);
  EXPECT_EQ(*parse_signed_amount("1.50", with_sign(Sign::always_negative), currency("ZAR")), 150);
  EXPECT_EQ(*parse_signed_amount("1.50-", with_sign(Sign::trailing), currency("ZAR")), -150);
}

TEST(AmountFormat, ReadsEveryAmountThatTheCoreWrites) {
  std::mt19937_64 random(11);
  for (int i = 0; i < 10'000; ++i) {
    const auto units = static_cast<std::int64_t>(random() % (1ULL << (1 + random() % 59)));
    const core::Money money{random() % 2 == 0 ? units : -units, currency(i % 3 == 0   ? "JPY"
                                                                         : i % 3 == 1 ? "ZAR"
                                                                                      : "BHD")};
    const auto read = parse_amount(core::to_major_units(money), {}, money.currency);
    ASSERT_TRUE(read) << core::to_major_units(money);
    EXPECT_EQ(*read, money.minor_units);
  }
}

}  // namespace
}  // namespace authd::recon
