#include "authd/recon/engine/runner.h"

#include <algorithm>

#include "tests/recon_engine/queue_fixture.h"

namespace authd::test {

namespace {

using core::Result;
using recon::EngineOptions;
using recon::Runner;
using recon::RunState;
using recon::Supplier;
using std::chrono::milliseconds;
using store::PgError;

using Outcome = Result<std::optional<RunState>, PgError>;

// Stands for perform_run: says what it was asked to do, and does it when it is let.
class FakeEngine {
 public:
  explicit FakeEngine(std::string conninfo) : conninfo_(std::move(conninfo)) {}

  Outcome perform(std::int64_t run, const Supplier& supplier, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    begun_.push_back(run);
    if (under_way_.contains(supplier.name)) overlaps_ += 1;
    under_way_.insert(supplier.name);
    most_ = std::max(most_, under_way_.size());
    changed_.notify_all();
    changed_.wait(lock, stop, [this] { return is_open_; });
    const auto outcome = outcome_of(run, stop);
    under_way_.erase(supplier.name);
    return outcome;
  }

  void open(bool is_open) {
    const std::lock_guard lock(mutex_);
    is_open_ = is_open;
    changed_.notify_all();
  }
  void fail(std::size_t times) { set(failures_, times); }
  void find_locked(std::size_t times) { set(locked_, times); }

  std::vector<std::int64_t> begun() { return get(begun_); }
  std::size_t most_at_once() { return get(most_); }
  std::size_t overlaps() { return get(overlaps_); }
  std::size_t under_way() { return get(under_way_).size(); }
  std::size_t interrupted() { return get(interrupted_); }

 private:
  Outcome outcome_of(std::int64_t run, const std::stop_token& stop) {
    if (stop.stop_requested()) {
      interrupted_ += 1;
      return core::Unexpected{PgError{PgError::Code::interrupted, {}, "stopped"}};
    }
    if (failures_ > 0) {
      failures_ -= 1;
      return core::Unexpected{PgError{PgError::Code::lost, {}, "the database went away"}};
    }
    if (locked_ > 0) {
      locked_ -= 1;
      return std::optional<RunState>();
    }
    auto connection = store::Connection::connect({.conninfo = conninfo_});
    if (!connection) return core::Unexpected{connection.error()};
    const auto done = connection->exec(
        "UPDATE authd.recon_run SET state = 5, lines = 10, exceptions = 1, started_at = now(),"
        " finished_at = now() + interval '2 s' WHERE id = " +
        std::to_string(run));
    if (!done) return core::Unexpected{done.error()};
    return std::optional(RunState::done);
  }

  template <class T>
  T get(const T& value) {
    const std::lock_guard lock(mutex_);
    return value;
  }
  void set(std::size_t& value, std::size_t to) {
    const std::lock_guard lock(mutex_);
    value = to;
  }

  const std::string conninfo_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_open_ = true;
  std::vector<std::int64_t> begun_;
  std::set<std::string> under_way_;
  std::size_t most_ = 0;
  std::size_t overlaps_ = 0;
  std::size_t failures_ = 0;
  std::size_t locked_ = 0;
  std::size_t interrupted_ = 0;
};

class RunnerTest : public QueueTest {
 protected:
  void SetUp() override {
    QueueTest::SetUp();
    engine_ = std::make_unique<FakeEngine>(conninfo());
  }
  void TearDown() override {
    runner_.reset();
    QueueTest::TearDown();
  }

  Runner& start(milliseconds look_every = milliseconds(50)) {
    Runner::Options options;
    options.connection.conninfo = conninfo();
    options.perform = [this](std::int64_t run, const Supplier& supplier, const EngineOptions&,
                             const std::stop_token& stop) {
      return engine_->perform(run, supplier, stop);
    };
    options.on_ended = [this](const recon::EndedRun& run) {
      const std::lock_guard lock(mutex_);
      ended_.push_back(run);
    };
    options.look_every = look_every;
    options.pause_min = milliseconds(5);
    options.pause_max = milliseconds(40);
    runner_ = std::make_unique<Runner>(suppliers_, std::move(options));
    return *runner_;
  }

  bool are_ended(std::size_t count) {
    return eventually([&] { return ended().size() >= count; });
  }
  std::vector<recon::EndedRun> ended() {
    const std::lock_guard lock(mutex_);
    return ended_;
  }

