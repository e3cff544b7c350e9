#include "store/postgres/pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/postgres/pool_fixture.h"

namespace authd::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using store::Connection;
using store::PgError;
using store::Pool;
using Clock = std::chrono::steady_clock;

// What one statement answers, or the error of statement or pool.
core::Result<std::string, PgError> ask(Pool& pool, const std::string& statement) {
  std::promise<core::Result<std::string, PgError>> promise;
  auto future = promise.get_future();
  const auto submitted = pool.submit([&](const Given& given) {
    if (!given) return promise.set_value(core::Unexpected{given.error()});
    const auto result = (*given)->exec(statement);
    if (!result) return promise.set_value(core::Unexpected{result.error()});
    promise.set_value(std::string(result->text(0, 0)));
  });
  if (!submitted) return core::Unexpected{submitted.error()};
  return future.get();
}

int backend_of(Pool& pool) {
  const auto pid = ask(pool, "SELECT pg_backend_pid()");
  return pid ? std::stoi(*pid) : 0;
}

TEST_F(PgPool, KeepsTheLeastNumberOfConnectionsOpenAndNoMore) {
  auto wanted = options();
  wanted.connections_min = 2;
  Pool pool(wanted);
  ASSERT_TRUE(eventually([&] { return pool.status().open == 2; }));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(ask(pool, "SELECT 1"));  // one at a time needs no more
  EXPECT_EQ(pool.status().open, 2U);
  EXPECT_EQ(pool.status().connects, 2U);
  EXPECT_EQ(pool.status().acquired, 20U);
}

TEST_F(PgPool, GrowsToTheGreatestNumberAndLetsTheRestWait) {
  Pool pool(options());
  Gate gate;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(pool.submit(gate.job()));
  ASSERT_TRUE(eventually([&] { return pool.status().busy == 3; }));
  const auto status = pool.status();
  EXPECT_EQ(status.open, 3U);
  EXPECT_EQ(status.queued, 1U);
  gate.open();
  ASSERT_TRUE(eventually([&] { return gate.passed == 4; }));
  EXPECT_EQ(pool.status().connects, 3U);
  pool.stop(seconds(10));
}

TEST_F(PgPool, ClosesWhatIsNotNeededAnyMore) {
  auto wanted = options();
  wanted.idle_time_max = milliseconds(50);
  Pool pool(wanted);
  Gate gate;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pool.submit(gate.job()));
  ASSERT_TRUE(eventually([&] { return pool.status().busy == 3; }));
  gate.open();
  ASSERT_TRUE(eventually([&] { return pool.status().open == 1; }));
  EXPECT_EQ(pool.status().lost, 0U);
  EXPECT_TRUE(ask(pool, "SELECT 1"));
  EXPECT_EQ(pool.status().connects, 3U);
}

TEST_F(PgPool, RefusesOneJobMoreThanMayWait) {
  auto wanted = options();
  wanted.connections_max = 1;
  wanted.queue_max = 2;
  Pool pool(wanted);
  Gate gate;
  ASSERT_TRUE(pool.submit(gate.job()));
  ASSERT_TRUE(eventually([&] { return pool.status().busy == 1; }));
  ASSERT_TRUE(pool.submit(gate.job()));
  ASSERT_TRUE(pool.submit(gate.job()));
  const auto refused = pool.submit(gate.job());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, PgError::Code::timeout);
  gate.open();
  ASSERT_TRUE(eventually([&] { return gate.passed == 3; }));
  EXPECT_EQ(gate.refused, 0);
  EXPECT_EQ(pool.status().refused, 1U);
  pool.stop(seconds(10));
}

TEST_F(PgPool, TellsAJobThatItHasWaitedLongEnough) {
  auto wanted = options();
  wanted.connections_max = 1;
  wanted.acquire_timeout = milliseconds(100);
  Pool pool(wanted);
  ASSERT_TRUE(eventually([&] { return pool.status().open == 1; }));
  Gate gate;
  ASSERT_TRUE(pool.submit(gate.job()));
  const auto begin = Clock::now();
  const auto late = ask(pool, "SELECT 1");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, PgError::Code::timeout);
  EXPECT_EQ(late.error().message, "no connection became free within 100 ms");
  EXPECT_GE(Clock::now() - begin, milliseconds(100));
  EXPECT_EQ(pool.status().timeouts, 1U);
  gate.open();
  ASSERT_TRUE(eventually([&] { return gate.passed == 1; }));
  pool.stop(seconds(10));
}

