// Lookups: statements of many askers that go to the server together.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <mutex>
#include <string>
#include <vector>

#include "tests/postgres/pool_fixture.h"

namespace authd::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using store::PgError;
using store::Pool;

// What lookups were answered, by the number that they asked for.
class PgLookup : public PgPool {
 protected:
  Pool::Options one_connection() const {
    Pool::Options wanted = options();
    wanted.connections_max = 1;
    // Fails for 0, and says in which transaction it ran.
    wanted.on_connect = [](store::Connection& connection) {
      return connection.prepare(
          "divide", "SELECT 100 / $1::integer, pg_current_xact_id()::text::bigint, pg_sleep($2)");
    };
    return wanted;
  }
  Pool::Lookup divide_by(std::size_t position, std::int32_t divisor, double pause_s = 0) {
    store::PgParams params;
    params.number(divisor).number(std::bit_cast<std::int64_t>(pause_s));
    return {{"divide", std::move(params)},
            [this, position](const core::Result<store::PgResult, PgError>& given) {
              const std::scoped_lock lock(mutex_);
              Answer& answer = answers.at(position);
              ++answer.times;
              if (!given) {
                answer.error = given.error();
                return;
              }
              answer.quotient = given->number<std::int32_t>(0, 0);
              answer.transaction = given->number<std::int64_t>(0, 1);
            }};
  }
  bool all_answered() {
    const std::scoped_lock lock(mutex_);
    return std::all_of(answers.begin(), answers.end(), [](const Answer& a) { return a.times > 0; });
  }

  struct Answer {
    int times = 0;
    std::int32_t quotient = 0;
    std::int64_t transaction = 0;
    PgError error;
  };
  std::vector<Answer> answers;

 private:
  std::mutex mutex_;
};

TEST_F(PgLookup, OfManyAreSentTogetherAndEachGetsItsOwnAnswer) {
  answers.resize(40);
  Pool pool(one_connection());
  Gate gate;
  ASSERT_TRUE(pool.submit(gate.job()));
  for (std::size_t i = 0; i < 40; ++i) {
    ASSERT_TRUE(pool.submit(divide_by(i, static_cast<std::int32_t>(i) + 1)));
  }
  gate.open();
  ASSERT_TRUE(eventually([&] { return all_answered(); }));
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(answers[i].quotient, 100 / (static_cast<std::int32_t>(i) + 1)) << i;
    EXPECT_EQ(answers[i].times, 1) << i;
    EXPECT_EQ(answers[i].transaction, answers[i < 32 ? 0 : 32].transaction) << i;
  }
  EXPECT_NE(answers[0].transaction, answers[32].transaction);  // one more than go at once
  EXPECT_EQ(pool.status().acquired, 41U);
}

TEST_F(PgLookup, ThatFailsTakesNoOtherWithIt) {
  answers.resize(9);
  Pool pool(one_connection());
  Gate gate;
  ASSERT_TRUE(pool.submit(gate.job()));
  for (std::size_t i = 0; i < 9; ++i) {
    const bool fails = i == 0 || i == 3 || i == 4 || i == 8;
    ASSERT_TRUE(pool.submit(divide_by(i, fails ? 0 : 2)));
  }
  gate.open();
  ASSERT_TRUE(eventually([&] { return all_answered(); }));
  for (std::size_t i = 0; i < 9; ++i) {
    const bool fails = i == 0 || i == 3 || i == 4 || i == 8;
    EXPECT_EQ(answers[i].times, 1) << i;
    EXPECT_EQ(answers[i].quotient, fails ? 0 : 50) << i;
    EXPECT_EQ(answers[i].error.state(), fails ? "22012" : "") << i;  // division by zero
  }
  EXPECT_EQ(pool.status().lost, 0U);  // and the connection is as good as before
}

TEST_F(PgLookup, DoesNotOvertakeAJob) {
  answers.resize(2);
  Pool pool(one_connection());
  Gate first;
  Gate between;
  ASSERT_TRUE(pool.submit(first.job()));
  ASSERT_TRUE(pool.submit(divide_by(0, 1)));
  ASSERT_TRUE(pool.submit(between.job()));
  ASSERT_TRUE(pool.submit(divide_by(1, 1)));
  first.open();
  ASSERT_TRUE(eventually([&] { return pool.status().acquired == 3; }));
  EXPECT_EQ(answers[0].times, 1);
  EXPECT_EQ(pool.status().queued, 1U);
  between.open();
  ASSERT_TRUE(eventually([&] { return all_answered(); }));
}

TEST_F(PgLookup, LearnsThatTheConnectionBroke) {
  answers.resize(3);
  Pool pool(one_connection());
  ASSERT_TRUE(eventually([&] { return pool.status().open == 1; }));
  Gate gate;
  ASSERT_TRUE(pool.submit(gate.job()));
  ASSERT_TRUE(pool.submit(divide_by(0, 1)));
  ASSERT_TRUE(pool.submit(divide_by(1, 1, 60)));
  ASSERT_TRUE(pool.submit(divide_by(2, 1)));
  gate.open();
  auto other = connect();
  ASSERT_TRUE(eventually([&] {
    query(other,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
          " WHERE datname = current_database() AND wait_event = 'PgSleep'");
    return all_answered();
  }));
  EXPECT_EQ(answers[0].quotient, 100);  // it had come back already
  EXPECT_EQ(answers[1].error.code, PgError::Code::lost);
  EXPECT_EQ(answers[2].error.code, PgError::Code::lost);
  ASSERT_TRUE(eventually([&] { return pool.status().lost == 1; }));
}

TEST_F(PgLookup, IsRefusedWhenThePoolStops) {
  answers.resize(1);
  Pool pool(one_connection());
  Gate gate;
  ASSERT_TRUE(pool.submit(gate.job()));
  ASSERT_TRUE(eventually([&] { return pool.status().busy == 1; }));
  ASSERT_TRUE(pool.submit(divide_by(0, 1)));
  std::thread opens([&] {
    static_cast<void>(eventually([&] { return all_answered(); }));
    gate.open();
  });
  pool.stop(seconds(20));
  opens.join();
  EXPECT_EQ(answers[0].error.code, PgError::Code::interrupted);
  EXPECT_EQ(gate.passed, 1);
}

TEST_F(PgLookup, WaitsForNoSlowJob) {
  answers.resize(1);
  Pool::Options wanted = one_connection();
  wanted.connections_max = 2;
  Pool pool(wanted);
  Gate gate;
  ASSERT_TRUE(pool.submit(gate.job()));
  ASSERT_TRUE(eventually([&] { return pool.status().busy == 1; }));
  ASSERT_TRUE(pool.submit(divide_by(0, 4)));
  ASSERT_TRUE(eventually([&] { return all_answered(); }));
  EXPECT_EQ(answers[0].quotient, 25);
  EXPECT_EQ(gate.passed, 0);
}

}  // namespace

}  // namespace authd::test
