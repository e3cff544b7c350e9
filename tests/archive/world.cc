#include "tests/archive/world.h"

#include <chrono>

namespace authd::test {

namespace {

using store::Month;

// $1: first sequence, $2: how many authorizations, $3: the month's first day. Each of them is
// asked for, then cleared in part; a top-up and a transfer between wallets come with it.
std::string story(int first, int count, const std::string& day) {
  const std::string rows =
      "(SELECT i, " + std::to_string(first) + " + 4 * (i - 1) AS seq, timestamptz '" + day +
      " 00:00:00Z' + i * interval '27 days' / " + std::to_string(count + 1) +
      " AS at, 1 + i % 20 AS account, 100 + 7 * i AS minor FROM generate_series(1, " +
      std::to_string(count) + ") AS i) AS s";
  const std::string programs = "CASE WHEN i % 3 = 0 THEN 'other' ELSE 'demo' END";
  return "SELECT authd.ensure_month('" + day +
         "');"
         "INSERT INTO authd.decision (shard, seq, decided_at, program, message_id, card_token, "
         "account_id, kind,"
         " amount_minor, currency, approved_minor, reason, authorization_id, posted_after_minor,"
         " available_after_minor, partial_allowed, explanation, merchant_name, merchant_id)"
         " SELECT 1, seq, at, " +
         programs +
         ", 'm' || seq, 'c' || account, account, 1, minor, 'USD', minor, 0, seq, 0, 0,"
         "  i % 2 = 0, decode(md5(i::text), 'hex'),"
         "  (ARRAY['', 'plain', 'a,b', 'say \"so\"', E'two\\nlines', E'back\\\\slash', '(寿司)', "
         "NULL, E'\\\\.', ' x ', E'\\r'])[1 + i % 11],"
         "  CASE WHEN i % 4 = 0 THEN NULL ELSE 'id' || i END FROM " +
         rows +
         ";"
         "INSERT INTO authd.event (shard, seq, booked_at, kind, authorization_id, account_id, "
         "currency, held_minor,"
         " posted_minor, pending_credit_minor, unasked, over_captured, late, ghost, below_zero, "
         "program, notice_id,"
         " amount_minor, final, timed_out)"
         " SELECT 1, seq + 1, at, 8, seq, account, 'USD', -minor, -minor, 0, false, i % 5 = 0, "
         "false, false, false, " +
         programs + ", 'n' || seq, minor, true, false FROM " + rows +
         ";"
         "INSERT INTO authd.journal_entry (shard, seq, kind, program, account_id, "
         "other_account_id, booked_at)"
         " SELECT 1, seq + n, kind, " +
         programs + ", account, CASE WHEN kind = 13 THEN 1 + (account + 4) % 20 END, at FROM " +
         rows +
         ", (VALUES (0, 2), (1, 6), (2, 10), (3, 13)) AS k(n, kind);"
         "INSERT INTO authd.posting (shard, seq, booked_at, leg, book, account_id, amount_minor, "
         "currency)"
         " SELECT 1, seq + n, at, leg, book, CASE WHEN other THEN 1 + (account + 4) % 20 ELSE "
         "account END, sign * minor, 'USD' FROM " +
         rows +
         ", (VALUES (0, 1, 1, -1, false), (0, 2, 2, 1, false), (1, 1, 2, -1, false), (1, 2, 4, 1, "
         "false),"
         "          (2, 1, 1, 2, false), (2, 2, 3, -2, false), (3, 1, 1, -1, false), (3, 2, 1, 1, "
         "true)) AS l(n, leg, book, sign, other)";
}

}  // namespace

const std::vector<std::string>& ArchiveTest::tables() {
  static const std::vector<std::string> names{"decision", "event", "journal_entry", "posting"};
  return names;
}

void ArchiveTest::SetUp() {
  LedgerTest::SetUp();
  connection_ = std::make_unique<store::Connection>(connect());
  now_ = {std::chrono::duration_cast<std::chrono::microseconds>(
              std::chrono::system_clock::now().time_since_epoch())
              .count()};
  query(*connection_, "CREATE SCHEMA original");
  for (const std::string& table : tables()) {
    query(*connection_, "CREATE TABLE original." + table + " (LIKE authd." + table + ")");
  }
  ASSERT_TRUE(connection_->exec(
      "INSERT INTO authd.account (id, currency, status, opening_minor, opened_at, program)"
      " SELECT i, 'USD', 1, 1000 * i, timestamptz '" +
      month(months_).date() +
      " 00:00:00Z' + i * interval '1 hour', 'demo' FROM generate_series(1, 20) AS i;"
      "INSERT INTO original.journal_entry SELECT * FROM authd.journal_entry;"
      "INSERT INTO original.posting SELECT * FROM authd.posting"));
  for (int age = months_; age >= -1; --age) record_late(month(age), 20 + age);
}

void ArchiveTest::record_late(Month month, int authorizations) {
  const std::string rows = " WHERE shard = 1 AND seq >= " + std::to_string(next_);
  const auto told = connection_->exec(story(next_, authorizations, month.date()));
  ASSERT_TRUE(told) << told.error().message;
  for (const std::string& table : tables()) {
    query(*connection_, "INSERT INTO original." + table + " SELECT * FROM authd." + table + rows);
  }
  next_ += 4 * authorizations;
}

store::ArchiveOptions ArchiveTest::options() const {
  store::ArchiveOptions options;
  options.directory = directory_.path() / "archive";
  options.now = now_;
  return options;
}

std::vector<store::ArchiveOutcome> ArchiveTest::run(const store::ArchiveOptions& options) {
  auto archive = store::Archive::open(*connection_, options);
  if (!archive) {
    ADD_FAILURE() << static_cast<int>(archive.error().code);
    return {};
  }
  const auto outcomes = archive->run();
  EXPECT_TRUE(outcomes) << static_cast<int>(outcomes.error().code) << " "
                        << outcomes.error().postgres.message << " " << outcomes.error().path;
  return outcomes ? *outcomes : std::vector<store::ArchiveOutcome>{};
}

void ArchiveTest::restore(Month month) {
  auto archive = store::Archive::open(*connection_, options());
  ASSERT_TRUE(archive);
  const auto restored = archive->restore(month);
  ASSERT_TRUE(restored) << static_cast<int>(restored.error().code) << " "
                        << restored.error().postgres.message;
}

void ArchiveTest::expect_all_there() {
  store::Catalog catalog(*connection_);
  ASSERT_TRUE(connection_->exec("SET DateStyle = ISO; SET bytea_output = hex"));
  const auto known = catalog.tables();
  ASSERT_TRUE(known);
  const auto places = catalog.places(30);
  ASSERT_TRUE(places);
  for (const store::HistoryTable& table : *known) {
    store::RowDigest found = *catalog.digest("authd." + table.name + "_history", table.columns);
    for (const store::MonthPlace& place : *places) {
      for (const store::ArchiveFile& file : files(place.month)) {
        if (file.table == table.name && file.dropped) found.add(file.digest);
      }
    }
    const store::RowDigest expected = *catalog.digest("original." + table.name, table.columns);
    EXPECT_EQ(found.rows(), expected.rows()) << table.name;
    EXPECT_EQ(found, expected) << table.name;
  }
  EXPECT_EQ(text("SELECT string_agg(t::text, ' ' ORDER BY t::text) FROM authd.trial_balance AS t"),
            text("SELECT string_agg(t::text, ' ' ORDER BY t::text) FROM (SELECT CASE WHEN e.kind = "
                 "1 OR p.book IN (1, 2)"
                 " THEN 'demo' ELSE e.program END, b.name, p.currency, sum(p.amount_minor) FROM "
                 "original.posting AS p"
                 " JOIN original.journal_entry AS e USING (shard, seq) JOIN authd.book AS b USING "
                 "(book) GROUP BY 1, 2, 3) AS t"));
  auto archive = store::Archive::open(*connection_, options());
  ASSERT_TRUE(archive);
  const auto findings = archive->verify({});
  ASSERT_TRUE(findings);
  for (const store::ArchiveFinding& finding : *findings) {
    EXPECT_FALSE(finding.wrong) << finding.path;
  }
}

int ArchiveTest::tables_of(Month month, const std::string& schema) {
  return std::stoi(text("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = '" +
                        schema + "'::regnamespace AND relname LIKE '%" + month.suffix() + "'"));
}

std::vector<store::ArchiveFile> ArchiveTest::files(Month month) {
  const auto found = store::Catalog(*connection_).files(month);
  EXPECT_TRUE(found);
  return found ? *found : std::vector<store::ArchiveFile>{};
}

std::string refusals(const std::vector<store::ArchiveOutcome>& outcomes) {
  std::string list;
  for (const store::ArchiveOutcome& outcome : outcomes) {
    if (!outcome.refused) continue;
    const bool needed = outcome.refused->code == store::ArchiveError::Code::needed;
    list += (list.empty() ? "" : ", ") + outcome.month.text() + (needed ? " needed" : " busy");
  }
  return list;
}

}  // namespace authd::test
