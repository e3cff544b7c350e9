#include "store/mirror/slot.h"

#include <gtest/gtest.h>

#include "tests/mirror/mirrored_world.h"

namespace authd::test {

namespace {

TEST(Slot, IsNamedAfterDatabaseAndShard) {
  EXPECT_EQ(store::default_slot_name("authd", 1), "authd_authd_1");
  EXPECT_EQ(store::default_slot_name("My-Bank é", 12), "authd_my_bank____12");
  const std::string longest = store::default_slot_name(std::string(100, 'x'), 12);
  EXPECT_EQ(longest.size(), 63U);
  EXPECT_TRUE(longest.ends_with("x_12"));
  EXPECT_TRUE(store::is_slot_name(longest));
  EXPECT_FALSE(store::is_slot_name(longest + "x"));
  EXPECT_FALSE(store::is_slot_name(""));
  EXPECT_FALSE(store::is_slot_name("Big"));
}

TEST(Slot, PositionsAreWrittenAsPostgresqlDoes) {
  EXPECT_EQ(store::to_text(0), "0/0");
  EXPECT_EQ(store::to_text(0xAB'0000'00FFU), "AB/FF");
  EXPECT_EQ(store::parse_lsn("AB/FF"), 0xAB'0000'00FFU);
  EXPECT_EQ(store::parse_lsn("FFFFFFFF/FFFFFFFF"), UINT64_MAX);
  for (const char* const text : {"", "/", "1/", "/1", "1", "100000000/0", "0/g", "0/0 "}) {
    EXPECT_FALSE(store::parse_lsn(text)) << text;
  }
}

class SlotOfAServer : public Mirroring {};

TEST_F(SlotOfAServer, IsMadeOnce) {
  const store::Connection::Options options{.conninfo = conninfo()};
  const auto made = store::ensure_slot(options, slot());
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(*made);
  const auto again = store::ensure_slot(options, slot());
  ASSERT_TRUE(again);
  EXPECT_FALSE(*again);
  EXPECT_FALSE(store::ensure_slot(options, "No Name"));
  store::Connection connection = connect();
  const auto standing = store::slot_standing(connection, slot());
  ASSERT_TRUE(standing && *standing);
  EXPECT_TRUE((*standing)->is_ours);
  EXPECT_FALSE((*standing)->is_lost);
  EXPECT_GT((*standing)->confirmed, 0U);
  EXPECT_FALSE(store::slot_standing(connection, "other")->has_value());
}

TEST_F(SlotOfAServer, OfAnotherDatabaseIsNotOurs) {
  ASSERT_TRUE(store::ensure_slot({.conninfo = conninfo()}, slot()));
  const auto elsewhere = Cluster::conninfo("postgres");
  store::Connection connection = test::connect(elsewhere);
  EXPECT_FALSE(store::slot_standing(connection, slot()).value()->is_ours);
  EXPECT_FALSE(store::ensure_slot({.conninfo = elsewhere}, slot()));
}

}  // namespace

}  // namespace authd::test
