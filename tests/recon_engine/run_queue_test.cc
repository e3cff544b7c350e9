#include "authd/recon/engine/run_queue.h"

#include "authd/recon/engine/run_file.h"
#include "tests/recon_engine/queue_fixture.h"

namespace authd::test {

namespace {

namespace fs = std::filesystem;
using recon::NewRun;
using recon::PendingRun;
using recon::QueueError;

class RunQueue : public QueueTest {};

TEST_F(RunQueue, HoldsARunWithEverythingThatWasAskedFor) {
  auto connection = recon_connection();
  NewRun run;
  run.supplier = "flash";
  run.origin = recon::RunOrigin::command_line;
  run.file_name = "day.csv";
  run.file_path = "/in/day.csv";
  run.from = core::Timestamp{1'700'000'000'000'000};
  run.to = core::Timestamp{1'700'086'400'000'000};
  run.requested_by = "operator:thandi";
  const auto id = recon::enqueue(connection, run);
  ASSERT_TRUE(id);
  EXPECT_EQ(of_run(*id,
                   "state || ' ' || origin || ' ' || file_name || ' ' || file_path || ' ' ||"
                   " extract(epoch FROM period_from)::bigint || ' ' ||"
                   " extract(epoch FROM period_to)::bigint || ' ' || requested_by"),
            "2 4 day.csv /in/day.csv 1700000000 1700086400 operator:thandi");
  EXPECT_EQ(trail(*id), "operator:thandi queued");
  EXPECT_EQ(ask("SELECT count(*) FROM authd.recon_supplier s, authd.recon_broken(s.id)"), "0");
}

TEST_F(RunQueue, LeavesAPeriodAndAPathOpenThatAreNotGiven) {
  const auto id = enqueue("flash", "");
  EXPECT_EQ(of_run(id, "num_nulls(period_from, period_to, file_path)"), "3");
}

TEST_F(RunQueue, TakesNothingForSuppliersThatAreUnknownOrNoLongerConfigured) {
  auto connection = recon_connection();
  NewRun run;
  run.file_name = "a.csv";
  run.requested_by = "authd";
  run.supplier = "nobody";
  auto id = recon::enqueue(connection, run);
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().code, QueueError::Code::supplier_unknown);

  ask("UPDATE authd.recon_supplier SET is_active = false WHERE name = 'flash'");
  run.supplier = "flash";
  id = recon::enqueue(connection, run);
  ASSERT_FALSE(id);
  EXPECT_EQ(id.error().code, QueueError::Code::supplier_inactive);
  EXPECT_EQ(ask("SELECT count(*) FROM authd.recon_run"), "0");
}

TEST_F(RunQueue, OffersTheOldestOfEachSupplierWhereverItStands) {
  const auto first = enqueue("flash");
  const auto second = enqueue("mobilemart");
  enqueue("flash");
  auto connection = recon_connection();
  for (const int state : {2, 3, 4}) {
    ask("UPDATE authd.recon_run SET state = " + std::to_string(state) +
        " WHERE id = " + std::to_string(first));
    const auto runs = recon::pending(connection);
    ASSERT_TRUE(runs);
    ASSERT_EQ(runs->size(), 2U) << state;
    EXPECT_EQ((*runs)[0].id, first);
    EXPECT_EQ((*runs)[0].supplier, "flash");
    EXPECT_EQ((*runs)[0].waiting, 2);
    EXPECT_EQ((*runs)[0].file_path, "/tmp/a.csv");
    EXPECT_EQ((*runs)[1].id, second);
  }
}

TEST_F(RunQueue, PassesOverRunsThatHaveEndedOrHaveNoFileYet) {
  const auto first = enqueue("flash");
  const auto second = enqueue("flash");
  auto connection = recon_connection();
  for (const int state : {1, 5, 6, 7, 8}) {
    ask("UPDATE authd.recon_run SET state = " + std::to_string(state) +
        " WHERE id = " + std::to_string(first));
    const auto runs = recon::pending(connection);
    ASSERT_TRUE(runs);
    ASSERT_EQ(runs->size(), 1U) << state;
    EXPECT_EQ((*runs)[0].id, second);
  }
}

TEST_F(RunQueue, QueuesARunThatIsReceivingOnce) {
  auto connection = recon_connection();
  NewRun run;
  run.supplier = "flash";
  run.origin = recon::RunOrigin::watched;
  run.file_name = "a.csv";
  run.requested_by = "authd";
  const auto id = recon::reserve(connection, run, "/in/.taken");
  ASSERT_TRUE(id);
  EXPECT_EQ(of_run(*id, "state || ' ' || file_path"),
            "1 /in/.taken/" + std::to_string(*id) + "-a.csv");
  EXPECT_TRUE(*recon::queue_received(connection, *id));
  EXPECT_FALSE(*recon::queue_received(connection, *id));
  ask("UPDATE authd.recon_run SET state = 7");
  EXPECT_FALSE(*recon::queue_received(connection, *id));
  EXPECT_EQ(of_run(*id, "state"), "7");
  EXPECT_EQ(trail(*id), "authd queued");
}

TEST_F(RunQueue, FindsPendingRunsThroughTheirIndex) {
  ask("INSERT INTO authd.recon_run (supplier_id, state, origin, requested_by, file_name)"
      " SELECT 1, 5, 1, 'authd', 'a' FROM generate_series(1, 5000)");
  ask("VACUUM ANALYZE authd.recon_run");
  EXPECT_NE(
      ask("EXPLAIN (FORMAT JSON) SELECT id FROM authd.recon_run WHERE state > 1 AND state < 5")
          .find("recon_run_pending"),
      std::string::npos);
}

TEST_F(RunQueue, FailsARunOnceAndSaysWhy) {
  const auto id = enqueue("flash");
  auto connection = recon_connection();
  ASSERT_TRUE(recon::fail(connection, id, "no such file"));
  ASSERT_TRUE(recon::fail(connection, id, "something else"));
  EXPECT_EQ(of_run(id, "state || ' ' || error || ' ' || (finished_at IS NOT NULL)"),
            "6 no such file true");
  EXPECT_EQ(trail(id), "operator:thandi queued, authd failed");
}

TEST_F(RunQueue, CancelsAtOnceWhatNobodyHasBegun) {
  const auto waiting = enqueue("flash");
  const auto begun = enqueue("mobilemart");
  ask("UPDATE authd.recon_run SET state = 3 WHERE id = " + std::to_string(begun));
  auto connection = recon_connection();
  EXPECT_TRUE(*recon::request_cancel(connection, waiting, "operator:sipho"));
  EXPECT_TRUE(*recon::request_cancel(connection, begun, "operator:sipho"));
  EXPECT_EQ(of_run(waiting, "state || ' ' || (finished_at IS NOT NULL)"), "7 true");
  EXPECT_EQ(of_run(begun, "state || ' ' || (finished_at IS NULL)"), "3 true");
  EXPECT_EQ(of_run(begun, "cancel_requested_at IS NOT NULL"), "t");
  EXPECT_EQ(trail(waiting), "operator:thandi queued, operator:sipho cancelled");
  EXPECT_EQ(trail(begun), "operator:thandi queued, operator:sipho cancel_requested");

  EXPECT_FALSE(*recon::request_cancel(connection, waiting, "operator:sipho"));  // it has ended
  EXPECT_FALSE(*recon::request_cancel(connection, 4711, "operator:sipho"));
}

class RunFile : public QueueTest {
 protected:
  core::Result<std::string, std::string> locate(const std::string& name) {
    return recon::locate_file(PendingRun{1, 1, "flash", name, ""}, suppliers_.suppliers[0]);
  }
  fs::path in() const { return suppliers_.suppliers[0].directory; }
};

TEST_F(RunFile, IsWhereTheRowSays) {
  EXPECT_EQ(*recon::locate_file({1, 1, "flash", "a", "/in/b"}, suppliers_.suppliers[0]), "/in/b");
}

TEST_F(RunFile, IsAPlainNameInTheDirectory) {
  write(in() / "a.csv", "x");
  const auto file = locate("a.csv");
  ASSERT_TRUE(file);
  EXPECT_EQ(*file, fs::canonical(in() / "a.csv").string());
}

TEST_F(RunFile, IsNoPathAndNoDirectory) {
  write(directory_ / "secret", "x");
  fs::create_directory(in() / "sub");
  write(in() / "sub" / "a.csv", "x");
  for (const std::string name : {"../secret", "sub/a.csv", "", ".", "..", "sub"})
    EXPECT_FALSE(locate(name)) << name;
  EXPECT_FALSE(locate(std::string("a\0b", 3)));
}

TEST_F(RunFile, MayBeALinkWithinTheDirectoryAlone) {
  write(directory_ / "secret", "x");
  write(in() / "a.csv", "x");
  fs::create_directory(directory_ / "flash2");  // begins like the directory's own name
  write(directory_ / "flash2" / "b.csv", "x");
  fs::create_symlink(directory_ / "secret", in() / "out");
  fs::create_symlink("../flash2/b.csv", in() / "beside");
  fs::create_symlink("a.csv", in() / "within");
  EXPECT_FALSE(locate("out"));
  EXPECT_NE(locate("out").error().find("leaves"), std::string::npos);
  EXPECT_FALSE(locate("beside"));
  EXPECT_EQ(*locate("within"), fs::canonical(in() / "a.csv").string());
}

TEST_F(RunFile, SaysWhatIsMissing) {
  EXPECT_NE(locate("b.csv").error().find("No such file"), std::string::npos);
  suppliers_.suppliers[0].directory.clear();
  EXPECT_NE(locate("b.csv").error().find("no directory"), std::string::npos);
}

}  // namespace

}  // namespace authd::test
