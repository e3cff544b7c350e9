// Reasons: which one is given when several apply. One walk starts with everything wrong and repairs
// one thing a step; at each step the reason must be the next in rank.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "tests/core/world.h"

namespace authd::core::test {
namespace {

TEST(Reason, AllAreInRankOrderAndNamedDifferently) {
  std::set<std::string_view> names;
  for (const Reason reason : all_reasons()) {
    EXPECT_TRUE(is_reason(static_cast<std::uint16_t>(reason)));
    EXPECT_NE(name(reason), "unknown");
    EXPECT_TRUE(names.insert(name(reason)).second) << name(reason);
  }
  EXPECT_TRUE(std::is_sorted(all_reasons().begin(), all_reasons().end()));
  for (const std::uint16_t number : std::vector<std::uint16_t>{1, 11, 96, 113, 152, 211, 65'535}) {
    EXPECT_FALSE(is_reason(number)) << number;
  }
}

// Asks as a new message a step, under the circumstances that are left.
class Walk {
 public:
  Walk() {
    request.program = *ProgramId::from("nobody");
    request.card = *CardToken::from("no-card");
    request.kind = Kind::unsupported;
    request.amount = {500'00, eur};
    request.authorization = id("ended");
    moment.at = noon;
    moment.exposure_minor = 600'00;
    moment.mirror_age_us = 6 * second_us;
    moment.past_deadline = true;
  }

  Reason next() {
    request.message = id("walk-" + std::to_string(++steps));
    const Reason reason = std::get<Answer>(world.apply(request, moment).outcome).decision.reason;
    seen.push_back(reason);
    return reason;
  }

  // Uses the card once where it may be used once, then puts every other check in the way, too.
  void add_controls() {
    const auto attach = [this](std::int64_t number, const Check& check) {
      world.attach(card_owner, control(number, check));
    };
    attach(4, SingleUse{});
    attach(5, MerchantLock{});
    EXPECT_EQ(world.reason(purchase("only", 1'00)), Reason::approved);
    Hours night;
    night.until_minute = 60;
    Require code;
    code.security_code.add(Verification::match);
    attach(1, Deny{});
    attach(2, night);
    attach(3, code);
    attach(6, limit(Limit::Measure::amount, 0, Period::month));
    attach(7, limit(Limit::Measure::count, 0, Period::month));
  }

  void put_card(CardStatus status, Timestamp from, Timestamp until, std::int64_t account_number) {
    Card card = **world.state.card(demo, card_1);
    card.status = status;
    card.active_from = from;
    card.expires_at = until;
    card.account = {account_number};
    world.state.put(card);
  }

  void put_status(AccountStatus status) {
    Account account = world.account_now();
    account.status = status;
    world.state.put(account);
  }

  // Every reason was given but those with tests of their own: the first and the last, sums that do
  // not fit, and the daemon's two.
  void expect_complete() const {
    std::vector<Reason> expected;
    for (const Reason reason : all_reasons()) {
      if (reason == Reason::message_conflict || reason == Reason::sum_out_of_range) continue;
      if (reason == Reason::approved || reason >= Reason::overloaded) continue;
      expected.push_back(reason);
    }
    expected.push_back(Reason::approved);
    EXPECT_EQ(seen, expected);
  }

  World world;
  Request request;
  Moment moment;
  std::vector<Reason> seen;
  int steps = 0;
};

TEST(Reason, TheFirstInRankIsGiven) {
  Walk walk;
  Program strict = program();
  strict.exposure_limits = {{usd, 1'000'00}};
  strict.mirror_age_max_us = 5 * second_us;
  walk.world.configure(strict);
  walk.add_controls();
  strict.kyc = KycPolicy::verified;
  walk.world.configure(strict);
  walk.world.tell(event(EventKind::closed, "n", "ended", 0));

  walk.request.message = id("only");
  walk.request.program = demo;
  const Answer conflict = std::get<Answer>(walk.world.apply(walk.request, walk.moment).outcome);
  EXPECT_EQ(conflict.origin, Answer::Origin::refused);
  EXPECT_EQ(conflict.decision.reason, Reason::message_conflict);
  walk.request.program = *ProgramId::from("nobody");

  EXPECT_EQ(walk.next(), Reason::too_late);
  walk.moment.past_deadline = false;
  EXPECT_EQ(walk.next(), Reason::program_unknown);
  walk.request.program = demo;
  EXPECT_EQ(walk.next(), Reason::card_unknown);
  walk.request.card = card_1;
  const Timestamp later = noon + 1;
  walk.put_card(CardStatus::closed, later, noon, 99);
  EXPECT_EQ(walk.next(), Reason::card_closed);
  walk.put_card(CardStatus::frozen, later, noon, 99);
  EXPECT_EQ(walk.next(), Reason::card_frozen);
  walk.put_card(CardStatus::inactive, later, noon, 99);
  EXPECT_EQ(walk.next(), Reason::card_inactive);
  walk.put_card(CardStatus::active, later, noon, 99);
  EXPECT_EQ(walk.next(), Reason::card_not_yet_active);
  walk.put_card(CardStatus::active, noon, noon, 99);
  EXPECT_EQ(walk.next(), Reason::card_expired);
  walk.put_card(CardStatus::active, noon, later, 99);
  EXPECT_EQ(walk.next(), Reason::account_unknown);
  walk.put_card(CardStatus::active, noon, later, 1);
  walk.put_status(AccountStatus::closed);
  EXPECT_EQ(walk.next(), Reason::account_closed);
  walk.put_status(AccountStatus::frozen);
  EXPECT_EQ(walk.next(), Reason::account_frozen);
  walk.put_status(AccountStatus::active);
  EXPECT_EQ(walk.next(), Reason::holder_not_verified);
  EXPECT_EQ(walk.world.set_up(ChangeAccount{{1}, AccountStatus::active, 0, 0, Kyc::verified}),
            Setup::done);
  EXPECT_EQ(walk.next(), Reason::currency_mismatch);
  walk.request.amount.currency = usd;
  EXPECT_EQ(walk.next(), Reason::kind_not_supported);
  walk.request.kind = Kind::purchase;
  EXPECT_EQ(walk.next(), Reason::authorization_closed);
  walk.request.authorization = {};

  const auto without = [&walk](std::int64_t number) {
    EXPECT_EQ(walk.world.set_up(RemoveControl{card_owner, {number}}), Setup::done);
    return walk.next();
  };
  EXPECT_EQ(walk.next(), Reason::denied);
  EXPECT_EQ(without(1), Reason::outside_hours);
  EXPECT_EQ(without(2), Reason::verification_required);
  EXPECT_EQ(without(3), Reason::card_used);
  EXPECT_EQ(without(4), Reason::merchant_locked);
  EXPECT_EQ(without(5), Reason::amount_limit);
  EXPECT_EQ(without(6), Reason::count_limit);
  EXPECT_EQ(without(7), Reason::insufficient_funds);
  walk.world.change_account(500'00, 0);
  EXPECT_EQ(walk.next(), Reason::exposure_limit);
  walk.moment.exposure_minor = 500'00;
  EXPECT_EQ(walk.next(), Reason::stale_state);
  walk.moment.mirror_age_us = 5 * second_us;
  EXPECT_EQ(walk.next(), Reason::approved);
  walk.expect_complete();
}

TEST(Reason, TheControlsRankIsTheirOrderAndNotTheirNumber) {
  World world;
  world.attach(card_owner, control(1, limit(Limit::Measure::count, 0, Period::day)));
  world.attach(card_owner, control(2, Deny{}));
  EXPECT_EQ(world.reason(purchase("a", 1'00)), Reason::count_limit);
  world.attach(demo_owner, control(9, limit(Limit::Measure::amount, 0, Period::day)));
  EXPECT_EQ(world.reason(purchase("b", 1'00)), Reason::amount_limit);
}

TEST(Reason, SumsThatDoNotFitAreDeclined) {
  World world;
  constexpr std::int64_t half = INT64_MAX / 2;
  world.tell(event(EventKind::incremented, "n-1", "a", half));
  world.tell(event(EventKind::reversed, "n-2", "a", half));
  world.tell(event(EventKind::incremented, "n-3", "a", half));
  world.tell(event(EventKind::reversed, "n-4", "a", half));
  EXPECT_EQ(world.account_now().held_minor, 0);
  EXPECT_EQ(world.reason(increment("b", "a", 1)), Reason::approved);
  EXPECT_EQ(world.reason(increment("c", "a", 1)), Reason::sum_out_of_range);
  EXPECT_EQ(world.account_now().held_minor, 1);
}

// The sum is found not to fit while it is booked; nothing may be left of the approval.
TEST(Reason, ACreditThatDoesNotFitLeavesNothing) {
  World world;
  Account huge = world.account_now();
  huge.pending_credit_minor = INT64_MAX - 5;
  world.state.put(huge);
  Request credit = purchase("a", 6);
  credit.kind = Kind::credit;
  const Applied applied = world.apply(credit);
  EXPECT_EQ(std::get<Answer>(applied.outcome).decision.reason, Reason::sum_out_of_range);
  EXPECT_EQ(applied.rows.size(), 1U);
  EXPECT_EQ(world.account_now(), huge);
  world.tell(about("a", event(EventKind::declined, "n", "", 6)));
  EXPECT_EQ(world.account_now(), huge);
  credit.message = id("b");
  credit.amount.minor_units = 5;
  EXPECT_EQ(world.reason(credit), Reason::approved);
}

TEST(Reason, WhoComesTooLateIsToldNothing) {
  World world;
  world.attach(card_owner, control(1, Deny{}));
  Moment moment;
  moment.at = noon;
  moment.past_deadline = true;
  const Applied applied = world.apply(purchase("a", 1), moment);
  const Decision& decision = std::get<Answer>(applied.outcome).decision;
  EXPECT_EQ(decision.reason, Reason::too_late);
  EXPECT_EQ(decision.balance, Balance{});
  EXPECT_TRUE(applied.explanation.findings.empty());
}

TEST(Reason, AnEmptyRequestAsksForNoFundsButForEverythingElse) {
  World world;
  world.change_account(0, 200'00);
  EXPECT_EQ(world.reason(purchase("a", 0)), Reason::approved);
  EXPECT_EQ(world.reason(purchase("b", 1)), Reason::insufficient_funds);
  world.attach(card_owner, control(1, Deny{}));
  EXPECT_EQ(world.reason(purchase("c", 0)), Reason::denied);
}

TEST(Reason, OnlyWhatMovesMoneyOutWaitsForTheLedger) {
  World world;
  Program strict = program();
  strict.exposure_limits = {{usd, 10'00}};
  strict.mirror_age_max_us = 5 * second_us;
  world.configure(strict);
  Moment moment;
  moment.at = noon;
  const auto reason = [&](Request request) {
    return std::get<Answer>(world.apply(request, moment).outcome).decision.reason;
  };
  EXPECT_EQ(reason(purchase("a", 10'00)), Reason::approved);
  EXPECT_EQ(reason(purchase("b", 10'01)), Reason::exposure_limit);
  moment.exposure_minor = INT64_MAX;
  EXPECT_EQ(reason(purchase("c", 1)), Reason::exposure_limit);
  EXPECT_EQ(reason(purchase("d", 0)), Reason::approved);
  Request credit = purchase("e", 99'00);
  credit.kind = Kind::credit;
  moment.mirror_age_us = 5 * second_us + 1;
  EXPECT_EQ(reason(credit), Reason::approved);
  EXPECT_EQ(reason(purchase("f", 0)), Reason::stale_state);
}

}  // namespace
}  // namespace authd::core::test
