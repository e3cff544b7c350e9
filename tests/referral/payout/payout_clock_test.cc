// When a payout is made.

#include "authd/referral/payout/payout_clock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/referral/payout/payout_fixture.h"

namespace authd::test {

namespace {

using referral::PayoutClock;
using referral::PayoutClockStatus;
using Texts = std::vector<std::string>;

class PayoutClockTest : public PayoutTest {
 protected:
  void SetUp() override {
    PayoutTest::SetUp();
    clock_.payout = options_;
    clock_.look_every = std::chrono::milliseconds(20);
    clock_.pause_min = std::chrono::milliseconds(10);
    clock_.pause_max = std::chrono::milliseconds(100);
  }

  // Has authd.referral_payout_days() take it for now.
  void set_now(const std::string& now) {
    ask("CREATE TABLE IF NOT EXISTS authd.test_now (at timestamptz); GRANT SELECT ON "
        "authd.test_now TO PUBLIC;"
        " DO $$ BEGIN EXECUTE replace(pg_get_functiondef('authd.referral_payout_days'::regproc), "
        "'now()',"
        " '(SELECT at FROM authd.test_now)'); END $$; BEGIN; DELETE FROM authd.test_now;"
        " INSERT INTO authd.test_now VALUES ('" +
        now + "'); COMMIT");
  }

  Texts due_days() { return list("SELECT day FROM authd.referral_payout_days()"); }
  void finish(const std::string& day) {
    ask("INSERT INTO authd.referral_payout_run (program, day, requested_by, finished_at)"
        " VALUES ('demo', '" +
        day + "', 'test', now())");
  }

  // What a program's runs are, in the order in which they were begun.
  Texts finished(const std::string& program = "demo") {
    return list(
        "SELECT day FROM authd.referral_payout_run WHERE finished_at IS NOT NULL AND program = '" +
        program + "' ORDER BY started_at, day");
  }

  PayoutClock::Options clock_;
};

TEST_F(PayoutClockTest, MakesMissedDaysUpTheOldestFirst) {
  add_members(1, 2);
  owe(1, 1, 200, "2024-03-10");
  owe(1, 1, 300, "2024-03-12");
  owe(2, 2, 60, "2024-03-11");
  owe(2, 2, 60, "2024-03-12");
  set_now("2024-03-13 01:59:59+00");
  std::vector<std::string> reported;
  clock_.on_finished = [&](const referral::PayoutReport& report, std::chrono::milliseconds) {
    reported.push_back(fmt::format("{} {}", referral::day_text(report.day), report.paid_minor));
  };
  PayoutClock clock(clock_);
  EXPECT_TRUE(wait_until([&] { return finished().size() == 3; }));
  EXPECT_TRUE(
      wait_until([&] { return clock.status().last_finished["demo"].day == day_of("2024-03-12"); }));
  clock.stop();
  EXPECT_EQ(finished(), (Texts{"2024-03-10", "2024-03-11", "2024-03-12"}));
  EXPECT_EQ(reported, (Texts{"2024-03-10 200", "2024-03-11 0", "2024-03-12 420"}));
  const PayoutClockStatus status = clock.status();
  EXPECT_EQ(status.last_finished.at("demo").paid, 2);
  EXPECT_EQ(status.last_finished.at("demo").paid_minor, 420);
  EXPECT_EQ(status.last_error, "");
  EXPECT_EQ(status.running.has_value(), false);
  EXPECT_EQ(ask("SELECT DISTINCT requested_by FROM authd.referral_payout_run"), "authd");
  EXPECT_EQ(faults(), "");
}

TEST_F(PayoutClockTest, WaitsForTheHourOfTheDay) {
  set_now("2024-03-12 01:59:59+00");
  EXPECT_EQ(due_days(), (Texts{"2024-03-10", "2024-03-11"}));
  set_now("2024-03-12 02:00:00+00");
  EXPECT_EQ(due_days(), (Texts{"2024-03-10", "2024-03-11", "2024-03-12"}));
  finish("2024-03-11");
  EXPECT_EQ(due_days(), Texts{"2024-03-12"});
  finish("2024-03-12");
  EXPECT_EQ(due_days(), Texts{});
}

// In Berlin 2024-03-31 has no 02:00, and 2024-10-27 has it twice.
TEST_F(PayoutClockTest, PaysOnceOnDaysThatLoseOrGainAnHour) {
  ask("UPDATE authd.referral_program SET zone = 'Europe/Berlin', payout_from = '2024-03-31'");
  set_now("2024-03-31 00:59:59+00");
  EXPECT_EQ(due_days(), Texts{});
  set_now("2024-03-31 01:00:00+00");  // 03:00
  EXPECT_EQ(due_days(), Texts{"2024-03-31"});
  finish("2024-03-31");
  EXPECT_EQ(due_days(), Texts{});
  finish("2024-10-26");
  set_now("2024-10-26 23:59:59+00");
  EXPECT_EQ(due_days(), Texts{});
  set_now("2024-10-27 00:00:00+00");  // 02:00 for the first time
  EXPECT_EQ(due_days(), Texts{"2024-10-27"});

  // What was earned on the day before, by its hours.
  add_members(1, 1);
  owe(1, 1, 200, "2024-10-27");
  {
    PayoutClock clock(clock_);
    EXPECT_TRUE(wait_until([&] { return finished().size() == 3; }));
  }
  set_now("2024-10-27 01:00:00+00");  // and for the second
  EXPECT_EQ(due_days(), Texts{});
  EXPECT_EQ(list("SELECT day || ' ' || amount_minor FROM authd.referral_payout"),
            Texts{"2024-10-27 200"});
  EXPECT_EQ(faults(), "");
}

TEST_F(PayoutClockTest, LeavesAProgramThatRestsAndPaysTheOthers) {
  add_program("other");
  add_members(1, 1);
  add_members(11, 11, "other");
  owe(1, 1, 200);
  owe(11, 11, 300);
  ask("INSERT INTO authd.referral_pause (program, reason, paused_by) VALUES ('demo', 'why', "
      "'who')");
  set_now("2024-03-10 12:00:00+00");
  clock_.look_every = std::chrono::hours(1);
  PayoutClock clock(clock_);
  EXPECT_TRUE(wait_until([&] { return finished("other").size() == 1; }));
  EXPECT_TRUE(wait_until([&] { return clock.status().last_finished.contains("other"); }));
  EXPECT_EQ(finished(), Texts{});
  ask("UPDATE authd.referral_pause SET resumed_at = now(), resumed_by = 'who'");
  EXPECT_TRUE(wait_until([&] {
    clock.wake();  // the look before may not have seen it
    return finished().size() == 1;
  }));
  EXPECT_EQ(faults(), "");
}

TEST_F(PayoutClockTest, TellsWhatItIsAtAndStopsInTheMiddle) {
  add_members(1, 100);
  owe(1, 100, 200);
  set_now("2024-03-10 12:00:00+00");
  auto other = connect();
  query(other, "BEGIN");
  query(other, "SELECT FROM authd.referral_due WHERE holder_id = 51 FOR UPDATE");
  clock_.payout.at_once = 1;
  std::atomic<int> outcomes = 0;
  clock_.on_outcome = [&](const std::string& program, referral::PayOutcome outcome) {
    outcomes += program == "demo" && outcome == referral::PayOutcome::paid ? 1 : 0;
  };
  PayoutClock clock(clock_);
  EXPECT_TRUE(wait_until([&] {
    const auto running = clock.status().running;
    return running && running->paid == 50;
  }));
  const PayoutClockStatus status = clock.status();
  EXPECT_EQ(status.running->program, "demo");
  EXPECT_EQ(status.running->day, day_of(first_day));
  EXPECT_EQ(status.running->of, 100);
  const auto asked_at = std::chrono::steady_clock::now();
  clock.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - asked_at, std::chrono::seconds(5));
  EXPECT_EQ(outcomes, 50);
  EXPECT_EQ(clock.status().running.has_value(), false);
  query(other, "COMMIT");

