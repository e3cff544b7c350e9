// Every gateway fixture: what it is read as, and what is answered.

#include <gtest/gtest.h>

#include <map>

#include "tests/processors/marqeta_bodies.h"

namespace authd::processors::marqeta {
namespace {

namespace json = boost::json;
using core::Kind;

core::Money money(const json::value& value) {
  return {value.at("minor").as_int64(),
          core::Currency::from_alpha(value.at("currency").as_string()).value()};
}

Kind kind(std::string_view name) {
  static const std::map<std::string_view, Kind> kinds{
      {"authorization", Kind::purchase},
      {"single_message_purchase", Kind::purchase},
      {"atm_withdrawal", Kind::cash},
      {"credit_authorization", Kind::credit},
      {"account_verification", Kind::account_verification},
      {"balance_inquiry", Kind::balance_inquiry}};
  return kinds.at(name);
}

// Equal as JSON: 31, 31.0 and 31.00 are the same number, the order of members does not matter.
bool same(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) return a.to_number<double>() == b.to_number<double>();
  if (a.kind() != b.kind()) return false;
  if (const auto* const members = a.if_object()) {
    const json::object& others = b.get_object();
    return members->size() == others.size() &&
           std::all_of(members->begin(), members->end(), [&others](const auto& member) {
             const auto* const other = others.if_contains(member.key());
             return other != nullptr && same(member.value(), *other);
           });
  }
  return a == b;
}

// The answer that the fixture expects, as core would have given it.
core::Answer answer(const json::object& expected) {
  core::Answer answer;
  const json::object& decision = expected.at("decision").as_object();
  if (decision.at("outcome").as_string() == "decline") {
    answer.decision.reason = core::Reason::insufficient_funds;
  } else {
    answer.decision.approved = money(decision.at("amount"));
  }
  answer.decision.balance = {81240, 66015};     // of m-balance-inquiry
  answer.decided_at = {1'794'470'561'490'000};  // 2026-11-12T08:02:41.49Z
  return answer;
}

class MarqetaFixtures : public testing::TestWithParam<std::size_t> {
 protected:
  const test::GatewayFixture& fixture() const { return test::gateway_fixtures()[GetParam()]; }
};

TEST_P(MarqetaFixtures, AreReadAsExpected) {
  const auto message = test::parse(fixture().body);
  ASSERT_TRUE(message) << name(message.error().fault) << " " << message.error().field;
  const core::Request& request = message->request;
  const json::object& expected = fixture().expected;
  const json::object body = json::parse(fixture().body).as_object();
  EXPECT_EQ(request.program.view(), "heron");
  EXPECT_EQ(request.message.view(), expected.at("idempotency_key").as_string());
  EXPECT_EQ(request.card.view(), body.at("card_token").as_string());
  EXPECT_EQ(request.kind, kind(expected.at("kind").as_string()));
  EXPECT_EQ(request.amount, money(expected.at("amount")));
  EXPECT_TRUE(request.authorization.empty());

  const json::object& acceptor = body.at("card_acceptor").as_object();
  EXPECT_EQ(request.details.merchant.id.view(), acceptor.at("mid").as_string());
  EXPECT_EQ(request.details.merchant.name.view(), acceptor.at("name").as_string());
  EXPECT_EQ(request.details.merchant.country.view(), acceptor.at("country_code").as_string());
  EXPECT_EQ(request.details.merchant.mcc, std::stoi(acceptor.at("mcc").as_string().c_str()));
}

TEST_P(MarqetaFixtures, AreAnsweredAsExpected) {
  const auto message = test::parse(fixture().body);
  ASSERT_TRUE(message);
  const json::object& response = fixture().expected.at("expected_response").as_object();
  std::string body = "left over";
  EXPECT_EQ(render_gateway_answer(*message, answer(fixture().expected), body),
            response.at("http_status").as_int64());
  EXPECT_TRUE(same(json::parse(body), response.at("body"))) << body;
}

INSTANTIATE_TEST_SUITE_P(Each, MarqetaFixtures,
                         testing::Range<std::size_t>(0, test::gateway_fixtures().size()),
                         [](const testing::TestParamInfo<std::size_t>& tested) {
                           std::string name = test::gateway_fixtures()[tested.param].name;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
                           return name;
                         });

TEST(MarqetaFixtures, AreAllThere) { EXPECT_EQ(test::gateway_fixtures().size(), 20U); }

}  // namespace
}  // namespace authd::processors::marqeta
