#include "store/state/table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace authd::store {
namespace {

std::string text(const std::optional<Bytes>& bytes) {
  return bytes ? std::string(text_of(*bytes)) : "nothing";
}

TEST(Table, FindsTheLastValueOfAKey) {
  Table table;
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(text(table.find("a")), "nothing");
  table.put("a", bytes_of("one"), {1}, {70});
  table.put("a", bytes_of("2"), {2}, {50});
  EXPECT_EQ(text(table.find("a")), "2");
  table.put("a", bytes_of("longer than before"), {3}, {60});
  EXPECT_EQ(text(table.find("a")), "longer than before");
  EXPECT_EQ(table.rows(), 1U);
  EXPECT_EQ(table.last_sequence(), core::Sequence{3});
  EXPECT_EQ(table.last_at(), core::Timestamp{70});  // never goes back
}

TEST(Table, KeepsItsOwnCopies) {
  Table table;
  std::string key = "key";
  std::string value = "value";
  table.put(key, bytes_of(value), {1}, {1});
  key = "xxx";
  value = "yyyyy";
  EXPECT_EQ(text(table.find("key")), "value");
}

TEST(Table, SortsByKeyWhateverTheOrder) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Table table;
  std::map<std::string, std::string> expected;
  for (std::uint64_t i = 1; i <= 5'000; ++i) {
    const std::string key = std::to_string(random() % 1'000);
    const std::string value(random() % 40, 'v');
    table.put(key, bytes_of(value), {i}, {1});
    expected[key] = value;
  }
  std::map<std::string, std::string> found;
  std::string_view previous;
  for (const Table::Entry& entry : table.sorted()) {
    EXPECT_LE(previous, entry.key);
    previous = entry.key;
    found[std::string(entry.key)] = text_of(entry.value);
  }
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace authd::store
