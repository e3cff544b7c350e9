#include "authd/referral/earnings/worker.h"

#include <fmt/format.h>

#include "tests/referral/earnings/earnings_fixture.h"

namespace authd::test {

namespace {

using referral::EarningsStatus;
using referral::EarningsWorker;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

class Worker : public EarningsTest {
 protected:
  EarningsWorker& start(milliseconds look_every = milliseconds(20), std::int32_t duty = 100,
                        std::int32_t batch_entries = 100,
                        milliseconds duty_look_every = std::chrono::hours(1)) {
    EarningsWorker::Options options;
    options.connection.conninfo = conninfo();
    options.batch_entries = batch_entries;
    options.look_every = look_every;
    options.duty_percent = duty;
    options.duty_look_every = duty_look_every;
    options.pause_min = milliseconds(10);
    options.pause_max = milliseconds(50);
    worker_.emplace(options);
    return *worker_;
  }

  template <class Condition>
  bool becomes(Condition condition) {
    const auto deadline = steady_clock::now() + std::chrono::seconds(20);
    while (!condition(worker_->status())) {
      if (steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(milliseconds(2));
    }
    return true;
  }

  void TearDown() override {
    worker_.reset();
    EarningsTest::TearDown();
  }

  std::optional<EarningsWorker> worker_;
};

TEST_F(Worker, EarnsFromAllShardsAndGoesOnWithWhatComes) {
  Books other(*owner_, "demo", 2);
  books_->clear(10, -1'000, at_);
  other.clear(10, -2'000, at_);
  other.drain();
  books_->drain();
  start();
  EXPECT_TRUE(becomes([](const EarningsStatus& s) { return s.earnings == 6; }));
  books_->clear(10, -1'000, at_);
  books_->drain();
  EXPECT_TRUE(becomes([](const EarningsStatus& s) { return s.earnings == 9; }));
  const EarningsStatus status = worker_->status();
  EXPECT_EQ(status.entries, 3U);
  EXPECT_EQ(status.batches, 3U);
  EXPECT_EQ(status.lag_records, 0);
  EXPECT_TRUE(status.is_connected);
  EXPECT_EQ(status.last_error, "");
  EXPECT_GT(status.working.count(), 0);
}

TEST_F(Worker, LooksAtOnceWhenItIsWoken) {
  start(std::chrono::hours(1));
  ASSERT_TRUE(becomes([](const EarningsStatus& s) { return s.is_connected; }));
  books_->clear(10, -1'000, at_);
  books_->drain();
  worker_->wake();
  EXPECT_TRUE(becomes([](const EarningsStatus& s) { return s.earnings == 3; }));
}

TEST_F(Worker, SaysHowFarItIsBehindAndStopsAtOnceWhileItRests) {
  for (int i = 0; i < 50; ++i) books_->clear(10, -1'000, at_);
  books_->drain();
  start(milliseconds(20), 1, 1);  // after a batch it rests 99 times as long
  ASSERT_TRUE(becomes([](const EarningsStatus& s) { return s.batches > 0; }));
  const auto begun = steady_clock::now();
  worker_->stop();
  EXPECT_LT(steady_clock::now() - begun, std::chrono::seconds(5));
  const EarningsStatus status = worker_->status();
  EXPECT_EQ(status.lag_records, 50 - static_cast<std::int64_t>(status.batches));
  EXPECT_GT(status.lag_records, 0);
  EXPECT_EQ(ask("SELECT seq FROM authd.referral_mark"), std::to_string(status.batches));
}

TEST_F(Worker, WorksMoreWhenTheUsualShareDoesNotKeepUp) {
  constexpr std::int32_t usual = 25;
  start(milliseconds(20), usual, 1, milliseconds(1));
  EXPECT_TRUE(becomes([this](const EarningsStatus& s) {
    for (int i = 0; i < 5; ++i) books_->clear(10, -1'000, at_);
    books_->drain();
    return s.duty_percent > usual;
  }));
  EXPECT_TRUE(becomes(
      [](const EarningsStatus& s) { return s.lag_records == 0 && s.duty_percent == usual; }));
}

TEST_F(Worker, TriesAgainWhatTheLedgerRefusesAndGoesOnWithOtherShards) {
  run("ALTER TABLE authd.referral_source ADD CONSTRAINT few CHECK (amount_minor < 5000)");
  Books other(*owner_, "demo", 2);
  books_->clear(10, -1'000, at_);
  books_->clear(10, -5'000, at_);
  other.clear(10, -2'000, at_);
  books_->drain();
  start();
  ASSERT_TRUE(becomes([](const EarningsStatus& s) { return !s.last_error.empty(); }));
  EXPECT_EQ(worker_->status().last_error.find("shard 1, records 1 to 2: server 23514"), 0U)
      << worker_->status().last_error;
  other.drain();
  EXPECT_TRUE(becomes([](const EarningsStatus& s) { return s.earnings == 3; }));
  EXPECT_FALSE(worker_->status().last_error.empty());
  EXPECT_EQ(worker_->status().lag_records, 2);
  run("ALTER TABLE authd.referral_source DROP CONSTRAINT few");
  EXPECT_TRUE(becomes([](const EarningsStatus& s) {
    return s.earnings == 9 && s.last_error.empty() && s.lag_records == 0;
  }));
}

TEST_F(Worker, ConnectsAgain) {
  start();
  ASSERT_TRUE(becomes([](const EarningsStatus& s) { return s.is_connected; }));
  run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      " WHERE application_name = 'authd referral earnings' AND datname = current_database()");
  EXPECT_TRUE(becomes([](const EarningsStatus& s) { return !s.last_error.empty(); }));
  books_->clear(10, -1'000, at_);
  books_->drain();
  EXPECT_TRUE(becomes([](const EarningsStatus& s) {
    return s.earnings == 3 && s.is_connected && s.last_error.empty();
  }));
}

}  // namespace

}  // namespace authd::test
