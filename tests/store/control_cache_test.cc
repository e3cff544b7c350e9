#include "store/state/control_cache.h"

#include <gtest/gtest.h>

#include "tests/store/samples.h"

namespace authd::store {
namespace {

using namespace core;
using namespace test;

// The owner of this number, with one control of the same number.
ControlSet set_of(std::int64_t owner) { return {account_owner(owner), {a_limit(owner)}}; }
RowKey key_of_owner(std::int64_t owner) { return controls_key(account_owner(owner)); }

// Asks as LiveState does, for a set that exists. Whether it was known.
bool ask(ControlCache& cache, std::int64_t owner, Level level = Level::account) {
  const auto known = cache.find(key_of_owner(owner), level);
  if (!known) cache.insert(key_of_owner(owner), level, set_of(owner));
  return known.has_value();
}

TEST(ControlCache, RemembersSetsAndThatThereIsNone) {
  ControlCache cache(4);
  EXPECT_FALSE(cache.find(key_of_owner(1), Level::account));
  const ControlSet* const inserted = cache.insert(key_of_owner(1), Level::account, set_of(1));
  EXPECT_EQ(*inserted, set_of(1));
  EXPECT_EQ(cache.find(key_of_owner(1), Level::account), inserted);
  EXPECT_EQ(cache.insert(key_of_owner(2), Level::account, std::nullopt), nullptr);
  const auto none = cache.find(key_of_owner(2), Level::account);
  ASSERT_TRUE(none);
  EXPECT_EQ(*none, nullptr);
  EXPECT_EQ(cache.owners(), 2U);
}

TEST(ControlCache, ForgetsTheOwnerThatWasNotAskedForLongest) {
  ControlCache cache(4);
  for (const std::int64_t owner : {1, 2, 3, 4}) EXPECT_FALSE(ask(cache, owner));
  EXPECT_TRUE(ask(cache, 1));
  EXPECT_FALSE(ask(cache, 5));  // in place of 2
  EXPECT_EQ(cache.owners(), 4U);
  for (const std::int64_t owner : {1, 3, 4, 5}) EXPECT_TRUE(ask(cache, owner)) << owner;
  EXPECT_FALSE(ask(cache, 2));
}

TEST(ControlCache, KeepsTheSetThatWasReturnedLastOfEachLevel) {
  ControlCache cache(4);
  const ControlSet* const of_program = cache.insert(key_of_owner(1), Level::program, set_of(1));
  const ControlSet* const of_account = cache.insert(key_of_owner(2), Level::account, set_of(2));
  for (std::int64_t owner = 3; owner < 30; ++owner) ask(cache, owner, Level::card);
  EXPECT_EQ(*of_program, set_of(1));
  EXPECT_EQ(*of_account, set_of(2));
  EXPECT_EQ(cache.find(key_of_owner(1), Level::program), of_program);
  EXPECT_EQ(cache.owners(), 4U);

  ask(cache, 30, Level::program);  // now the first may go
  ask(cache, 31, Level::card);
  ask(cache, 32, Level::card);
  EXPECT_FALSE(cache.find(key_of_owner(1), Level::program));
  EXPECT_EQ(cache.find(key_of_owner(2), Level::account), of_account);
}

TEST(ControlCache, ForgetsWhatIsDropped) {
  ControlCache cache(4);
  ask(cache, 1, Level::program);
  ask(cache, 2);
  cache.drop(key_of_owner(1).view());
  cache.drop(key_of_owner(99).view());  // was never there
  EXPECT_EQ(cache.owners(), 1U);
  EXPECT_FALSE(ask(cache, 1, Level::program));
  EXPECT_TRUE(ask(cache, 2));
  cache.drop(key_of_owner(1).view());
  for (std::int64_t owner = 3; owner < 30; ++owner) ask(cache, owner);
  EXPECT_EQ(cache.owners(), 4U);  // what was dropped is not kept for its level either
}

TEST(ControlCache, IsWholeAfterAMove) {
  ControlCache first(4);
  ask(first, 1, Level::program);
  ControlCache cache = std::move(first);
  EXPECT_TRUE(ask(cache, 1, Level::program));
  for (std::int64_t owner = 2; owner < 30; ++owner) ask(cache, owner);
  EXPECT_TRUE(ask(cache, 1, Level::program));
}

}  // namespace
}  // namespace authd::store
