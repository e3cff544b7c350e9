// What a webhook of Marqeta holds besides one sound transaction: others that are not, other
// envelopes, and what must not be in one.

#include <gtest/gtest.h>

#include "authd/processors/marqeta.h"
#include "tests/processors/fixture_run.h"
#include "tests/processors/marqeta_bodies.h"
#include "tests/processors/padded.h"

namespace authd::processors::marqeta {
namespace {

using test::transaction;
using test::webhook;

test::ReadEvents read(const std::string& body) { return test::read_events(MarqetaAdapter(), body); }

ParseError refused(ParseFault fault, std::string_view path) { return {fault, path}; }

TEST(MarqetaWebhook, TellAllThatIsUnderstoodAndTheFirstErrorOfTheRest) {
  const std::string good = transaction();
  const std::string other = transaction({{"token", R"("other")"}});
  const std::string without_card = transaction({{"card_token", ""}});
  const std::string without_type = transaction({{"type", ""}});
  const auto events = read(webhook({without_card, good, without_type, other}));
  EXPECT_EQ(events.error, refused(ParseFault::missing, "transactions.[].card_token"));
  ASSERT_EQ(events.events.size(), 2U);
  EXPECT_EQ(events.events[1].about.view(), "other");

  const auto odd = read(webhook({"7", "null", good}));
  EXPECT_EQ(odd.error, refused(ParseFault::wrong_type, "transactions.[]"));
  EXPECT_EQ(odd.events.size(), 1U);
}

TEST(MarqetaWebhook, KeepWhatWasReadBefore) {
  std::vector<core::Event> events(3);
  JsonWalk walk(65'536);
  const test::Padded good(webhook({transaction()}));
  const test::Padded torn(R"({"transactions":[)" + transaction() + R"(],"more":nul})");
  const MarqetaAdapter adapter;
  EXPECT_EQ(adapter.read_events(walk, core::test::fixture_program, torn.body(), events)->fault,
            ParseFault::malformed);
  EXPECT_EQ(events.size(), 3U) << "none of a body that is not JSON";
  EXPECT_EQ(adapter.read_events(walk, core::test::fixture_program, good.body(), events),
            std::nullopt);
  EXPECT_EQ(events.size(), 4U);
}

TEST(MarqetaWebhook, TellNothingInOtherEnvelopes) {
  for (const char* const body :
       {R"({"pings":[{"token":"marqeta","payload":"healthcheck"}]})", R"({"cards":[{}]})", "{}",
        R"({"transactions":null})", R"({"transactions":[]})"}) {
    const auto nothing = read(body);
    EXPECT_EQ(nothing.error, std::nullopt) << body;
    EXPECT_TRUE(nothing.events.empty()) << body;
  }
  for (const char* const body :
       {R"({"transactions":{}})", R"({"transactions":"x"})", R"({"transactions":7})"}) {
    EXPECT_EQ(read(body).error, refused(ParseFault::wrong_type, "transactions")) << body;
  }
}

TEST(MarqetaWebhook, RefuseACardNumberAndFieldsGivenTwice) {
  const std::string number = R"("9999012345678907")";  // invented, passes Luhn
  EXPECT_EQ(read(webhook({transaction({{"token", number}})})).error,
            refused(ParseFault::card_number, "transactions.[].token"));
  const auto elsewhere = read(
      webhook({transaction({{"identifier", number}, {"chargeback.network_case_id", number}})}));
  EXPECT_EQ(elsewhere.error, std::nullopt);
  EXPECT_EQ(elsewhere.events.size(), 1U);
  EXPECT_EQ(read(R"({"transactions":[{"token":"a","token":"b"}]})").error,
            refused(ParseFault::duplicate_key, "transactions.[].token"));
}

}  // namespace
}  // namespace authd::processors::marqeta
