#include "authd/simulate/fixture.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "authd/simulate/fixture_life_cycle.h"
#include "tests/simulate/stub_server.h"

namespace authd::simulate {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

const fs::path fixtures_folder = AUTHD_TEST_DATA "/fixtures";

Fixture fixture(const std::string& name) { return *read_fixture(fixtures_folder / name); }

std::vector<Fixture> all_fixtures() { return *read_fixtures(fixtures_folder); }

processors::AdapterOptions options_of(const Fixture& fixture) {
  return *processors::adapter_options(fixture.processor);
}

FixtureLifeCycle life_cycle(const Fixture& fixture) {
  return {fixture, Identifiers(1), options_of(fixture)};
}

TEST(SimulateFixture, IsReadWithWhatItAssumesAndComesTo) {
  const Fixture read = fixture("stripe/partial-approval");
  EXPECT_EQ(read.name, "stripe/partial-approval");
  EXPECT_EQ(read.processor, "stripe");
  EXPECT_EQ(read.currency.alpha(), "USD");
  EXPECT_EQ(read.available_minor, 3'100);
  EXPECT_EQ(read.posted_minor, 3'100);
  EXPECT_TRUE(read.approves_in_part);
  EXPECT_EQ(read.effect.held_minor, 0);
  EXPECT_EQ(read.effect.posted_minor, -3'100);
  ASSERT_EQ(read.messages.size(), 4U);
  EXPECT_TRUE(read.messages[0].message.is_question);
  EXPECT_FALSE(read.messages[1].message.is_question);
}

TEST(SimulateFixture, HasOneMessageForABodyOfSeveral) {
  const Fixture read = fixture("marqeta/v-duplicate-reordered");
  ASSERT_EQ(read.messages.size(), 6U);
  EXPECT_EQ(read.messages.back().file, "06-webhook-replay-both.json");
  EXPECT_TRUE(read.order_independent);
}

TEST(SimulateFixture, AssumesOneMinorUnitTooLittleWhereItDeclines) {
  const Fixture declined = fixture("adyen/timeout-approved");
  const json::value asked = json::parse(declined.messages.front().message.body);
  EXPECT_EQ(declined.available_minor, -asked.at("amount").at("value").as_int64() - 1);
  const Fixture inquiry = fixture("lithic/balance-inquiry");
  EXPECT_EQ(inquiry.posted_minor, 81'240);
  EXPECT_EQ(inquiry.available_minor, 66'015);
}

TEST(SimulateFixture, IsFoundInAnyFolderAboveIt) {
  const auto all = read_fixtures(fixtures_folder);
  const auto some = read_fixtures(fixtures_folder / "lithic");
  const auto one = read_fixtures(fixtures_folder / "lithic/decline");
  ASSERT_TRUE(all && some && one);
  EXPECT_EQ(all->size(), 58U);
  EXPECT_EQ(some->size(), 13U);
  ASSERT_EQ(one->size(), 1U);
  EXPECT_EQ(one->front().name, "lithic/decline");
}

json::value read_json(const fs::path& path) {
  std::ifstream file(path);
  return json::parse(file);
}

class BrokenFixture : public testing::Test {
 protected:
  BrokenFixture() {
    fs::copy(fixtures_folder / "stripe/decline", folder_ / "decline", fs::copy_options::recursive);
  }

  std::string error_of() const {
    const auto read = read_fixtures(folder_);
    return read ? "" : read.error().substr(folder_.string().size());
  }
  void change(const std::function<void(json::object&)>& edit) const {
    const fs::path path = folder_ / "decline/expected.json";
    json::object expected = read_json(path).as_object();
    edit(expected);
    std::ofstream(path) << expected;
  }

  test::TemporaryDirectory directory_;
  fs::path folder_ = directory_.path();
};

TEST_F(BrokenFixture, IsRefusedByTheNameOfItsFile) {
  EXPECT_EQ(error_of(), "");
  change([](json::object& expected) { expected["currency"] = "USX"; });
  EXPECT_EQ(error_of(), "/decline/expected.json: currency must be one of ISO 4217");
  change([](json::object& expected) {
    expected.erase("final");
    expected["currency"] = "USD";
  });
  EXPECT_EQ(error_of(), "/decline/expected.json: final needs open_hold and posted_total");
  std::ofstream(folder_ / "decline/expected.json") << "{";
  EXPECT_EQ(error_of(), "/decline/expected.json: incomplete JSON");
}

TEST_F(BrokenFixture, IsOneWithoutABodyOrMessages) {
  fs::remove(folder_ / "decline/01-gateway-request.json");
  EXPECT_TRUE(error_of().ends_with("01-gateway-request.json: cannot be read")) << error_of();
  change([](json::object& expected) { expected["messages"] = json::array(); });
  EXPECT_EQ(error_of(), "/decline/expected.json: no messages");
}

TEST_F(BrokenFixture, IsOneWithMoreAvailableThanPosted) {
  change([](json::object& expected) {
    expected["preconditions"] = {{"available_balance", {{"minor", 2}}},
                                 {"ledger_balance", {{"minor", 1}}}};
  });
  EXPECT_EQ(error_of(),
            "/decline/expected.json: preconditions: 0 <= available_balance <= ledger_balance");
}

TEST_F(BrokenFixture, IsAFolderWithoutOne) {
  fs::remove(folder_ / "decline/expected.json");
  EXPECT_EQ(error_of(), ": no expected.json in it or below it");
  EXPECT_FALSE(read_fixtures(folder_ / "absent"));
}

TEST(FixtureLifeCycle, TellsItsBodiesWithNewIds) {
  const Fixture read = fixture("marqeta/v-duplicate-reordered");
  FixtureLifeCycle played = life_cycle(read);
  for (const FixtureMessage& each : read.messages) {
    const auto message = played.next();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->body, Identifiers(1).renewed_in(each.message.body));
    EXPECT_NE(message->body, each.message.body);
  }
  EXPECT_FALSE(played.next());
  EXPECT_FALSE(played.order_matters());
  EXPECT_EQ(played.effect().posted_minor, -3'670);
}

// The answer that the first question of the fixture expects, with the ids of the run.
Heard right_answer(const Fixture& fixture) {
  const json::object expected = fixture.messages.front().expected_answer.as_object();
  Heard heard;
  heard.status = static_cast<int>(expected.at("http_status").as_int64());
  const json::value* const body = expected.if_contains("body");
  heard.body = body == nullptr ? "{}" : Identifiers(1).renewed_in(json::serialize(*body));
  heard.fields = "Content-Length: 3\r\ncontent-type: application/json\r\n";
  if (fixture.processor == "stripe") heard.fields += "Stripe-Version: 2026-10-28.endive\r\n";
  return heard;
}

std::string verdict(const Fixture& fixture, const Heard& heard) {
  FixtureLifeCycle played = life_cycle(fixture);
  played.next();
  return played.heard(heard);
}

TEST(FixtureLifeCycle, AcceptsTheAnswersOfEveryFixture) {
  int questions = 0;
  for (const Fixture& each : all_fixtures()) {
    if (each.messages.front().expected_answer.is_null()) continue;
    EXPECT_EQ(verdict(each, right_answer(each)), "") << each.name;
    ++questions;
  }
  EXPECT_GT(questions, 40);
}

TEST(FixtureLifeCycle, NamesWhatIsWrongWithAnAnswer) {
  const Fixture decline = fixture("stripe/decline");
  Heard heard = right_answer(decline);
  heard.status = 402;
  EXPECT_EQ(verdict(decline, heard), "status 200 was expected, 402 was found");
  heard = right_answer(decline);
  heard.fields = "Stripe-Version: 2020-01-01\r\nContent-Type: application/json\r\n";
  EXPECT_EQ(verdict(decline, heard),
            "Stripe-Version: \"2026-10-28.endive\" was expected, \"2020-01-01\" was found");
  heard.fields = "";
  EXPECT_EQ(verdict(decline, heard),
            "Stripe-Version: \"2026-10-28.endive\" was expected, nothing was found");
  heard = right_answer(decline);
  heard.body = R"({"approved":true,"metadata":{"decline_reason":"insufficient_funds"}})";
  EXPECT_EQ(verdict(decline, heard), "approved: false was expected, true was found");
  heard.body = "approved";
  EXPECT_TRUE(verdict(decline, heard).starts_with("the body is not JSON"));
}

TEST(FixtureLifeCycle, RefusesTheIdsOfAnotherRun) {
  const Fixture purchase = fixture("marqeta/a-auth-full-clearing");
  Heard heard = right_answer(purchase);
  heard.body = json::serialize(purchase.messages.front().expected_answer.at("body"));
  EXPECT_TRUE(verdict(purchase, heard).starts_with("jit_funding.")) << verdict(purchase, heard);
}

TEST(FixtureLifeCycle, LeavesTheReferenceOfAdyenToTheIssuer) {
  const Fixture capture = fixture("adyen/approve-capture");
  Heard heard = right_answer(capture);
  heard.body = R"({"authorisationDecision":{"status":"Authorised"},"reference":"ours"})";
  EXPECT_EQ(verdict(capture, heard), "");
  heard.body = R"({"authorisationDecision":{"status":"Authorised"},"reference":""})";
  EXPECT_NE(verdict(capture, heard), "");
  heard.body = R"({"authorisationDecision":{"status":"Authorised"}})";
  EXPECT_NE(verdict(capture, heard), "");
}

TEST(FixtureLifeCycle, TakesABalanceOfAnyTime) {
  const Fixture inquiry = fixture("marqeta/m-balance-inquiry");
  const auto with_time = [&inquiry](const std::string& time) {
    Heard heard = right_answer(inquiry);
    const std::string then = "2026-11-12T08:02:41Z";
    const std::size_t at = heard.body.find(then);
    heard.body.replace(at, then.size(), time);
    return verdict(inquiry, heard);
  };
  EXPECT_EQ(with_time("2031-01-31T23:59:59Z"), "");
  EXPECT_NE(with_time("2031-01-31 23:59:59Z"), "");
  EXPECT_NE(with_time("2031-01-31T23:59:59"), "");
}

TEST(FixtureLifeCycle, LeavesOutWhatOptionsAdd) {
  const auto said = [](const std::string& name, const processors::AdapterOptions& options,
                       const std::string& body) {
    const Fixture read = fixture(name);
    FixtureLifeCycle played(read, Identifiers(1), options);
    played.next();
    Heard heard = right_answer(read);
    heard.body = body;
    return played.heard(heard);
  };
  const std::string approved = R"({"approved":true,"metadata":{"authd_message":"evt_1"}})";
  processors::StripeOptions stripe;
  EXPECT_NE(said("stripe/approve-capture", stripe, approved), "");
  stripe.reference_in_metadata = true;
  EXPECT_EQ(said("stripe/approve-capture", stripe, approved), "");
  EXPECT_EQ(said("stripe/approve-capture", stripe, R"({"approved":true})"), "");

  const std::string declined =
      R"({"authorisationDecision":{"status":"Refused","refusalReason":"insufficient funds"},)"
      R"("reference":"r","metadata":{"decline_reason":"insufficient_funds"}})";
  processors::AdyenOptions adyen;
  EXPECT_NE(said("adyen/decline", adyen, declined), "");
  adyen.reason_in_metadata = true;
  EXPECT_EQ(said("adyen/decline", adyen, declined), "");
}

TEST(FixtureLifeCycle, KnowsItsCards) {
  EXPECT_EQ(cards_of(fixture("stripe/partial-approval"), processors::StripeOptions()),
            (std::set<std::string, std::less<>>{"ic_1PT1u8twIbWLI5mIjSCgBCkF"}));
  EXPECT_TRUE(cards_of(fixture("marqeta/u-webhook-ping"), processors::MarqetaOptions()).empty());
  for (const Fixture& each : all_fixtures()) {
    const bool moves_nothing =
        each.name == "marqeta/u-webhook-ping" || each.name == "marqeta/x-dispute-notice";
    EXPECT_EQ(cards_of(each, options_of(each)).size(), moves_nothing ? 0U : 1U) << each.name;
  }
}

}  // namespace
}  // namespace authd::simulate
