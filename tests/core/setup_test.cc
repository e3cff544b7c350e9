// Setting up: what is created, changed and refused, each bound at its limit and one past it.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/core/world.h"
#include "tests/core/zones.h"

namespace authd::core::test {
namespace {

using Ended = core::Setup;  // testing::Test has a member of that name

class SetUp : public testing::Test {
 protected:
  Ended set(const Owner& owner, const Control& control) {
    return world.set_up(SetControl{owner, control});
  }
  Ended set(const Check& check) { return set(card_owner, control(1, check)); }
  Ended filtered(const Filter& filter) {
    Control filtered = control(1, Deny{});
    filtered.filter = filter;
    return set(card_owner, filtered);
  }

  World world;
};

Ended configured(World& world, const Program& program) {
  return world.set_up(ConfigureProgram{program});
}

TEST_F(SetUp, OpensAnAccountOnce) {
  EXPECT_EQ(world.set_up(OpenAccount{account()}), Ended::unchanged);
  Account other = account();
  other.posted_minor = 1;
  EXPECT_EQ(world.set_up(OpenAccount{other}), Ended::exists);
  EXPECT_EQ(world.available(), 100'00);
}

TEST_F(SetUp, RefusesAnAccountThatBeginsInTheMiddle) {
  const auto opened = [this](auto spoil) {
    Account bad = account();
    bad.id = {2};
    spoil(bad);
    return world.set_up(OpenAccount{bad});
  };
  EXPECT_EQ(opened([](Account& bad) { bad.id = {0}; }), Ended::invalid);
  EXPECT_EQ(opened([](Account& bad) { bad.held_minor = 1; }), Ended::invalid);
  EXPECT_EQ(opened([](Account& bad) { bad.pending_credit_minor = 1; }), Ended::invalid);
  EXPECT_EQ(opened([](Account& bad) { bad.overdraft_minor = -1; }), Ended::invalid);
  EXPECT_EQ(opened([](Account& bad) { bad.minimum_minor = -1; }), Ended::invalid);
  EXPECT_EQ(opened([](Account& bad) { bad.has_controls = true; }), Ended::invalid);
  EXPECT_EQ(opened([](Account& bad) {
              bad.posted_minor = INT64_MAX;
              bad.overdraft_minor = 1;
            }),
            Ended::invalid);
  EXPECT_EQ(opened([](Account& good) { good.posted_minor = INT64_MAX; }), Ended::done);
}

TEST_F(SetUp, IssuesACardOfAnAccountOnce) {
  EXPECT_EQ(world.set_up(IssueCard{card()}), Ended::unchanged);
  Card other = card();
  other.status = CardStatus::frozen;
  EXPECT_EQ(world.set_up(IssueCard{other}), Ended::exists);
  other.token = *CardToken::from("card-2");
  other.account = {2};
  EXPECT_EQ(world.set_up(IssueCard{other}), Ended::account_unknown);
  other.account = {1};
  other.has_controls = true;
  EXPECT_EQ(world.set_up(IssueCard{other}), Ended::invalid);
  other.has_controls = false;
  other.locked_to = *decltype(Merchant::id)::from("shop-1");
  EXPECT_EQ(world.set_up(IssueCard{other}), Ended::invalid);
  other.locked_to = {};
  EXPECT_EQ(world.set_up(IssueCard{other}), Ended::done);
}

TEST_F(SetUp, ChangesAnAccountForTheNextRequest) {
  EXPECT_EQ(world.set_up(ChangeAccount{{2}, AccountStatus::active, 0, 0}), Ended::account_unknown);
  EXPECT_EQ(world.set_up(ChangeAccount{{1}, AccountStatus::active, 0, 0}), Ended::unchanged);
  EXPECT_EQ(world.set_up(ChangeAccount{{1}, AccountStatus::active, -1, 0}), Ended::invalid);
  EXPECT_EQ(world.set_up(ChangeAccount{{1}, AccountStatus::active, 0, -1}), Ended::invalid);
  EXPECT_EQ(world.set_up(ChangeAccount{{1}, AccountStatus::active, INT64_MAX, 0}), Ended::invalid);
  world.change_account(0, 0, AccountStatus::frozen);
  EXPECT_EQ(world.reason(purchase("a", 1)), Reason::account_frozen);
}

TEST_F(SetUp, ChangesACardForTheNextRequest) {
  const CardToken other = *CardToken::from("card-2");
  EXPECT_EQ(world.set_up(ChangeCard{demo, other, CardStatus::active, {}, {}}), Ended::card_unknown);
  const Card as_it_is = card();
  EXPECT_EQ(world.set_up(ChangeCard{demo, card_1, as_it_is.status, as_it_is.active_from,
                                    as_it_is.expires_at}),
            Ended::unchanged);
  EXPECT_EQ(world.set_up(ChangeCard{demo, card_1, CardStatus::active, noon, noon + 1}),
            Ended::done);
  EXPECT_EQ(world.reason(purchase("a", 1), noon - 1), Reason::card_not_yet_active);
  EXPECT_EQ(world.reason(purchase("b", 1), noon), Reason::approved);
  EXPECT_EQ(world.reason(purchase("c", 1), noon + 1), Reason::card_expired);
}

TEST_F(SetUp, TakesSixtyFourControlsAndRefusesTheNext) {
  for (std::int64_t i = 64; i >= 1; --i) world.attach(card_owner, control(i, SingleUse{}));
  EXPECT_EQ(set(card_owner, control(65, Deny{})), Ended::too_many);
  EXPECT_EQ(set(card_owner, control(64, MerchantLock{})), Ended::done) << "an edit";
  EXPECT_EQ(set(account_owner, control(65, Hours{})), Ended::done) << "another owner";
  const Explanation found = world.apply(purchase("a", 1)).explanation;
  EXPECT_EQ(found.findings.size(), 65U);
  EXPECT_EQ(world.set_up(RemoveControl{card_owner, {1}}), Ended::done);
  EXPECT_EQ(set(card_owner, control(65, Hours{})), Ended::done);
}

TEST_F(SetUp, NumbersTheVersionsOfAControl) {
  EXPECT_EQ(set(Deny{}), Ended::done);
  EXPECT_EQ(set(Deny{}), Ended::unchanged);
  Control shadow = control(1, Deny{});
  shadow.mode = Mode::shadow;
  shadow.version = 77;
  shadow.counter = {77};
  EXPECT_EQ(set(card_owner, shadow), Ended::done);
  const Control stored = (*world.state.controls(card_owner))->controls.at(0);
  EXPECT_EQ(stored.version, 2U);
  EXPECT_EQ(stored.counter, CounterId{});
}

TEST_F(SetUp, GivesACounterToWhatCountsOverTime) {
  const auto counter = [this](const Check& check) {
    EXPECT_EQ(set(check), Ended::done);
    return (*world.state.controls(card_owner))->controls.at(0).counter;
  };
  EXPECT_EQ(counter(limit(Limit::Measure::amount, 1, Period::transaction)), CounterId{});
  EXPECT_EQ(counter(MerchantLock{}), CounterId{});
  EXPECT_NE(counter(SingleUse{}), CounterId{});
  const CounterId first = counter(limit(Limit::Measure::amount, 1, Period::day));
  EXPECT_NE(first, CounterId{});
  EXPECT_EQ(counter(limit(Limit::Measure::amount, 2, Period::day)), first);
  EXPECT_NE(counter(limit(Limit::Measure::count, 2, Period::day)), first);
}

TEST_F(SetUp, RemovesOnlyWhatIsThere) {
  EXPECT_EQ(world.set_up(RemoveControl{card_owner, {1}}), Ended::control_unknown);
  world.attach(card_owner, control(1, Deny{}));
  world.attach(card_owner, control(3, Deny{}));
  EXPECT_EQ(world.set_up(RemoveControl{card_owner, {2}}), Ended::control_unknown);
  EXPECT_EQ(world.set_up(RemoveControl{card_owner, {4}}), Ended::control_unknown);
  EXPECT_EQ(world.set_up(RemoveControl{card_owner, {1}}), Ended::done);
  EXPECT_EQ(world.set_up(RemoveControl{card_owner, {3}}), Ended::done);
  EXPECT_EQ(world.reason(purchase("a", 1)), Reason::approved);
}

TEST_F(SetUp, AttachesControlsToWhatIsKnown) {
  EXPECT_EQ(set(Owner{AccountId{2}}, control(1, Deny{})), Ended::account_unknown);
  const Owner nobody{Owner::CardOwner{demo, *CardToken::from("card-2")}};
  EXPECT_EQ(set(nobody, control(1, Deny{})), Ended::card_unknown);
}

TEST_F(SetUp, BoundsWindows) {
  EXPECT_EQ(set(rolling(1, 9)), Ended::invalid);
  EXPECT_EQ(set(rolling(1, 10)), Ended::done);
  EXPECT_EQ(set(rolling(1, 31 * 86'400)), Ended::done);
  EXPECT_EQ(set(rolling(1, 31 * 86'400 + 1)), Ended::invalid);
  Limit with_length = limit(Limit::Measure::amount, 1, Period::day);
  with_length.window.rolling_s = 10;
  EXPECT_EQ(set(with_length), Ended::invalid);
  EXPECT_EQ(set(limit(Limit::Measure::amount, -1, Period::day)), Ended::invalid);
  EXPECT_EQ(set(limit(Limit::Measure::amount, 0, Period::day)), Ended::done);
}

TEST_F(SetUp, WantsAZoneForACalendarAndForNothingElse) {
  Limit zoned = limit(Limit::Measure::amount, 1, Period::week);
  zoned.window.zone = north().name;
  EXPECT_EQ(set(zoned), Ended::zone_unknown);
  world.define(north());
  EXPECT_EQ(set(zoned), Ended::done);
  for (const Period period : {Period::transaction, Period::lifetime}) {
    zoned.window.period = period;
    EXPECT_EQ(set(zoned), Ended::invalid);
  }
}

TEST_F(SetUp, WantsAZoneOfItsOwnForTheDaysOfAnAccount) {
  for (const Period period : {Period::day, Period::week, Period::month, Period::year}) {
    Limit days = limit(Limit::Measure::amount, 1, period, Level::account);
    EXPECT_EQ(set(account_owner, control(1, days)), Ended::invalid) << name(period);
    days.window.zone = zone_name("UTC");
    EXPECT_EQ(set(account_owner, control(1, days)), Ended::done) << name(period);
  }
  const Limit ever = limit(Limit::Measure::amount, 1, Period::lifetime, Level::account);
  EXPECT_EQ(set(account_owner, control(1, ever)), Ended::done);
}

TEST_F(SetUp, ALimitCountsItsOwnerOrWhatBelongsToIt) {
  const auto counts = [](Level level) {
    return control(1, limit(Limit::Measure::amount, 1, Period::lifetime, level));
  };
  EXPECT_EQ(set(card_owner, counts(Level::account)), Ended::invalid);
  EXPECT_EQ(set(card_owner, counts(Level::program)), Ended::invalid);
  EXPECT_EQ(set(card_owner, counts(Level::card)), Ended::done);
  EXPECT_EQ(set(account_owner, counts(Level::program)), Ended::invalid);
  EXPECT_EQ(set(account_owner, counts(Level::account)), Ended::done);
  EXPECT_EQ(set(demo_owner, counts(Level::program)), Ended::done);
}

TEST_F(SetUp, BoundsHours) {
  const auto hours = [this](int weekdays, int from_minute, int until_minute) {
    Hours given;
    given.weekdays = static_cast<std::uint8_t>(weekdays);
    given.from_minute = static_cast<std::uint16_t>(from_minute);
    given.until_minute = static_cast<std::uint16_t>(until_minute);
    return set(given);
  };
  EXPECT_EQ(hours(0, 0, 1'440), Ended::invalid);
  EXPECT_EQ(hours(0x80, 0, 1'440), Ended::invalid);
  EXPECT_EQ(hours(0x7F, 0, 1'440), Ended::done);
  EXPECT_EQ(hours(1, 1'440, 1), Ended::invalid);
  EXPECT_EQ(hours(1, 1'439, 1), Ended::done);
  EXPECT_EQ(hours(1, 0, 0), Ended::invalid);
  EXPECT_EQ(hours(1, 0, 1'441), Ended::invalid);
}

TEST_F(SetUp, BoundsFilters) {
  const auto ranges = [this](std::vector<MccRange> values) {
    Filter filter;
    filter.mccs.values = std::move(values);
    return filtered(filter);
  };
  EXPECT_EQ(ranges({{0, 1}}), Ended::invalid);
  EXPECT_EQ(ranges({{1, 9'999}}), Ended::done);
  EXPECT_EQ(ranges({{1, 10'000}}), Ended::invalid);
  EXPECT_EQ(ranges({{2, 1}}), Ended::invalid);
  EXPECT_EQ(ranges(std::vector<MccRange>(128, {1, 1})), Ended::done);
  EXPECT_EQ(ranges(std::vector<MccRange>(129, {1, 1})), Ended::invalid);
  Filter filter;
  filter.currencies.values.resize(129);
  EXPECT_EQ(filtered(filter), Ended::invalid);
  filter = {};
  filter.merchants.values.resize(129);
  EXPECT_EQ(filtered(filter), Ended::invalid);
  filter = {};
  filter.countries.except = true;
  EXPECT_EQ(filtered(filter), Ended::invalid) << "all but nothing";
  Allow allow;
  allow.only.mccs.values = {{0, 0}};
  EXPECT_EQ(set(allow), Ended::invalid);
  EXPECT_EQ(set(card_owner, control(0, Deny{})), Ended::invalid);
}

TEST_F(SetUp, ConfiguresAProgramOnceItsZoneIsKnown) {
  Program moved = program();
  EXPECT_EQ(configured(world, moved), Ended::unchanged);
  moved.zone = north().name;
  EXPECT_EQ(configured(world, moved), Ended::zone_unknown);
  world.define(north());
  EXPECT_EQ(configured(world, moved), Ended::done);
  EXPECT_EQ(world.set_up(DefineZone{north()}), Ended::unchanged);
}

TEST_F(SetUp, BoundsAProgramsPolicies) {
  const auto configure = [this](auto change) {
    Program changed = program();
    change(changed);
    return configured(world, changed);
  };
  const auto extra = [&](std::int32_t basis_points, std::int64_t fixed_minor) {
    return configure([&](Program& p) { p.extra_holds = {{{}, basis_points, fixed_minor}}; });
  };
  EXPECT_EQ(configure([](Program& p) { p.id = {}; }), Ended::invalid);
  EXPECT_EQ(configure([](Program& p) { p.hold_days = 0; }), Ended::invalid);
  EXPECT_EQ(configure([](Program& p) { p.hold_days = 1; }), Ended::done);
  EXPECT_EQ(configure([](Program& p) { p.hold_days = 400; }), Ended::done);
  EXPECT_EQ(configure([](Program& p) { p.hold_days = 401; }), Ended::invalid);
  EXPECT_EQ(configure([](Program& p) { p.hold_periods = {{{}, 401}}; }), Ended::invalid);
  EXPECT_EQ(configure([](Program& p) { p.hold_periods.resize(32); }), Ended::done);
  EXPECT_EQ(configure([](Program& p) { p.hold_periods.resize(33); }), Ended::invalid);
  EXPECT_EQ(extra(100'000, 0), Ended::done);
  EXPECT_EQ(extra(100'001, 0), Ended::invalid);
  EXPECT_EQ(extra(-1, 0), Ended::invalid);
  EXPECT_EQ(extra(0, minor_units_max), Ended::done);
  EXPECT_EQ(extra(0, minor_units_max + 1), Ended::invalid);
  EXPECT_EQ(extra(0, -1), Ended::invalid);
  EXPECT_EQ(configure([](Program& p) {
              p.extra_holds = {{std::vector<MccRange>(65, {1, 1}), 0, 0}};
            }),
            Ended::invalid);
  EXPECT_EQ(configure([](Program& p) { p.exposure_limits = {{Currency{}, 1}}; }), Ended::invalid);
  EXPECT_EQ(configure([](Program& p) { p.exposure_limits = {{usd, -1}}; }), Ended::invalid);
  EXPECT_EQ(configure([](Program& p) { p.exposure_limits = {{usd, 0}}; }), Ended::done);
  EXPECT_EQ(configure([](Program& p) { p.mirror_age_max_us = 0; }), Ended::invalid);
  EXPECT_EQ(configure([](Program& p) { p.mirror_age_max_us = 1; }), Ended::done);
}

TEST_F(SetUp, BoundsAZone) {
  const auto define = [this](std::vector<TimeZone::Transition> transitions) {
    return world.set_up(DefineZone{TimeZone{zone_name("Test/Zone"), std::move(transitions)}});
  };
  EXPECT_EQ(define({{0, 86'399}, {1, -86'399}}), Ended::done);
  EXPECT_EQ(define({{0, 86'400}}), Ended::invalid);
  EXPECT_EQ(define({{0, -86'400}}), Ended::invalid);
  EXPECT_EQ(define({{1, 0}, {1, 0}}), Ended::invalid) << "two changes at one moment";
  std::vector<TimeZone::Transition> many;
  for (std::int64_t i = 0; i < 512; ++i) many.push_back({i, 0});
  EXPECT_EQ(define(many), Ended::done);
  many.push_back({512, 0});
  EXPECT_EQ(define(many), Ended::invalid);
  EXPECT_EQ(world.set_up(DefineZone{TimeZone{{}, {}}}), Ended::invalid);
}

TEST(SetupName, EveryResultIsNamedAndARefusalOrNot) {
  const std::vector<Ended> fine{Ended::done, Ended::unchanged, Ended::exists,
                                Ended::control_unknown};
  for (int i = 1; i <= 9; ++i) {
    const auto setup = static_cast<Ended>(i);
    EXPECT_NE(name(setup), "unknown");
    EXPECT_EQ(is_refusal(setup), std::find(fine.begin(), fine.end(), setup) == fine.end());
  }
}

}  // namespace
}  // namespace authd::core::test
