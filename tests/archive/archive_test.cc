#include "store/archive/archive.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/archive/world.h"

namespace authd::test {
namespace {

using store::Archive;
using store::ArchiveAction;
using store::Month;
using Code = store::ArchiveError::Code;
namespace fs = std::filesystem;

class ArchiveLife : public ArchiveTest {
 protected:
  ArchiveLife() : ArchiveTest(30) {}

  std::set<int> ages(const std::string& place) {
    std::set<int> found;
    const auto places = store::Catalog(*connection_).places(30);
    for (const store::MonthPlace& p : *places) {
      if ((place == "hot" && p.hot) || (place == "warm" && p.warm) || (place == "cold" && p.cold) ||
          (place == "deleted" && p.deleted)) {
        found.insert(p.month.age(now_));
      }
    }
    return found;
  }
  static std::set<int> between(int first, int last) {
    std::set<int> all;
    for (int age = first; age <= last; ++age) all.insert(age);
    return all;
  }
};

TEST_F(ArchiveLife, MovesEachMonthExactlyAtItsAge) {
  store::ArchiveOptions options = this->options();
  options.hot_months = 3;
  options.warm_months = 12;
  options.cold_months = 20;
  options.delete_after_months = 28;
  const auto outcomes = run(options);
  EXPECT_EQ(refusals(outcomes), "");
  EXPECT_EQ(outcomes.size(), 28U + 19U + 3U);
  // This month, and those that were made ahead of time.
  EXPECT_EQ(*ages("hot").rbegin(), 2);
  EXPECT_EQ(ages("warm"), between(3, 11));
  EXPECT_EQ(ages("cold"), between(12, 27));
  EXPECT_EQ(ages("deleted"), between(28, 30));
  EXPECT_TRUE(run(options).empty());
}

TEST_F(ArchiveLife, KeepsEveryRowOnceOnAllItsWay) {
  expect_all_there();
  store::ArchiveOptions options = this->options();
  options.hot_months = 25;
  run(options);
  expect_all_there();
  options.warm_months = 27;
  run(options);
  expect_all_there();
  options.hot_months = 1;
  options.warm_months = 4;  // what is younger the state may be rebuilt from
  EXPECT_EQ(refusals(run(options)), "");
  expect_all_there();
  EXPECT_EQ(ages("warm"), between(1, 3));
}

TEST_F(ArchiveLife, SaysWhatIsDueWithoutDoingIt) {
  auto archive = Archive::open(*connection_, options());
  ASSERT_TRUE(archive);
  const auto due = archive->due();
  ASSERT_TRUE(due);
  ASSERT_EQ(due->size(), 28U + 19U);
  EXPECT_EQ(due->front().month, month(30));
  EXPECT_EQ(due->front().action, ArchiveAction::to_warm);
  EXPECT_EQ((*due)[1].month, month(30));
  EXPECT_EQ((*due)[1].action, ArchiveAction::to_cold);
  EXPECT_EQ(due->back().month, month(3));
  EXPECT_EQ(ages("warm"), std::set<int>{});
  EXPECT_FALSE(fs::exists(options().directory));
}

TEST_F(ArchiveLife, DeletesFilesThatAreOldEnoughAndKeepsTheirLines) {
  run(options());
  const auto lines = files(month(30));
  ASSERT_EQ(lines.size(), 4U);
  store::ArchiveOptions options = this->options();
  options.cold_months = 20;
  options.delete_after_months = 30;
  run(options);
  for (const store::ArchiveFile& line : lines)
    EXPECT_FALSE(fs::exists(options.directory / line.path));
  EXPECT_TRUE(fs::exists(options.directory / files(month(29))[0].path));
  EXPECT_TRUE(fs::exists(options.directory / "manifest" / (month(30).text() + ".json")));
  for (const store::ArchiveFile& line : files(month(30))) EXPECT_TRUE(line.deleted);
  expect_all_there();  // its lines say what it was
  auto archive = Archive::open(*connection_, options);
  const auto restored = archive->restore(month(30));
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, Code::deleted);
}

TEST_F(ArchiveLife, RestoresAMonthRowForRow) {
  run(options());
  restore(month(14));
  for (const std::string& table : tables()) {
    const std::string column = table == "decision" ? "decided_at" : "booked_at";
    const std::string was = "SELECT * FROM original." + table + " WHERE date_trunc('month', " +
                            column + " AT TIME ZONE 'UTC') = '" + month(14).date() + "'";
    const std::string is = "SELECT * FROM authd_archive." + table + "_" + month(14).suffix();
    EXPECT_EQ(text("SELECT count(*) FROM (" + was + " EXCEPT ALL " + is + ") AS t"), "0");
    EXPECT_EQ(text("SELECT count(*) FROM (" + is + " EXCEPT ALL " + was + ") AS t"), "0");
    EXPECT_NE(text("SELECT count(*) FROM (" + is + ") AS t"), "0");
    EXPECT_EQ(
        refused(*connection_, "DELETE FROM authd_archive." + table + "_" + month(14).suffix()),
        "23001");
  }
  expect_all_there();
  auto archive = Archive::open(*connection_, options());
  const auto again = archive->restore(month(14));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::not_cold);
  EXPECT_EQ(archive->restore(month(5)).error().code, Code::not_cold);
}

