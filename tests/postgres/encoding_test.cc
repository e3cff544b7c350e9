#include "store/postgres/encoding.h"

#include <gtest/gtest.h>

#include "store/postgres/utf8.h"

namespace authd::test {

namespace {

using core::Timestamp;
using store::clean_utf8;
using store::from_pg_time;
using store::pg_time;

constexpr std::int64_t int64_max = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t int64_min = std::numeric_limits<std::int64_t>::min();

TEST(PgTime, CountsFromTheYear2000) {
  EXPECT_EQ(pg_time({946'684'800'000'000}), 0);
  EXPECT_EQ(from_pg_time(-1), (Timestamp{946'684'799'999'999}));
}

TEST(PgTime, TakesTheEndsOfOurRangeForInfinity) {
  EXPECT_EQ(pg_time({int64_max}), int64_max);
  EXPECT_EQ(pg_time({int64_min}), int64_min);
  EXPECT_EQ(from_pg_time(int64_max), (Timestamp{int64_max}));
  EXPECT_EQ(from_pg_time(int64_min), (Timestamp{int64_min}));
}

TEST(PgTime, KnowsTheLastMomentOfTheCalendar) {
  constexpr std::int64_t end = 9'223'371'331'200'000'000;
  EXPECT_EQ(pg_time({end - 1}), end - 1 - 946'684'800'000'000);
  EXPECT_EQ(pg_time({end}), int64_max);
}

TEST(CleanUtf8, LeavesTextAlone) {
  std::string scratch = "untouched";
  for (const std::string_view text : {"", "CAFE", "Café Zürich", "寿司", "🍣 bar"}) {
    EXPECT_EQ(clean_utf8(text, scratch), text);
  }
  EXPECT_EQ(scratch, "untouched");
}

TEST(CleanUtf8, ReplacesWhatIsNotText) {
  const auto clean = [](std::string_view text) {
    std::string scratch;
    return std::string(clean_utf8(text, scratch));
  };
  EXPECT_EQ(clean({"a\0b", 3}), "a\uFFFDb");
  EXPECT_EQ(clean("Caf\xE9"), "Caf\uFFFD");                          // Latin-1
  EXPECT_EQ(clean("\xC0\xAF"), "\uFFFD\uFFFD");                      // overlong
  EXPECT_EQ(clean("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");            // surrogate
  EXPECT_EQ(clean("\xF4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");  // past U+10FFFF
  EXPECT_EQ(clean("\xF4\x8F\xBF\xBF"), "\xF4\x8F\xBF\xBF");          // U+10FFFF
  EXPECT_EQ(clean("ok\xE2\x82"), "ok\uFFFD\uFFFD");                  // cut off
}

}  // namespace

}  // namespace authd::test
