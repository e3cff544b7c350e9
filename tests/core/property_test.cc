// Random programs against the model: a million steps and more. A failure prints the seed;
// AUTHD_TEST_SEED=<seed> runs that world alone and prints every step.

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "tests/core/checked_world.h"
#include "tests/core/describe.h"
#include "tests/core/random_program.h"

namespace authd::core::test {
namespace {

constexpr int cases = 8;  // so that they can run side by side
constexpr int worlds_per_case = 250;
constexpr int steps_per_world = 520;
constexpr int worlds_per_audit = 4;
static_assert(cases * worlds_per_case * steps_per_world >= 1'000'000);

struct Ran {
  int steps = 0;
  std::string wrong;
};

Ran run_world(std::uint64_t seed, bool print) {
  RandomProgram program(seed);
  CheckedWorld world;
  Ran ran;
  const auto step = [&](const Command& command, const Moment& moment) {
    ran.wrong = world.apply(command, moment);
    if (print) {
      std::cout << ran.steps << ": " << describe(moment) << describe(command) << "\n    -> "
                << describe(world.applied().outcome) << '\n';
    }
    if (!ran.wrong.empty()) {
      ran.wrong = "AUTHD_TEST_SEED=" + std::to_string(seed) + ", step " +
                  std::to_string(ran.steps) + ", " + describe(moment) + "\n" + describe(command) +
                  "\n" + ran.wrong;
    }
    ++ran.steps;
    return ran.wrong.empty();
  };
  for (const Command& command : program.beginning()) {
    if (!step(command, Moment{})) return ran;
  }
  for (int i = 0; i < steps_per_world; ++i) {
    const RandomProgram::Step next = program.next();
    if (!step(next.command, next.moment)) return ran;
  }
  if (seed % worlds_per_audit == 0) ran.wrong = world.audit();
  if (!ran.wrong.empty()) ran.wrong = "AUTHD_TEST_SEED=" + std::to_string(seed) + ": " + ran.wrong;
  return ran;
}

class Property : public testing::TestWithParam<int> {};

TEST_P(Property, CoreAndModelAgreeOnEveryStep) {
  if (const char* seed = std::getenv("AUTHD_TEST_SEED")) {
    const Ran ran = run_world(std::strtoull(seed, nullptr, 10), GetParam() == 0);
    ASSERT_TRUE(ran.wrong.empty()) << ran.wrong;
    return;
  }
  int steps = 0;
  for (int i = 0; i < worlds_per_case; ++i) {
    const auto seed = static_cast<std::uint64_t>(GetParam() * worlds_per_case + i + 1);
    const Ran ran = run_world(seed, false);
    ASSERT_TRUE(ran.wrong.empty()) << ran.wrong;
    steps += ran.steps;
  }
  EXPECT_GE(steps, 1'000'000 / cases);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Property, testing::Range(0, cases));

}  // namespace
}  // namespace authd::core::test
