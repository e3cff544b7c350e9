#include "authd/recon/engine/inbox.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "authd/recon/engine/watcher.h"
#include "tests/recon_engine/queue_fixture.h"

namespace authd::test {

namespace {

namespace fs = std::filesystem;
using recon::Inbox;

class InboxTest : public QueueTest {
 protected:
  void SetUp() override {
    QueueTest::SetUp();
    connection_.emplace(recon_connection());
    restart();
  }

  // As another process would begin.
  void restart() { inbox_.emplace(suppliers_.suppliers[0]); }
  std::size_t look() {
    const auto queued = inbox_->look(*connection_);
    EXPECT_TRUE(queued) << queued.error().message;
    return queued ? *queued : 0;
  }
  std::size_t look_twice() { return look() + look(); }

  fs::path in() const { return suppliers_.suppliers[0].directory; }
  // Names with their folder, in order.
  std::string files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(in())) {
      if (!entry.is_directory()) names.insert(fs::relative(entry.path(), in()).string());
    }
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
    return text;
  }
  std::string runs() const {
    return ask("SELECT string_agg(id || ':' || state, ' ' ORDER BY id) FROM authd.recon_run");
  }
  void set_state(int state) { ask("UPDATE authd.recon_run SET state = " + std::to_string(state)); }

  std::optional<store::Connection> connection_;
  std::optional<Inbox> inbox_;
};

TEST_F(InboxTest, QueuesAFileOnceItIsTheSameAtTwoLooks) {
  write(in() / "day.csv", "x");
  EXPECT_EQ(look(), 0U);
  EXPECT_EQ(runs(), "");
  EXPECT_EQ(look(), 1U);
  EXPECT_EQ(files(), ".taken/1-day.csv");
  EXPECT_EQ(of_run(1, "state || ' ' || origin || ' ' || file_name || ' ' || requested_by"),
            "2 3 day.csv authd");
  EXPECT_EQ(of_run(1, "file_path"), (in() / ".taken/1-day.csv").string());
  EXPECT_EQ(trail(1), "authd queued");
  EXPECT_EQ(look_twice(), 0U);
  EXPECT_EQ(runs(), "1:2");
}

TEST_F(InboxTest, WaitsWhileAFileGrowsOrIsWrittenAnew) {
  write(in() / "day.csv", "x");
  EXPECT_EQ(look(), 0U);
  write(in() / "day.csv", "xy");
  EXPECT_EQ(look(), 0U);
  const timespec times[2] = {{1'700'000'000, 0}, {1'700'000'000, 1}};  // the same size
  ASSERT_EQ(utimensat(AT_FDCWD, (in() / "day.csv").c_str(), times, 0), 0);
  EXPECT_EQ(look(), 0U);
  EXPECT_EQ(look(), 1U);
}

TEST_F(InboxTest, WaitsForAFileThatAnotherHasTakenThePlaceOf) {
  write(in() / "day.csv", "x");
  write(in() / ".next", "y");
  const timespec times[2] = {{1'700'000'000, 0}, {1'700'000'000, 0}};
  for (const char* const name : {"day.csv", ".next"})
    ASSERT_EQ(utimensat(AT_FDCWD, (in() / name).c_str(), times, 0), 0);
  EXPECT_EQ(look(), 0U);
  fs::rename(in() / ".next", in() / "day.csv");
  EXPECT_EQ(look(), 0U);
  EXPECT_EQ(look(), 1U);
}

