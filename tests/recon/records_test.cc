// Records of delimited files, however the bytes come and however they are broken.

#include "authd/recon/records.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace authd::recon {
namespace {

struct Taken {
  std::uint64_t line;
  std::optional<RecordFault> fault;
  std::vector<std::string> columns;
  std::string text;
  friend bool operator==(const Taken&, const Taken&) = default;
};

std::vector<Taken> split(std::string_view bytes, const RecordFormat& format,
                         std::size_t piece_bytes) {
  RecordSplitter splitter(format);
  std::vector<Taken> taken;
  const auto take = [&] {
    while (const Record* const record = splitter.next()) {
      taken.push_back({record->line,
                       record->fault,
                       {record->columns.begin(), record->columns.end()},
                       std::string(record->text)});
    }
  };
  for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
    splitter.feed(bytes.substr(at, piece_bytes));
    take();
  }
  splitter.finish();
  take();
  return taken;
}

std::vector<Taken> split(std::string_view bytes, const RecordFormat& format = {}) {
  return split(bytes, format, 65'536);
}

using Columns = std::vector<std::string>;

TEST(Records, AreSplitAtTheDelimiter) {
  const auto taken = split("a,b\n,\n");
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].columns, (Columns{"a", "b"}));
  EXPECT_EQ(taken[1].columns, (Columns{"", ""}));
  EXPECT_EQ(taken[1].line, 2U);
}

TEST(Records, EndWithCrlfLfOrCrInAnyMixture) {
  const auto taken = split("a\r\nb\rc\n\r\n\n\rd");
  ASSERT_EQ(taken.size(), 4U);
  EXPECT_EQ(taken[0].line, 1U);
  EXPECT_EQ(taken[1].line, 2U);
  EXPECT_EQ(taken[2].line, 3U);
  EXPECT_EQ(taken[3].line, 7U);
  EXPECT_EQ(taken[3].columns, Columns{"d"});
}

TEST(Records, HaveQuotedColumnsWithEverythingInThem) {
  const auto taken = split("\"a,\"\"b\"\"\r\nc\",\"\",d\ne\n");
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].columns, (Columns{"a,\"b\"\r\nc", "", "d"}));
  EXPECT_EQ(taken[1].line, 3U);
}

TEST(Records, TakeQuotesAsTextWithoutAQuote) {
  RecordFormat format;
  format.quote = '\0';
  const auto taken = split("\"a,5\" pipe\n", format);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].columns, (Columns{"\"a", "5\" pipe"}));
}

TEST(Records, SkipAByteOrderMarkAtTheBeginningAlone) {
  const auto taken = split(
      "\xEF\xBB\xBF"
      "a\n"
      "\xEF\xBB\xBF"
      "b\n",
      {}, 1);
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].columns, Columns{"a"});
  EXPECT_EQ(taken[1].columns, Columns{"\xEF\xBB\xBF"
                                      "b"});
}

TEST(Records, OfAnEmptyFileAreNone) {
  EXPECT_TRUE(split("").empty());
  EXPECT_TRUE(split("\xEF\xBB\xBF").empty());
  EXPECT_TRUE(split("\r\n\n\r").empty());
}

struct Broken {
  std::string_view line;
  RecordFault fault;
};

TEST(Records, GoOnAtTheNextLineAfterAFault) {
  const std::array<Broken, 7> broken{{{{"a,\0b", 4}, RecordFault::nul_byte},
                                      {{"\"a\0\",b", 6}, RecordFault::nul_byte},
                                      {"a \"b\",c", RecordFault::quote_inside},
                                      {"\"a\" ,b", RecordFault::text_after_quote},
                                      {"\"a\"b\"", RecordFault::text_after_quote},
                                      {"x,\"a", RecordFault::quote_unclosed},
                                      {"\"a\"\"", RecordFault::quote_unclosed}}};
  for (const Broken& b : broken) {
    for (const std::string_view end : {"\n", "\r\n", "\r"}) {
      const std::string bytes = "1,2" + std::string(end) + std::string(b.line) + std::string(end) +
                                "3,4" + std::string(end);
      const auto taken = split(bytes);
      ASSERT_EQ(taken.size(), 3U) << b.line;
      EXPECT_EQ(taken[0].columns, (Columns{"1", "2"}));
      EXPECT_EQ(taken[1].fault, b.fault) << b.line;
      EXPECT_EQ(taken[1].text, b.line);
      EXPECT_EQ(taken[1].line, 2U);
      EXPECT_EQ(taken[2].columns, (Columns{"3", "4"}));
      EXPECT_EQ(taken[2].line, 3U);
    }
  }
}

TEST(Records, MayBeAsLongAsAllowedAndNoLonger) {
  RecordFormat format;
  format.record_bytes_max = 8;
  const auto taken = split("12345678\r\n123456789\nabc\n123456789", format);
  ASSERT_EQ(taken.size(), 4U);
  EXPECT_EQ(taken[0].columns, Columns{"12345678"});
  EXPECT_EQ(taken[1].fault, RecordFault::too_long);
  EXPECT_EQ(taken[1].text, "12345678");
  EXPECT_EQ(taken[2].columns, Columns{"abc"});
  EXPECT_EQ(taken[2].line, 3U);
  EXPECT_EQ(taken[3].fault, RecordFault::too_long);
}