  std::unique_ptr<FakeEngine> engine_;
  std::mutex mutex_;
  std::vector<recon::EndedRun> ended_;
  std::unique_ptr<Runner> runner_;
};

TEST_F(RunnerTest, PerformsTheRunsOfASupplierOneAfterTheOtherInTheirOrder) {
  std::vector<std::int64_t> queued;
  for (int i = 0; i < 5; ++i) queued.push_back(enqueue("flash"));
  suppliers_.runs_at_once = 4;
  start();
  ASSERT_TRUE(are_ended(5));
  EXPECT_EQ(engine_->begun(), queued);
  EXPECT_EQ(engine_->overlaps(), 0U);
  EXPECT_EQ(engine_->most_at_once(), 1U);
}

TEST_F(RunnerTest, PerformsRunsOfDifferentSuppliersAtOnce) {
  engine_->open(false);
  enqueue("flash");
  enqueue("flash");
  enqueue("mobilemart");
  const Runner& runner = start();
  ASSERT_TRUE(eventually([&] { return engine_->under_way() == 2; }));
  EXPECT_TRUE(eventually([&] { return runner.status().queued == 1; }));
  EXPECT_EQ(runner.status().running, 2U);
  engine_->open(true);
  ASSERT_TRUE(are_ended(3));
  EXPECT_EQ(engine_->overlaps(), 0U);
}

TEST_F(RunnerTest, HandsOutNoRunThatIsUnderWay) {
  suppliers_.runs_at_once = 4;
  engine_->open(false);
  const auto first = enqueue("flash");
  Runner& runner = start();
  ASSERT_TRUE(eventually([&] { return engine_->under_way() == 1; }));
  enqueue("flash");
  runner.wake();
  ASSERT_TRUE(eventually([&] { return runner.status().queued == 1; }));  // it has looked
  enqueue("flash");
  runner.wake();
  ASSERT_TRUE(eventually([&] { return runner.status().queued == 2; }));
  EXPECT_EQ(engine_->begun(), std::vector<std::int64_t>{first});
  engine_->open(true);
  ASSERT_TRUE(are_ended(3));
}

TEST_F(RunnerTest, PerformsNoMoreThanItMayAtOnce) {
  suppliers_.runs_at_once = 1;
  engine_->open(false);
  enqueue("flash");
  enqueue("mobilemart");
  const Runner& runner = start();
  ASSERT_TRUE(eventually([&] { return engine_->under_way() == 1; }));
  EXPECT_EQ(runner.status().running, 1U);
  engine_->open(true);
  ASSERT_TRUE(are_ended(2));
  EXPECT_EQ(engine_->most_at_once(), 1U);
}

TEST_F(RunnerTest, GoesOnWithRunsThatAProcessBeforeItHasLeft) {
  for (const int state : {3, 4}) {
    const auto left = enqueue(state == 3 ? "flash" : "mobilemart");
    ask("UPDATE authd.recon_run SET state = " + std::to_string(state) +
        " WHERE id = " + std::to_string(left));
  }
  start();
  ASSERT_TRUE(are_ended(2));
}

TEST_F(RunnerTest, LooksAtOnceWhenItIsWoken) {
  Runner& runner = start(std::chrono::hours(1));
  ASSERT_TRUE(eventually([&] { return runner.status().last_error.empty(); }));
  for (int i = 0; i < 20; ++i) {
    enqueue("flash");
    runner.wake();
    ASSERT_TRUE(are_ended(static_cast<std::size_t>(i) + 1)) << i;
  }
}

TEST_F(RunnerTest, TakesTheNextRunAsSoonAsOneEnds) {
  for (int i = 0; i < 5; ++i) enqueue("flash");
  start(std::chrono::hours(1));
  EXPECT_TRUE(are_ended(5));
}

TEST_F(RunnerTest, TellsWhatBecameOfARun) {
  const auto id = enqueue("flash");
  const Runner& runner = start();
  ASSERT_TRUE(are_ended(1));
  const recon::EndedRun run = ended().front();
  EXPECT_EQ(run.id, id);
  EXPECT_EQ(run.supplier, "flash");
  EXPECT_EQ(run.state, RunState::done);
  EXPECT_EQ(run.lines, 10);
  EXPECT_EQ(run.exceptions, 1);
  EXPECT_EQ(run.duration, std::chrono::seconds(2));
  EXPECT_EQ(runner.status().last_done.count("flash"), 1U);
  EXPECT_EQ(runner.status().last_done.count("mobilemart"), 0U);
}

TEST_F(RunnerTest, KnowsWhenASupplierWasLastDoneBeforeItsStart) {
  enqueue("flash");
  ask("UPDATE authd.recon_run SET state = 5, finished_at = '2026-01-02T03:04:05Z'");
  const Runner& runner = start();
  ASSERT_TRUE(eventually([&] { return runner.status().last_done.contains("flash"); }));
  EXPECT_EQ(runner.status().last_done.at("flash").unix_us, 1'767'323'045'000'000);
}

TEST_F(RunnerTest, FailsRunsOfSuppliersThatItDoesNotKnow) {
  const auto first = enqueue("flash");
  const auto second = enqueue("flash");
  suppliers_.suppliers.erase(suppliers_.suppliers.begin());
  start(std::chrono::hours(1));
  ASSERT_TRUE(are_ended(2));
  EXPECT_EQ(of_run(first, "state || ' ' || error"), "6 the configuration has no supplier flash");
  EXPECT_EQ(of_run(second, "state"), "6");
  EXPECT_EQ(ended().front().state, RunState::failed);
  EXPECT_TRUE(engine_->begun().empty());
}

TEST_F(RunnerTest, FindsTheFileOfARunThatOnlyNamesIt) {
  write(suppliers_.suppliers[0].directory / "a.csv", "x");
  const auto id = enqueue("flash", "");
  start();
  ASSERT_TRUE(are_ended(1));
  EXPECT_EQ(
      of_run(id, "state || ' ' || file_path"),
      "5 " + std::filesystem::canonical(suppliers_.suppliers[0].directory / "a.csv").string());
}

TEST_F(RunnerTest, FailsARunWhoseFileIsNotInTheDirectory) {
  write(directory_ / "secret", "x");
  std::filesystem::create_symlink(directory_ / "secret",
                                  suppliers_.suppliers[0].directory / "a.csv");
  const auto id = enqueue("flash", "");
  const auto next = enqueue("flash");
  start(std::chrono::hours(1));
  ASSERT_TRUE(are_ended(2));
  EXPECT_EQ(of_run(id, "state || ' ' || error"),
            "6 a.csv: a link that leaves the supplier's directory");
  EXPECT_EQ(engine_->begun(), std::vector<std::int64_t>{next});
}

TEST_F(RunnerTest, ComesBackToASupplierThatSomebodyElseIsAt) {
  engine_->find_locked(3);
  const auto first = enqueue("flash");
  const auto second = enqueue("flash");
  start();
  ASSERT_TRUE(are_ended(2));
  EXPECT_EQ(engine_->begun(), (std::vector<std::int64_t>{first, first, first, first, second}));
}

TEST_F(RunnerTest, LeavesTheOthersAloneWhileASupplierIsTaken) {
  engine_->find_locked(1);
  enqueue("flash");
  suppliers_.runs_at_once = 1;
  start(std::chrono::hours(1));
  ASSERT_TRUE(eventually([&] { return engine_->begun().size() == 1; }));
  const auto other = enqueue("mobilemart");
  runner_->wake();
  ASSERT_TRUE(are_ended(1));
  EXPECT_EQ(ended().front().id, other);
  EXPECT_EQ(engine_->begun().size(), 2U);  // it has not come back to flash
}

TEST_F(RunnerTest, TakesARunUpAgainThatTheDatabaseWentAwayUnder) {
  engine_->fail(4);
  const auto id = enqueue("flash");
  start();
  ASSERT_TRUE(are_ended(1));
  EXPECT_EQ(engine_->begun(), std::vector<std::int64_t>(5, id));
}

TEST_F(RunnerTest, OutlivesPostgreSql) {
  enqueue("flash");
  const Runner& runner = start();
  ASSERT_TRUE(are_ended(1));
  Cluster::stop();
  EXPECT_TRUE(eventually([&] { return !runner.status().last_error.empty(); }));
  Cluster::start();
  enqueue("flash");
  EXPECT_TRUE(are_ended(2));
  EXPECT_TRUE(eventually([&] { return runner.status().last_error.empty(); }));
}

TEST_F(RunnerTest, StartsWithoutPostgreSql) {
  enqueue("flash");
  Cluster::stop();
  const Runner& runner = start();
  EXPECT_TRUE(eventually([&] { return !runner.status().last_error.empty(); }));
  Cluster::start();
  EXPECT_TRUE(are_ended(1));
}

TEST_F(RunnerTest, InterruptsWhatIsUnderWayWhenItStopsAndLeavesTheRestQueued) {
  engine_->open(false);
  const auto first = enqueue("flash");
  const auto second = enqueue("flash");
  Runner& runner = start();
  ASSERT_TRUE(eventually([&] { return engine_->under_way() == 1; }));
  runner.stop();
  EXPECT_EQ(engine_->interrupted(), 1U);
  EXPECT_EQ(engine_->begun(), std::vector<std::int64_t>{first});
  EXPECT_EQ(of_run(first, "state"), "2");

  engine_->open(true);
  start();
  ASSERT_TRUE(are_ended(2));
  EXPECT_EQ(engine_->begun(), (std::vector<std::int64_t>{first, first, second}));
}

TEST_F(RunnerTest, StopsWhileItWaitsForPostgreSql) {
  Cluster::stop();
  const Runner& runner = start();
  EXPECT_TRUE(eventually([&] { return !runner.status().last_error.empty(); }));
  runner_->stop();
  Cluster::start();
}

}  // namespace

}  // namespace authd::test
