// Expiry: holds end by our calendar, some time after their moment and never before, a bounded step
// at a time.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/due.h"
#include "tests/core/world.h"

namespace authd::core::test {
namespace {

constexpr std::int64_t slot_us = DueSlot::length_us;

// The first moment at which what expires at `at` is released: its slot must be over.
Timestamp released_at(Timestamp at) { return {(floor_div(at.unix_us, slot_us) + 1) * slot_us}; }

class Expiry : public testing::Test {
 protected:
  void configure(std::int32_t days, std::vector<HoldPeriod> periods = {}) {
    Program changed = program();
    changed.hold_days = days;
    changed.hold_periods = std::move(periods);
    world.configure(changed);
  }
  AuthorizationId approve(std::string_view message, Timestamp at = noon) {
    const Answer answer = world.ask(purchase(message, 10'00), at);
    EXPECT_TRUE(answer.decision.is_approved());
    return answer.authorization;
  }
  Timestamp expires_at(AuthorizationId number) { return world.authorization(number).expires_at; }

  World world;
};

TEST_F(Expiry, ReleasesWhenTheSlotIsOverAndNotBefore) {
  world.attach(card_owner, control(1, limit(Limit::Measure::amount, 10'00, Period::lifetime)));
  const AuthorizationId number = approve("a");
  EXPECT_EQ(expires_at(number), noon + 7 * day_us);
  const Timestamp due = released_at(noon + 7 * day_us);
  EXPECT_TRUE(world.expire(due - 1).empty());
  EXPECT_EQ(world.account_now().held_minor, 10'00);
  const std::vector<Booking> released = world.expire(due);
  ASSERT_EQ(released.size(), 1U);
  EXPECT_EQ(released[0].authorization, number);
  EXPECT_EQ(released[0].held_minor, -10'00);
  EXPECT_EQ(released[0].account, AccountId{1});
  EXPECT_EQ(world.account_now().held_minor, 0);
  EXPECT_EQ(world.authorization(number).closure, Closure::expired);
  EXPECT_EQ(world.reason(purchase("b", 10'00), due), Reason::approved);
  EXPECT_EQ(world.reason(increment("c", "a", 1), due), Reason::authorization_closed);
}

TEST_F(Expiry, TakesTheFirstPeriodOfTheMerchantsCategory) {
  configure(5, {{{{4000, 5410}}, 2}, {{{5411, 5411}}, 30}, {{{5411, 5411}}, 3}});
  EXPECT_EQ(expires_at(approve("a")), noon + 30 * day_us);
  Request elsewhere = purchase("b", 1'00);
  elsewhere.details.merchant.mcc = 5412;
  EXPECT_EQ(expires_at(world.ask(elsewhere).authorization), noon + 5 * day_us);
  elsewhere = purchase("c", 1'00);
  elsewhere.details.merchant.mcc = 5410;
  EXPECT_EQ(expires_at(world.ask(elsewhere).authorization), noon + 2 * day_us);
}

TEST_F(Expiry, AnIncrementExtendsAndIsLinkedAnew) {
  const AuthorizationId number = approve("a");
  world.ask(increment("b", "a", 10'00), noon + 3 * day_us);
  EXPECT_EQ(expires_at(number), noon + 10 * day_us);
  EXPECT_TRUE(world.expire(released_at(noon + 7 * day_us)).size() == 1);  // unlinked, still open
  EXPECT_EQ(world.account_now().held_minor, 20'00);
  EXPECT_EQ(world.authorization(number).closure, Closure::open);
  EXPECT_TRUE(world.expire(released_at(noon + 10 * day_us) - 1).empty());
  EXPECT_EQ(world.expire(released_at(noon + 10 * day_us)).size(), 1U);
  EXPECT_EQ(world.account_now().held_minor, 0);
}

TEST_F(Expiry, AMomentOnTheBorderOfTwoSlotsBelongsToTheLater) {
  const Timestamp border = released_at(noon);
  approve("a", border - 1);
  world.ask(increment("b", "a", 10'00), border);
  world.expire(border + 7 * day_us);
  EXPECT_EQ(world.account_now().held_minor, 20'00);
  world.expire(released_at(border + 7 * day_us) - 1);
  EXPECT_EQ(world.account_now().held_minor, 20'00);
  world.expire(released_at(border + 7 * day_us));
  EXPECT_EQ(world.account_now().held_minor, 0);
}

TEST_F(Expiry, NothingShortensAHold) {
  const AuthorizationId number = approve("a");
  configure(1);
  world.ask(increment("b", "a", 10'00));
  EXPECT_EQ(expires_at(number), noon + 7 * day_us);
  world.tell(event(EventKind::reversed, "n", "a", 1'00), noon + 5 * day_us);
  EXPECT_EQ(expires_at(number), noon + 7 * day_us);
}

TEST_F(Expiry, OfWhatWasClearedReleasesNothing) {
  const AuthorizationId number = approve("a");
  world.tell(event(EventKind::cleared, "n", "a", 10'00));
  for (const Booking& booking : world.expire(noon + 30 * day_us)) EXPECT_EQ(booking.held_minor, 0);
  EXPECT_EQ(world.authorization(number).closure, Closure::open);
  EXPECT_EQ(world.authorization(number).due_slot, 0);
}

TEST_F(Expiry, WhatHoldsAgainAfterwardsIsLinkedAgain) {
  const AuthorizationId number = approve("a");
  world.tell(event(EventKind::reversed, "n", "a", 10'00));
  world.expire(noon + 8 * day_us);
  EXPECT_EQ(world.authorization(number).closure, Closure::open);
  world.ask(increment("b", "a", 5'00), noon + 8 * day_us);
  EXPECT_EQ(world.expire(released_at(noon + 15 * day_us)).size(), 1U);
  EXPECT_EQ(world.authorization(number).closure, Closure::expired);
  EXPECT_EQ(world.account_now().held_minor, 0);
}

TEST_F(Expiry, ReleasesAllOfASlotOneAStep) {
  for (const char* message : {"a", "b", "c", "d"}) approve(message);
  const Timestamp due = released_at(noon + 7 * day_us);
  std::vector<std::int64_t> held;
  while (world.account_now().held_minor > 0) {
    const Applied applied = world.apply(ExpireNext{}, due);
    ASSERT_FALSE(applied.rows.empty());
    held.push_back(world.account_now().held_minor);
  }
  held.erase(std::unique(held.begin(), held.end()), held.end());
  held.erase(std::remove(held.begin(), held.end(), 40'00), held.end());
  EXPECT_EQ(held, (std::vector<std::int64_t>{30'00, 20'00, 10'00, 0}));
  world.expire(due);
  EXPECT_TRUE(world.apply(ExpireNext{}, due).rows.empty());
}

TEST_F(Expiry, TheCursorIsWrittenOnlyWhenItMoves) {
  approve("a");
  approve("b");
  const Timestamp due = released_at(noon + 7 * day_us);
  int written = 0;
  while (world.account_now().held_minor > 0) {
    for (const Row& row : world.apply(ExpireNext{}, due).rows) {
      if (!std::holds_alternative<DueCursor>(row)) continue;
      ++written;
    }
  }
  const std::int64_t slots = floor_div(due.unix_us, slot_us) - floor_div(noon.unix_us, slot_us) - 1;
  EXPECT_EQ(written, (slots + ExpireNext::slots_per_step - 1) / ExpireNext::slots_per_step);
}

TEST_F(Expiry, AStepLooksAtABoundedNumberOfSlots) {
  const AuthorizationId number = approve("a");
  const Timestamp late = noon + 20 * day_us;
  const std::int64_t first = floor_div(noon.unix_us, slot_us);
  const std::int64_t due = floor_div(expires_at(number).unix_us, slot_us);
  for (std::int64_t at = first; at + ExpireNext::slots_per_step <= due;) {
    const Applied step = world.apply(ExpireNext{}, late);
    at += ExpireNext::slots_per_step;
    ASSERT_EQ(step.rows, (std::vector<Row>{DueCursor{at}}));
    EXPECT_EQ(std::get<Booking>(step.outcome).held_minor, 0);
  }
  EXPECT_EQ(std::get<Booking>(world.apply(ExpireNext{}, late).outcome).held_minor, -10'00);
}

TEST_F(Expiry, NothingDueChangesNothing) {
  EXPECT_TRUE(world.apply(ExpireNext{}).rows.empty());
  approve("a");
  const Applied applied = world.apply(ExpireNext{}, noon + hour_us);
  EXPECT_EQ(std::get<Booking>(applied.outcome).origin, Booking::Origin::nothing);
  EXPECT_TRUE(applied.rows.empty());
}

TEST_F(Expiry, AClearingAfterwardsIsLateAndBooked) {
  approve("a");
  const Timestamp due = released_at(noon + 7 * day_us);
  world.expire(due);
  const Booking booking = world.tell(event(EventKind::cleared, "n", "a", 10'00), due);
  EXPECT_TRUE(booking.late);
  EXPECT_EQ(booking.posted_minor, -10'00);
  EXPECT_EQ(booking.held_minor, 0);
}

}  // namespace
}  // namespace authd::core::test
