// The fixtures of a processor through its adapter: bodies in, what core makes of them compared with
// what the fixture says, to the minor unit.
//
// A life cycle is a folder, tests/fixtures/<processor>/<life cycle>/: bodies, "01-gateway-…" a
// question, "02-webhook-…" of events, and expected.json, which core itself is tested with.
//
// In the test of an adapter:
//
//   INSTANTIATE_TEST_SUITE_P(Marqeta, ProcessorFixtures,
//                            testing::ValuesIn(fixture_cases("marqeta", marqeta())), fixture_name);
//
// Errors: a file that is not there or not JSON throws, so that no body is left out silently.

#pragma once

#include <gtest/gtest.h>

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "authd/processors/adapter.h"
#include "tests/core/fixture_stage.h"

namespace authd::test {

// One body, and the messages in it.
struct FixtureBody {
  std::string file;  // "03-webhook-clearing.json"
  std::string body;
  bool is_question = false;
  std::vector<core::test::Step> steps;  // of tests/core, in the order of the body
  boost::json::value reply;             // of a question; null: any will do

  const core::test::Sums& total() const { return steps.back().total; }
  core::test::Sums change() const;
  core::test::Marks marks() const;
  bool is_repeated() const;  // everything in it was told before
};

struct Fixture {
  core::test::LifeCycle life_cycle;
  std::vector<FixtureBody> bodies;
};

Fixture read_body_fixture(const std::string& name);  // "marqeta/a-auth-full-clearing"

struct FixtureCase {
  std::string name;
  const processors::Adapter* adapter;
};
std::ostream& operator<<(std::ostream& out, const FixtureCase& tested);

// Every life cycle of the processor. The adapter outlives the tests.
std::vector<FixtureCase> fixture_cases(std::string_view processor,
                                       const processors::Adapter& adapter);
std::string fixture_name(const testing::TestParamInfo<FixtureCase>& tested);

// What the adapter makes of a body, on the card of the stage. A failure, and nothing, when it is
// refused.
std::vector<core::Command> commands_of(const processors::Adapter& adapter, const FixtureBody& body);

// Delivers the bodies in each of their orders, and compares the sums at the end. For processors
// whose notifications repeat what was told before; the fixtures promise it of fewer life cycles.
void expect_the_same_in_every_order(const FixtureCase& tested);

core::Result<processors::Question, processors::ParseError> read_question(
    const processors::Adapter& adapter, std::string_view body);

struct ReadEvents {
  std::vector<core::Event> events;
  std::optional<processors::ParseError> error;
};
ReadEvents read_events(const processors::Adapter& adapter, std::string_view body);

// Equal as JSON: 31, 31.0 and 31.00 are the same number, the order of members does not matter.
bool same_json(const boost::json::value& a, const boost::json::value& b);

class ProcessorFixtures : public testing::TestWithParam<FixtureCase> {
 protected:
  const processors::Adapter& adapter() const { return *GetParam().adapter; }
  const Fixture fixture_ = read_body_fixture(GetParam().name);
};

}  // namespace authd::test
