// Transfers that are reserved first: what is held for them, and how they end.

#include <gtest/gtest.h>

#include <set>

#include "tests/core/wallets.h"

namespace authd::core::test {
namespace {

using Fault = Moved::Fault;
using Origin = Moved::Origin;

TEST_F(Transfers, HoldWhatIsReservedUntilItIsPosted) {
  const std::uint64_t record = world.next_sequence;
  const Moved begun = moved(wire("t", 30'00));
  EXPECT_EQ(begun.transfer.status, TransferStatus::reserved);
  EXPECT_EQ(begun.from_held_minor, 30'00);
  EXPECT_EQ(begun.from_posted_minor, 0);
  EXPECT_EQ(world.available(), 70'00);

  const Moved sent = advanced("t", TransferStatus::sent, noon + 1);
  EXPECT_EQ(sent.origin, Origin::done);
  EXPECT_EQ(sent.from_held_minor, 0);
  EXPECT_TRUE(rows == std::vector<Row>{sent.transfer}) << "no money moves";
  EXPECT_EQ(sent.transfer.changed_at, noon + 1);
  EXPECT_EQ(sent.transfer.requested_at, noon);
  EXPECT_EQ(sent.transfer.begun_by, Sequence{record});

  const Moved done = advanced("t", TransferStatus::posted, noon + 2);
  EXPECT_EQ(done.from_held_minor, -30'00);
  EXPECT_EQ(done.from_posted_minor, -30'00);
  EXPECT_EQ(done.to_posted_minor, 0);
  EXPECT_EQ(held(), 0);
  EXPECT_EQ(posted(), 70'00);
  EXPECT_EQ(world.available(), 70'00);
  EXPECT_EQ(stored("t"), done.transfer);
}

TEST_F(Transfers, GiveBackWhatWasReserved) {
  moved(wire("t", 30'00));
  advanced("t", TransferStatus::sent);
  const Moved returned = advanced("t", TransferStatus::returned);
  EXPECT_EQ(returned.from_held_minor, -30'00);
  EXPECT_EQ(returned.from_posted_minor, 0);
  EXPECT_EQ(world.available(), 100'00);
}

TEST_F(Transfers, GiveBackAWireThatTheBankReturns) {
  moved(wire("t", 30'00));
  advanced("t", TransferStatus::posted);
  const Moved returned = advanced("t", TransferStatus::returned);
  EXPECT_EQ(returned.from_held_minor, 0);
  EXPECT_EQ(returned.from_posted_minor, 30'00);
  EXPECT_EQ(posted(), 100'00);
  EXPECT_EQ(advanced("t", TransferStatus::returned).origin, Origin::repeated);
  EXPECT_EQ(posted(), 100'00);
}

// Of each kind and status: what may follow.
TEST_F(Transfers, GoOnlyWhereTheirStatusLeads) {
  using Step = std::pair<TransferStatus, TransferStatus>;
  const std::set<Step> steps{{TransferStatus::reserved, TransferStatus::sent},
                             {TransferStatus::reserved, TransferStatus::posted},
                             {TransferStatus::reserved, TransferStatus::returned},
                             {TransferStatus::sent, TransferStatus::posted},
                             {TransferStatus::sent, TransferStatus::returned}};
  int number = 0;
  for (const TransferKind kind : {TransferKind::wire, TransferKind::withdrawal}) {
    for (const TransferStatus status : all_statuses) {
      for (const TransferStatus next : all_statuses) {
        const std::string name = "t-" + std::to_string(++number);
        moved(reserved(name, kind, status == TransferStatus::declined ? 100'01 : 1));
        advanced(name, status);
        ASSERT_EQ(stored(name).status, status);
        const Account before = world.account_now();
        const Moved then = advanced(name, next);
        const bool bounces = kind == TransferKind::wire && status == TransferStatus::posted &&
                             next == TransferStatus::returned;
        Origin expected = Origin::refused;
        if (status == next) expected = Origin::repeated;
        if (steps.contains({status, next}) || bounces) expected = Origin::done;
        EXPECT_EQ(then.origin, expected) << core::name(status) << " to " << core::name(next);
        EXPECT_EQ(then.fault, expected == Origin::refused ? Fault::wrong_state : Fault::none);
        EXPECT_EQ(then.transfer, stored(name));
        EXPECT_EQ(rows.empty(), expected != Origin::done);
        if (expected != Origin::done) {
          EXPECT_EQ(world.account_now(), before);
        }
      }
    }
  }
}

TEST_F(Transfers, ThatWerePostedAtOnceDoNotComeBackUnlessTheyAreWires) {
  moved(across("a", 1));
  EXPECT_EQ(advanced("a", TransferStatus::returned).fault, Fault::wrong_state);
  moved(top_up("b", 1));
  EXPECT_EQ(advanced("b", TransferStatus::returned).fault, Fault::wrong_state);
  moved(move("c", TransferKind::wire, 1, 0, 5));
  EXPECT_EQ(advanced("c", TransferStatus::returned).from_posted_minor, 5);
}

TEST_F(Transfers, ThatNobodyBeganCannotGoOn) {
  Moved expected;
  expected.origin = Origin::refused;
  expected.fault = Fault::unknown;
  EXPECT_EQ(advanced("t", TransferStatus::posted), expected);
  EXPECT_TRUE(rows.empty());
  moved(wire("t", 1));
  EXPECT_EQ(moved(AdvanceTransfer{*ProgramId::from("other"), id("t"), TransferStatus::sent}).fault,
            Fault::unknown);
}

TEST_F(Transfers, EndWhateverHasBecomeOfTheAccount) {
  moved(wire("a", 10'00));
  moved(wire("b", 20'00));
  world.change_account(0, 0, AccountStatus::closed);
  EXPECT_EQ(advanced("a", TransferStatus::posted).origin, Origin::done);
  EXPECT_EQ(advanced("b", TransferStatus::returned).origin, Origin::done);
  EXPECT_EQ(posted(), 90'00);
  EXPECT_EQ(held(), 0);
}

TEST_F(Transfers, AReturnThatDoesNotFitIsRefused) {
  moved(wire("t", 100'00));
  advanced("t", TransferStatus::posted);
  moved(top_up("u", INT64_MAX - 99'99));
  const Moved refused = advanced("t", TransferStatus::returned);
  EXPECT_EQ(refused.origin, Origin::refused);
  EXPECT_EQ(refused.fault, Fault::out_of_range);
  EXPECT_EQ(refused.transfer, stored("t"));
  EXPECT_TRUE(rows.empty());
  EXPECT_EQ(reason(across("v", 1)), Reason::approved);
  EXPECT_EQ(advanced("t", TransferStatus::returned).origin, Origin::done);
  EXPECT_EQ(posted(), INT64_MAX);
}

// Else nothing could release the hold any more, and neither could the calendar go on.
TEST_F(Transfers, WhatIsHeldCanAlwaysBeReleased) {
  EXPECT_EQ(world.reason(purchase("p", 50'00)), Reason::approved);
  moved(wire("t", 50'00));
  const std::int64_t room = INT64_MAX - 100'00;
  EXPECT_EQ(world.set_up(ChangeAccount{{1}, AccountStatus::active, room + 1, 0}),
            core::Setup::invalid);
  world.change_account(room, 0);
  EXPECT_EQ(reason(top_up("u", 1)), Reason::sum_out_of_range);
  EXPECT_EQ(advanced("t", TransferStatus::returned).origin, Origin::done);
  EXPECT_EQ(world.expire(noon + 9 * day_us).size(), 1U);
  EXPECT_EQ(held(), 0);
  EXPECT_EQ(world.available(), INT64_MAX);
}

}  // namespace
}  // namespace authd::core::test
