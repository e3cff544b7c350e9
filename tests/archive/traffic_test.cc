// Beside a drain that writes and readers that read all the time.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/archive/world.h"

namespace authd::test {
namespace {

class Traffic : public ArchiveTest {};

TEST_F(Traffic, SeesEveryRowOnceAllTheTime) {
  std::atomic<bool> stop{false};
  std::atomic<int> reads{0};
  std::atomic<int> writes{0};
  store::ArchiveOptions options = this->options();
  options.hot_months = 17;                    // four months are due, and those that come late
  options.warm_months = options.cold_months;  // nothing leaves the views
  const std::string count = text("SELECT count(*) FROM original.posting");
  const std::string statement =
      "SELECT (SELECT count(*) || ' ' || count(DISTINCT (shard, seq, leg)) FROM "
      "authd.posting_history WHERE shard < 2)"
      " || ' ' || (SELECT count(*) FROM authd.journal_entry_history JOIN authd.posting_history "
      "USING (shard, seq, booked_at)"
      " WHERE shard < 2)";
  const auto read = [&](const char* begin) {
    auto connection = connect();
    while (!stop) {
      query(connection, begin);
      EXPECT_EQ(query_text(connection, statement), count + " " + count + " " + count);
      query(connection, "COMMIT");
      ++reads;
    }
  };
  // As the drain does: what a month lacks is made, and after an error all is tried again.
  const auto write = [&] {
    auto connection = connect();
    for (int seq = 1; !stop; ++seq) {
      const std::string at =
          "timestamptz '" + month(16 + seq % 3).date() + " 00:00:00Z' + interval '1 day'";
      const auto written = connection.exec(
          "BEGIN; SELECT authd.ensure_month('" + month(16 + seq % 3).date() +
          "');"
          "INSERT INTO authd.decision (shard, seq, decided_at, program, message_id, card_token, "
          "kind, amount_minor, currency,"
          " approved_minor, reason, posted_after_minor, available_after_minor) VALUES (2, " +
          std::to_string(seq) + ", " + at + ", 'demo', 'w" + std::to_string(seq) +
          "', 'c', 1, 1, 'USD', 0, 1, 0, 0);"
          "INSERT INTO authd.posting (shard, seq, booked_at, leg, book, account_id, amount_minor, "
          "currency)"
          " SELECT 2, " +
          std::to_string(seq) + ", " + at +
          ", leg, leg, 1, 3 - 2 * leg, 'USD' FROM generate_series(1, 2) AS leg; COMMIT");
      if (written) {
        writes = seq;
        continue;
      }
      EXPECT_EQ(written.error().state(), "23514")
          << written.error().message;  // no partition: it has just left
      query(connection, "ROLLBACK");
      --seq;
    }
  };
  std::vector<std::thread> threads;
  threads.emplace_back(read, "BEGIN");
  threads.emplace_back(read, "BEGIN ISOLATION LEVEL REPEATABLE READ");
  threads.emplace_back(write);
  // A month may stay for the next run, as everybody is faster or slower than that.
  int complete = 0;
  for (int round = 0; round < 20 && complete < 3; ++round) {
    if (refusals(run(options)).empty()) ++complete;
    const int before = reads;
    while (reads < before + 3) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(complete, 3);
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(reads, 9);
  EXPECT_GE(writes, 3);
  EXPECT_EQ(text("SELECT count(*) FROM authd.decision_history WHERE shard = 2"),
            std::to_string(writes));
  EXPECT_EQ(text("SELECT count(DISTINCT seq) FROM authd.posting_history WHERE shard = 2"),
            std::to_string(writes));
  EXPECT_NE(text("SELECT count(*) FROM authd_archive.decision_" + month(17).suffix() +
                 " WHERE shard = 2"),
            "0");
}

TEST_F(Traffic, ThatHoldsTheTablesIsNotWaitedForForever) {
  auto reader = connect();
  query(reader, "BEGIN");
  query_text(reader, "SELECT count(*) FROM authd.event_history");
  store::ArchiveOptions options = this->options();
  options.hot_months = 20;
  options.warm_months = 40;
  EXPECT_EQ(refusals(run(options)), month(20).text() + " busy");
  EXPECT_EQ(tables_of(month(20), "authd"), 3);  // the decisions have gone before
  EXPECT_EQ(text("SELECT count(*) FROM authd.balance_at"), "0");
  expect_all_there();
  query(reader, "COMMIT");
  EXPECT_EQ(refusals(run(options)), "");
  EXPECT_EQ(tables_of(month(20), "authd_archive"), 4);
  expect_all_there();
}

TEST_F(Traffic, MayHaveInterruptedADetachByHand) {
  auto reader = connect();
  query(reader, "BEGIN");
  query_text(reader, "SELECT count(*) FROM authd.event");
  query(*connection_, "SET statement_timeout = 300");
  EXPECT_EQ(refused(*connection_, "ALTER TABLE authd.event DETACH PARTITION authd.event_" +
                                      month(20).suffix() + " CONCURRENTLY"),
            "57014");
  query(*connection_, "SET statement_timeout = 60000");
  query(reader, "COMMIT");
  ASSERT_EQ(text("SELECT count(*) FROM pg_inherits WHERE inhdetachpending"), "1");
  ASSERT_TRUE(connection_->exec("ALTER TABLE authd.posting DETACH PARTITION authd.posting_" +
                                month(20).suffix()));
  store::ArchiveOptions options = this->options();
  options.warm_months = 40;
  EXPECT_EQ(refusals(run(options)), "");
  EXPECT_EQ(tables_of(month(20), "authd_archive"), 4);
  expect_all_there();
}

}  // namespace
}  // namespace authd::test
