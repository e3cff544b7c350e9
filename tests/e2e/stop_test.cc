// SIGTERM: what was answered is durable, and nothing is left to replay.

#include <gtest/gtest.h>

#include "tests/e2e/crash_clients.h"
#include "tests/e2e/daemon.h"
#include "tests/e2e/eventually.h"

namespace authd::test {
namespace {

std::size_t answered(const std::vector<Posted>& posted) {
  std::size_t count = 0;
  for (const Posted& one : posted) count += one.answer ? 1U : 0U;
  return count;
}

TEST(Stop, UnderLoadKeepsEveryAnswerAndLeavesNothingToReplay) {
  const Site site;
  ASSERT_EQ(site.load(crowd_openings()).code, 0);
  Crowd crowd(1);
  for (const std::uint64_t answers : {1U, 100U, 700U}) {
    Daemon daemon(site);
    ASSERT_TRUE(daemon.await_ready()) << daemon.log();
    crowd.start(daemon.port());
    EXPECT_TRUE(eventually([&] { return crowd.answers() >= answers; }));
    EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
    crowd.join();
    EXPECT_TRUE(daemon.log().ends_with("stopped\n")) << daemon.log();

    Daemon next(site);
    ASSERT_TRUE(next.await_ready()) << next.log();
    EXPECT_NE(next.log().find(" replayed=0\n"), std::string::npos) << next.log();
    EXPECT_EQ(next.terminate(), 0) << next.log();
  }
  EXPECT_GE(answered(crowd.posted()), 500U);

  Daemon daemon(site);
  ASSERT_TRUE(daemon.await_ready()) << daemon.log();
  ASSERT_TRUE(crowd.repeat_all(daemon.port()));
  EXPECT_EQ(crowd.contradictions(), std::vector<std::string>());
  EXPECT_EQ(daemon.terminate(), 0) << daemon.log();
}

}  // namespace
}  // namespace authd::test
