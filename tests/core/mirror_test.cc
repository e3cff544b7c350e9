// Mirror: rows that PostgreSQL owns are taken over, what the state keeps itself stays, and nothing
// happens the second time.

#include <gtest/gtest.h>

#include "tests/core/world.h"

namespace authd::core::test {
namespace {

using Ended = core::Setup;  // testing::Test has a member of that name

class Mirror : public testing::Test {
 protected:
  // Mirrored again, it must change nothing.
  Ended mirror(const Command& command) {
    const Ended ended = world.set_up(command);
    const Ended again = world.set_up(command);
    EXPECT_EQ(again, ended == Ended::done ? Ended::unchanged : ended);
    return ended;
  }
  template <class Change>
  Ended account_after(Change change) {
    Account changed = account();
    change(changed);
    return mirror(MirrorAccount{changed});
  }
  template <class Change>
  Ended card_after(Change change) {
    Card changed = card();
    change(changed);
    return mirror(MirrorCard{changed});
  }
  Ended control_after(const Owner& owner, Control control) {
    return mirror(MirrorControl{owner, std::move(control)});
  }
  Card card_now() const { return **world.state.card(demo, card_1); }
  ControlSet controls_now(const Owner& owner = card_owner) const {
    const ControlSet* const set = *world.state.controls(owner);
    return set == nullptr ? ControlSet{} : *set;
  }

