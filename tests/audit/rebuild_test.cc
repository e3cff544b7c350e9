// A state made anew from the ledger and the journal is the state that there was.

#include "store/audit/rebuild.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "store/replay/replay.h"
#include "store/state/checkpointer.h"
#include "tests/audit/fixture.h"

namespace authd::test {

namespace {

namespace fs = std::filesystem;
using store::JournalFate;

// A state directory with the journal of a world, and a ledger drained from it.
class Rebuild : public AuditTest {
 protected:
  void SetUp() override {
    AuditTest::SetUp();
    state = directory.path() / "state";
    world.live(300);
    drain(world);
    drained = world.last();
    world.live(200);
    // The rows as they are; Storage knows no world.
    world.copy_journal(state / "journal");
    store::Snapshot old = open_snapshot(state / "snapshot");
    checkpoint(old, world);
  }

  store::Storage::Options storage() const {
    return {state, 1, std::size_t{256} << 10U, std::size_t{1} << 30U};
  }
  store::RebuildOptions options(const std::string& replaced = "replaced") const {
    return {storage(), {}, false, replaced};
  }
  store::Storage::Import import() const {
    return [this](const store::ImportRow& sink) -> std::optional<core::Sequence> {
      auto connection = connect();
      const auto done = store::bootstrap(connection, everything(world), sink);
      return done ? std::optional(*done) : std::nullopt;
    };
  }

  // What a daemon has when it opens the directory.
  void expect_opens_with(const Rows& expected) const {
    const auto opened = store::Storage::open(storage());
    ASSERT_TRUE(opened) << static_cast<int>(opened.error().code);
    std::size_t wrong = 0;
    const store::LiveState& rows = (*opened)->state();
    for (const auto& [key, row] : expected) wrong += has(rows, row) ? 0U : 1U;
    EXPECT_EQ(wrong, 0U);
  }
  static bool has(const store::LiveState& state, const core::Row& row) {
    if (const auto* const r = std::get_if<core::Account>(&row)) return *state.account(r->id) == *r;
    if (const auto* const r = std::get_if<core::Authorization>(&row)) {
      return *state.authorization(r->id) == *r;
    }
    if (const auto* const r = std::get_if<core::Message>(&row)) {
      return *state.message(r->program, r->id) == *r;
    }
    if (const auto* const r = std::get_if<core::Notice>(&row)) {
      return *state.notice(r->program, r->id) == *r;
    }
    if (const auto* const r = std::get_if<core::Card>(&row)) {
      return *state.card(r->program, r->token) == *r;
    }
    if (const auto* const r = std::get_if<core::Usage>(&row)) return *state.usage(r->owner) == *r;
    if (const auto* const r = std::get_if<core::DueSlot>(&row)) {
      return *state.due_slot(r->slot) == *r;
    }
    if (const auto* const r = std::get_if<core::Transfer>(&row)) {
      return *state.transfer(r->program, r->id) == *r;
    }
    return true;
  }
  // The state as of the ledger's mark.
  Rows at_mark() const {
    auto connection = connect();
    return bootstrapped(connection, everything(world), drained);
  }

  World world{{1}, 5};
  fs::path state;
  core::Sequence drained;
};

TEST_F(Rebuild, GivesTheStateWhereTheSnapshotIsLost) {
  fs::remove_all(state / "snapshot");
  const auto report = store::rebuild(options(), import());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->journal, JournalFate::kept);
  EXPECT_EQ(report->drained, drained);
  EXPECT_EQ(report->last, world.last());
  EXPECT_GT(report->rows, 100U);
  expect_opens_with(rows_of(world.state()));
  EXPECT_FALSE(fs::exists(state / "rebuild"));
}

TEST_F(Rebuild, MovesWhatThereWasAside) {
  fs::create_directories(state / "imported");
  std::ofstream(state / "snapshot" / "note") << "old";
  ASSERT_TRUE(store::rebuild(options(), import()));
  EXPECT_TRUE(fs::exists(state / "replaced" / "snapshot" / "note"));
  EXPECT_TRUE(fs::exists(state / "replaced" / "snapshot" / "data.mdb"));
  EXPECT_TRUE(fs::exists(state / "replaced" / "imported"));
  EXPECT_FALSE(fs::exists(state / "replaced" / "journal"));
  expect_opens_with(rows_of(world.state()));
}

TEST_F(Rebuild, GivesTheLedgersStateWhereTheDiskIsWiped) {
  fs::remove_all(state);
  const auto report = store::rebuild(options(), import());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->journal, JournalFate::begun);
  EXPECT_EQ(report->last, drained);
  expect_opens_with(at_mark());
  const auto opened = store::Storage::open(storage());
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->journal().next_sequence().value, drained.value + 1);
}