  PayoutClock again(clock_);
  EXPECT_TRUE(wait_until([&] { return finished().size() == 1; }));
  again.stop();
  EXPECT_EQ(ask("SELECT count(*) FROM authd.referral_payout"), "100");
  EXPECT_EQ(faults(), "");
}

TEST_F(PayoutClockTest, OutlivesPostgres) {
  add_members(1, 1);
  owe(1, 1, 200);
  set_now("2024-03-09 12:00:00+00");
  clock_.payout.connection.connect_timeout = std::chrono::seconds(1);
  PayoutClock clock(clock_);
  Cluster::stop();
  EXPECT_TRUE(wait_until([&] { return !clock.status().last_error.empty(); }));
  Cluster::start();
  reconnect();
  set_now("2024-03-10 12:00:00+00");
  EXPECT_TRUE(wait_until([&] { return finished().size() == 1; }));
  EXPECT_TRUE(wait_until([&] { return clock.status().last_error.empty(); }));
  clock.stop();
  EXPECT_EQ(faults(), "");
}

TEST_F(PayoutClockTest, KeepsNoProgramFromBeingPaidByAnothersError) {
  add_program("other");
  add_members(11, 11, "other");
  owe(11, 11, 300);
  set_now("2024-03-10 12:00:00+00");
  ask("CREATE FUNCTION authd.refuse_run() RETURNS trigger LANGUAGE plpgsql AS $$"
      " BEGIN RAISE EXCEPTION 'not this one'; END $$;"
      " CREATE TRIGGER refuse_run BEFORE INSERT ON authd.referral_payout_run"
      " FOR EACH ROW WHEN (NEW.program = 'demo') EXECUTE FUNCTION authd.refuse_run()");
  PayoutClock clock(clock_);
  EXPECT_TRUE(wait_until([&] { return finished("other").size() == 1; }));
  EXPECT_TRUE(wait_until(
      [&] { return clock.status().last_error.find("not this one") != std::string::npos; }));
  clock.stop();
  EXPECT_EQ(faults(), "");
}

}  // namespace

}  // namespace authd::test
