#include "store/state/storage.h"

#include <gtest/gtest.h>

#include "store/state/checkpointer.h"
#include "tests/store/format_samples.h"
#include "tests/store/temporary_directory.h"

namespace authd::store {
namespace {

using namespace core;
using namespace test;
using authd::test::TemporaryDirectory;
using Code = StorageError::Code;

constexpr Timestamp later{noon.unix_us + 90 * us_per_s};

Storage::Options options(const TemporaryDirectory& directory) {
  return {directory.path() / "state", 1, std::size_t{128} << 10, std::size_t{16} << 20};
}

std::unique_ptr<Storage> open(const TemporaryDirectory& directory,
                              const Storage::Import& import = {}) {
  auto storage = Storage::open(options(directory), import);
  if (!storage) {
    ADD_FAILURE() << "code " << static_cast<int>(storage.error().code) << " journal "
                  << name(storage.error().journal.fault);
  }
  return std::move(storage).value();
}

StorageError refused(const TemporaryDirectory& directory, const Storage::Import& import = {}) {
  const auto storage = Storage::open(options(directory), import);
  EXPECT_FALSE(storage);
  return storage ? StorageError{} : storage.error();
}

// An import that must not happen.
Storage::Import never() {
  return [](const ImportRow&) {
    ADD_FAILURE() << "imported";
    return std::optional<Sequence>{};
  };
}

// Applies, records and flushes; what the sequencer does with a batch of one.
Outcome run(Storage& storage, const Command& command, Timestamp at = noon) {
  const Moment now{at, storage.journal().next_sequence(), 0, 0, false};
  Applied applied;
  EXPECT_TRUE(core::apply(storage.state(), command, now, applied));
  std::vector<std::byte> payload;
  if (!applied.rows.empty()) {
    EXPECT_TRUE(storage.record(command, now, applied, payload));
  }
  EXPECT_TRUE(storage.journal().flush());
  return applied.outcome;
}

Answer decide(Storage& storage, const Request& request, Timestamp at = noon) {
  return std::get<Answer>(run(storage, request, at));
}

// Four records.
void furnish(Storage& storage) {
  for (const Command& command :
       {Command(DefineZone{TimeZone{}}), Command(ConfigureProgram{a_program()}),
        Command(OpenAccount{an_account()}), Command(IssueCard{a_card()})}) {
    EXPECT_TRUE(run(storage, command) == Outcome{Setup::done});
  }
}

void checkpoint(Storage& storage) {
  Checkpointer checkpointer(storage.snapshot(), storage.opened_at(), {});
  checkpointer.submit(storage.state().freeze(), {0});
  while (!checkpointer.poll()) std::this_thread::yield();
  ASSERT_TRUE(storage.state().adopt());
}

std::int64_t held(const Storage& storage) {
  return (**const_cast<Storage&>(storage).state().account({1})).held_minor;
}

TEST(Storage, AReopenedStateIsTheSnapshotAndTheRecordsAfterIt) {
  const TemporaryDirectory directory;
  {
    const auto storage = open(directory);
    furnish(*storage);
    decide(*storage, a_request("m1", 10'00));
    checkpoint(*storage);
    decide(*storage, a_request("m2", 5'00), later);
  }
  const auto storage = open(directory);
  EXPECT_EQ(storage->opened_at().applied, Sequence{5});
  EXPECT_EQ(storage->opened_at().applied_at, noon);
  EXPECT_EQ(storage->replayed_records(), 1U);
  EXPECT_EQ(storage->last_record_at(), later);
  EXPECT_EQ(held(*storage), 15'00);
  EXPECT_EQ(storage->journal().next_sequence(), Sequence{7});
  EXPECT_EQ(decide(*storage, a_request("m2", 5'00)).origin, Answer::Origin::repeated);
}

TEST(Storage, ProgramsZonesAndControlsAreRecovered) {
  const TemporaryDirectory directory;
  {
    const auto storage = open(directory);
    furnish(*storage);
    run(*storage, SetControl{program_owner(), a_limit(1)});
    checkpoint(*storage);
    run(*storage, SetControl{card_owner(), a_limit(2)});
    Program program = a_program();
    program.hold_days = 9;
    run(*storage, ConfigureProgram{program});
  }
  const auto storage = open(directory);
  EXPECT_EQ(storage->replayed_records(), 2U);
  EXPECT_EQ(storage->state().program(program_id())->hold_days, 9);
  EXPECT_EQ(*storage->state().zone(*ZoneName::from("UTC")), TimeZone{});
  EXPECT_EQ((*storage->state().controls(program_owner()))->controls.front().id, ControlId{1});
  EXPECT_EQ((*storage->state().controls(card_owner()))->controls.front().id, ControlId{2});
}

TEST(Storage, ALostSnapshotIsRebuiltFromTheWholeJournal) {
  const TemporaryDirectory directory;
  {
    const auto storage = open(directory);
    furnish(*storage);
    decide(*storage, a_request("m1", 10'00));
    checkpoint(*storage);
  }
  std::filesystem::remove_all(directory.path() / "state" / "snapshot");
  const auto storage = open(directory, never());  // never import over a journal
  EXPECT_EQ(held(*storage), 10'00);
  EXPECT_NE(storage->state().program(program_id()), nullptr);
}

TEST(Storage, ALostJournalRefusesTheStart) {
  const TemporaryDirectory directory;
  {
    const auto storage = open(directory);
    furnish(*storage);
    checkpoint(*storage);
  }
  std::filesystem::remove_all(directory.path() / "state" / "journal");
  const StorageError removed = refused(directory);
  EXPECT_EQ(removed.code, Code::journal);
  EXPECT_EQ(removed.journal.fault, JournalFault::directory_failed);
  std::filesystem::create_directory(directory.path() / "state" / "journal");
  EXPECT_EQ(refused(directory).journal.fault, JournalFault::missing_journal);
}

TEST(Storage, AJournalThatEndsBeforeTheSnapshotRefusesTheStart) {
  const TemporaryDirectory directory;
  {
    const auto storage = open(directory);
    furnish(*storage);
    const auto frozen = storage->state().freeze();
    ASSERT_TRUE(storage->snapshot().write(frozen->sorted(), {{9}, noon, {0}, true}, [] {}));
  }
  const StorageError error = refused(directory);
  EXPECT_EQ(error.code, Code::journal_behind);
  EXPECT_EQ(error.sequence, Sequence{9});
}

TEST(Storage, OneProcessAtATime) {
  const TemporaryDirectory directory;
  const auto storage = open(directory);
  EXPECT_EQ(refused(directory).code, Code::in_use);
}

std::optional<Sequence> import_world(const ImportRow& row) {
  row(TimeZone{});
  row(a_program());
  row(an_account());
  row(a_card());
  return Sequence{41};
}

TEST(Storage, AnImportFillsAnEmptyStateAndTheJournalGoesOnBehindIt) {
  const TemporaryDirectory directory;
  {
    const auto storage = open(directory, import_world);
    EXPECT_EQ(storage->journal().next_sequence(), Sequence{42});
    EXPECT_TRUE(decide(*storage, a_request("m1", 10'00)).decision.is_approved());
  }
  const auto storage = open(directory, never());
  EXPECT_EQ(storage->journal().next_sequence(), Sequence{43});
  EXPECT_EQ(held(*storage), 10'00);
}

// Without it the journal's records could not be decided again.
TEST(Storage, KeepsACopyOfWhatWasImported) {
  const TemporaryDirectory directory;
  decide(*open(directory, import_world), a_request("m1", 10'00));
  {
    const auto storage = open(directory, never());
    checkpoint(*storage);
  }
  const auto copy =
      Snapshot::open({Storage::imported(options(directory).directory), std::size_t{16} << 20, 1});
  ASSERT_TRUE(copy);
  EXPECT_EQ((*copy->header())->applied, Sequence{41});
  const auto state = LiveState::open(*copy);
  ASSERT_TRUE(state);
  EXPECT_EQ((**state->account({1})).held_minor, 0);
}

// A crash between the import and the copy.
// A crash between the import and the copy: there is no journal yet.
TEST(Storage, MakesTheCopyOfAnImportLaterWhenItIsMissing) {
  const TemporaryDirectory directory;
  {
    auto snapshot = Snapshot::open(
        {options(directory).directory / "snapshot", options(directory).map_bytes, 1});
    const SnapshotHeader imported{{41}, noon, {41}, false};
    ASSERT_TRUE(snapshot->commit({}, &imported));
  }
  EXPECT_EQ(open(directory, never())->journal().next_sequence(), Sequence{42});
  EXPECT_TRUE(std::filesystem::exists(Storage::imported(options(directory).directory)));
}

TEST(Storage, TimeGoesOnBehindAnImportAndItsRestarts) {
  Message message;
  message.program = program_id();
  message.id = message_id("m1");
  message.decided = true;
  message.card = card_token();
  message.amount = message.decision.approved = {1, usd};
  message.decided_at = noon;
  Authorization authorization;
  authorization.id = {7};
  authorization.program = program_id();
  authorization.key = message_id("m1");
  authorization.card = card_token();
  authorization.opened_at = noon;
  const Notice notice{program_id(), message_id("n1"), EventKind::closed, {0, usd}, {7}, noon};
  Transfer transfer;
  transfer.program = program_id();
  transfer.id = message_id("t1");
  transfer.kind = TransferKind::fee;
  transfer.from = {1};
  transfer.amount = {1, usd};
  transfer.changed_at = noon;
  for (const Row& latest : {Row{message}, Row{authorization}, Row{notice}, Row{transfer}}) {
    const TemporaryDirectory directory;
    const auto import = [&latest](const ImportRow& row) {
      row(latest);
      return import_world(row);
    };
    EXPECT_EQ(open(directory, import)->last_record_at(), noon) << latest.index();
    EXPECT_EQ(open(directory, never())->last_record_at(), noon) << latest.index();
    {
      const auto storage = open(directory, never());
      decide(*storage, a_request("m2", 1), later);
    }
    EXPECT_EQ(open(directory, never())->last_record_at(), later) << latest.index();
  }
}

TEST(Storage, AnImportThatBrokeOffIsDoneAgain) {
  const TemporaryDirectory directory;
  const StorageError broken = refused(directory, [](const ImportRow& row) {
    row(an_account(99));
    return std::optional<Sequence>{};
  });
  EXPECT_EQ(broken.code, Code::import);
  const auto storage = open(directory, import_world);
  EXPECT_TRUE(*storage->state().account({1}));
  EXPECT_FALSE(*storage->state().account({99}));
}

TEST(Storage, AnImportedRowBeyondItsBoundsIsRefused) {
  const TemporaryDirectory directory;
  const StorageError error = refused(directory, [](const ImportRow& row) {
    row(ControlSet{account_owner(), {a_limit(2), a_limit(1)}});  // not in order
    return std::optional<Sequence>{Sequence{41}};
  });
  EXPECT_EQ(error.code, Code::import);
  EXPECT_EQ(error.format, FormatError::malformed);
  EXPECT_FALSE(*open(directory, import_world)->state().controls(account_owner()));
}

// What the state directory says about a journal with this one record.
StorageError after_record(std::uint16_t kind, std::uint16_t version,
                          const std::vector<std::byte>& payload) {
  const TemporaryDirectory directory;
  {
    const auto storage = open(directory);
    EXPECT_TRUE(storage->journal().append(kind, version, noon, payload));
    EXPECT_TRUE(storage->journal().flush());
  }
  return refused(directory);
}

TEST(Storage, ARecordOfAnotherVersionRefusesTheStart) {
  for (const int change : {-1, 1}) {
    const auto version = static_cast<std::uint16_t>(record_version + change);
    const StorageError error = after_record(1, version, {std::byte{0}});
    EXPECT_EQ(error.code, Code::record);
    EXPECT_EQ(error.format, FormatError::version);
    EXPECT_EQ(error.sequence, Sequence{1});
  }
}

TEST(Storage, AProgramThatDoesNotDecodeRefusesTheStart) {
  Record record;
  record.command = ConfigureProgram{};
  record.outcome = Setup::done;
  record.rows = {a_program()};
  std::get<Program>(record.rows.front()).hold_days = 0;
  const auto kind = static_cast<std::uint16_t>(RecordKind::program_configured);
  const StorageError error = after_record(kind, record_version, payload_of(record));
  EXPECT_EQ(error.code, Code::record);
  EXPECT_EQ(error.format, FormatError::malformed);
  EXPECT_EQ(error.sequence, Sequence{1});
}

TEST(Storage, ARecordThatHasNoRoomIsNotMade) {
  const TemporaryDirectory directory;
  const auto storage = open(directory);
  furnish(*storage);
  std::vector<std::byte> payload;
  const auto record = [&](const Command& command) {
    const Moment now{noon, storage->journal().next_sequence(), 0, 0, false};
    Applied applied;
    EXPECT_TRUE(core::apply(storage->state(), command, now, applied));
    return storage->record(command, now, applied, payload);
  };
  int approved = 0;
  while (record(a_request("m" + std::to_string(approved), 1))) ++approved;
  EXPECT_GT(approved, 100);
  EXPECT_LE(payload.size(), payload_bytes_max);
  EXPECT_EQ(held(*storage), approved);
  EXPECT_TRUE(storage->journal().flush());
  EXPECT_TRUE(record(a_request("m" + std::to_string(approved), 1)));
  EXPECT_EQ(held(*storage), approved + 1);
}

TEST(Storage, ARecordLargerThanAnyBatchSaysSo) {
  const TemporaryDirectory directory;
  const auto storage = open(directory);
  Applied applied;
  applied.outcome = Setup::done;
  applied.rows = {largest_controls()};
  const Moment now{noon, storage->journal().next_sequence(), 0, 0, false};
  std::vector<std::byte> payload;
  EXPECT_FALSE(storage->record(RemoveControl{card_owner(), {1}}, now, applied, payload));
  EXPECT_GT(payload.size(), payload_bytes_max);
  EXPECT_EQ(*storage->state().controls(card_owner()), nullptr);
}

}  // namespace
}  // namespace authd::store
