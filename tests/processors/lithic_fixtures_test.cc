// Every life cycle of Lithic's fixtures through its adapter.

#include <algorithm>
#include <numeric>

#include "authd/processors/lithic.h"
#include "tests/processors/fixture_run.h"

namespace authd::test {
namespace {

const processors::LithicAdapter& lithic() {
  static const processors::LithicAdapter adapter;
  return adapter;
}

INSTANTIATE_TEST_SUITE_P(Lithic, ProcessorFixtures,
                         testing::ValuesIn(fixture_cases("lithic", lithic())), fixture_name);

// Every webhook repeats the transaction from its beginning, so nothing is missing when it overtakes
// the one before.
TEST(LithicFixtures, EndTheSameInEveryOrder) {
  for (const FixtureCase& tested : fixture_cases("lithic", lithic())) {
    SCOPED_TRACE(tested.name);
    const Fixture fixture = read_body_fixture(tested.name);
    std::vector<std::size_t> order(fixture.bodies.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    do {
      SCOPED_TRACE(testing::PrintToString(order));
      core::test::Stage stage(fixture.life_cycle);
      for (const std::size_t i : order) {
        for (const core::Command& command : commands_of(lithic(), fixture.bodies[i]))
          stage.deliver(command);
      }
      EXPECT_EQ(stage.sums(), fixture.life_cycle.total);
      stage.expect_rows_to_agree();
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(LithicFixtures, AreAllThere) { EXPECT_EQ(fixture_cases("lithic", lithic()).size(), 13U); }

}  // namespace
}  // namespace authd::test
