// Every life cycle of Lithic's fixtures through its adapter.

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
    expect_the_same_in_every_order(tested);
  }
}

TEST(LithicFixtures, AreAllThere) { EXPECT_EQ(fixture_cases("lithic", lithic()).size(), 13U); }

}  // namespace
}  // namespace authd::test
