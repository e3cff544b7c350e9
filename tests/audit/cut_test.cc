// What the journal says of the state as of the ledger's mark, and of what PostgreSQL owns since
// then.

#include "store/audit/cut.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/audit/fixture.h"

namespace authd::test {

namespace {

core::MirrorAccount frozen(std::int64_t id, std::int64_t posted = 0) {
  core::MirrorAccount mirror{account(id, posted)};
  mirror.account.status = core::AccountStatus::frozen;
  return mirror;
}

std::unique_ptr<store::Cut> cut_of(const World& world, const store::Cut::At& at) {
  auto cut = std::make_unique<store::Cut>(at);
  auto reader = store::Reader::open(world.journal(), {1});
  while (reader->next_sequence() <= world.journal().durable().sequence()) {
    EXPECT_TRUE(cut->add(**reader->next()));
  }
  return cut;
}

std::optional<core::Account> account_in(const store::Table& table, std::int64_t id) {
  const store::RowKey key = store::account_key({id});
  const auto value = table.find(key.view());
  core::Account row;
  if (!value || !store::decode_row(key.view(), *value, row)) return std::nullopt;
  return row;
}

std::vector<core::AccountStatus> versions_of(const store::Cut& cut, std::int64_t id) {
  const store::RowKey key = store::account_key({id});
  std::vector<core::AccountStatus> versions;
  const auto found = cut.versions().find(key.view());
  if (found == cut.versions().end()) return versions;
  for (const auto& value : found->second) {
    core::Account row;
    EXPECT_TRUE(store::decode_row(key.view(), value, row));
    versions.push_back(row.status);
  }
  return versions;
}

TEST(Cut, HasEveryVersionOfWhatPostgresOwns) {
  using core::AccountStatus;
  World world;
  world.begin_with_card();  // four records
  world.apply(frozen(1));
  world.apply(core::ChangeAccount{{1}, AccountStatus::closed, 0, 0, core::Kyc::none});
  world.flush();
  EXPECT_EQ(versions_of(*cut_of(world, {{4}, {4}}), 1),
            (std::vector{AccountStatus::active, AccountStatus::frozen, AccountStatus::closed}));
}

// Of an account that a decision has changed, the rest may be older or newer than what is mirrored.
TEST(Cut, HasNoVersionsFromDecisions) {
  World world;
  world.begin_with_card();
  world.apply(purchase("m1", "card_1", 100));
  world.flush();
  EXPECT_EQ(versions_of(*cut_of(world, {{5}, {5}}), 1).size(), 1U);
}

TEST(Cut, KnowsWhichTransfersThereWereSince) {
  World world;
  world.begin_with_card();
  const core::MessageId id = *core::MessageId::from("t");
  world.apply(core::MoveMoney{demo, id, core::TransferKind::top_up, {}, {1}, usd(5), false, false});
  world.flush();
  const auto cut = cut_of(world, {{4}, {4}});
  EXPECT_TRUE(cut->has_transfer(store::transfer_key(demo, id).view()));
  EXPECT_FALSE(cut->has_transfer(store::transfer_key(demo, *core::MessageId::from("u")).view()));
}

TEST(Cut, HasBalancesAsOfTheLedgersMark) {
  World world;
  world.begin_with_card();
  world.apply(purchase("m1", "card_1", 100));  // record 5
  world.apply(purchase("m2", "card_1", 200));
  world.flush();
  EXPECT_EQ(account_in(cut_of(world, {{5}, {6}})->drained(), 1)->held_minor, 100);
  EXPECT_EQ(account_in(cut_of(world, {{6}, {6}})->drained(), 1)->held_minor, 300);
}

TEST(Cut, KnowsNothingOfRowsThatTheCopyMayHaveFromLaterRecords) {
  World world;
  world.begin_with_card();
  world.apply(purchase("m1", "card_1", 100));  // record 5
  world.flush();
  store::Cut cut({{4}, {5}});
  auto reader = store::Reader::open(world.journal(), {5});
  ASSERT_TRUE(cut.add(**reader->next()));
  EXPECT_TRUE(cut.is_unsettled(store::account_key({1}).view()));
  EXPECT_FALSE(cut.is_unsettled(store::account_key({2}).view()));
  // Where a record before the mark has it, it is known after all.
  const auto whole = cut_of(world, {{4}, {5}});
  EXPECT_FALSE(whole->is_unsettled(store::account_key({1}).view()));
  EXPECT_EQ(account_in(whole->drained(), 1)->held_minor, 0);
  // Records that the copy cannot have do not matter.
  store::Cut copied_earlier({{4}, {4}});
  auto again = store::Reader::open(world.journal(), {5});
  ASSERT_TRUE(copied_earlier.add(**again->next()));
  EXPECT_FALSE(copied_earlier.is_unsettled(store::account_key({1}).view()));
}

}  // namespace

}  // namespace authd::test