TEST(Records, MayHaveAsManyColumnsAsAllowedAndNoMore) {
  RecordFormat format;
  format.columns_max = 3;
  const auto taken = split("a,b,c\na,b,c,d\n", format);
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_FALSE(taken[0].fault);
  EXPECT_EQ(taken[1].fault, RecordFault::too_many_columns);
}

TEST(Records, LoseOneLineToAQuoteThatStaysOpenForTheWholeBudget) {
  RecordFormat format;
  format.record_bytes_max = 100;
  std::string bytes = "\"open,1\n";
  for (int i = 0; i < 50; ++i) bytes += "line,2\n";
  const auto taken = split(bytes, format);
  ASSERT_EQ(taken.size(), 51U);
  EXPECT_EQ(taken[0].fault, RecordFault::quote_unclosed);
  for (std::size_t i = 1; i < taken.size(); ++i) {
    EXPECT_EQ(taken[i].columns, (Columns{"line", "2"}));
    EXPECT_EQ(taken[i].line, i + 1);
  }
}

TEST(Records, BufferALineOfTenMegabytesNotAtAll) {
  RecordSplitter splitter(RecordFormat{});
  const std::string piece(65'536, 'x');
  std::size_t faults = 0;
  for (int i = 0; i < 160; ++i) {
    splitter.feed(piece);
    while (const Record* const record = splitter.next()) {
      EXPECT_EQ(record->fault, RecordFault::too_long);
      ++faults;
    }
  }
  EXPECT_EQ(faults, 1U);
  EXPECT_LT(splitter.buffer_bytes(), 1U << 20U);
  splitter.feed("\nb\n");
  const Record* const record = splitter.next();
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->line, 2U);
  EXPECT_EQ(record->columns.front(), "b");
}

TEST(Records, TakeLinearTimeForQuotesOnEveryLine) {
  // Each line re-reads what follows up to the next quote, so this is where repeated reading shows.
  std::string bytes;
  for (int i = 0; i < 200'000; ++i) bytes += i % 2 == 0 ? "\"a\n" : "b\n";
  EXPECT_EQ(split(bytes).size(), 200'000U);
}

// Columns of the characters that mean something, written as RFC 4180 says and read again.
class WrittenRecords : public ::testing::TestWithParam<std::uint32_t> {};

std::string written(const Columns& columns, const RecordFormat& format, std::mt19937& random) {
  std::string text;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) text += format.delimiter;
    const std::string special{format.delimiter, format.quote, '\r', '\n'};
    const bool is_quoted = columns[i].find_first_of(special) != std::string::npos ||
                           (columns.size() == 1 && columns[i].empty()) || random() % 3 == 0;
    if (is_quoted) text += format.quote;
    for (const char c : columns[i]) {
      if (c == format.quote) text += c;
      text += c;
    }
    if (is_quoted) text += format.quote;
  }
  constexpr std::array<std::string_view, 3> ends{"\n", "\r\n", "\r"};
  return text + std::string(ends[random() % 3]);
}

TEST_P(WrittenRecords, AreReadBackWhateverThePieces) {
  std::mt19937 random(GetParam());
  RecordFormat format;
  format.delimiter = std::string(",;|\t")[random() % 4];
  format.quote = std::string("\"'")[random() % 2];
  const std::string alphabet = std::string("ab \r\n\xC3\xA9") + format.delimiter + format.quote;
  std::vector<Columns> expected(1 + random() % 30);
  std::string bytes = random() % 2 == 0 ? "\xEF\xBB\xBF" : "";
  for (Columns& columns : expected) {
    columns.resize(1 + random() % 5);
    for (std::string& column : columns) {
      for (auto n = random() % 8; n > 0; --n) column += alphabet[random() % alphabet.size()];
    }
    bytes += written(columns, format, random);
  }
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 65'536U}) {
    const auto taken = split(bytes, format, piece);
    ASSERT_EQ(taken.size(), expected.size()) << "seed " << GetParam() << ", piece " << piece;
    for (std::size_t i = 0; i < taken.size(); ++i) {
      EXPECT_FALSE(taken[i].fault);
      EXPECT_EQ(taken[i].columns, expected[i]) << "seed " << GetParam() << ", piece " << piece;
    }
  }
}

TEST_P(WrittenRecords, AreBrokenTheSameWayWhateverThePieces) {
  std::mt19937 random(GetParam());
  RecordFormat format;
  format.record_bytes_max = 20;
  constexpr std::string_view alphabet("ab,\"\r\n\0", 7);
  std::string bytes;
  for (int i = 0; i < 400; ++i) bytes += alphabet[random() % alphabet.size()];
  const auto expected = split(bytes, format, bytes.size());
  for (const std::size_t piece : {1U, 2U, 5U, 19U, 21U, 22U, 23U, 100U}) {
    EXPECT_EQ(split(bytes, format, piece), expected) << "seed " << GetParam() << " " << piece;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, WrittenRecords, ::testing::Range(1U, 201U));

}  // namespace
}  // namespace authd::recon
