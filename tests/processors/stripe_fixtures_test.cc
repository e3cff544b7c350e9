// Every fixture of Stripe through its adapter; see fixture_run.h.

#include "tests/processors/fixture_run.h"
#include "tests/processors/stripe_bodies.h"

namespace authd::test {
namespace {

INSTANTIATE_TEST_SUITE_P(Stripe, ProcessorFixtures,
                         testing::ValuesIn(fixture_cases("stripe", stripe::adapter())),
                         fixture_name);

// core::test::command_of() says it in core's terms without the bodies.
class StripeFixtures : public testing::TestWithParam<FixtureCase> {
 protected:
  const Fixture fixture_ = read_body_fixture(GetParam().name);
};

core::Request as_fixtures_know(core::Request request) {
  request.details = {};
  request.partial_approval = false;  // the fixture has it where it was made use of
  return request;
}

// The fixtures name money that moves by the event, not by the transaction, and say what a purchase
// is only while it is authorized.
core::Event as_fixtures_know(core::Event event) {
  event.details = {};
  event.transaction = core::Kind::purchase;
  const bool moves =
      event.kind == core::EventKind::cleared || event.kind == core::EventKind::refunded;
  if (moves) event.notice = {};
  return event;
}

TEST_P(StripeFixtures, AreReadAsTheCommandsTheyStandFor) {
  for (const FixtureBody& body : fixture_.bodies) {
    SCOPED_TRACE(body.file);
    ASSERT_EQ(body.steps.size(), 1U);
    const auto commands = commands_of(*GetParam().adapter, body);
    ASSERT_EQ(commands.size(), 1U);
    const core::Command& expected = *body.steps.front().command;
    if (body.is_question) {
      EXPECT_EQ(as_fixtures_know(std::get<core::Request>(commands.front())),
                as_fixtures_know(std::get<core::Request>(expected)));
    } else {
      EXPECT_EQ(as_fixtures_know(std::get<core::Event>(commands.front())),
                as_fixtures_know(std::get<core::Event>(expected)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Each, StripeFixtures,
                         testing::ValuesIn(fixture_cases("stripe", stripe::adapter())),
                         fixture_name);

}  // namespace
}  // namespace authd::test