TEST_F(InboxTest, LeavesWhatIsNotAFinishedRegularFile) {
  write(directory_ / "elsewhere", "x");
  write(in() / ".hidden", "x");
  write(in() / "a.part", "x");
  write(in() / "a.tmp", "x");
  fs::create_symlink(directory_ / "elsewhere", in() / "link");
  fs::create_directory(in() / "folder");
  ASSERT_EQ(mkfifo((in() / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(look_twice(), 0U);
  EXPECT_EQ(runs(), "");
}

TEST_F(InboxTest, QueuesEachOfSeveralFiles) {
  for (const char* const name : {"a.csv", "b.csv", "c.csv"}) write(in() / name, name);
  EXPECT_EQ(look_twice(), 3U);
  EXPECT_EQ(files(), ".taken/1-a.csv .taken/2-b.csv .taken/3-c.csv");
}

TEST_F(InboxTest, TakesASecondFileOfAName) {
  write(in() / "day.csv", "x");
  EXPECT_EQ(look_twice(), 1U);
  write(in() / "day.csv", "y");
  EXPECT_EQ(look_twice(), 1U);
  EXPECT_EQ(files(), ".taken/1-day.csv .taken/2-day.csv");
}

TEST_F(InboxTest, CleansNamesForRowsAndLog) {
  EXPECT_EQ(Inbox::clean_name("a b.csv"), "a b.csv");
  EXPECT_EQ(Inbox::clean_name("a\nb\x1b[31m\xff.csv"), "a_b_[31m_.csv");
  EXPECT_EQ(Inbox::clean_name(std::string(255, 'x')), std::string(200, 'x'));
  const std::string name(251, 'x');
  write(in() / ("\xff\n" + name), "x");
  EXPECT_EQ(look_twice(), 1U);
  EXPECT_EQ(files(), ".taken/1-__" + name.substr(0, 198));
  EXPECT_EQ(of_run(1, "file_name"), "__" + name.substr(0, 198));
}

// What a process leaves that dies after step 1, 2 and 3 of taking.

TEST_F(InboxTest, TakesAFileForTheRunThatWasReservedForIt) {
  write(in() / "day.csv", "x");
  EXPECT_EQ(look_twice(), 1U);
  fs::rename(in() / ".taken/1-day.csv", in() / "day.csv");
  set_state(1);
  restart();
  EXPECT_EQ(look_twice(), 1U);
  EXPECT_EQ(files(), ".taken/1-day.csv");
  EXPECT_EQ(runs(), "1:2");
}

TEST_F(InboxTest, QueuesTheRunWhoseFileHasBeenMoved) {
  write(in() / "day.csv", "x");
  EXPECT_EQ(look_twice(), 1U);
  set_state(1);
  restart();
  EXPECT_EQ(look(), 1U);
  EXPECT_EQ(runs(), "1:2");
  EXPECT_EQ(files(), ".taken/1-day.csv");
}

TEST_F(InboxTest, LeavesAQueuedFileAloneAfterARestart) {
  write(in() / "day.csv", "x");
  EXPECT_EQ(look_twice(), 1U);
  restart();
  EXPECT_EQ(look_twice(), 0U);
  EXPECT_EQ(runs(), "1:2");
  EXPECT_EQ(files(), ".taken/1-day.csv");
}

TEST_F(InboxTest, FailsTheRunWhoseFileHasGone) {
  write(in() / "day.csv", "x");
  EXPECT_EQ(look_twice(), 1U);
  fs::remove(in() / ".taken/1-day.csv");
  set_state(1);
  restart();
  EXPECT_EQ(look(), 0U);
  EXPECT_EQ(of_run(1, "state || ' ' || error"), "6 its file has gone from the directory");
}

TEST_F(InboxTest, FailsNothingWhileTheDirectoryIsAway) {
  write(in() / "day.csv", "x");
  EXPECT_EQ(look_twice(), 1U);
  set_state(1);
  fs::rename(in(), directory_ / "unmounted");
  EXPECT_EQ(look_twice(), 0U);
  EXPECT_EQ(runs(), "1:1");
  fs::rename(directory_ / "unmounted", in());
  EXPECT_EQ(look(), 1U);
}

TEST_F(InboxTest, KeepsOneRunWhileItsFileCannotBeMoved) {
  write(in() / "day.csv", "x");
  write(in() / ".taken", "in the way");
  EXPECT_EQ(look_twice() + look_twice(), 0U);
  EXPECT_EQ(runs(), "1:1");
  fs::remove(in() / ".taken");
  EXPECT_EQ(look(), 1U);
  EXPECT_EQ(files(), ".taken/1-day.csv");
}

TEST_F(InboxTest, PutsFilesAwayByWhatTheirRunsHaveBecome) {
  for (const int state : {5, 6, 7, 8}) {
    write(in() / std::to_string(state), "x");
    EXPECT_EQ(look_twice(), 1U);
    ask("UPDATE authd.recon_run SET state = " + std::to_string(state) + " WHERE state = 2");
  }
  write(in() / "waiting", "x");
  look_twice();
  EXPECT_EQ(files(), ".done/1-5 .failed/2-6 .failed/3-7 .failed/4-8 .taken/5-waiting");
  EXPECT_EQ(of_run(1, "file_path"), (in() / ".done/1-5").string());
  EXPECT_EQ(of_run(2, "file_path"), (in() / ".failed/2-6").string());
}

TEST_F(InboxTest, PutsAFileAwayThatAProcessBeforeItHasOnlyWrittenDown) {
  write(in() / "day.csv", "x");
  EXPECT_EQ(look_twice(), 1U);
  ask("UPDATE authd.recon_run SET state = 5, file_path = '" + (in() / ".done/1-day.csv").string() +
      "'");
  restart();
  look();
  EXPECT_EQ(files(), ".done/1-day.csv");
}

TEST_F(InboxTest, LeavesFilesThatNoRunIsOf) {
  fs::create_directory(in() / ".taken");
  write(in() / ".taken/99-day.csv", "x");
  write(in() / ".taken/readme", "x");
  EXPECT_EQ(look_twice(), 0U);
  EXPECT_EQ(files(), ".taken/99-day.csv .taken/readme");
}

TEST_F(InboxTest, TakesNothingForASupplierThatTheDatabaseDoesNotKnow) {
  ask("UPDATE authd.recon_supplier SET is_active = false");
  write(in() / "day.csv", "x");
  EXPECT_EQ(look_twice(), 0U);
  EXPECT_EQ(files(), "day.csv");
  ask("UPDATE authd.recon_supplier SET is_active = true");
  EXPECT_EQ(look(), 1U);
}

class WatcherTest : public QueueTest {};

TEST_F(WatcherTest, QueuesWhatAppearsAndOutlivesPostgreSql) {
  std::atomic<int> woken = 0;
  recon::Watcher::Options options;
  options.connection.conninfo = conninfo();
  options.on_queued = [&woken] { woken += 1; };
  options.look_every = std::chrono::milliseconds(10);
  options.pause_max = std::chrono::milliseconds(50);
  recon::Watcher watcher(suppliers_, std::move(options));
  const auto queue_both = [this, &woken](const std::string& name, int wanted) {
    for (const recon::Supplier& supplier : suppliers_.suppliers)
      write(supplier.directory / name, name);
    return eventually([&] {
      return woken > 0 &&
             ask("SELECT count(*) FROM authd.recon_run WHERE state = 2") == std::to_string(wanted);
    });
  };
  EXPECT_TRUE(queue_both("a.csv", 2));
  Cluster::stop();
  Cluster::start();
  EXPECT_TRUE(queue_both("b.csv", 4));
  watcher.stop();
}

}  // namespace

}  // namespace authd::test
