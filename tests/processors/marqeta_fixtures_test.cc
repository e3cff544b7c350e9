// Marqeta's life cycles through its adapter, and what the commands say that no sum shows.

#include <gtest/gtest.h>

#include "tests/processors/fixture_run.h"
#include "tests/processors/marqeta_bodies.h"

namespace authd::test {
namespace {

namespace json = boost::json;

const processors::MarqetaAdapter& marqeta() {
  static const processors::MarqetaAdapter adapter;
  return adapter;
}

INSTANTIATE_TEST_SUITE_P(Marqeta, ProcessorFixtures,
                         testing::ValuesIn(fixture_cases("marqeta", marqeta())), fixture_name);

TEST(MarqetaFixtures, AreAllThere) {
  EXPECT_EQ(gateway_fixtures().size(), 20U);
  EXPECT_EQ(fixture_cases("marqeta", marqeta()).size(), 24U);
}

TEST(MarqetaFixtures, NameCardAndMerchantAsTheyAre) {
  for (const GatewayFixture& fixture : gateway_fixtures()) {
    SCOPED_TRACE(fixture.name);
    const auto question = parse(fixture.body);
    ASSERT_TRUE(question);
    const core::Request& request = question->request;
    const json::object body = json::parse(fixture.body).as_object();
    EXPECT_EQ(request.program.view(), "heron");
    EXPECT_EQ(request.card.view(), body.at("card_token").as_string());
    const json::object& acceptor = body.at("card_acceptor").as_object();
    EXPECT_EQ(request.details.merchant.id.view(), acceptor.at("mid").as_string());
    EXPECT_EQ(request.details.merchant.name.view(), acceptor.at("name").as_string());
    EXPECT_EQ(request.details.merchant.country.view(), acceptor.at("country_code").as_string());
    EXPECT_EQ(request.details.merchant.mcc, std::stoi(acceptor.at("mcc").as_string().c_str()));
  }
}

void expect_same(const core::Request& read, const core::Request& played) {
  EXPECT_EQ(read.message, played.message);
  EXPECT_EQ(read.authorization, played.authorization);
  EXPECT_EQ(name(read.kind), name(played.kind));
  EXPECT_EQ(read.amount, played.amount);
  EXPECT_TRUE(read.partial_approval || !played.partial_approval);
}

void expect_same(const core::Event& read, const core::Event& played) {
  EXPECT_EQ(name(read.kind), name(played.kind));
  EXPECT_EQ(read.amount, played.amount);
  EXPECT_EQ(read.final, played.final);
  EXPECT_EQ(read.timed_out, played.timed_out);
  EXPECT_TRUE(played.about.empty() || read.about == played.about);
  const bool is_named_by_itself = played.authorization == read.about;
  EXPECT_EQ(read.authorization, is_named_by_itself ? core::MessageId() : played.authorization);
}

// Core is tested with commands that were played; the bodies must give the same.
TEST(MarqetaFixtures, AreTheCommandsThatCoreIsTestedWith) {
  std::size_t compared = 0;
  for (const FixtureCase& tested : fixture_cases("marqeta", marqeta())) {
    for (const FixtureBody& body : read_body_fixture(tested.name).bodies) {
      SCOPED_TRACE(tested.name + "/" + body.file);
      std::vector<core::Command> played;
      for (const core::test::Step& step : body.steps) {
        if (step.command) played.push_back(*step.command);
      }
      const auto read = commands_of(marqeta(), body);
      ASSERT_EQ(read.size(), played.size());
      for (std::size_t i = 0; i < read.size(); ++i, ++compared) {
        ASSERT_EQ(read[i].index(), played[i].index());
        if (const auto* const request = std::get_if<core::Request>(&read[i])) {
          expect_same(*request, std::get<core::Request>(played[i]));
        } else {
          expect_same(std::get<core::Event>(read[i]), std::get<core::Event>(played[i]));
        }
      }
    }
  }
  EXPECT_EQ(compared, 62U);
}

}  // namespace
}  // namespace authd::test
