// The table of lifecycle.h, row by row: what each message does to what is held, posted, counted and
// announced.

#include "core/lifecycle.h"

#include <gtest/gtest.h>

#include "tests/core/world.h"

namespace authd::core::test {
namespace {

// What has become of 100.00 USD and one limit.
struct Sums {
  std::int64_t held = 0;
  std::int64_t posted = 100'00;
  std::int64_t counted = 0;
  std::int64_t pending = 0;
  friend bool operator==(const Sums&, const Sums&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Sums& sums) {
    return out << "held " << sums.held << " posted " << sums.posted << " counted " << sums.counted
               << " pending " << sums.pending;
  }
};

class Lifecycle : public testing::Test {
 protected:
  Lifecycle() {
    world.attach(card_owner, control(1, limit(Limit::Measure::amount, 1'000'00, Period::lifetime)));
  }

  Sums sums() const {
    const Account account = world.account_now();
    Sums sums{account.held_minor, account.posted_minor, 0, account.pending_credit_minor};
    const auto usage = *world.state.usage(card_owner);
    if (!usage) return sums;
    for (const Tally& tally : usage->tallies) sums.counted += tally.minor;
    return sums;
  }
  Sums after(EventKind kind, std::string_view notice, std::int64_t minor) {
    booking = world.tell(event(kind, notice, "a", minor));
    return sums();
  }
  Sums after(const Event& event) {
    booking = world.tell(event);
    return sums();
  }
  void approve(std::int64_t minor) {
    EXPECT_EQ(world.reason(purchase("a", minor)), Reason::approved);
  }
  Closure closure() { return world.state.authorizations().begin()->second.closure; }

