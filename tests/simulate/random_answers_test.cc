// What random life cycles say to answers: which are wrong, and that a question without a good
// answer ends without money.

#include <gtest/gtest.h>

#include "authd/simulate/random/random_mix.h"
#include "tests/processors/padded.h"
#include "tests/simulate/random_cases.h"
#include "tests/simulate/random_stage.h"

namespace authd::simulate::test {

namespace {

using core::Reason;

// A life cycle whose first question is waiting for its answer.
class Asked {
 public:
  Asked(const processors::AdapterOptions& options, const std::string& kind)
      : stage_(options, core::test::usd, 1'000'000'00),
        adapter_(processors::make_adapter(options)) {
    for (std::uint64_t seed = 0; life_cycle_ == nullptr; ++seed) {
      auto drawn = random_life_cycle(options, stage_.setting(200'00), seed);
      const std::string name = drawn->name();
      const std::size_t begin = name.find(' ') + 1;
      if (name.substr(begin, name.rfind(' ') - begin) == kind) life_cycle_ = std::move(drawn);
    }
    question_ = read(life_cycle_->next().value_or(Message{}).body);
  }

  std::int64_t amount_minor() const { return question_.request.amount.minor_units; }

  Heard rendered(Reason reason, std::int64_t approved_minor) const {
    core::Answer answer;
    answer.decision.reason = reason;
    answer.decision.approved = {approved_minor, core::test::usd};
    processors::Reply reply;
    adapter_->render_answer(question_, answer, reply);
    return {reply.status, reply.fields, reply.body};
  }
  Heard approval() const { return rendered(Reason::approved, amount_minor()); }

  std::string hear(const Heard& answer) { return life_cycle_->heard(answer); }
  LifeCycle& life_cycle() { return *life_cycle_; }

  // Tells the rest of it, and what it comes to then.
  Effect rest() {
    while (life_cycle_->next()) continue;
    return life_cycle_->effect();
  }

 private:
  processors::Question read(const std::string& body) const {
    const authd::test::Padded padded(body);
    processors::JsonWalk walk(65'536);
    return *adapter_->read_question(walk, core::test::demo, padded.body());
  }

  RandomStage stage_;
  std::unique_ptr<const processors::Adapter> adapter_;
  std::unique_ptr<LifeCycle> life_cycle_;
  processors::Question question_;
};

class RandomAnswers : public testing::TestWithParam<RandomCase> {
 protected:
  // Nothing is held or posted after it, because the processor has declined.
  void expect_wrong(const std::string& kind, const Heard& answer, const std::string& part) {
    Asked asked(GetParam().options, kind);
    EXPECT_NE(asked.hear(answer).find(part), std::string::npos) << answer.body;
    const Effect effect = asked.rest();
    EXPECT_EQ(effect.held_minor, 0);
    EXPECT_EQ(effect.posted_minor, 0);
  }
  bool has_parts() const {
    return !std::holds_alternative<processors::AdyenOptions>(GetParam().options);
  }
};

void replace(std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from << " in " << text;
  text.replace(at, from.size(), to);
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Processors, RandomAnswers, testing::ValuesIn(random_cases()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(RandomAnswers, MayApprove) {
  for (const char* const kind :
       {"purchase", "single-message", "atm-withdrawal", "account-verification"}) {
    Asked asked(GetParam().options, kind);
    EXPECT_EQ(asked.hear(asked.approval()), "") << kind;
    EXPECT_EQ(asked.life_cycle().effect().held_minor, asked.amount_minor());
    EXPECT_EQ(asked.rest().posted_minor, -asked.amount_minor());
  }
}

TEST_P(RandomAnswers, MayDeclineForWantOfMoneyAndForLimits) {
  for (const Reason reason :
       {Reason::insufficient_funds, Reason::amount_limit, Reason::count_limit}) {
    Asked asked(GetParam().options, "purchase");
    EXPECT_EQ(asked.hear(asked.rendered(reason, 0)), "") << core::name(reason);
    EXPECT_EQ(asked.rest().posted_minor, 0);
  }
}

TEST_P(RandomAnswers, MayNotDeclineForReasonsThatCannotBe) {
  for (const Reason reason :
       {Reason::message_conflict, Reason::too_late, Reason::program_unknown, Reason::card_unknown,
        Reason::card_closed, Reason::account_unknown, Reason::currency_mismatch,
        Reason::kind_not_supported, Reason::authorization_closed, Reason::storage}) {
    const Heard answer = Asked(GetParam().options, "purchase").rendered(reason, 0);
    expect_wrong("purchase", answer, "declined for a reason that cannot be");
  }
}

TEST_P(RandomAnswers, AreNoneWithAnotherStatusOrWithoutJson) {
  Heard answer = Asked(GetParam().options, "purchase").approval();
  answer.status = 503;
  expect_wrong("purchase", answer, "status 503");
  for (const char* const body : {"", "[]", "null", "{", "{}", "{\"a\":1}}"}) {
    expect_wrong("purchase", {200, answer.fields, body}, "");
  }
}

TEST_P(RandomAnswers, MayApproveAPartWhereItIsAllowed) {
  if (!has_parts()) return;
  Asked asked(GetParam().options, "partial-approval");
  const std::int64_t part = asked.amount_minor() / 2;
  EXPECT_EQ(asked.hear(asked.rendered(Reason::approved, part)), "");
  EXPECT_EQ(asked.life_cycle().effect().held_minor, part);
  EXPECT_EQ(asked.rest().held_minor, 0);
}

TEST_P(RandomAnswers, MayNotApproveAPartElsewhere) {
  if (!has_parts()) return;
  const Asked asked(GetParam().options, "purchase");
  const Heard answer = asked.rendered(Reason::approved, asked.amount_minor() - 1);
  expect_wrong("purchase", answer, "a part, which was not allowed");
}

TEST_P(RandomAnswers, MayNotApproveMoreThanWasAskedFor) {
  if (!has_parts()) return;
  const Asked asked(GetParam().options, "partial-approval");
  const std::string less = std::to_string(asked.amount_minor() - 1);
  const std::string more = std::to_string(asked.amount_minor() + 1);
  Heard answer = asked.rendered(Reason::approved, asked.amount_minor() - 1);
  if (std::holds_alternative<processors::MarqetaOptions>(GetParam().options)) {
    answer = asked.rendered(Reason::approved, asked.amount_minor() + 1);
  } else {
    replace(answer.body, less, more);
  }
  expect_wrong("partial-approval", answer, "more than was asked for");
}

TEST_P(RandomAnswers, TellTheBalanceToWhoAsksForIt) {
  const bool is_stripe = std::holds_alternative<processors::StripeOptions>(GetParam().options);
  if (is_stripe) return;
  Asked asked(GetParam().options, "balance-inquiry");
  EXPECT_EQ(asked.hear(asked.approval()), "");
  EXPECT_EQ(asked.rest().held_minor, 0);
  if (!has_parts()) return;  // nor does Adyen have a field for it
  Heard answer = asked.approval();
  replace(answer.body, "balance", "ballast");
  expect_wrong("balance-inquiry", answer, "");
}

// A processor tells an answer that it did not understand from a decline.
TEST(RandomAnswersOfAll, AreCalledFaultyWhereTheyAreNone) {
  const auto told_of = [](const processors::AdapterOptions& options) {
    Asked asked(options, "purchase");
    EXPECT_NE(asked.hear({500, "", ""}), "");
    return asked.life_cycle().next().value_or(Message{}).body;
  };
  EXPECT_NE(told_of(processors::StripeOptions{}).find("webhook_error"), std::string::npos);
  EXPECT_NE(told_of(processors::LithicOptions{}).find("MALFORMED_ASA_RESPONSE"), std::string::npos);
}

TEST(RandomAnswersOfMarqeta, RepeatWhatTheQuestionSays) {
  const processors::AdapterOptions marqeta = processors::MarqetaOptions{};
  for (const char* const member : {R"("token":")", R"("method":")", R"("user_token":")"}) {
    Asked asked(marqeta, "purchase");
    Heard answer = asked.approval();
    std::string other = member;
    other += 'x';
    replace(answer.body, member, other);
    EXPECT_NE(asked.hear(answer), "") << member;
  }
  Asked asked(marqeta, "purchase");
  Heard answer = asked.approval();
  replace(answer.body, "\"amount\":", "\"amount\":1e0");
  EXPECT_NE(asked.hear(answer), "");
}

TEST(RandomAnswersOfStripe, NameTheVersion) {
  Asked asked(processors::StripeOptions{}, "purchase");
  const Heard answer = asked.approval();
  EXPECT_EQ(asked.hear({200, "Stripe-Version: 2020-01-01\r\n", answer.body}),
            "no header field Stripe-Version: 2026-10-28.endive");
  EXPECT_EQ(asked.rest().posted_minor, 0);
}

TEST(RandomAnswersOfLithic, RepeatTheToken) {
  Asked asked(processors::LithicOptions{}, "purchase");
  Heard answer = asked.approval();
  replace(answer.body, "\"token\":\"", "\"token\":\"x");
  EXPECT_EQ(asked.hear(answer), "another token");
}

}  // namespace authd::simulate::test
