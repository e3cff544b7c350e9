// From a commit in PostgreSQL to its being applied: printed, and bounded so loosely that only a
// mirror that waits for something fails.

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

#include "tests/mirror/mirrored_world.h"

namespace authd::test {

namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

TEST_F(Mirroring, AppliesChangesSoonAfterTheirCommit) {
  open_account(1);
  std::mutex mutex;
  std::vector<std::int64_t> latencies_us;
  auto options = this->options();
  options.heartbeat_interval = std::chrono::seconds(1);
  options.on_applied = [&](std::uint32_t, store::Lsn, core::Timestamp committed_at) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const std::lock_guard lock(mutex);
    latencies_us.push_back(std::chrono::duration_cast<microseconds>(now).count() -
                           committed_at.unix_us);
  };
  start(options);
  ASSERT_TRUE(reaches(store::MirrorState::following));

  constexpr int changes = 600;
  constexpr microseconds pause{3'000};  // some 300 a second
  store::Connection connection = connect();
  auto next = steady_clock::now();
  for (int i = 0; i < changes; ++i) {
    query(connection, "UPDATE authd.account SET overdraft_minor = " + std::to_string(i + 1));
    std::this_thread::sleep_until(next += pause);
  }
  ASSERT_TRUE(caught_up());
  const std::lock_guard lock(mutex);
  ASSERT_EQ(latencies_us.size(), std::size_t{changes});
  std::sort(latencies_us.begin(), latencies_us.end());
  std::cout << "commit to applied: p50 " << latencies_us[changes / 2] << " us, p99 "
            << latencies_us[changes * 99 / 100] << " us, max " << latencies_us.back() << " us\n";
  EXPECT_LT(latencies_us[changes / 2], 100'000);
}

}  // namespace

}  // namespace authd::test
