// What the ledger refuses by itself, whoever writes.

#include <gtest/gtest.h>

#include "tests/postgres/cluster.h"

namespace authd::test {

namespace {

class Ledger : public LedgerTest {};

constexpr const char* check_violation = "23514";
constexpr const char* restrict_violation = "23001";
constexpr const char* unique_violation = "23505";
constexpr const char* insufficient_privilege = "42501";

TEST_F(Ledger, RefusesAnEntryThatDoesNotBalance) {
  auto connection = connect();
  const std::string insert =
      "INSERT INTO authd.posting (booked_at, shard, seq, leg, book, account_id, amount_minor, "
      "currency) "
      "VALUES ";
  EXPECT_EQ(
      refused(connection,
              insert + "(now(), 1, 1, 1, 1, 7, -100, 'USD'), (now(), 1, 1, 2, 2, 7, 99, 'USD')"),
      check_violation);
  EXPECT_EQ(
      refused(connection,
              insert + "(now(), 1, 1, 1, 1, 7, -100, 'USD'), (now(), 1, 1, 2, 2, 7, 100, 'EUR')"),
      check_violation);
  EXPECT_EQ(
      refused(connection,
              insert + "(now(), 1, 1, 1, 1, 7, -100, 'USD'), (now(), 1, 2, 1, 2, 7, 100, 'USD')"),
      check_violation);
  EXPECT_EQ(refused(connection, insert + "(now(), 1, 1, 1, 1, 7, -100, 'USD')"), check_violation);
  query(connection,
        insert + "(now(), 1, 1, 1, 1, 7, -100, 'USD'), (now(), 1, 1, 2, 2, 7, 100, 'USD')");
}

TEST_F(Ledger, RefusesAnUnbalancedCopy) {
  auto connection = connect();
  store::CopyRows rows;
  for (std::int64_t seq = 1; seq <= 3'000; ++seq) {
    for (std::int16_t leg = 1; leg <= 2; ++leg) {
      rows.row(8);
      rows.time({1'793'620'800'000'000});
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
      "COPY authd.posting (booked_at, shard, seq, leg, book, account_id, amount_minor, currency)"
      " FROM STDIN BINARY",
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

TEST_F(Ledger, BooksAMessageOfOneMomentOnce) {
  auto connection = connect();
  const auto insert = [](int shard, int seq, const std::string& program) {
    return "INSERT INTO authd.decision (shard, seq, decided_at, program, message_id, card_token,"
           " kind, amount_minor, currency, approved_minor, reason, posted_after_minor,"
           " available_after_minor) VALUES (" +
           std::to_string(shard) + ", " + std::to_string(seq) + ", date_trunc('month', now()), '" +
           program + "', 'm1', 'card', 1, 5, 'USD', 0, 130, 0, 0)";
  };
  query(connection, insert(1, 1, "a"));
  query(connection, insert(1, 2, "b"));
  EXPECT_EQ(refused(connection, insert(1, 1, "c")), unique_violation);  // the same record
  EXPECT_EQ(refused(connection, insert(1, 3, "a")), unique_violation);  // the same message
  EXPECT_EQ(refused(connection, insert(2, 1, "a")), unique_violation);  // in another shard
}

TEST_F(Ledger, OpensAnAccountWithItsBalanceAndItsEntry) {
  auto connection = connect();
  query(connection,
        "INSERT INTO authd.account (id, currency, status, opening_minor, opened_at)"
        " VALUES (1, 'USD', 1, 700, '2019-03-31T23:59:59Z'), (2, 'EUR', 1, -5, '2019-04-01Z'),"
        " (3, 'USD', 1, 0, '2019-04-01Z')");
  EXPECT_EQ(query_text(connection,
                       "SELECT string_agg(concat_ws(':', account_id, posted_minor, held_minor), ' '"
                       " ORDER BY account_id) FROM authd.balance"),
            "1:700:0 2:-5:0 3:0:0");
  EXPECT_EQ(query_text(connection,
                       "SELECT string_agg(concat_ws(':', (SELECT relname FROM pg_class WHERE oid = "
                       "p.tableoid), account_id, book,"
                       " amount_minor, kind), ' ' ORDER BY account_id, leg) FROM authd.posting AS p"
                       " JOIN authd.journal_entry USING (shard, seq, booked_at, account_id)"),
            "posting_2019_03:1:1:700:1 posting_2019_03:1:3:-700:1"
            " posting_2019_04:2:1:-5:1 posting_2019_04:2:3:5:1");
  EXPECT_EQ(query_text(connection,
                       "SELECT string_agg(concat_ws(':', book, currency, minor), ' ' ORDER BY"
                       " currency, book) FROM authd.trial_balance WHERE program = '-'"),
            "funding:EUR:5 wallet:EUR:-5 funding:USD:-700 wallet:USD:700");
}

TEST_F(Ledger, KeepsEachMonthApartAndAsStrict) {
  auto connection = connect();
  for (int i = 0; i < 2; ++i) query(connection, "SELECT authd.ensure_month('2020-02-29')");
  EXPECT_EQ(query_text(connection,
                       "SELECT count(*) FROM pg_inherits WHERE inhrelid::regclass::text LIKE"
                       " '%_2020_02'"),
            "4");
  const std::string insert =
      "INSERT INTO authd.posting_2020_02 (booked_at, shard, seq, leg, book, account_id,"
      " amount_minor, currency) VALUES ";
  EXPECT_EQ(refused(connection, insert + "('2020-02-01Z', 1, 1, 1, 1, 7, -100, 'USD')"),
            check_violation);
  EXPECT_EQ(refused(connection, insert + "('2020-03-01Z', 1, 1, 1, 1, 7, -100, 'USD'),"
                                         " ('2020-03-01Z', 1, 1, 2, 2, 7, 100, 'USD')"),
            check_violation);  // not its month
  query(connection, insert +
                        "('2020-02-01Z', 1, 1, 1, 1, 7, -100, 'USD'),"
                        " ('2020-02-29 23:59:59.999999Z', 1, 1, 2, 2, 7, 100, 'USD')");
  for (const std::string table : {"decision", "event", "journal_entry", "posting"}) {
    for (const std::string change :
         {"UPDATE authd.$ SET seq = seq", "DELETE FROM authd.$", "TRUNCATE authd.$"}) {
      std::string statement = change;
      statement.replace(statement.find('$'), 1, table + "_2020_02");
      EXPECT_EQ(refused(connection, statement), restrict_violation) << statement;
    }
  }
  EXPECT_EQ(query_text(connection, "SELECT count(*) FROM authd.posting_history"), "2");
}

TEST_F(Ledger, HasTheMonthsToCome) {
  auto connection = connect();
  EXPECT_EQ(query_text(connection,
                       "SELECT count(*) FROM generate_series(0, 2) AS n WHERE to_regclass("
                       "to_char(now() AT TIME ZONE 'UTC' + n * interval '1 month',"
                       " '\"authd\".\"posting_\"YYYY_MM')) IS NOT NULL"),
            "3");
}

// What the roles of the daemon's connections may not, each with its statement.
TEST_F(Ledger, LetsTheDrainAddAndNothingElse) {
  auto connection = connect();
  query(connection, "INSERT INTO authd.account (id, currency, status) VALUES (1, 'USD', 1)");
  query(connection, "SET ROLE authd_drain");
  query(connection,
        "INSERT INTO authd.posting (booked_at, shard, seq, leg, book, account_id, amount_minor,"
        " currency) VALUES (now(), 1, 1, 1, 1, 1, 5, 'USD'), (now(), 1, 1, 2, 2, 1, -5, 'USD')");
  query(connection, "UPDATE authd.balance SET posted_minor = 5");
  for (const std::string table : {"decision", "event", "journal_entry", "posting"}) {
    EXPECT_EQ(refused(connection, "UPDATE authd." + table + " SET seq = 1"),
              insufficient_privilege);
    EXPECT_EQ(refused(connection, "DELETE FROM authd." + table), insufficient_privilege);
    EXPECT_EQ(refused(connection, "TRUNCATE authd." + table), insufficient_privilege);
  }
  for (const std::string statement :
       {"DELETE FROM authd.balance", "DELETE FROM authd.account", "DELETE FROM authd.authorization",
        "UPDATE authd.account SET opening_minor = 1", "SELECT hash FROM authd.api_key",
        "INSERT INTO authd.credit (account_id, amount_minor, currency) VALUES (1, 5, 'USD')",
        "UPDATE authd.holder SET kyc = 3", "DROP TABLE authd.posting_2020_02",
        "ALTER TABLE authd.posting DISABLE TRIGGER balanced"}) {
    const std::string state = refused(connection, statement);
    EXPECT_TRUE(state == insufficient_privilege || state == "42P01") << statement << ": " << state;
  }
}

TEST_F(Ledger, LetsTheApiChangeMasterDataAndNoMoney) {
  auto connection = connect();
  query(connection, "SET ROLE authd_api");
  query(connection, "INSERT INTO authd.holder (program) VALUES ('demo')");
  query(connection,
        "INSERT INTO authd.account (currency, status, program) VALUES ('USD', 1, 'demo')");
  query(connection, "UPDATE authd.account SET status = 2");
  for (const std::string statement :
       {"UPDATE authd.balance SET posted_minor = 5", "INSERT INTO authd.balance VALUES (7, 1)",
        "DELETE FROM authd.account", "UPDATE authd.account SET opening_minor = 1",
        "INSERT INTO authd.posting (booked_at, shard, seq, leg, book, account_id, amount_minor,"
        " currency) VALUES (now(), 1, 1, 1, 1, 1, 5, 'USD'), (now(), 1, 1, 2, 2, 1, -5, 'USD')",
        "UPDATE authd.api_key SET scopes = '{}'", "SELECT * FROM authd.change_log",
        "UPDATE authd.transfer SET status = 3", "UPDATE authd.shard SET drained_seq = 0"}) {
    EXPECT_EQ(refused(connection, statement), insufficient_privilege) << statement;
  }
}

TEST_F(Ledger, RemembersWhoChangedWhat) {
  auto connection = connect();
  query(connection, "INSERT INTO authd.holder (program, name) VALUES ('demo', 'Ada')");
  query(connection,
        "INSERT INTO authd.account (id, currency, status, holder_id) VALUES (1, 'USD', 1, 1)");
  query(connection, "SET authd.actor = 'key:abc'");
  query(connection, "UPDATE authd.holder SET kyc = 4");
  query(connection, "RESET authd.actor");
  EXPECT_EQ(query_text(connection, "SELECT kyc || ' ' || version FROM authd.account"), "4 2");
  query(connection, "UPDATE authd.account SET status = status");  // changes nothing
  EXPECT_EQ(query_text(connection,
                       "SELECT string_agg(concat_ws(' ', object, action, actor, before ->> 'kyc',"
                       " after ->> 'kyc'), '; ' ORDER BY id) FROM authd.change_log"),
            "holder insert authd 1; account insert authd 1; holder update key:abc 1 4;"
            " account update key:abc 1 4");
  EXPECT_EQ(refused(connection, "DELETE FROM authd.change_log"), restrict_violation);
}

TEST_F(Ledger, TakesCreditsOfTheAccountsCurrencyForGood) {
  auto connection = connect();
  query(connection, "INSERT INTO authd.account (id, currency, status) VALUES (1, 'USD', 1)");
  query(connection,
        "INSERT INTO authd.credit (account_id, amount_minor, currency) VALUES (1, 1, 'USD')");
  for (const std::string values :
       {"(1, 1, 'EUR')", "(1, 0, 'USD')", "(1, 9007199254740992, 'USD')"}) {
    EXPECT_EQ(refused(connection,
                      "INSERT INTO authd.credit (account_id, amount_minor, currency)"
                      " VALUES " +
                          values),
              check_violation)
        << values;
  }
  EXPECT_EQ(refused(connection, "UPDATE authd.credit SET amount_minor = 2"), restrict_violation);
  EXPECT_EQ(refused(connection, "DELETE FROM authd.credit"), restrict_violation);
}

}  // namespace

}  // namespace authd::test
