// Every body of every scribe, read by the processor's adapter: it says what the script meant.

#include <gtest/gtest.h>

#include <set>

#include "authd/simulate/random/adyen_bodies.h"
#include "authd/simulate/random/lithic_bodies.h"
#include "authd/simulate/random/marqeta_bodies.h"
#include "authd/simulate/random/stripe_bodies.h"
#include "tests/processors/padded.h"
#include "tests/simulate/random_cases.h"
#include "tests/simulate/random_stage.h"

namespace authd::simulate::test {

namespace {

using core::EventKind;
using random::Decider;
using random::Kind;
using random::Step;
using random::What;

core::Kind kind_of(Kind kind) {
  switch (kind) {
    case Kind::cash: return core::Kind::cash;
    case Kind::verification: return core::Kind::account_verification;
    case Kind::inquiry: return core::Kind::balance_inquiry;
    case Kind::credit:
    case Kind::refund: return core::Kind::credit;
    case Kind::purchase:
    case Kind::single:
    case Kind::forced: break;
  }
  return core::Kind::purchase;
}

// One life cycle, with its script in the test's hands.
class Reading {
 public:
  Reading(const processors::AdapterOptions& options, core::Currency currency, std::uint64_t seed)
      : options_(options), adapter_(processors::make_adapter(options)), currency_(currency) {
    setting_.card_token = "card-of-" + std::to_string(seed);
    setting_.currency = currency.alpha();
    setting_.exponent = currency.exponent();
    random::Draw draw(seed);
    abilities_ = std::visit([&](const auto& chosen) { return random::abilities(chosen, setting_); },
                            options);
    plan_ = random::draw_plan(abilities_, draw);
    at_ = random::draw_circumstances(plan_, setting_.currency, setting_.exponent, draw);
    const random::Scene scene{setting_, plan_, at_, draw};
    scribe_ =
        std::visit([&](const auto& chosen) { return random::make_scribe(chosen, scene); }, options);
    script_.emplace(plan_, abilities_, random::Bounds{200'00, 1'793'620'800}, draw);
    answers_ = random::Draw(~seed);
  }

  void run() {
    SCOPED_TRACE(plan_.name);
    while (const auto step = script_->next()) {
      if (step->what == What::question) {
        expect_question(*step, scribe_->ask(*step));
        answer(*step);
      } else {
        expect_events(*step, scribe_->tell(*step));
      }
      if (testing::Test::HasFailure()) return;
    }
  }

 private:
  void answer(const Step& question) {
    switch (answers_.below(4)) {
      case 0: script_->not_answered(); break;
      case 1: script_->answered(std::nullopt, Decider::issuer); break;
      default: script_->answered(question.amount_minor, Decider::issuer); break;
    }
  }

  void expect_details(const core::Details& details) {
    EXPECT_EQ(details.merchant.mcc, std::stoi(std::string(at_.merchant.mcc)));
    EXPECT_EQ(details.merchant.country.view(), at_.merchant.country_3);
    EXPECT_TRUE(details.merchant.name.view().starts_with(at_.merchant.name));
    EXPECT_FALSE(details.merchant.id.empty());
  }

  void expect_question(const Step& step, const std::string& body) {
    const authd::test::Padded padded(body);
    const auto question = adapter_->read_question(walk_, core::test::demo, padded.body());
    ASSERT_TRUE(question) << body;
    const core::Request& request = question->request;
    EXPECT_EQ(request.amount, (core::Money{step.amount_minor, currency_})) << body;
    EXPECT_EQ(core::name(request.kind), core::name(kind_of(plan_.kind))) << body;
    EXPECT_EQ(request.partial_approval, step.partial_allowed) << body;
    EXPECT_EQ(request.card.view(), setting_.card_token);
    EXPECT_TRUE(asked_.insert(std::string(request.message.view())).second);
    EXPECT_TRUE(!step.is_increment || !request.authorization.empty());
    expect_details(request.details);
    EXPECT_NE(request.details.entry_mode, core::EntryMode::unknown);
    const bool is_abroad = at_.foreign != nullptr;
    const std::string_view merchants = is_abroad ? at_.foreign->currency : currency_.alpha();
    EXPECT_EQ(request.details.currency.alpha(), merchants);
    const bool is_present = request.details.card_presence == core::CardPresence::present;
    EXPECT_EQ(is_present, at_.is_present()) << body;
  }