TEST_F(Rebuild, BeginsAnewWhereTheJournalIsLost) {
  fs::remove_all(state / "journal");
  ASSERT_TRUE(store::rebuild(options(), import()));
  expect_opens_with(at_mark());
}

TEST_F(Rebuild, TakesAJournalFromElsewhere) {
  fs::rename(state / "journal", directory.path() / "rescued");
  fs::remove_all(state);
  store::RebuildOptions rescued = options();
  rescued.journal = directory.path() / "rescued";
  const auto report = store::rebuild(rescued, import());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->journal, JournalFate::kept);
  expect_opens_with(rows_of(world.state()));
  EXPECT_TRUE(fs::exists(directory.path() / "rescued"));
}

TEST_F(Rebuild, BeginsAnewWhereTheLedgerHasMoreThanTheJournal) {
  drain(world);
  World older({1}, 5);
  older.live(100);
  fs::remove_all(state / "journal");
  older.copy_journal(state / "journal");
  const auto report = store::rebuild(options(), import());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->journal, JournalFate::overtaken);
  EXPECT_TRUE(fs::exists(state / "replaced" / "journal"));
  expect_opens_with(rows_of(world.state()));
}

TEST_F(Rebuild, KeepsAJournalThatEndsWithTheLedgersMark) {
  drain(world);
  const auto report = store::rebuild(options(), import());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->journal, JournalFate::kept);
  EXPECT_EQ(report->last, world.last());
  expect_opens_with(rows_of(world.state()));
}

// A journal whose first record is not the one that the ledger needs next.
class RebuildOverAGap : public Rebuild {
 protected:
  void put_journal_that_begins_with(core::Sequence first) {
    World later(first, 6);
    later.live(50);
    last_ = later.last();
    fs::remove_all(state / "journal");
    later.copy_journal(state / "journal");
  }
  core::Sequence last_;
};

TEST_F(RebuildOverAGap, IsRefused) {
  put_journal_that_begins_with({drained.value + 3});
  const auto report = store::rebuild(options(), import());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, store::RebuildError::Code::gap);
  EXPECT_EQ(report.error().from.value, drained.value + 1);
  EXPECT_EQ(report.error().to.value, drained.value + 2);
  EXPECT_TRUE(fs::exists(state / "snapshot" / "data.mdb"));  // nothing was touched
  EXPECT_FALSE(fs::exists(state / "replaced"));
  EXPECT_FALSE(fs::exists(store::Storage::rebuild_begun(state)));
}

TEST_F(RebuildOverAGap, IsNoneWhereTheJournalBeginsRightAfterTheMark) {
  put_journal_that_begins_with({drained.value + 1});
  const auto report = store::rebuild(options(), import());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->journal, JournalFate::kept);
  EXPECT_EQ(report->last, last_);
}

TEST_F(RebuildOverAGap, GivesTheLedgersStateWhereTheLossIsAccepted) {
  put_journal_that_begins_with({drained.value + 2});
  store::RebuildOptions accepting = options();
  accepting.accept_loss = true;
  const auto report = store::rebuild(accepting, import());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->journal, JournalFate::given_up);
  EXPECT_EQ(report->lost_from.value, drained.value + 1);
  EXPECT_EQ(report->lost_to, last_);
  EXPECT_TRUE(fs::exists(state / "replaced" / "journal"));
  expect_opens_with(at_mark());
}

