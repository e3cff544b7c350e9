#include "store/mirror/text_values.h"

#include <gtest/gtest.h>

#include "store/postgres/encoding.h"
#include "tests/postgres/cluster.h"

namespace authd::store {

namespace {

std::optional<std::int64_t> us(std::string_view text) {
  const auto at = parse_time(text);
  return at ? std::optional(at->unix_us) : std::nullopt;
}

TEST(TextValues, ReadTimes) {
  EXPECT_EQ(us("1970-01-01 00:00:00+00"), 0);
  EXPECT_EQ(us("1970-01-02 00:00:00.5+00"), 86'400'500'000);
  EXPECT_EQ(us("1969-12-31 23:59:59.999999+00"), -1);
  EXPECT_EQ(us("infinity"), INT64_MAX);
  EXPECT_EQ(us("-infinity"), INT64_MIN);
  EXPECT_EQ(us("294276-12-31 23:59:59.999999+00"), INT64_MAX);  // beyond our range
}

TEST(TextValues, RefuseOtherTimes) {
  for (const char* const text :
       {"", "1970-01-01", "1970-01-01 00:00:00", "1970-01-01 00:00:00+01", "1970-13-01 00:00:00+00",
        "1970-00-01 00:00:00+00", "1970-01-32 00:00:00+00", "1970-01-01 24:00:00+00",
        "1970-01-01 00:60:00+00", "1970-01-01 00:00:60+00", "1970-01-01 00:00:00.+00",
        "1970-01-01 00:00:00.1234567+00", "1970-01-01 00:00:00+00 AD", "970-01-01 00:00:00+00",
        "01.01.1970 00:00:00+00", "1970-01-01 00:00:00+00 "}) {
    EXPECT_FALSE(us(text)) << text;
  }
}

TEST(TextValues, ReadNumbersAsLargeAsTheirType) {
  EXPECT_EQ(parse_number<std::int64_t>("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(parse_number<std::int16_t>("32767"), 32'767);
  for (const char* const text : {"32768", "", "1 ", "+1", "1.0", "x"}) {
    EXPECT_FALSE(parse_number<std::int16_t>(text)) << text;
  }
}

TEST(TextValues, ReadBytes) {
  EXPECT_EQ(parse_bytes("\\x"), std::vector<std::byte>());
  EXPECT_EQ(parse_bytes("\\x00ff"), (std::vector<std::byte>{std::byte{0}, std::byte{255}}));
  for (const char* const text : {"", "00", "\\x0", "\\x0g", "\\xFF", "x00"}) {
    EXPECT_FALSE(parse_bytes(text)) << text;
  }
  EXPECT_EQ(to_hex(std::string_view("\0\xff", 2)), "00ff");
}

using TextValuesOfAServer = test::DatabaseTest;

TEST_F(TextValuesOfAServer, AreReadAsItWritesThem) {
  Connection connection = connect();
  ASSERT_TRUE(connection.exec(std::string("SET datestyle = 'ISO, YMD'")));
  for (const char* const literal :
       {"4714-11-24 00:00:00 BC", "0001-01-01 00:00:00 BC", "0001-01-01", "1582-10-15 12:34:56.7",
        "1999-12-31 23:59:59.999999", "2000-02-29 00:00:00.000001", "2026-11-21 13:08:47.123456",
        "9999-12-31", "10000-01-01 00:00:00.01"}) {
    const std::string value = "'" + std::string(literal) + "+00'::timestamptz";
    EXPECT_EQ(
        std::to_string(us(test::query_text(connection, "SELECT " + value)).value_or(0)),
        test::query_text(connection, "SELECT (extract(epoch FROM " + value + ") * 1000000)::int8"))
        << literal;
  }
}

}  // namespace

}  // namespace authd::store
