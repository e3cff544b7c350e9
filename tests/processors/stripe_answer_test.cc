// What Stripe is answered.

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/processors/allocations.h"
#include "tests/processors/stripe_bodies.h"

namespace authd::processors {
namespace {

using core::Reason;

const core::Currency usd = *core::Currency::from_alpha("USD");

Question question(std::int64_t minor, std::string_view currency = "USD") {
  Question question;
  question.request.message = *core::MessageId::from("evt_1");
  question.request.amount = {minor, *core::Currency::from_alpha(currency)};
  question.request.partial_approval = true;
  return question;
}

core::Answer answer(Reason reason, std::int64_t approved_minor, core::Currency currency = usd) {
  core::Answer answer;
  answer.decision.reason = reason;
  answer.decision.approved = {approved_minor, currency};
  return answer;
}

std::string body(const Question& question, const core::Answer& answer,
                 const StripeAdapter& adapter = test::stripe::adapter()) {
  Reply reply{500, "left", "over"};
  adapter.render_answer(question, answer, reply);
  EXPECT_EQ(reply.status, 200);
  return reply.body;
}

std::string approved_in(std::string_view currency, std::int64_t asked, std::int64_t approved) {
  const Question asked_for = question(asked, currency);
  return body(asked_for, answer(Reason::approved, approved, asked_for.request.amount.currency));
}

TEST(StripeAnswer, ApprovesInFullWithoutAnAmount) {
  EXPECT_EQ(body(question(4275), answer(Reason::approved, 4275)), R"({"approved":true})");
  EXPECT_EQ(body(question(0), answer(Reason::approved, 0)), R"({"approved":true})");
}

TEST(StripeAnswer, ApprovesInPartWithTheAmount) {
  EXPECT_EQ(body(question(4275), answer(Reason::approved, 4274)),
            R"({"approved":true,"amount":4274})");
  EXPECT_EQ(body(question(4275), answer(Reason::approved, 1)), R"({"approved":true,"amount":1})");
}

TEST(StripeAnswer, WritesAmountsInStripesUnits) {
  EXPECT_EQ(approved_in("ISK", 500, 499), R"({"approved":true,"amount":49900})");
  EXPECT_EQ(approved_in("ISK", 9'999'999'999'999'999, 9'999'999'999'999'998),
            R"({"approved":true,"amount":999999999999999800})");
  EXPECT_EQ(approved_in("JPY", 500, 499), R"({"approved":true,"amount":499})");
  EXPECT_EQ(approved_in("BHD", 7125, 7124), R"({"approved":true,"amount":7124})");
  EXPECT_EQ(approved_in("MGA", 50000, 30000), R"({"approved":true,"amount":300})");
}

TEST(StripeAnswer, NeverApprovesMoreThanWasDecided) {
  EXPECT_EQ(approved_in("MGA", 50000, 30099), R"({"approved":true,"amount":300})");
  EXPECT_EQ(approved_in("MGA", 50000, 100), R"({"approved":true,"amount":1})");
  EXPECT_EQ(approved_in("MGA", 50000, 99),
            R"({"approved":false,"metadata":{"decline_reason":"insufficient_funds"}})");
}

TEST(StripeAnswer, DeclinesWithEveryReasonInTheMetadata) {
  for (const Reason reason : core::all_reasons()) {
    if (reason == Reason::approved) continue;
    EXPECT_EQ(
        body(question(4275), answer(reason, 0)),
        R"({"approved":false,"metadata":{"decline_reason":")" + std::string(name(reason)) + "\"}}");
  }
}

TEST(StripeAnswer, NamesTheVersionThatIsConfigured) {
  Reply reply;
  test::stripe::adapter().render_answer(question(1), answer(Reason::approved, 1), reply);
  EXPECT_EQ(reply.fields, "Stripe-Version: 2026-10-28.endive\r\n");
  StripeOptions options;
  options.api_version = "2024-12-18.acacia";
  StripeAdapter(options).render_answer(question(1), answer(Reason::card_unknown, 0), reply);
  EXPECT_EQ(reply.fields, "Stripe-Version: 2024-12-18.acacia\r\n");
}

TEST(StripeAnswer, RefersToItsExplanationWhereConfigured) {
  StripeOptions options;
  options.reference_in_metadata = true;
  const StripeAdapter adapter(options);
  EXPECT_EQ(body(question(5), answer(Reason::approved, 5), adapter),
            R"({"approved":true,"metadata":{"authd_message":"evt_1"}})");
  EXPECT_EQ(body(question(5), answer(Reason::approved, 4), adapter),
            R"({"approved":true,"amount":4,"metadata":{"authd_message":"evt_1"}})");
  EXPECT_EQ(
      body(question(5), answer(Reason::card_frozen, 0), adapter),
      R"({"approved":false,"metadata":{"decline_reason":"card_frozen","authd_message":"evt_1"}})");
  Question quoted = question(5);
  quoted.request.message = *core::MessageId::from(R"(evt"\)");
  EXPECT_EQ(boost::json::parse(body(quoted, answer(Reason::approved, 5), adapter))
                .at("metadata")
                .at("authd_message")
                .as_string(),
            R"(evt"\)");
}

TEST(StripeAnswer, IsTheSameForTheSameDecision) {
  core::Answer first = answer(Reason::approved, 4);
  core::Answer again = first;
  again.origin = core::Answer::Origin::repeated;
  again.decided_at = {5};
  EXPECT_EQ(body(question(5), first), body(question(5), again));
}

TEST(StripeAnswer, AllocatesNothingOnceTheReplyHasGrown) {
  const Question asked = question(4275);
  const core::Answer declined = answer(Reason::holder_not_verified, 0);
  Reply reply;
  test::stripe::adapter().render_answer(asked, declined, reply);
  const std::size_t before = test::allocations();
  test::stripe::adapter().render_answer(asked, declined, reply);
  test::stripe::adapter().render_answer(asked, answer(Reason::approved, 4200), reply);
  EXPECT_EQ(test::allocations(), before);
}

TEST(StripeOptions, AreValidWhenTheyCanBeSentAndCounted) {
  const auto with_version = [](std::string version) {
    StripeOptions options;
    options.api_version = std::move(version);
    return StripeAdapter::valid(options);
  };
  EXPECT_TRUE(StripeAdapter::valid({}));
  EXPECT_TRUE(with_version(std::string(64, 'v')));
  EXPECT_FALSE(with_version(std::string(65, 'v')));
  EXPECT_FALSE(with_version(""));
  EXPECT_FALSE(with_version("2026 10"));
  EXPECT_FALSE(with_version("2026\r\nX: y"));
  EXPECT_FALSE(with_version("2026\x7F"));
  EXPECT_FALSE(with_version("2026\xC3\xA9"));

  const auto with_decimals = [](core::Currency currency, int decimals) {
    StripeOptions options;
    options.decimals = {{currency, decimals}};
    return StripeAdapter::valid(options);
  };
  EXPECT_TRUE(with_decimals(usd, 0));
  EXPECT_TRUE(with_decimals(usd, 4));
  EXPECT_FALSE(with_decimals(usd, 5));
  EXPECT_FALSE(with_decimals(usd, -1));
  EXPECT_FALSE(with_decimals({}, 2));
}

}  // namespace
}  // namespace authd::processors
