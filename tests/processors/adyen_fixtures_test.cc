// Every life cycle of Adyen's fixtures through its adapter.

#include <map>

#include "authd/processors/adyen.h"
#include "tests/processors/fixture_run.h"

namespace authd::test {
namespace {

namespace json = boost::json;

// The fixtures' answers have the references of some issuer; ours is the id of the transfer.
class WithTheirReferences final : public processors::Adapter {
 public:
  core::Result<processors::Question, processors::ParseError> read_question(
      processors::JsonWalk& walk, const core::ProgramId& program,
      processors::PaddedBody body) const override {
    return adapter_.read_question(walk, program, body);
  }

  void render_answer(const processors::Question& question, const core::Answer& answer,
                     processors::Reply& reply) const override {
    adapter_.render_answer(question, answer, reply);
    json::object body = json::parse(reply.body).as_object();
    const std::string transfer(question.request.message.view());
    EXPECT_EQ(body.at("reference").as_string(), transfer);
    const auto known = references().find(transfer);
    if (known != references().end()) body["reference"] = known->second;
    reply.body = json::serialize(body);
  }

  std::optional<processors::ParseError> read_events(
      processors::JsonWalk& walk, const core::ProgramId& program, processors::PaddedBody body,
      std::vector<core::Event>& events) const override {
    return adapter_.read_events(walk, program, body, events);
  }

 private:
  static const std::map<std::string, std::string>& references() {
    static const std::map<std::string, std::string> known = [] {
      std::map<std::string, std::string> read;
      for (const std::string& name : core::test::life_cycle_names()) {
        if (!name.starts_with("adyen/")) continue;
        for (const FixtureBody& body : read_body_fixture(name).bodies) {
          if (!body.is_question) continue;
          const std::string transfer = json::parse(body.body).at("id").as_string().c_str();
          read[transfer] = body.reply.at("body").at("reference").as_string().c_str();
        }
      }
      return read;
    }();
    return known;
  }

  processors::AdyenAdapter adapter_;
};

const processors::Adapter& adyen() {
  static const WithTheirReferences adapter;
  return adapter;
}

INSTANTIATE_TEST_SUITE_P(Adyen, ProcessorFixtures,
                         testing::ValuesIn(fixture_cases("adyen", adyen())), fixture_name);

// Every webhook repeats the transfer from its beginning, so nothing is missing when it overtakes
// the one before.
TEST(AdyenFixtures, EndTheSameInEveryOrder) {
  for (const FixtureCase& tested : fixture_cases("adyen", adyen())) {
    expect_the_same_in_every_order(tested);
  }
}

TEST(AdyenFixtures, AreAllThere) { EXPECT_EQ(fixture_cases("adyen", adyen()).size(), 10U); }

}  // namespace
}  // namespace authd::test