TEST_F(PgPool, CountsHowLongJobsWaited) {
  auto wanted = options();
  std::atomic<std::uint64_t> told_us = 0;
  std::atomic<int> told = 0;
  wanted.on_acquired = [&](std::chrono::microseconds waited) {
    told_us += static_cast<std::uint64_t>(waited.count());
    ++told;
  };
  Pool pool(wanted);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(ask(pool, "SELECT 1"));
  EXPECT_EQ(told, 5);
  EXPECT_EQ(pool.status().acquired, 5U);
  EXPECT_EQ(pool.status().acquired_wait_us, told_us);
  EXPECT_GT(told_us, 0U);  // the first had to wait for a connection to be made
}

TEST_F(PgPool, SaysWhyNobodyAnswersInsteadOfWaiting) {
  auto wanted = options();
  wanted.connection.conninfo = "host=/nowhere";
  wanted.acquire_timeout = milliseconds(100);
  Pool pool(wanted);
  const auto failed = ask(pool, "SELECT 1");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, PgError::Code::connect);
  EXPECT_NE(failed.error().message.find("within 100 ms"), std::string::npos);
  EXPECT_NE(failed.error().message.find("/nowhere"), std::string::npos);
}

TEST_F(PgPool, TriesAgainFurtherAndFurtherApart) {
  auto wanted = options();
  wanted.connections_min = 3;
  wanted.connection.conninfo = "host=/nowhere";
  wanted.retry_min = milliseconds(20);
  wanted.retry_max = milliseconds(50);
  const auto begin = Clock::now();
  Pool pool(wanted);
  // Three at once at first, then one after 80 ms at most (the three failures count) and each 50 ms.
  ASSERT_TRUE(eventually([&] { return pool.status().connect_failures >= 8; }));
  EXPECT_GE(Clock::now() - begin, milliseconds(4 * 50));
}

TEST_F(PgPool, PreparesEveryConnectionBeforeItIsUsed) {
  auto wanted = options();
  std::atomic<int> failures = 2;
  wanted.on_connect = [&](Connection& connection) -> core::Result<void, PgError> {
    if (failures-- > 0) return core::Unexpected{store::unexpected("not yet")};
    AUTHD_TRY_VOID(connection.exec("SET application_name = 'prepared'"));
    return {};
  };
  Pool pool(wanted);
  const auto name = ask(pool, "SHOW application_name");
  ASSERT_TRUE(name) << name.error().message;
  EXPECT_EQ(*name, "prepared");
  EXPECT_EQ(pool.status().connect_failures, 2U);
  EXPECT_EQ(pool.status().connects, 1U);
}

TEST_F(PgPool, ReplacesAConnectionWhoseBackendWasTerminated) {
  auto wanted = options();
  wanted.connections_max = 1;
  Pool pool(wanted);
  const int backend = backend_of(pool);
  auto other = connect();
  query(other, "SELECT pg_terminate_backend(" + std::to_string(backend) + ", 5000)");
  const auto answer = ask(pool, "SELECT 'again'");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(*answer, "again");
  EXPECT_NE(backend_of(pool), backend);
  EXPECT_EQ(pool.status().lost, 1U);
}

TEST_F(PgPool, FindsOutThatAnUnusedConnectionIsDead) {
  auto wanted = options();
  wanted.check_after = milliseconds(50);
  Pool pool(wanted);
  const int backend = backend_of(pool);
  auto other = connect();
  query(other, "SELECT pg_terminate_backend(" + std::to_string(backend) + ", 5000)");
  ASSERT_TRUE(eventually([&] { return pool.status().lost == 1; }));  // without any job
  ASSERT_TRUE(eventually([&] { return pool.status().connects == 2; }));
}

TEST_F(PgPool, SurvivesARestartOfTheServer) {
  auto wanted = options();
  wanted.connections_min = 2;
  wanted.acquire_timeout = milliseconds(200);
  Pool pool(wanted);
  ASSERT_TRUE(eventually([&] { return pool.status().open == 2; }));
  Cluster::stop();
  const auto away = ask(pool, "SELECT 1");
  EXPECT_FALSE(away);
  Cluster::start();
  ASSERT_TRUE(eventually([&] { return ask(pool, "SELECT 1").has_value(); }));
  ASSERT_TRUE(eventually([&] { return pool.status().open == 2; }));
  EXPECT_EQ(pool.status().lost, 2U);
}

