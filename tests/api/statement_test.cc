// Statements: what they begin with and all that is posted make what they end with.

#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "authd/api/rfc3339.h"
#include "authd/api/statement_format.h"
#include "tests/api/money_fixture.h"

namespace authd::test {

namespace {

class Statements : public MoneyTest {
 protected:
  static std::string target(core::Timestamp from, core::Timestamp to) {
    return "/v1/accounts/1/statement?from=" + api::to_rfc3339(from) + "&to=" + api::to_rfc3339(to);
  }
  std::int64_t fee(std::int64_t minor) {
    post("/v1/accounts/1/fees", R"({"amount":)" + usd(minor) + R"(,"reference":"=1+1"})");
    return minor;
  }
  static std::int64_t minor(const ApiAnswer& answer, const std::string& member) {
    return answer.at(member + ".minor").get_int64();
  }
};

const core::Timestamp start = core::test::noon;
core::Timestamp after(std::int64_t us) { return {start.unix_us + us}; }

TEST_F(Statements, LeadFromTheOpeningToTheClosingBalance) {
  ledger().advance(core::us_per_s);
  fee(1);
  ledger().advance(core::us_per_s);
  fee(20);
  ask("m1", 1'000);  // holds, which is not posted
  tell(core::EventKind::cleared, "n1", "m1", 1'100);
  ledger().advance(core::us_per_s);
  fee(300);

  const ApiAnswer all = get(target(after(-1), after(core::us_per_day)));
  ASSERT_EQ(all.status, 200) << all.body;
  EXPECT_EQ(minor(all, "opening"), 0);
  EXPECT_EQ(minor(all, "closing"), 10'000 - 1 - 20 - 1'100 - 300);
  const auto movements = all.at("movements").get_array();
  std::int64_t balance = 0;
  ASSERT_EQ(movements.size(), 5U);
  for (const auto& movement : movements) {
    balance += minor_at(movement.get_object(), "amount");
    EXPECT_EQ(minor_at(movement.get_object(), "balance"), balance);
  }
  EXPECT_EQ(balance, minor(all, "closing"));
  EXPECT_EQ(string_at(movements[3].get_object(), "kind"), "clearing");

  // What is posted at the beginning is within, what is posted at the end is not.
  const ApiAnswer part = get(target(after(core::us_per_s), after(2 * core::us_per_s)));
  EXPECT_EQ(minor(part, "opening"), 10'000);
  EXPECT_EQ(minor(part, "closing"), 9'999);
  EXPECT_EQ(part.at("movements").get_array().size(), 1U);
  const ApiAnswer further = get(target(after(core::us_per_s + 1), after(2 * core::us_per_s + 1)));
  EXPECT_EQ(minor(further, "opening"), 9'999);
  EXPECT_EQ(minor(further, "closing"), 9'979);
  const ApiAnswer before = get(target(after(-2), after(-1)));
  EXPECT_EQ(minor(before, "closing"), 0);
  EXPECT_TRUE(before.at("movements").get_array().empty());
}

TEST_F(Statements, AreCsvWhereThatIsAskedFor) {
  ask("m1", 100);
  tell(core::EventKind::cleared, "n1", "m1", 100);
  const std::string card_line = "2026-11-02T12:00:02.000000Z,clearing,-100,9900,USD,,card-1,,,1,";
  ledger().advance(core::us_per_s);
  fee(5);
  const std::string path = target(after(1), after(core::us_per_day));
  const ApiAnswer csv = get(path + "&format=csv");
  EXPECT_EQ(csv.field("content-type"), "text/csv; charset=utf-8");
  EXPECT_EQ(csv.body.find("booked_at,kind,amount_minor,balance_minor,currency,merchant,card,"
                          "transfer,reference,shard,sequence\r\n"
                          "2026-11-02T12:00:00.000001Z,opening,0,10000,USD,,,,,,\r\n" +
                          card_line),
            0U)
      << csv.body;
  EXPECT_NE(csv.body.find(",fee,-5,9895,USD,,,tr_"), std::string::npos);
  EXPECT_NE(csv.body.find(",\"'=1+1\",1,"), std::string::npos) << "a spreadsheet would calculate";
  EXPECT_TRUE(csv.body.ends_with("Z,closing,0,9895,USD,,,,,,\r\n"));
  EXPECT_EQ(get(path, "Accept: text/csv\r\n").body, csv.body);
  EXPECT_EQ(get(path, "Accept: application/json, text/csv;q=0.5\r\n").at("opening.minor"), 10'000);
  EXPECT_EQ(get(path + "&format=json", "Accept: text/csv\r\n").at("opening.minor"), 10'000);
}

TEST_F(Statements, AreRefusedWithoutAPeriodOrToOthers) {
  EXPECT_EQ(get("/v1/accounts/1/statement").status, 400);
  EXPECT_EQ(get(target(start, start)).status, 400);
  EXPECT_EQ(get(target(start, after(1)), other_key()).status, 404);
  EXPECT_EQ(get(target(start, after(1)), demo_key()).status, 200);
  EXPECT_EQ(get(target(start, after(1)), key("demo", {api::Scope::money_read})).status, 403);
}

TEST_F(Statements, AreNotMadeOfMonthsInArchiveFiles) {
  const std::string path = target(start, after(core::us_per_day));
  EXPECT_EQ(get(path).status, 200);
  sql("INSERT INTO authd.archive_file (row_count, plain_bytes, gzip_bytes, dropped_at, month, part,"
      " schema_version, history_table, path, row_digest, plain_sha256, gzip_sha256, columns)"
      " VALUES (1, 1, 1, now(), '2026-11-01', 1, 8, 'posting', 'p', '0', repeat('0', 64),"
      " repeat('0', 64), '{}')");
  const ApiAnswer archived = get(path);
  EXPECT_EQ(archived.status, 409);
  EXPECT_EQ(archived.problem(), "wrong-state");
}

// Not one that hides what the ledger holds.
TEST_F(Statements, AreNotMadeWhenTheyDoNotAddUp) {
  fee(1);
  sql("INSERT INTO authd.balance_at (account_id, at, posted_minor, held_minor)"
      " VALUES (1, '2026-12-01', 5, 0)");
  const ApiAnswer wrong = get(target(start, core::Timestamp{1'796'083'200'000'000 + 1}));
  EXPECT_EQ(wrong.status, 500);
  EXPECT_EQ(wrong.problem(), "internal");
}

TEST_F(Statements, HaveAtMostTwentyThousandMovements) {
  const auto insert = [&](int first, int last) {
    const std::string range =
        "generate_series(" + std::to_string(first) + ", " + std::to_string(last) + ") AS n";
    const std::string at = "'2026-11-03'::timestamptz + n * interval '1 ms'";
    sql("INSERT INTO authd.journal_entry (shard, seq, kind, account_id, booked_at, program)"
        " SELECT 2, n, 12, 1, " +
        at + ", 'demo' FROM " + range);
    sql("INSERT INTO authd.posting (shard, seq, booked_at, leg, book, account_id, amount_minor,"
        " currency) SELECT 2, n, " +
        at +
        ", leg, CASE leg WHEN 1 THEN 1 ELSE 7 END, 1,"
        " CASE leg WHEN 1 THEN -1 ELSE 1 END, 'USD' FROM " +
        range + ", generate_series(1, 2) AS leg");
  };
  const std::string path = target(after(1), after(2 * core::us_per_day)) + "&format=csv";
  insert(1, 20'000);
  EXPECT_EQ(get(path).status, 200);
  insert(20'001, 20'001);
  EXPECT_EQ(get(path).status, 400);
}

TEST(StatementFormat, PrefersWhatStandsFirst) {
  EXPECT_TRUE(api::prefers_csv("text/csv"));
  EXPECT_TRUE(api::prefers_csv("text/html, Text/CSV ;q=0.9, */*"));
  EXPECT_FALSE(api::prefers_csv(""));
  EXPECT_FALSE(api::prefers_csv("*/*, text/csv"));
  EXPECT_FALSE(api::prefers_csv("application/json,text/csv"));
  EXPECT_FALSE(api::prefers_csv("text/csvx"));
}

TEST(StatementFormat, QuotesWhatCsvNeeds) {
  api::AccountStatement statement;
  statement.wallet.currency = core::test::usd;
  api::AccountStatement::Movement movement;
  movement.entry.kind = "fee";
  movement.entry.merchant.name = "a\"b,c";
  movement.entry.reference = "two\r\nlines";
  statement.movements.push_back(movement);
  EXPECT_NE(api::to_csv(statement).find(R"(,"a""b,c",,,"two)"
                                        "\r\nlines\",0,0\r\n"),
            std::string::npos);
}

}  // namespace

}  // namespace authd::test
