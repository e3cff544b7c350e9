// What the ledger refuses by itself, whoever writes.

#include <gtest/gtest.h>

#include "tests/postgres/cluster.h"

namespace authd::test {

namespace {

class Ledger : public LedgerTest {};

constexpr const char* check_violation = "23514";
constexpr const char* restrict_violation = "23001";
constexpr const char* unique_violation = "23505";

TEST_F(Ledger, RefusesAnEntryThatDoesNotBalance) {
  auto connection = connect();
  const std::string insert =
      "INSERT INTO authd.posting (shard, seq, leg, book, account_id, amount_minor, currency) "
      "VALUES ";
  EXPECT_EQ(
      refused(connection, insert + "(1, 1, 1, 1, 7, -100, 'USD'), (1, 1, 2, 2, 7, 99, 'USD')"),
      check_violation);
  EXPECT_EQ(
      refused(connection, insert + "(1, 1, 1, 1, 7, -100, 'USD'), (1, 1, 2, 2, 7, 100, 'EUR')"),
      check_violation);
  EXPECT_EQ(
      refused(connection, insert + "(1, 1, 1, 1, 7, -100, 'USD'), (1, 2, 1, 2, 7, 100, 'USD')"),
      check_violation);
  EXPECT_EQ(refused(connection, insert + "(1, 1, 1, 1, 7, -100, 'USD')"), check_violation);
  query(connection, insert + "(1, 1, 1, 1, 7, -100, 'USD'), (1, 1, 2, 2, 7, 100, 'USD')");
}

TEST_F(Ledger, RefusesAnUnbalancedCopy) {
  auto connection = connect();
  store::CopyRows rows;
  for (std::int64_t seq = 1; seq <= 3'000; ++seq) {
    for (std::int16_t leg = 1; leg <= 2; ++leg) {
      rows.row(7);
      rows.number(std::int32_t{1});
      rows.number(seq);
      rows.number(leg);
      rows.number(leg);
      rows.number(std::int64_t{7});
      rows.number(std::int64_t{leg == 1 ? -5 : seq == 2'999 ? 6 : 5});
      rows.text("USD");
    }
  }
  const auto failed = connection.copy_in(
      "COPY authd.posting (shard, seq, leg, book, account_id, amount_minor, currency) FROM STDIN "
      "BINARY",
      rows);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().state(), check_violation);
  EXPECT_NE(failed.error().message.find("entry 2999 of shard 1"), std::string::npos);
  EXPECT_EQ(query_text(connection, "SELECT count(*) FROM authd.posting"), "0");
}

TEST_F(Ledger, NeverForgetsOrRewritesWhatWasBooked) {
  auto connection = connect();
  for (const std::string table : {"decision", "event", "journal_entry", "posting"}) {
    EXPECT_EQ(refused(connection, "UPDATE authd." + table + " SET seq = seq + 1"),
              restrict_violation);
    EXPECT_EQ(refused(connection, "DELETE FROM authd." + table), restrict_violation);
    EXPECT_EQ(refused(connection, "TRUNCATE authd." + table), restrict_violation);
  }
}

TEST_F(Ledger, BooksAMessageOnce) {
  auto connection = connect();
  const auto insert = [](int shard, int seq, const std::string& program) {
    return "INSERT INTO authd.decision (shard, seq, decided_at, program, message_id, card_token, "
           "kind,"
           " amount_minor, currency, approved_minor, reason, posted_after_minor, "
           "available_after_minor)"
           " VALUES (" +
           std::to_string(shard) + ", " + std::to_string(seq) + ", now(), '" + program +
           "', 'm1', 'card', 1, 5, 'USD', 0, 130, 0, 0)";
  };
  query(connection, insert(1, 1, "a"));
  query(connection, insert(1, 2, "b"));
  EXPECT_EQ(refused(connection, insert(1, 1, "c")), unique_violation);  // the same record
  EXPECT_EQ(refused(connection, insert(1, 3, "a")), unique_violation);  // the same message
  EXPECT_EQ(refused(connection, insert(2, 1, "a")), unique_violation);  // in another shard
}

}  // namespace

}  // namespace authd::test