TEST_F(ArchiveLife, LeavesARestoredMonthForAWhileAndThenUsesItsFilesAgain) {
  run(options());
  restore(month(14));
  EXPECT_TRUE(run(options()).empty());
  EXPECT_EQ(tables_of(month(14), "authd_archive"), 4);
  const fs::path file = options().directory / files(month(14))[0].path;
  const auto written = fs::last_write_time(file);
  store::ArchiveOptions later = options();
  later.restored_days = 0;
  EXPECT_EQ(run(later).size(), 1U);
  EXPECT_EQ(tables_of(month(14), "authd_archive"), 0);
  EXPECT_EQ(fs::last_write_time(file), written);
  expect_all_there();
}

TEST_F(ArchiveLife, WritesFilesThatPostgresqlLoadsByItself) {
  run(options());
  fs::permissions(directory_.path(), fs::perms(0755));
  auto superuser = test::connect(Cluster::superuser_conninfo(database()));
  for (const store::ArchiveFile& file : files(month(20))) {
    const fs::path path = options().directory / file.path;
    fs::permissions(path, fs::perms(0644));
    ASSERT_TRUE(superuser.exec("CREATE TABLE loaded (LIKE original." + file.table + ")"));
    const auto loaded = superuser.exec("COPY loaded FROM PROGRAM 'gzip -dc " + path.string() +
                                       "' (FORMAT csv, HEADER)");
    // The columns' order is the table's, unless the copy was made in another: here it was not.
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->affected(), static_cast<std::int64_t>(file.digest.rows()));
    EXPECT_EQ(
        query_text(superuser,
                   "SELECT count(*) FROM (SELECT * FROM loaded EXCEPT ALL SELECT * FROM original." +
                       file.table + ") AS t"),
        "0");
    ASSERT_TRUE(superuser.exec("DROP TABLE loaded"));
  }
}

TEST_F(ArchiveLife, DescribesTheFilesInAManifest) {
  run(options());
  const auto written =
      store::read_text(options().directory / "manifest" / (month(20).text() + ".json"));
  ASSERT_TRUE(written);
  const std::string json = "'" + *written + "'::jsonb";
  EXPECT_EQ(text("SELECT " + json + " ->> 'month'"), month(20).text());
  EXPECT_EQ(text("SELECT jsonb_array_length(" + json + " -> 'files')"), "4");
  const store::ArchiveFile decision = files(month(20))[0];
  const std::string first = json + " -> 'files' -> 0 ->> ";
  EXPECT_EQ(text("SELECT " + first + "'path'"),
            "decision/decision_" + month(20).suffix() + ".csv.gz");
  EXPECT_EQ(text("SELECT " + first + "'gzip_sha256'"), decision.facts.gzip_sha256);
  EXPECT_EQ(text("SELECT " + first + "'row_count'"), std::to_string(decision.digest.rows()));
  EXPECT_EQ(text("SELECT " + first + "'first_key'"),
            text("SELECT '1/' || min(seq) || '/' || min(decided_at) FROM original.decision WHERE "
                 "decided_at >= '" +
                 month(20).date() + "'"));
  EXPECT_EQ(text("SELECT " + first + "'schema_version'"),
            text("SELECT max(version) FROM authd.schema_migration"));
}

