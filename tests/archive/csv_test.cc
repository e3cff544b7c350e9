#include "store/archive/csv.h"

#include <gtest/gtest.h>

#include "store/archive/row_digest.h"
#include "tests/archive/world.h"

namespace authd::test {
namespace {

using store::CsvReader;
using store::CsvRow;

const std::vector<CsvRow> rows{{"a", "", std::nullopt},
                               {"x,y", "say \"so\"", "two\nlines"},
                               {"\\.", "\r\n", "\""},
                               {std::nullopt, std::nullopt, std::nullopt},
                               {"", "", ""}};

std::vector<CsvRow> read(const std::string& csv, std::size_t portion, bool& complete) {
  std::vector<CsvRow> found;
  CsvReader reader([&found](CsvRow& row) {
    found.push_back(row);
    return true;
  });
  complete = true;
  for (std::size_t at = 0; at < csv.size(); at += portion) {
    complete = complete && reader.read(std::string_view(csv).substr(at, portion));
  }
  complete = complete && reader.at_end();
  return found;
}

bool is_read(const std::string& csv) {
  bool complete = false;
  read(csv, csv.size() + 1, complete);
  return complete;
}

TEST(Csv, IsReadAsItWasWrittenHoweverItIsCut) {
  std::string csv;
  for (const CsvRow& row : rows) store::append_csv(row, csv);
  for (std::size_t portion = 1; portion <= csv.size(); ++portion) {
    bool complete = false;
    EXPECT_EQ(read(csv, portion, complete), rows);
    EXPECT_TRUE(complete);
  }
}

TEST(Csv, RefusesWhatItWouldNotWrite) {
  EXPECT_TRUE(is_read(""));
  EXPECT_TRUE(is_read("a,b\n"));
  for (const char* const wrong : {"a", "a,b", "a\"b\n", "\"a\"b\n", "\"a", "a\r\n", ",", "\"a\""}) {
    EXPECT_FALSE(is_read(wrong)) << wrong;
  }
}

TEST(Csv, RefusesARowWithoutAnEnd) {
  CsvReader reader([](CsvRow&) { return true; });
  const std::string much(CsvReader::row_bytes_max - 1, 'x');
  EXPECT_TRUE(reader.read("\"" + much));
  EXPECT_FALSE(reader.read("x"));
}

TEST(Csv, StopsWhenToldTo) {
  int taken = 0;
  CsvReader reader([&taken](CsvRow&) { return ++taken < 2; });
  EXPECT_FALSE(reader.read("a\nb\nc\n"));
  EXPECT_EQ(taken, 2);
}

TEST(RowDigest, DependsOnTheRowsAndNotOnTheirOrder) {
  store::RowDigest there;
  store::RowDigest back;
  for (const CsvRow& row : rows) there.add(row);
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) back.add(*row);
  EXPECT_EQ(there, back);
  store::RowDigest other;
  for (const CsvRow& row : rows) other.add(row == rows[0] ? CsvRow{"a", std::nullopt, ""} : row);
  EXPECT_FALSE(there == other);
  EXPECT_EQ(there.rows(), other.rows());
}

class ServerDigest : public DatabaseTest {};

TEST_F(ServerDigest, IsTheProgramsForEveryText) {
  auto connection = connect();
  ASSERT_TRUE(connection.exec("CREATE TABLE t (a text, b text, c bytea)"));
  store::RowDigest mine;
  store::Catalog catalog(connection);
  EXPECT_EQ(*catalog.digest("t", {"a", "b", "c"}), mine);
  for (int c = 1; c < 256; ++c) {
    const std::string code = std::to_string(c);
    ASSERT_TRUE(connection.exec("INSERT INTO t VALUES (chr(" + code + "), 'x' || chr(" + code +
                                "), set_byte('\\x00', 0, " + code + "))"));
    const std::string character = query_text(connection, "SELECT chr(" + code + ")");
    const CsvRow row{character, "x" + character,
                     query_text(connection, "SELECT set_byte('\\x00', 0, " + code + ")")};
    mine.add(row);
  }
  ASSERT_TRUE(connection.exec("INSERT INTO t VALUES (NULL, '', NULL)"));
  mine.add(CsvRow{std::nullopt, "", std::nullopt});
  EXPECT_EQ(*catalog.digest("t", {"a", "b", "c"}), mine);
}

}  // namespace
}  // namespace authd::test
