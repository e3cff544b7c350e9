#include <gtest/gtest.h>

#include "tests/archive/world.h"

namespace authd::test {
namespace {

using Code = store::ArchiveError::Code;

class LateRecords : public ArchiveTest {
 protected:
  void SetUp() override {
    ArchiveTest::SetUp();
    run(options());
  }
};

TEST_F(LateRecords, JoinAWarmMonth) {
  const std::string before =
      text("SELECT count(*) FROM authd_archive.posting_" + month(6).suffix());
  record_late(month(6), 10);
  expect_all_there();
  EXPECT_EQ(run(options()).size(), 1U);
  expect_all_there();
  EXPECT_EQ(
      text("SELECT count(*) - " + before + " FROM authd_archive.posting_" + month(6).suffix()),
      "80");
  EXPECT_EQ(text("SELECT count(*) FROM authd.posting_" + month(6).suffix()), "0");
}

TEST_F(LateRecords, StayVisibleToTransactionsThatBeganBeforeTheyMoved) {
  record_late(month(6), 10);
  auto reader = connect();
  ASSERT_TRUE(reader.exec("BEGIN ISOLATION LEVEL REPEATABLE READ"));
  query_text(reader, "SELECT 1");  // takes the snapshot
  run(options());
  for (const std::string& table : tables()) {
    EXPECT_EQ(query_text(reader, "SELECT count(*) FROM authd." + table + "_history"),
              text("SELECT count(*) FROM original." + table + " WHERE " +
                   (table == "decision" ? "decided_at" : "booked_at") + " >= '" + month(11).date() +
                   "'"));
  }
}

TEST_F(LateRecords, LeavePartitionsThatAreDroppedWhenTheyAreEmpty) {
  record_late(month(6), 10);
  run(options());
  EXPECT_EQ(tables_of(month(6), "authd"), 4);
  run(options());
  EXPECT_EQ(tables_of(month(6), "authd"), 0);
  ASSERT_TRUE(connection_->exec("SELECT authd.ensure_month('" + month(14).date() + "')"));
  run(options());  // of a cold month likewise: no empty files
  EXPECT_EQ(tables_of(month(14), "authd"), 0);
  EXPECT_EQ(files(month(14)).size(), 4U);
  expect_all_there();
}

TEST_F(LateRecords, BecomeFurtherFilesOfAColdMonth) {
  record_late(month(14), 10);
  EXPECT_EQ(run(options()).size(), 2U);
  const auto lines = files(month(14));
  ASSERT_EQ(lines.size(), 8U);
  EXPECT_EQ(lines[1].part, 2);
  EXPECT_EQ(lines[1].path, "decision/decision_" + month(14).suffix() + "-2.csv.gz");
  EXPECT_EQ(lines[1].digest.rows(), 10U);
  EXPECT_EQ(tables_of(month(14), "authd_archive"), 0);
  expect_all_there();
  restore(month(14));
  expect_all_there();
  EXPECT_EQ(text("SELECT count(*) FROM authd_archive.decision_" + month(14).suffix()), "44");
}

TEST_F(LateRecords, JoinARestoredMonthWhichIsThenWrittenAnew) {
  record_late(month(14), 10);
  run(options());
  restore(month(14));
  record_late(month(14), 5);
  store::ArchiveOptions later = options();
  later.restored_days = 0;
  run(later);
  const auto lines = files(month(14));
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0].part, 1);
  EXPECT_EQ(lines[0].digest.rows(), 49U);
  EXPECT_FALSE(std::filesystem::exists(options().directory /
                                       ("decision/decision_" + month(14).suffix() + "-2.csv.gz")));
  expect_all_there();
}

TEST_F(LateRecords, MustBeMovedBeforeTheirMonthIsRestored) {
  record_late(month(14), 10);
  const auto known = *store::Catalog(*connection_).tables();
  for (const auto& table : known) {
    ASSERT_TRUE(store::Transitions(*connection_, known).to_warm(table, month(14)));
  }
  expect_all_there();
  auto archive = store::Archive::open(*connection_, options());
  const auto restored = archive->restore(month(14));
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, Code::late_records);
}

// Between the export and the drop; what was exported must not pass for all there is.
TEST_F(LateRecords, ThatJoinWhileTheirMonthIsExportedAreExportedToo) {
  restore(month(14));
  store::ArchiveOptions later = options();
  later.restored_days = 0;
  int times = 0;
  auto other = connect();
  later.progress = [&](const store::ArchiveProgress& progress) {
    if (progress.step != store::ArchiveStep::comparing || progress.table != "decision") return;
    if (++times != 1) return;
    for (const char* const table : {"authd_archive.decision_", "original.decision --"}) {
      const std::string name =
          std::string(table) + (std::string(table).ends_with("--") ? "\n" : month(14).suffix());
      query(other, "INSERT INTO " + name +
                       " SELECT (jsonb_populate_record(d, '{\"seq\": 999999, \"message_id\": "
                       "\"late\"}')).* FROM "
                       "original.decision AS d"
                       " WHERE decided_at >= '" +
                       month(14).date() + "' ORDER BY seq LIMIT 1");
    }
  };
  run(later);
  EXPECT_EQ(times, 2);
  EXPECT_EQ(files(month(14))[0].digest.rows(), 35U);
  expect_all_there();
}

}  // namespace
}  // namespace authd::test