  // The events of the step's bodies that those before have not told.
  std::vector<core::Event> new_events(const std::vector<std::string>& bodies) {
    std::vector<core::Event> fresh;
    for (const std::string& body : bodies) {
      const authd::test::Padded padded(body);
      std::vector<core::Event> events;
      const auto error = adapter_->read_events(walk_, core::test::demo, padded.body(), events);
      EXPECT_FALSE(error) << body;
      for (const core::Event& event : events) {
        EXPECT_EQ(event.card.view(), setting_.card_token);
        EXPECT_EQ(event.amount.currency, currency_);
        expect_details(event.details);
        if (told_.insert(std::string(event.notice.view())).second) fresh.push_back(event);
      }
    }
    return fresh;
  }

  // Of the steps that are one event at every processor.
  static void expect_kind(const Step& step, const core::Event& event) {
    if (step.what == What::expiry) {
      EXPECT_EQ(event.kind, EventKind::expired);
    } else if (step.what == What::reversal) {
      EXPECT_EQ(event.kind, EventKind::reversed);
      EXPECT_EQ(event.amount.minor_units, step.amount_minor);
      EXPECT_EQ(event.final, step.is_final);
    }
  }

  void expect_events(const Step& step, const std::vector<std::string>& bodies) {
    EXPECT_FALSE(bodies.empty());
    const std::vector<core::Event> events = new_events(bodies);
    std::int64_t cleared = 0;
    std::int64_t refunded = 0;
    bool is_declined = false;
    bool has_timed_out = false;
    for (const core::Event& event : events) {
      if (event.kind == EventKind::cleared) cleared += event.amount.minor_units;
      if (event.kind == EventKind::refunded) refunded += event.amount.minor_units;
      is_declined |= event.kind == EventKind::declined;
      expect_kind(step, event);
      has_timed_out |= event.timed_out;
    }
    EXPECT_EQ(cleared, step.after.cleared_minor - step.before.cleared_minor) << bodies.back();
    EXPECT_EQ(refunded, step.after.credited_minor - step.before.credited_minor) << bodies.back();
    if (step.what != What::decision || plan_.kind == Kind::inquiry) return;
    if (step.is_increment && std::holds_alternative<processors::StripeOptions>(options_)) return;
    EXPECT_EQ(is_declined, !step.is_approved) << bodies.back();
    EXPECT_EQ(has_timed_out, step.decider == Decider::timeout) << bodies.back();
  }

  processors::AdapterOptions options_;
  std::unique_ptr<const processors::Adapter> adapter_;
  processors::JsonWalk walk_{65'536};
  core::Currency currency_;
  Setting setting_;
  random::Abilities abilities_;
  random::Plan plan_;
  random::Circumstances at_;
  std::unique_ptr<random::Scribe> scribe_;
  std::optional<random::Script> script_;
  random::Draw answers_{0};
  std::set<std::string> asked_;  // ids of questions
  std::set<std::string> told_;   // and of events
};

class RandomBodies : public testing::TestWithParam<RandomCase> {};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Processors, RandomBodies, testing::ValuesIn(random_cases()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(RandomBodies, SayWhatTheScriptMeans) {
  for (const char* const alpha : {"USD", "JPY", "BHD"}) {
    for (std::uint64_t seed = 0; seed < 1500 && !HasFailure(); ++seed) {
      SCOPED_TRACE(seed);
      Reading(GetParam().options, *core::Currency::from_alpha(alpha), seed).run();
    }
  }
}

}  // namespace authd::simulate::test
