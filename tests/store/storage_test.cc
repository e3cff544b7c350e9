#include "store/state/storage.h"

#include <gtest/gtest.h>

#include <fstream>

#include "store/state/checkpointer.h"
#include "tests/core/world.h"
#include "tests/store/temporary_directory.h"

namespace authd::store {
namespace {

using namespace core;
using authd::test::TemporaryDirectory;
using Code = StorageError::Code;

Storage::Options options(const TemporaryDirectory& directory) {
  return {directory.path() / "state", 1, std::size_t{64} << 10, std::size_t{16} << 20};
}

std::unique_ptr<Storage> open(const TemporaryDirectory& directory,
                              const Storage::Import& import = {}) {
  auto storage = Storage::open(options(directory), {core::test::program()}, import);
  if (!storage) {
    ADD_FAILURE() << "code " << static_cast<int>(storage.error().code) << " journal "
                  << name(storage.error().journal.fault);
  }
  return std::move(storage).value();
}

// Applies, records and flushes; what the sequencer does with a batch of one.
Answer decide(Storage& storage, const Request& request) {
  const Command command = request;
  const auto applied =
      core::apply(storage.state(), command, {core::test::noon, storage.journal().next_sequence()})
          .value();
  std::vector<std::byte> payload;
  if (!applied.changes.empty()) {
    EXPECT_TRUE(storage.record(command, applied, core::test::noon, payload));
  }
  EXPECT_TRUE(storage.journal().flush());
  return std::get<Answer>(applied.outcome);
}

void open_account_and_card(Storage& storage) {
  std::vector<std::byte> payload;
  for (const Command& command :
       {Command(OpenAccount{core::test::account()}), Command(IssueCard{core::test::card()})}) {
    const auto applied =
        core::apply(storage.state(), command, {core::test::noon, storage.journal().next_sequence()})
            .value();
    ASSERT_TRUE(storage.record(command, applied, core::test::noon, payload));
  }
  ASSERT_TRUE(storage.journal().flush());
}

void checkpoint(Storage& storage) {
  const auto frozen = storage.state().freeze();
  ASSERT_TRUE(
      storage.snapshot().write(frozen->sorted(), {frozen->last_sequence(), {0}, true}, [] {}));
  ASSERT_TRUE(storage.state().adopt());
}

TEST(Storage, AReopenedStateIsTheSnapshotAndTheRecordsAfterIt) {
  const TemporaryDirectory directory;
  {
    const auto storage = open(directory);
    open_account_and_card(*storage);
    decide(*storage, core::test::purchase("m1", 10'00));
    checkpoint(*storage);
    decide(*storage, core::test::purchase("m2", 5'00));
  }
  const auto storage = open(directory);
  EXPECT_EQ(storage->opened_at().applied, Sequence{3});
  EXPECT_EQ(storage->replayed_records(), 1U);
  EXPECT_EQ((**storage->state().account({1})).held_minor, 15'00);
  EXPECT_EQ(storage->journal().next_sequence(), Sequence{5});
  EXPECT_EQ(decide(*storage, core::test::purchase("m2", 5'00)).origin, Answer::Origin::repeated);
}

TEST(Storage, ALostSnapshotIsRebuiltFromTheWholeJournal) {
  const TemporaryDirectory directory;
  {
    const auto storage = open(directory);
    open_account_and_card(*storage);
    decide(*storage, core::test::purchase("m1", 10'00));
    checkpoint(*storage);
  }
  std::filesystem::remove_all(directory.path() / "state" / "snapshot");
  bool asked = false;
  const auto storage = open(directory, [&asked](const ImportRow&) {
    asked = true;
    return std::optional<Sequence>{};
  });
  EXPECT_FALSE(asked);  // never import over a journal
  EXPECT_EQ((**storage->state().account({1})).held_minor, 10'00);
}

TEST(Storage, ALostJournalRefusesTheStart) {
  const TemporaryDirectory directory;
  {
    const auto storage = open(directory);
    open_account_and_card(*storage);
    checkpoint(*storage);
  }
  std::filesystem::remove_all(directory.path() / "state" / "journal");
  const auto opened = Storage::open(options(directory), {core::test::program()});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::journal);
  EXPECT_EQ(opened.error().journal.fault, JournalFault::directory_failed);
  std::filesystem::create_directory(directory.path() / "state" / "journal");
  const auto emptied = Storage::open(options(directory), {core::test::program()});
  ASSERT_FALSE(emptied);
  EXPECT_EQ(emptied.error().journal.fault, JournalFault::missing_journal);
}

TEST(Storage, AJournalThatEndsBeforeTheSnapshotRefusesTheStart) {
  const TemporaryDirectory directory;
  {
    const auto storage = open(directory);
    open_account_and_card(*storage);
    const auto frozen = storage->state().freeze();
    ASSERT_TRUE(storage->snapshot().write(frozen->sorted(), {{9}, {0}, true}, [] {}));
  }
  const auto opened = Storage::open(options(directory), {core::test::program()});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::journal_behind);
  EXPECT_EQ(opened.error().sequence, Sequence{9});
}

TEST(Storage, OneProcessAtATime) {
  const TemporaryDirectory directory;
  const auto storage = open(directory);
  const auto second = Storage::open(options(directory), {core::test::program()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::in_use);
}

TEST(Storage, AnImportFillsAnEmptyStateAndTheJournalGoesOnBehindIt) {
  const TemporaryDirectory directory;
  const auto import = [](const ImportRow& row) {
    row(core::test::account());
    row(core::test::card());
    return std::optional<Sequence>{Sequence{41}};
  };
  {
    const auto storage = open(directory, import);
    EXPECT_EQ(storage->journal().next_sequence(), Sequence{42});
    EXPECT_TRUE(decide(*storage, core::test::purchase("m1", 10'00)).decision.is_approved());
  }
  bool asked = false;
  const auto storage = open(directory, [&asked](const ImportRow&) {
    asked = true;
    return std::optional<Sequence>{};
  });
  EXPECT_FALSE(asked);
  EXPECT_EQ(storage->journal().next_sequence(), Sequence{43});
  EXPECT_EQ((**storage->state().account({1})).held_minor, 10'00);
}

TEST(Storage, AnImportThatBrokeOffIsDoneAgain) {
  const TemporaryDirectory directory;
  const auto broken =
      Storage::open(options(directory), {core::test::program()}, [](const ImportRow& row) {
        Account stray = core::test::account();
        stray.id = {99};
        row(stray);
        return std::optional<Sequence>{};
      });
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Code::import);
  const auto storage = open(directory, [](const ImportRow& row) {
    row(core::test::account());
    return std::optional<Sequence>{Sequence{0}};
  });
  EXPECT_TRUE(*storage->state().account({1}));
  EXPECT_FALSE(*storage->state().account({99}));
}

TEST(Storage, ARecordOfANewerProgramRefusesTheStart) {
  const TemporaryDirectory directory;
  {
    const auto storage = open(directory);
    const std::vector<std::byte> payload{std::byte{0}};
    ASSERT_TRUE(storage->journal().append(1, record_version + 1, core::test::noon, payload));
    ASSERT_TRUE(storage->journal().flush());
  }
  const auto opened = Storage::open(options(directory), {core::test::program()});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Code::record);
  EXPECT_EQ(opened.error().format, FormatError::version);
  EXPECT_EQ(opened.error().sequence, Sequence{1});
}

}  // namespace
}  // namespace authd::store