TEST_F(Rebuild, LeavesEverythingWhereTheLedgerCannotBeRead) {
  const auto report = store::rebuild(
      options(), [](const store::ImportRow&) { return std::optional<core::Sequence>(); });
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().storage.code, store::StorageError::Code::import);
  expect_opens_with(rows_of(world.state()));
}

TEST_F(Rebuild, IsRefusedWhileADaemonHasTheState) {
  const auto daemon = store::Storage::open(storage());
  ASSERT_TRUE(daemon);
  const auto report = store::rebuild(options(), import());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().storage.code, store::StorageError::Code::in_use);
}

TEST_F(Rebuild, RefusesAJournalWithADamagedRecord) {
  // In the middle of the last quarter: beyond the ledger's mark, before the end.
  auto files = fs::directory_iterator(state / "journal");
  fs::path last;
  for (const auto& file : files) {
    std::ifstream in(file.path(), std::ios::binary);
    std::string head(64, '\0');
    in.read(head.data(), 64);
    if (head != std::string(64, '\0') && file.path() > last) last = file.path();
  }
  std::fstream segment(last, std::ios::in | std::ios::out | std::ios::binary);
  std::string bytes(4'096, '\0');
  segment.seekg(0);
  segment.read(bytes.data(), 4'096);
  segment.seekp(2'000);
  segment.write("\x55\xAA\x55\xAA", 4);
  segment.close();
  const auto report = store::rebuild(options(), import());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().storage.code, store::StorageError::Code::journal);
  EXPECT_TRUE(fs::exists(state / "snapshot" / "data.mdb"));
}

// Killed at any moment, and repeated.
TEST_F(Rebuild, IsRepeatedAfterItWasKilled) {
  const Rows expected = rows_of(world.state());
  auto connection = connect();
  std::vector<core::Row> rows;
  ASSERT_TRUE(store::bootstrap(connection, everything(world),
                               [&rows](const core::Row& row) { rows.push_back(row); }));
  const store::Storage::Import from_memory = [&](const store::ImportRow& sink) {
    for (const core::Row& row : rows) sink(row);
    return std::optional(drained);
  };
  bool was_refused = false;
  int killed = 0;
  for (int round = 0; round < 60; ++round) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      store::rebuild(options("replaced-" + std::to_string(round)), from_memory).has_value();
      _exit(0);
    }
    usleep(static_cast<useconds_t>(round * 1'500));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    killed += WIFSIGNALED(status) ? 1 : 0;
    if (fs::exists(store::Storage::rebuild_begun(state))) {
      was_refused = true;
      const auto opened = store::Storage::open(storage());
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error().code, store::StorageError::Code::rebuild_unfinished);
    } else {
      expect_opens_with(expected);
    }
  }
  EXPECT_GT(killed, 5);
  ASSERT_TRUE(store::rebuild(options("replaced-last"), from_memory));
  expect_opens_with(expected);
  RecordProperty("refused_at_least_once", was_refused ? 1 : 0);
}

// The same, cut at each of its moves.
TEST_F(Rebuild, IsRepeatedFromEveryStepOfTheReplacing) {
  const Rows expected = rows_of(world.state());
  const std::vector<std::vector<std::string>> moved{{}, {"snapshot"}, {"snapshot", "imported"}};
  for (const auto& names : moved) {
    fs::create_directories(state / "rebuild");
    std::ofstream(store::Storage::rebuild_begun(state)) << "";
    for (const std::string& name : names) fs::remove_all(state / name);
    ASSERT_FALSE(store::Storage::open(storage()));
    const std::string aside = "replaced-" + std::to_string(names.size());
    ASSERT_TRUE(store::rebuild(options(aside), import()));
    expect_opens_with(expected);
  }
}

}  // namespace

}  // namespace authd::test
