// A Pool on a database of its own, and jobs that a test holds up.

#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <latch>
#include <thread>

#include "store/postgres/pool.h"
#include "tests/postgres/cluster.h"

namespace authd::test {

using Given = core::Result<store::Connection*, store::PgError>;

inline testing::AssertionResult eventually(const std::function<bool()>& condition) {
  for (const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
       std::chrono::steady_clock::now() < deadline;) {
    if (condition()) return testing::AssertionSuccess();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return testing::AssertionFailure() << "not within 20 s";
}

class PgPool : public DatabaseTest {
 protected:
  store::Pool::Options options() const {
    store::Pool::Options options;
    options.connection.conninfo = conninfo();
    options.connections_min = 1;
    options.connections_max = 3;
    options.acquire_timeout = std::chrono::seconds(20);
    options.retry_min = std::chrono::milliseconds(10);
    options.retry_max = std::chrono::milliseconds(100);
    return options;
  }
};

// Jobs that run until they are let go.
class Gate {
 public:
  ~Gate() { open(); }
  void open() {
    if (!opened_) open_.count_down();
    opened_ = true;
  }
  store::Pool::Job job() {
    return [this](const Given& given) {
      if (given) open_.wait();
      ++(given ? passed : refused);
    };
  }
  std::atomic<int> passed = 0;
  std::atomic<int> refused = 0;

 private:
  std::latch open_{1};
  bool opened_ = false;
};

}  // namespace authd::test