  World world;
};

Control counting(std::int64_t number, std::int64_t max, std::uint64_t counter) {
  Control counting = control(number, limit(Limit::Measure::amount, max, Period::day));
  counting.counter = {counter};
  return counting;
}

TEST_F(Mirror, OpensAnAccountWithWhatItStartsWith) {
  const auto opened = [this](std::int64_t number, auto change) {
    return account_after([number, &change](Account& a) {
      a.id = {number};
      a.posted_minor = 7;
      change(a);
    });
  };
  EXPECT_EQ(opened(2, [](Account& a) { a.kyc = Kyc::pending; }), Ended::done);
  EXPECT_EQ(world.account_now(2).posted_minor, 7);
  EXPECT_EQ(world.account_now(2).kyc, Kyc::pending);
  EXPECT_EQ(opened(0, [](Account&) {}), Ended::invalid);
  EXPECT_EQ(opened(3, [](Account& a) { a.currency = {}; }), Ended::invalid);
  EXPECT_EQ(opened(3, [](Account& a) { a.held_minor = 1; }), Ended::invalid);
  EXPECT_EQ(opened(3, [](Account& a) { a.pending_credit_minor = 1; }), Ended::invalid);
  EXPECT_EQ(opened(3, [](Account& a) { a.has_controls = true; }), Ended::invalid);
  EXPECT_EQ(opened(3, [](Account& a) { a.overdraft_minor = -1; }), Ended::invalid);
  EXPECT_EQ(opened(3, [](Account& a) { a.minimum_minor = -1; }), Ended::invalid);
  EXPECT_EQ(opened(3, [](Account& a) { a.overdraft_minor = INT64_MAX - 6; }), Ended::invalid);
  EXPECT_EQ(opened(3, [](Account& a) { a.overdraft_minor = INT64_MAX - 7; }), Ended::done);
}

TEST_F(Mirror, TakesTheTermsOfAnAccountAndKeepsItsMoney) {
  EXPECT_EQ(world.reason(purchase("p", 30'00)), Reason::approved);
  world.tell(event(EventKind::credit_approved, "n", "", 5'00));
  world.attach(account_owner, control(1, Deny{}));
  Account expected = world.account_now();
  expected.status = AccountStatus::frozen;
  expected.overdraft_minor = 10'00;
  expected.minimum_minor = 3'00;
  expected.kyc = Kyc::verified;
  EXPECT_EQ(account_after([](Account& a) {
              a.status = AccountStatus::frozen;
              a.posted_minor = 12;  // what it started with has no meaning any more
              a.overdraft_minor = 10'00;
              a.minimum_minor = 3'00;
              a.kyc = Kyc::verified;
            }),
            Ended::done);
  EXPECT_EQ(world.account_now(), expected);
  EXPECT_EQ(expected.held_minor, 30'00);
  EXPECT_EQ(world.reason(purchase("q", 1)), Reason::account_frozen);
}

TEST_F(Mirror, ChangesAnAccountForEachTermAlone) {
  EXPECT_EQ(account_after([](Account&) {}), Ended::unchanged);
  EXPECT_EQ(account_after([](Account& a) { a.posted_minor = 1; }), Ended::unchanged);
  EXPECT_EQ(account_after([](Account& a) { a.status = AccountStatus::closed; }), Ended::done);
  EXPECT_EQ(account_after([](Account& a) { a.overdraft_minor = 1; }), Ended::done);
  EXPECT_EQ(account_after([](Account& a) { a.minimum_minor = 1; }), Ended::done);
  EXPECT_EQ(account_after([](Account& a) { a.kyc = Kyc::rejected; }), Ended::done);
}

TEST_F(Mirror, LeavesAnAccountWhoseTermsCannotBe) {
  EXPECT_EQ(account_after([](Account& a) { a.currency = eur; }), Ended::exists);
  EXPECT_EQ(account_after([](Account& a) { a.overdraft_minor = -1; }), Ended::invalid);
  EXPECT_EQ(account_after([](Account& a) { a.minimum_minor = -1; }), Ended::invalid);
  constexpr std::int64_t room = INT64_MAX - 100'00;
  EXPECT_EQ(account_after([](Account& a) { a.overdraft_minor = room + 1; }), Ended::invalid);
  EXPECT_EQ(world.account_now(), account());
  EXPECT_EQ(account_after([](Account& a) {
              a.overdraft_minor = room;
              a.posted_minor = INT64_MAX;  // with this it would not fit: it is not asked
            }),
            Ended::done);
}

TEST_F(Mirror, IssuesACardOfAKnownAccount) {
  const auto issued = [this](auto change) {
    return card_after([&change](Card& c) {
      c.token = *CardToken::from("card-2");
      change(c);
    });
  };
  EXPECT_EQ(issued([](Card& c) { c.account = {2}; }), Ended::account_unknown);
  EXPECT_EQ(issued([](Card& c) { c.has_controls = true; }), Ended::invalid);
  EXPECT_EQ(issued([](Card& c) { c.locked_to = *decltype(c.locked_to)::from("s"); }),
            Ended::invalid);
  EXPECT_EQ(issued([](Card&) {}), Ended::done);
  Request request = purchase("p", 1);
  request.card = *CardToken::from("card-2");
  EXPECT_EQ(world.reason(request), Reason::approved);
}

TEST_F(Mirror, TakesTheTermsOfACardAndKeepsItsLock) {
  world.attach(card_owner, control(1, MerchantLock{}));
  EXPECT_EQ(world.reason(purchase("p", 1)), Reason::approved);
  Card expected = card_now();
  EXPECT_TRUE(expected.has_controls);
  EXPECT_FALSE(expected.locked_to.empty());
  expected.status = CardStatus::frozen;
  expected.active_from = noon;
  expected.expires_at = noon + 9;
  EXPECT_EQ(card_after([](Card& c) {
              c.status = CardStatus::frozen;
              c.active_from = noon;
              c.expires_at = noon + 9;
            }),
            Ended::done);
  EXPECT_EQ(card_now(), expected);
}

TEST_F(Mirror, ChangesACardForEachTermAlone) {
  EXPECT_EQ(card_after([](Card&) {}), Ended::unchanged);
  EXPECT_EQ(card_after([](Card& c) { c.status = CardStatus::closed; }), Ended::done);
  EXPECT_EQ(card_after([](Card& c) { c.active_from = noon; }), Ended::done);
  EXPECT_EQ(card_after([](Card& c) { c.expires_at = noon; }), Ended::done);
}

TEST_F(Mirror, DoesNotMoveACardToAnotherAccount) {
  Account second = account();
  second.id = {2};
  EXPECT_EQ(world.set_up(OpenAccount{second}), Ended::done);
  EXPECT_EQ(card_after([](Card& c) {
              c.account = {2};
              c.status = CardStatus::closed;
            }),
            Ended::exists);
  EXPECT_EQ(card_now(), card());
}

TEST_F(Mirror, PutsAControlAsItIs) {
  Control first = counting(1, 50'00, 44);
  first.version = 9;
  EXPECT_EQ(control_after(card_owner, first), Ended::done);
  EXPECT_EQ(controls_now(), (ControlSet{card_owner, {first}}));
  EXPECT_TRUE(card_now().has_controls);
  EXPECT_EQ(world.reason(purchase("p", 50'01)), Reason::amount_limit);
  EXPECT_EQ(world.reason(purchase("q", 50'00)), Reason::approved);

  Control edited = first;
  edited.version = 3;  // even an older one: PostgreSQL knows
  std::get<Limit>(edited.check).max = 60'00;
  EXPECT_EQ(control_after(card_owner, edited), Ended::done);
  EXPECT_EQ(controls_now(), (ControlSet{card_owner, {edited}}));
  EXPECT_EQ(first_finding(world).used, 50'00) << "under the same counter it goes on";
  edited.counter = {45};
  EXPECT_EQ(control_after(card_owner, edited), Ended::done);
  EXPECT_EQ(first_finding(world).used, 0) << "under another one it begins anew";
}

TEST_F(Mirror, KeepsControlsInTheirOrder) {
  for (const std::int64_t number : {5, 1, 3}) {
    EXPECT_EQ(control_after(account_owner, control(number, Deny{})), Ended::done);
  }
  const ControlSet set = controls_now(account_owner);
  ASSERT_EQ(set.controls.size(), 3U);
  EXPECT_EQ(set.controls[0].id.value, 1);
  EXPECT_EQ(set.controls[1].id.value, 3);
  EXPECT_EQ(set.controls[2].id.value, 5);
  EXPECT_TRUE(world.account_now().has_controls);
}

TEST_F(Mirror, RefusesControlsThatCannotBe) {
  EXPECT_EQ(control_after(card_owner, control(0, Deny{})), Ended::invalid);
  EXPECT_EQ(control_after(account_owner, counting(1, 1, 44)), Ended::invalid) << "of no zone";
  EXPECT_EQ(control_after(card_owner, counting(1, 1, 0)), Ended::invalid) << "counts in nothing";
  EXPECT_EQ(control_after(card_owner, control(1, SingleUse{})), Ended::invalid);
  Control idle = control(1, Deny{});
  idle.counter = {44};
  EXPECT_EQ(control_after(card_owner, idle), Ended::invalid) << "counts nothing";
  EXPECT_EQ(
      control_after(card_owner, control(1, limit(Limit::Measure::amount, 1, Period::transaction))),
      Ended::done);
  Control far = counting(2, 1, 44);
  std::get<Limit>(far.check).window.zone = zone_name("Europe/Nowhere");
  EXPECT_EQ(control_after(card_owner, far), Ended::zone_unknown);
  EXPECT_EQ(control_after({AccountId{2}}, control(1, Deny{})), Ended::account_unknown);
  const Owner other{Owner::CardOwner{demo, *CardToken::from("card-2")}};
  EXPECT_EQ(control_after(other, control(1, Deny{})), Ended::card_unknown);
  EXPECT_EQ(control_after(demo_owner, control(1, Deny{})), Ended::done);
}

TEST_F(Mirror, TakesSixtyFourControlsAndRefusesTheNext) {
  for (std::int64_t i = 1; i <= 64; ++i) {
    EXPECT_EQ(control_after(card_owner, control(i, Hours{})), Ended::done);
  }
  EXPECT_EQ(control_after(card_owner, control(65, Hours{})), Ended::too_many);
  EXPECT_EQ(control_after(card_owner, control(64, Deny{})), Ended::done) << "an edit";
}

TEST_F(Mirror, RemovesAControlOnce) {
  world.attach(card_owner, control(1, Deny{}));
  world.attach(card_owner, control(2, Hours{}));
  EXPECT_EQ(world.set_up(MirrorRemoval{card_owner, {1}}), Ended::done);
  EXPECT_EQ(controls_now().controls.size(), 1U);
  EXPECT_EQ(world.set_up(MirrorRemoval{card_owner, {1}}), Ended::control_unknown);
  EXPECT_EQ(world.set_up(MirrorRemoval{card_owner, {3}}), Ended::control_unknown);
  EXPECT_EQ(world.set_up(MirrorRemoval{demo_owner, {2}}), Ended::control_unknown);
  EXPECT_EQ(world.reason(purchase("p", 1)), Reason::approved);
}

TEST_F(Mirror, RemembersHowFarItCame) {
  EXPECT_EQ(*world.state.mirror_mark(), std::nullopt);
  MirrorMark mark{7, 1, 1'000, {}};
  mark.incarnation[15] = 1;
  EXPECT_EQ(mirror(mark), Ended::done);
  EXPECT_EQ(*world.state.mirror_mark(), mark);
  for (const auto change : std::vector<void (*)(MirrorMark&)>{
           [](MirrorMark& m) { m.system_id = 8; }, [](MirrorMark& m) { m.timeline = 2; },
           [](MirrorMark& m) { m.end_lsn = 999; },  // restored to an earlier point
           [](MirrorMark& m) { m.incarnation[15] = 2; }, [](MirrorMark& m) { m = {}; }}) {
    change(mark);
    EXPECT_EQ(mirror(mark), Ended::done);
    EXPECT_EQ(*world.state.mirror_mark(), mark);
  }
}

}  // namespace
}  // namespace authd::core::test