  World world;
  Booking booking;
};

TEST_F(Lifecycle, AnApprovedRequestHoldsAndCounts) {
  approve(40'00);
  EXPECT_EQ(sums(), (Sums{40'00, 100'00, 40'00}));
}

TEST_F(Lifecycle, AnIncrementAddsItsChange) {
  approve(40'00);
  EXPECT_EQ(world.reason(increment("b", "a", 10'00)), Reason::approved);
  EXPECT_EQ(sums(), (Sums{50'00, 100'00, 50'00}));
  EXPECT_EQ(world.state.authorizations().size(), 1U);
}

TEST_F(Lifecycle, ADeclinedIncrementLeavesWhatThereWas) {
  approve(40'00);
  EXPECT_EQ(world.reason(increment("b", "a", 60'01)), Reason::insufficient_funds);
  EXPECT_EQ(sums(), (Sums{40'00, 100'00, 40'00}));
}

TEST_F(Lifecycle, ANoticeAboutAMessageReplacesItsShare) {
  approve(40'00);
  EXPECT_EQ(after(about("a", event(EventKind::approved, "n-1", "a", 30'00))),
            (Sums{30'00, 100'00, 30'00}));
  EXPECT_FALSE(booking.unasked);
  EXPECT_EQ(after(about("a", event(EventKind::approved, "n-2", "a", 45'00))),
            (Sums{45'00, 100'00, 45'00}));
  EXPECT_TRUE(booking.unasked);
}

TEST_F(Lifecycle, AStandInHoldsWhatTheProcessorApproved) {
  EXPECT_EQ(after(about("a", event(EventKind::approved, "n", "", 120'00))),
            (Sums{120'00, 100'00, 120'00}));
  EXPECT_TRUE(booking.unasked);
  EXPECT_TRUE(booking.below_zero);
}

TEST_F(Lifecycle, ANoticeOfAllThatIsApprovedOnlyRaisesIt) {
  approve(40'00);
  EXPECT_EQ(after(EventKind::approved, "n-1", 30'00), (Sums{40'00, 100'00, 40'00}));
  EXPECT_EQ(after(EventKind::approved, "n-2", 40'00), (Sums{40'00, 100'00, 40'00}));
  EXPECT_EQ(after(EventKind::approved, "n-3", 55'00), (Sums{55'00, 100'00, 55'00}));
  EXPECT_EQ(after(EventKind::approved, "n-4", 45'00), (Sums{55'00, 100'00, 55'00}));
}

TEST_F(Lifecycle, AnIncrementThatNobodyAskedUsForAdds) {
  approve(40'00);
  EXPECT_EQ(after(EventKind::incremented, "n", 5'00), (Sums{45'00, 100'00, 45'00}));
  EXPECT_TRUE(booking.unasked);
}

TEST_F(Lifecycle, AnAdviceSaysTheTotalUpOrDown) {
  approve(40'00);
  EXPECT_EQ(after(EventKind::advised, "n-1", 25'00), (Sums{25'00, 100'00, 25'00}));
  EXPECT_EQ(after(EventKind::advised, "n-2", 60'00), (Sums{60'00, 100'00, 60'00}));
  EXPECT_EQ(after(EventKind::reversed, "n-3", 10'00), (Sums{50'00, 100'00, 50'00}));
  EXPECT_EQ(after(EventKind::advised, "n-4", 20'00), (Sums{20'00, 100'00, 20'00}));
  EXPECT_EQ(after(EventKind::advised, "n-5", 0), (Sums{0, 100'00, 0}));
}

TEST_F(Lifecycle, AnAdviceThatComesFirstWaitsForTheAuthorization) {
  EXPECT_EQ(after(EventKind::advised, "n-1", 25'00), Sums{});
  EXPECT_EQ(world.reason(purchase("a", 40'00)), Reason::approved);
  EXPECT_EQ(sums(), (Sums{25'00, 100'00, 25'00}));
  world.ask(increment("b", "a", 10'00));
  EXPECT_EQ(sums(), (Sums{35'00, 100'00, 35'00}));
}

TEST_F(Lifecycle, ADeclinedMessageTakesItsShareAlone) {
  approve(40'00);
  world.ask(increment("b", "a", 10'00));
  EXPECT_EQ(after(about("b", event(EventKind::declined, "n", "a", 10'00))),
            (Sums{40'00, 100'00, 40'00}));
  EXPECT_EQ(closure(), Closure::open);
}

TEST_F(Lifecycle, WhatWasDeclinedStaysDeclined) {
  approve(40'00);
  Event timeout = about("a", event(EventKind::declined, "n-1", "a", 40'00));
  timeout.timed_out = true;
  EXPECT_EQ(after(timeout), Sums{});
  EXPECT_TRUE(booking.ghost);
  EXPECT_EQ(after(about("a", event(EventKind::approved, "n-2", "a", 40'00))), Sums{});
}

TEST_F(Lifecycle, ADeclineOfAllEndsIt) {
  approve(40'00);
  EXPECT_EQ(after(EventKind::declined, "n", 40'00), Sums{});
  EXPECT_FALSE(booking.ghost);
  EXPECT_EQ(closure(), Closure::declined);
  EXPECT_EQ(world.reason(increment("b", "a", 1)), Reason::authorization_closed);
}

TEST_F(Lifecycle, AReversalGivesBackPartOrAll) {
  approve(40'00);
  EXPECT_EQ(after(EventKind::reversed, "n-1", 15'00), (Sums{25'00, 100'00, 25'00}));
  EXPECT_EQ(closure(), Closure::open);
  EXPECT_EQ(after(EventKind::reversed, "n-2", 25'00), Sums{});
  EXPECT_EQ(closure(), Closure::open);
  EXPECT_EQ(world.reason(increment("b", "a", 5'00)), Reason::approved);
  EXPECT_EQ(sums(), (Sums{5'00, 100'00, 5'00}));
}

TEST_F(Lifecycle, AFinalReversalEndsItWhateverItsAmount) {
  approve(40'00);
  EXPECT_EQ(after(final(event(EventKind::reversed, "n", "a", 1'00))), Sums{});
  EXPECT_EQ(closure(), Closure::reversed);
}

TEST_F(Lifecycle, TheProcessorsExpiryAndCloseReleaseTheRest) {
  for (const EventKind kind : {EventKind::expired, EventKind::closed}) {
    World one;
    std::swap(world, one);
    world.attach(card_owner, control(1, limit(Limit::Measure::amount, 1'000'00, Period::lifetime)));
    approve(40'00);
    after(EventKind::cleared, "n-1", 10'00);
    EXPECT_EQ(after(kind, "n-2", 0), (Sums{0, 90'00, 10'00}));
    EXPECT_EQ(closure(), kind == EventKind::expired ? Closure::expired : Closure::completed);
  }
}

TEST_F(Lifecycle, SeveralClearingsUseUpTheHold) {
  approve(40'00);
  EXPECT_EQ(after(EventKind::cleared, "n-1", 15'00), (Sums{25'00, 85'00, 40'00}));
  EXPECT_EQ(after(EventKind::cleared, "n-2", 25'00), (Sums{0, 60'00, 40'00}));
  EXPECT_FALSE(booking.over_captured);
  EXPECT_FALSE(booking.unasked);
  EXPECT_EQ(after(EventKind::cleared, "n-3", 1), (Sums{0, 59'99, 40'01}));
  EXPECT_TRUE(booking.over_captured);
  EXPECT_FALSE(booking.late);
  EXPECT_FALSE(booking.unasked);
}

TEST_F(Lifecycle, AFinalClearingReleasesTheRest) {
  approve(40'00);
  EXPECT_EQ(after(final(event(EventKind::cleared, "n-1", "a", 15'00))), (Sums{0, 85'00, 15'00}));
  EXPECT_EQ(closure(), Closure::completed);
}

TEST_F(Lifecycle, AClearingAfterAnyEndIsBookedAndLate) {
  for (const EventKind end :
       {EventKind::reversed, EventKind::declined, EventKind::expired, EventKind::closed}) {
    World one;
    std::swap(world, one);
    world.attach(card_owner, control(1, limit(Limit::Measure::amount, 1'000'00, Period::lifetime)));
    approve(40'00);
    EXPECT_EQ(after(final(event(end, "n-1", "a", 40'00))), Sums{}) << name(end);
    EXPECT_EQ(after(EventKind::cleared, "n-2", 40'00), (Sums{0, 60'00, 40'00})) << name(end);
    EXPECT_TRUE(booking.late) << name(end);
    EXPECT_FALSE(booking.over_captured) << name(end);
    EXPECT_FALSE(booking.unasked) << name(end);
  }
}

TEST_F(Lifecycle, AForcePostStandsAlone) {
  EXPECT_EQ(after(event(EventKind::cleared, "n", "", 130'00)), (Sums{0, -30'00, 130'00}));
  EXPECT_TRUE(booking.unasked);
  EXPECT_TRUE(booking.below_zero);
  EXPECT_FALSE(booking.over_captured);
  EXPECT_FALSE(booking.late);
}

TEST_F(Lifecycle, ARefundGivesMoneyWithAndWithoutThePurchase) {
  approve(40'00);
  after(EventKind::cleared, "n-1", 40'00);
  EXPECT_EQ(after(EventKind::refunded, "n-2", 40'00), (Sums{0, 100'00, 40'00}));
  EXPECT_EQ(after(event(EventKind::refunded, "n-3", "", 7'00)), (Sums{0, 107'00, 40'00}));
  EXPECT_FALSE(booking.below_zero);
}

TEST_F(Lifecycle, AnOriginalCreditIsAnnouncedAndThenPosted) {
  EXPECT_EQ(after(EventKind::credit_approved, "n-1", 30'00), (Sums{0, 100'00, 0, 30'00}));
  EXPECT_EQ(after(EventKind::credit_approved, "n-2", 20'00), (Sums{0, 100'00, 0, 30'00}));
  EXPECT_EQ(after(EventKind::refunded, "n-3", 10'00), (Sums{0, 110'00, 0, 20'00}));
  EXPECT_EQ(after(EventKind::refunded, "n-4", 25'00), (Sums{0, 135'00, 0, 0}));
}

TEST_F(Lifecycle, ARefundComesBeforeItIsAnnounced) {
  EXPECT_EQ(after(EventKind::refunded, "n-1", 30'00), (Sums{0, 130'00, 0, 0}));
  EXPECT_EQ(after(EventKind::credit_approved, "n-2", 30'00), (Sums{0, 130'00, 0, 0}));
}

TEST_F(Lifecycle, AChargebackGivesAndItsReversalTakes) {
  approve(40'00);
  after(final(event(EventKind::cleared, "n-1", "a", 40'00)));
  EXPECT_EQ(after(EventKind::charged_back, "n-2", 40'00), (Sums{0, 100'00, 40'00}));
  EXPECT_EQ(after(EventKind::chargeback_reversed, "n-3", 40'00), (Sums{0, 60'00, 40'00}));
  EXPECT_FALSE(booking.unasked);
}

TEST_F(Lifecycle, AChargebackReversalAnnouncesNoCredit) {
  after(EventKind::credit_approved, "n-1", 30'00);
  EXPECT_EQ(after(EventKind::chargeback_reversed, "n-2", 10'00), (Sums{0, 90'00, 0, 30'00}));
}

TEST_F(Lifecycle, OnlyTheFirstEndCounts) {
  approve(40'00);
  after(final(event(EventKind::reversed, "n-1", "a", 40'00)));
  after(EventKind::closed, "n-2", 0);
  after(final(event(EventKind::cleared, "n-3", "a", 1'00)));
  EXPECT_EQ(closure(), Closure::reversed);
}

TEST_F(Lifecycle, AnAbandonedAnswerReleasesItsShare) {
  approve(40'00);
  world.ask(increment("b", "a", 10'00));
  booking = std::get<Booking>(world.apply(Abandon{demo, id("b")}).outcome);
  EXPECT_EQ(booking.origin, Booking::Origin::booked);
  EXPECT_TRUE(booking.ghost);
  EXPECT_EQ(booking.held_minor, -10'00);
  EXPECT_EQ(sums(), (Sums{40'00, 100'00, 40'00}));
  const Answer again = world.ask(increment("b", "a", 10'00));
  EXPECT_EQ(again.origin, Answer::Origin::repeated);
  EXPECT_EQ(again.decision.reason, Reason::too_late);
  EXPECT_EQ(again.decision.balance, Balance{});
}

TEST_F(Lifecycle, NothingIsAbandonedTwiceOrUnanswered) {
  EXPECT_TRUE(world.apply(Abandon{demo, id("a")}).rows.empty());
  approve(40'00);
  world.apply(Abandon{demo, id("a")});
  const Applied again = world.apply(Abandon{demo, id("a")});
  EXPECT_EQ(std::get<Booking>(again.outcome).origin, Booking::Origin::nothing);
  EXPECT_TRUE(again.rows.empty());
  EXPECT_EQ(after(about("a", event(EventKind::approved, "n", "a", 40'00))),
            (Sums{40'00, 100'00, 40'00}));
}

}  // namespace
}  // namespace authd::core::test
