// Thousands of random life cycles of each processor, through its adapter and core: the account
// comes to what the life cycle says, to the minor unit.

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/simulate/random_cases.h"
#include "tests/simulate/random_stage.h"

namespace authd::simulate::test {

namespace {

using core::Currency;

class RandomMix : public testing::TestWithParam<RandomCase> {
 protected:
  // One life cycle on an account of its own.
  void expect_effect(const PlayRules& rules, std::uint64_t seed, Currency currency,
                     std::int64_t posted_minor, std::int64_t amount_max_minor) {
    RandomStage stage(GetParam().options, currency, posted_minor);
    const auto life_cycle =
        random_life_cycle(GetParam().options, stage.setting(amount_max_minor), seed);
    SCOPED_TRACE(life_cycle->name());
    stage.play(*life_cycle, rules, seed);
    EXPECT_EQ(stage.effect().held_minor, life_cycle->effect().held_minor);
    EXPECT_EQ(stage.effect().posted_minor, life_cycle->effect().posted_minor);
    sum_.approved += stage.played().approved;
    sum_.in_part += stage.played().in_part;
    sum_.declined += stage.played().declined;
    sum_.questions += stage.played().questions;
    sum_.lost += stage.played().lost;
    sum_.events += stage.played().events;
  }

  Played sum_;
};

constexpr std::uint64_t seeds = 4000;
constexpr std::int64_t plenty = 1'000'000'00;
constexpr std::int64_t scarce = 40'00;
const Currency usd = core::test::usd;

}  // namespace

INSTANTIATE_TEST_SUITE_P(Processors, RandomMix, testing::ValuesIn(random_cases()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(RandomMix, ComesToWhatItSaysWhenAllIsHeardInOrder) {
  for (std::uint64_t seed = 0; seed < seeds && !HasFailure(); ++seed) {
    expect_effect({}, seed, usd, plenty, 200'00);
  }
  EXPECT_GT(sum_.questions, 3000);
  EXPECT_GT(sum_.events, 4000);
}

TEST_P(RandomMix, ComesToWhatItSaysWhenMessagesAreLostRepeatedAndOutOfOrder) {
  for (std::uint64_t seed = 0; seed < seeds && !HasFailure(); ++seed) {
    expect_effect({40, 30, true}, seed, usd, plenty, 200'00);
  }
  EXPECT_GT(sum_.lost, 1000);
}

TEST_P(RandomMix, ComesToWhatItSaysWhenTheAccountIsNearlyEmpty) {
  for (std::uint64_t seed = 0; seed < seeds && !HasFailure(); ++seed) {
    expect_effect({20, 30, true}, seed, usd, scarce, 200'00);
  }
  EXPECT_GT(sum_.approved, 500);
  EXPECT_GT(sum_.declined, 500);
  const bool takes_parts = !std::holds_alternative<processors::AdyenOptions>(GetParam().options);
  EXPECT_EQ(sum_.in_part > 10, takes_parts);
}

TEST_P(RandomMix, ComesToWhatItSaysInCurrenciesOfOtherDecimals) {
  for (const char* const alpha : {"JPY", "BHD", "ISK", "CLP", "MGA", "IDR", "CVE"}) {
    SCOPED_TRACE(alpha);
    const Currency currency = *Currency::from_alpha(alpha);
    for (std::uint64_t seed = 0; seed < seeds / 10 && !HasFailure(); ++seed) {
      expect_effect({20, 30, true}, seed, currency, seed % 2 == 0 ? plenty : scarce, 200'00);
    }
  }
}

// From the smallest amounts to those beyond which nothing is drawn.
TEST_P(RandomMix, ComesToWhatItSaysForAnyAmountMax) {
  for (const std::int64_t amount_max :
       {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1}, std::int64_t{2}, std::int64_t{99},
        std::int64_t{1'000'000'000}, std::int64_t{INT64_MAX}}) {
    SCOPED_TRACE(amount_max);
    for (std::uint64_t seed = 0; seed < seeds / 10 && !HasFailure(); ++seed) {
      expect_effect({20, 30, true}, seed, usd, std::int64_t{1} << 50, amount_max);
    }
  }
}

// Money that the issuer holds on top, until the final amount is known, has gone by then.
TEST_P(RandomMix, ComesToWhatItSaysWhereMoreIsHeldForTipsFuelAndRooms) {
  for (std::uint64_t seed = 0; seed < seeds && !HasFailure(); ++seed) {
    RandomStage stage(GetParam().options, usd, plenty);
    core::Program program = core::test::program();
    program.extra_holds = {{{{4121, 4121}, {5542, 5542}, {5811, 5814}, {7011, 7011}}, 2'000, 0}};
    stage.world().configure(program);
    const auto life_cycle = random_life_cycle(GetParam().options, stage.setting(200'00), seed);
    stage.play(*life_cycle, {20, 0, true}, seed);
    EXPECT_EQ(stage.effect().held_minor, life_cycle->effect().held_minor) << life_cycle->name();
    EXPECT_EQ(stage.effect().posted_minor, life_cycle->effect().posted_minor);
  }
}

// Limits decline, and other purchases meanwhile change what the next one may do.
TEST_P(RandomMix, AddsUpOnOneAccountWithLimits) {
  RandomStage stage(GetParam().options, usd, 20'000'00);
  core::test::World& world = stage.world();
  using core::test::control;
  using core::test::limit;
  world.attach(core::test::card_owner,
               control(1, limit(core::Limit::Measure::amount, 150'00, core::Period::transaction)));
  core::Limit daily = limit(core::Limit::Measure::count, 100, core::Period::day);
  daily.window.zone = core::test::zone_name("UTC");
  world.attach(core::test::account_owner, control(2, daily));
  Effect sum;
  for (std::uint64_t seed = 0; seed < seeds / 4 && !HasFailure(); ++seed) {
    const auto life_cycle = random_life_cycle(GetParam().options, stage.setting(200'00), seed);
    stage.play(*life_cycle, {10, 10, true}, seed);
    sum.held_minor += life_cycle->effect().held_minor;
    sum.posted_minor += life_cycle->effect().posted_minor;
    EXPECT_EQ(stage.effect().held_minor, sum.held_minor) << life_cycle->name();
    EXPECT_EQ(stage.effect().posted_minor, sum.posted_minor) << life_cycle->name();
  }
}

namespace {

std::vector<std::string> bodies_of(LifeCycle& life_cycle) {
  std::vector<std::string> bodies;
  while (const auto message = life_cycle.next()) {
    bodies.push_back(message->body);
    if (message->is_question) life_cycle.unheard();
  }
  return bodies;
}

// The processor's ids of messages: of questions, and of everything that happened.
void collect_ids(const processors::AdapterOptions& options, const std::string& body,
                 std::set<std::string>& ids) {
  for (const std::string& id : RandomStage::ids_in(options, body)) ids.insert(id);
}

}  // namespace

TEST_P(RandomMix, IsTheSameForTheSameArguments) {
  const RandomStage stage(GetParam().options, usd, plenty);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto once = random_life_cycle(GetParam().options, stage.setting(200'00), seed);
    const auto again = random_life_cycle(GetParam().options, stage.setting(200'00), seed);
    const auto other = random_life_cycle(GetParam().options, stage.setting(200'00), seed + 1);
    EXPECT_EQ(once->name(), again->name());
    const std::vector<std::string> bodies = bodies_of(*once);
    EXPECT_EQ(bodies, bodies_of(*again));
    EXPECT_NE(bodies, bodies_of(*other));
  }
}

TEST_P(RandomMix, HasIdsOfItsOwnForEachSeed) {
  const RandomStage stage(GetParam().options, usd, plenty);
  std::map<std::string, std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const auto life_cycle = random_life_cycle(GetParam().options, stage.setting(200'00), seed);
    std::set<std::string> ids;
    for (const std::string& body : bodies_of(*life_cycle)) {
      collect_ids(GetParam().options, body, ids);
    }
    EXPECT_FALSE(ids.empty());
    for (const std::string& id : ids) EXPECT_EQ(seen.try_emplace(id, seed).first->second, seed);
  }
}

// Mostly plain purchases; everything else occurs.
TEST_P(RandomMix, IsWeightedLikeTraffic) {
  const RandomStage stage(GetParam().options, usd, plenty);
  std::map<std::string, int> counts;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const std::string name =
        random_life_cycle(GetParam().options, stage.setting(200'00), seed)->name();
    const std::size_t begin = name.find(' ') + 1;
    ++counts[name.substr(begin, name.rfind(' ') - begin)];
    EXPECT_EQ(name.substr(name.rfind(' ') + 1), std::to_string(seed));
  }
  const processors::AdapterOptions& options = GetParam().options;
  const auto* const lithic = std::get_if<processors::LithicOptions>(&options);
  const bool is_marqeta = std::holds_alternative<processors::MarqetaOptions>(options);
  const bool is_stripe = std::holds_alternative<processors::StripeOptions>(options);
  const bool is_adyen = std::holds_alternative<processors::AdyenOptions>(options);
  for (const char* const everywhere :
       {"purchase", "purchase-not-cleared", "partial-clearings", "tip", "rest-released",
        "partial-reversal", "reversal", "expiry", "single-message", "atm-withdrawal",
        "account-verification", "refund", "force-post", "stand-in", "beyond-means"}) {
    EXPECT_GT(counts[everywhere], 20) << everywhere;
  }
  EXPECT_GT(counts["purchase"], 1400);
  EXPECT_EQ(counts["increment"] > 0,
            is_marqeta || is_stripe || (lithic != nullptr && lithic->has_event_tokens));
  EXPECT_EQ(counts["partial-approval"] > 0, !is_adyen);
  EXPECT_EQ(counts["linked-refund"] > 0, !is_adyen);
  EXPECT_EQ(counts["adjustment"] > 0, !is_stripe);
  EXPECT_EQ(counts["balance-inquiry"] > 0, !is_stripe);
  EXPECT_EQ(counts["credit"] > 0, is_marqeta || lithic != nullptr);
}

}  // namespace authd::simulate::test