TEST_F(ArchiveLife, IsOneAtATime) {
  auto other = connect();
  auto first = Archive::open(*connection_, options());
  ASSERT_TRUE(first);
  const auto second = Archive::open(other, options());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::running);
  { const Archive ended = std::move(*first); }
  EXPECT_TRUE(Archive::open(other, options()));
}

TEST_F(ArchiveLife, KeepsAMonthThatTheStateMayBeRebuiltFrom) {
  // An authorization of each kind: open, in the calendar, holding, changed of late; one long over.
  const auto authorization = [&](int age, const std::string& values) {
    const std::string id = text("SELECT min(seq) FROM authd.decision_" + month(age).suffix());
    ASSERT_TRUE(connection_->exec(
        "INSERT INTO authd.authorization (shard, id, approved_minor, counted_minor, opened_at,"
        " expires_at, currency, program, key, spent, closure, due_slot, held_minor, changed_at)"
        " VALUES (1, " +
        id + ", 0, 0, now(), now(), 'USD', 'demo', 'k', '', " + values + ")"));
  };
  authorization(30, "1, 0, 0, '2020-01-01'");
  authorization(29, "2, 7, 0, '2020-01-01'");
  authorization(28, "2, 0, 5, '2020-01-01'");
  authorization(27, "2, 0, 0, now() - interval '89 days'");
  authorization(26, "2, 0, 0, now() - interval '91 days'");
  // A notice of an old month, about an authorization that is open.
  ASSERT_TRUE(connection_->exec(
      "ALTER TABLE authd.event_" + month(25).suffix() +
      " DISABLE TRIGGER ALL; UPDATE authd.event_" + month(25).suffix() +
      " SET authorization_id = (SELECT min(seq) FROM authd.decision_" + month(30).suffix() +
      ") WHERE seq = (SELECT min(seq) FROM authd.event_" + month(25).suffix() + ")"));
  // A message of late about a decision of old, and one that leads to another authorization.
  const auto message = [&](int age, const std::string& changed, const std::string& of) {
    ASSERT_TRUE(
        connection_->exec("INSERT INTO authd.message (seq, changed_at, authorization_id, "
                          "share_minor, shard, kind, notice,"
                          " abandoned, program, message_id) SELECT seq + 1000000, " +
                          changed + ", " + of +
                          ", 0, 1, 1, 1, false,"
                          " program, message_id FROM authd.decision_" +
                          month(age).suffix() + " ORDER BY seq DESC LIMIT 1"));
  };
  message(24, "now() - interval '89 days'", "NULL");
  message(23, "'2020-01-01'", "(SELECT min(seq) FROM authd.decision_" + month(30).suffix() + ")");
  message(22, "'2020-01-01'", "NULL");

  std::string expected;
  for (const int age : {30, 29, 28, 27, 25, 24, 23}) {
    expected += (expected.empty() ? "" : ", ") + month(age).text() + " needed";
  }
  EXPECT_EQ(refusals(run(options())), expected);
  EXPECT_EQ(tables_of(month(30), "authd_archive"), 4);
  EXPECT_EQ(tables_of(month(26), "authd_archive"), 0);
  EXPECT_EQ(tables_of(month(22), "authd_archive"), 0);

  ASSERT_TRUE(connection_->exec("DELETE FROM authd.authorization; DELETE FROM authd.message"));
  EXPECT_EQ(refusals(run(options())), "");
  EXPECT_EQ(tables_of(month(30), "authd_archive"), 0);
}

}  // namespace
}  // namespace authd::test
