#include "store/postgres/migrate.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/postgres/cluster.h"

namespace authd::test {

namespace {

using store::migrate;
using store::Migration;
using Code = store::MigrationError::Code;

class Migrations : public DatabaseTest {};

constexpr Migration first{1, "first",
                          "CREATE TABLE authd.one (a int); CREATE TABLE authd.two (a int)"};
constexpr Migration second{2, "second", "CREATE TABLE authd.three (a int)"};
constexpr Migration broken{2, "broken", "CREATE TABLE authd.three (a int); SELECT 1/0"};

TEST_F(Migrations, BringsAnEmptyDatabaseToTheProgramsVersion) {
  auto connection = connect();
  EXPECT_EQ(*schema_version(connection), 0);
  const auto applied = migrate(connection);
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->size(), store::migrations().size());
  EXPECT_EQ(*schema_version(connection), store::migrations().back().version);
}

TEST_F(Migrations, NumbersItsOwnMigrationsWithoutGaps) {
  std::int32_t version = 0;
  for (const Migration& migration : store::migrations()) EXPECT_EQ(migration.version, ++version);
}

TEST_F(Migrations, DoesNothingTheSecondTime) {
  auto connection = connect();
  ASSERT_TRUE(migrate(connection));
  const auto again = migrate(connection);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->empty());
}

TEST_F(Migrations, AppliesOnlyWhatIsMissing) {
  auto connection = connect();
  ASSERT_TRUE(migrate(connection, std::array{first}));
  const auto applied = migrate(connection, std::array{first, second});
  ASSERT_TRUE(applied);
  EXPECT_EQ(*applied, (std::vector<std::int32_t>{2}));
}

TEST_F(Migrations, RefusesAMigrationWhoseTextHasChanged) {
  auto connection = connect();
  ASSERT_TRUE(migrate(connection, std::array{first, second}));
  Migration edited = first;
  edited.sql = "CREATE TABLE authd.one (a int8)";
  const auto failed = migrate(connection, std::array{edited, second});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::changed);
  EXPECT_EQ(failed.error().version, 1);
}

TEST_F(Migrations, RefusesADatabaseThatIsNewer) {
  auto connection = connect();
  ASSERT_TRUE(migrate(connection, std::array{first, second}));
  const auto failed = migrate(connection, std::array{first});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::newer);
  EXPECT_EQ(failed.error().version, 2);
}

TEST_F(Migrations, RefusesAGap) {
  auto connection = connect();
  ASSERT_TRUE(migrate(connection, std::array{first, second}));
  query(connection, "DELETE FROM authd.schema_migration WHERE version = 1");
  const auto failed = migrate(connection, std::array{first, second});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::gap);
  EXPECT_EQ(failed.error().version, 1);
}

TEST_F(Migrations, KeepsNothingOfAMigrationThatFails) {
  auto connection = connect();
  const auto failed = migrate(connection, std::array{first, broken});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::postgres);
  EXPECT_EQ(failed.error().version, 2);
  EXPECT_EQ(failed.error().postgres.state(), "22012");
  EXPECT_EQ(*schema_version(connection), 1);
  EXPECT_EQ(query_text(connection, "SELECT to_regclass('authd.three') IS NULL"), "t");
  EXPECT_TRUE(migrate(connection, std::array{first, second}));
}

TEST_F(Migrations, LetsOneProcessAfterTheOther) {
  std::atomic<std::size_t> applied{0};
  {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        auto connection = connect();
        const auto done = migrate(connection);
        ASSERT_TRUE(done);
        applied += done->size();
      });
    }
  }
  EXPECT_EQ(applied, store::migrations().size());
}

}  // namespace

}  // namespace authd::test