TEST_F(PgPool, KeepsAConnectionWhoseStatementTookTooLong) {
  auto wanted = options();
  wanted.connections_max = 1;
  wanted.connection.statement_timeout = milliseconds(100);
  Pool pool(wanted);
  const int backend = backend_of(pool);
  const auto late = ask(pool, "SELECT pg_sleep(60)");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().state(), "57014");
  EXPECT_EQ(backend_of(pool), backend);
}

// The answer to the statement that was given up would otherwise be read as the next job's.
TEST_F(PgPool, DropsAConnectionThatStillOwesAnAnswer) {
  auto wanted = options();
  wanted.connections_max = 1;
  wanted.connection.statement_timeout = milliseconds(100);
  Pool pool(wanted);
  const int backend = backend_of(pool);
  ASSERT_EQ(kill(backend, SIGSTOP), 0);
  const auto late = ask(pool, "SELECT 'of the first'");
  kill(backend, SIGCONT);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, PgError::Code::timeout);
  const auto next = ask(pool, "SELECT 'of the second'");
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_EQ(*next, "of the second");
  EXPECT_EQ(pool.status().lost, 1U);
}

TEST_F(PgPool, StopWaitsForWhatRunsAndRefusesWhatWaits) {
  auto wanted = options();
  wanted.connections_max = 1;
  Pool pool(wanted);
  Gate gate;
  ASSERT_TRUE(pool.submit(gate.job()));
  ASSERT_TRUE(eventually([&] { return pool.status().busy == 1; }));
  std::atomic<int> waiting_code = 0;
  ASSERT_TRUE(pool.submit([&](const Given& given) {
    waiting_code = given ? -1 : static_cast<int>(given.error().code);
    gate.open();  // only now can the running job end
  }));
  pool.stop(seconds(20));
  EXPECT_EQ(gate.passed, 1);
  EXPECT_EQ(waiting_code, static_cast<int>(PgError::Code::interrupted));
  const auto after = pool.submit(gate.job());
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().code, PgError::Code::interrupted);
}

TEST_F(PgPool, StopInterruptsWhatDoesNotEndInTime) {
  Pool pool(options());
  std::promise<PgError::Code> code;
  ASSERT_TRUE(pool.submit([&](const Given& given) {
    const auto slept = (*given)->exec("SELECT pg_sleep(60)");
    code.set_value(slept ? PgError::Code::unexpected : slept.error().code);
  }));
  ASSERT_TRUE(eventually([&] { return pool.status().busy == 1; }));
  const auto begin = Clock::now();
  pool.stop(milliseconds(50));
  EXPECT_LT(Clock::now() - begin, seconds(30));
  EXPECT_EQ(code.get_future().get(), PgError::Code::interrupted);
}

TEST_F(PgPool, CallsEveryJobExactlyOnceWhateverHappens) {
  constexpr int askers = 4;
  constexpr int jobs_each = 250;
  auto wanted = options();
  wanted.connections_max = 4;
  Pool pool(wanted);
  std::vector<std::atomic<int>> calls(askers * jobs_each);
  std::atomic<int> refused = 0;
  std::vector<std::thread> threads;
  for (int asker = 0; asker < askers; ++asker) {
    threads.emplace_back([&, asker] {
      for (int i = 0; i < jobs_each; ++i) {
        std::atomic<int>& count = calls[static_cast<std::size_t>(asker * jobs_each + i)];
        const auto submitted = pool.submit([&](const Given& given) {
          ++count;
          if (given) static_cast<void>((*given)->exec("SELECT pg_sleep(0.001)").has_value());
        });
        if (submitted) continue;
        ++refused;
        ++count;
      }
    });
  }
  auto other = connect();
  const std::string terminate =
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
      " WHERE datname = current_database() AND pid <> pg_backend_pid()";
  for (int i = 0; i < 10; ++i) {
    const auto reached = static_cast<std::uint64_t>(i * 60);
    ASSERT_TRUE(eventually([&] { return pool.status().acquired >= reached; }));
    query(other, terminate);
  }
  for (std::thread& thread : threads) thread.join();
  pool.stop(seconds(0));  // with jobs waiting
  for (const auto& count : calls) EXPECT_EQ(count, 1);
  EXPECT_EQ(refused, 0);
  EXPECT_GT(pool.status().lost, 0U);
}

}  // namespace

}  // namespace authd::test
