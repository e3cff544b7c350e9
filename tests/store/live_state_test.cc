// LiveState against MemoryState: the same commands on both, checkpoints in between, must look the
// same from outside.

#include "store/state/live_state.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "core/memory_state.h"
#include "store/state/checkpointer.h"
#include "tests/store/random_commands.h"
#include "tests/store/samples.h"
#include "tests/store/temporary_directory.h"

namespace authd::store {
namespace {

using namespace core;
using namespace test;
using authd::test::TemporaryDirectory;

constexpr std::size_t small_map = std::size_t{64} << 20;

Snapshot open_snapshot(const TemporaryDirectory& directory) {
  return std::move(Snapshot::open({directory.path(), small_map, 1})).value();
}

// Puts rows as the record `sequence`.
void put(LiveState& live, const std::vector<Row>& rows, std::uint64_t sequence) {
  Record record;
  record.command = ExpireNext{};
  record.outcome = Booking{};
  record.rows = rows;
  const std::vector<std::byte> payload = payload_of(record);
  ASSERT_TRUE(live.put(decode_images(payload).value(), {sequence}, noon));
}

void checkpoint(Snapshot& snapshot, LiveState& live) {
  const auto frozen = live.freeze();
  const SnapshotHeader header{frozen->last_sequence(), frozen->last_at(), {0}, true};
  ASSERT_TRUE(snapshot.write(frozen->sorted(), header, [] {}));
  ASSERT_TRUE(live.adopt());
}

// The same commands on a LiveState and a MemoryState.
class Twins {
 public:
  Twins() {
    apply(DefineZone{TimeZone{}});
    Program program = a_program();
    program.extra_holds = {{{{5'800, 5'899}}, 2'000, 0}};
    apply(ConfigureProgram{program});
    for (const std::int64_t id : {1, 2, 3}) apply(OpenAccount{an_account(id)});
    for (const std::int64_t id : {1, 2, 3, 4}) {
      Card card = a_card();
      card.token = card_token("card-" + std::to_string(id));
      card.account = {1 + id % 3};
      apply(IssueCard{card});
    }
  }

  // Applies to both, compares, and takes the record through its bytes.
  void apply(const Command& command) {
    const Moment moment{now, {sequence + 1}, 0, 0, false};
    const auto done = core::apply(live, command, moment, on_live_);
    ASSERT_EQ(done.has_value(), core::apply(memory, command, moment, on_memory_).has_value());
    if (!done) return;
    ASSERT_TRUE(on_live_.outcome == on_memory_.outcome);
    ASSERT_TRUE(on_live_.explanation == on_memory_.explanation);
    ASSERT_TRUE(on_live_.rows == on_memory_.rows);
    if (on_live_.rows.empty()) return;

    ++sequence;
    encode_record(command, moment, on_live_, payload_);
    const Record written{command, moment, on_live_.outcome, on_live_.explanation, on_live_.rows};
    const auto read = decoded(written, payload_);
    ASSERT_TRUE(read) << "record " << sequence;
    ASSERT_TRUE(same(*read, written)) << "record " << sequence;
    ASSERT_TRUE(live.put(decode_images(payload_).value(), moment.sequence, now));
    for (const Row& row : on_live_.rows) memory.put(row);
    ++records[static_cast<std::size_t>(kind_of(command))];
  }

  TemporaryDirectory directory;
  Snapshot snapshot = open_snapshot(directory);
  LiveState live = LiveState::open(snapshot).value();
  MemoryState memory;
  Timestamp now = noon;
  std::uint64_t sequence = 0;
  std::array<std::uint64_t, record_kind_last + 1> records{};

 private:
  Applied on_live_;
  Applied on_memory_;
  std::vector<std::byte> payload_;
};

// Every row of the memory, found again in the state.
void expect_same_rows(const MemoryState& memory, const State& state) {
  struct Find {
    const State& state;
    Row operator()(const Account& r) const { return **state.account(r.id); }
    Row operator()(const Card& r) const { return **state.card(r.program, r.token); }
    Row operator()(const Authorization& r) const { return **state.authorization(r.id); }
    Row operator()(const Usage& r) const { return **state.usage(r.owner); }
    Row operator()(const Message& r) const { return **state.message(r.program, r.id); }
    Row operator()(const Notice& r) const { return **state.notice(r.program, r.id); }
    Row operator()(const ControlSet& r) const { return **state.controls(r.owner); }
    Row operator()(const Program& r) const { return *state.program(r.id); }
    Row operator()(const TimeZone& r) const { return *state.zone(r.name); }
    Row operator()(const DueSlot& r) const { return **state.due_slot(r.slot); }
    Row operator()(const DueCursor&) const { return **state.due_cursor(); }
    Row operator()(const Transfer& r) const { return **state.transfer(r.program, r.id); }
    Row operator()(const MirrorMark&) const { return **state.mirror_mark(); }
  };
  memory.for_each([&state](const Row& row) {
    EXPECT_TRUE(std::visit(Find{state}, row) == row) << "kind " << row.index();
  });
}

unsigned chosen_seed() {
  const char* const chosen = std::getenv("AUTHD_TEST_SEED");
  return chosen != nullptr ? static_cast<unsigned>(std::stoul(chosen)) : 20'261'102;
}

TEST(LiveState, LooksTheSameAsMemoryWhateverIsCheckpointedWhen) {
  const unsigned seed = chosen_seed();
  SCOPED_TRACE("AUTHD_TEST_SEED=" + std::to_string(seed));
  RandomCommands random(seed);
  Twins twins;
  std::uint64_t checkpoints = 0;
  {
    Checkpointer checkpointer(twins.snapshot, {}, {});
    for (int i = 0; i < 5'000 && !testing::Test::HasFatalFailure(); ++i) {
      if (random.below(10) == 0) {
        twins.now.unix_us += static_cast<std::int64_t>(random.below(5'000)) * us_per_s;
      }
      twins.apply(random.next());
      if (!twins.live.is_frozen() && random.below(50) == 0) {
        checkpointer.submit(twins.live.freeze(), {0});
      }
      if (twins.live.is_frozen() && checkpointer.poll()) {
        checkpointer.dispose(twins.live.adopt().value());
        ++checkpoints;
      }
    }
    if (twins.live.is_frozen()) {
      while (!checkpointer.poll()) std::this_thread::yield();
      checkpointer.dispose(twins.live.adopt().value());
    }
  }
  EXPECT_GT(checkpoints, 0U);
  EXPECT_GT(twins.sequence, 2'000U);
  for (std::size_t kind = 1; kind < twins.records.size(); ++kind) {
    EXPECT_GT(twins.records[kind], 0U) << "no record of kind " << kind;
  }
  expect_same_rows(twins.memory, twins.live);

  checkpoint(twins.snapshot, twins.live);
  expect_same_rows(twins.memory, LiveState::open(twins.snapshot).value());
}

TEST(LiveState, AFrozenRowIsSeenUntilAndAfterItsCheckpoint) {
  const TemporaryDirectory directory;
  Snapshot snapshot = open_snapshot(directory);
  LiveState live = LiveState::open(snapshot).value();
  put(live, {an_account()}, 1);
  EXPECT_EQ(live.overlay_rows(), 1U);

  const auto frozen = live.freeze();
  EXPECT_EQ(**live.account({1}), an_account());
  EXPECT_EQ(live.overlay_rows(), 1U);
  ASSERT_TRUE(snapshot.write(frozen->sorted(), {{1}, noon, {0}, true}, [] {}));
  ASSERT_TRUE(live.adopt());
  EXPECT_EQ(live.overlay_rows(), 0U);
  EXPECT_EQ(**live.account({1}), an_account());
  EXPECT_EQ(*live.account({2}), std::nullopt);
}

TEST(LiveState, ADamagedRowIsAFaultAndNotAnAnswer) {
  const TemporaryDirectory directory;
  Snapshot snapshot = open_snapshot(directory);
  Table table;
  table.put(account_key({1}).view(), bytes_of("not a row"), {1}, noon);
  table.put(controls_key(account_owner()).view(), bytes_of("not a row"), {1}, noon);
  ASSERT_TRUE(snapshot.write(table.sorted(), {{1}, noon, {0}, true}, [] {}));
  const LiveState live = LiveState::open(snapshot).value();
  const auto account = live.account({1});
  ASSERT_FALSE(account);
  EXPECT_EQ(account.error(), StateFault::corrupt);
  for (int i = 0; i < 2; ++i) {
    const auto controls = live.controls(account_owner());
    ASSERT_FALSE(controls);
    EXPECT_EQ(controls.error(), StateFault::corrupt);
  }
}

TEST(LiveState, ADamagedProgramOrZoneRefusesTheStart) {
  for (const RowKey& key : {program_key(program_id()), zone_key(*ZoneName::from("UTC"))}) {
    const TemporaryDirectory directory;
    Snapshot snapshot = open_snapshot(directory);
    Table table;
    table.put(key.view(), bytes_of("not a row"), {1}, noon);
    ASSERT_TRUE(snapshot.write(table.sorted(), {{1}, noon, {0}, true}, [] {}));
    const auto opened = LiveState::open(snapshot);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, SnapshotError::Code::corrupt);
  }
}

TEST(LiveState, ADamagedProgramIsNotPut) {
  const TemporaryDirectory directory;
  Snapshot snapshot = open_snapshot(directory);
  LiveState live = LiveState::open(snapshot).value();
  const RowKey key = program_key(program_id());
  RowImages images;
  images.add({key.view(), bytes_of("not a row")});
  const auto put = live.put(images, {1}, noon);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error(), FormatError::checksum);
  EXPECT_EQ(live.program(program_id()), nullptr);
}

TEST(LiveState, ProgramsAndZonesAreThoseThatWerePutLast) {
  const TemporaryDirectory directory;
  Snapshot snapshot = open_snapshot(directory);
  TimeZone zone;
  zone.transitions = {{0, 3'600}};
  {
    LiveState live = LiveState::open(snapshot).value();
    EXPECT_EQ(live.program(program_id()), nullptr);
    EXPECT_EQ(live.zone(zone.name), nullptr);
    put(live, {a_program(), TimeZone{}}, 1);
    EXPECT_EQ(*live.program(program_id()), a_program());
    EXPECT_EQ(*live.zone(zone.name), TimeZone{});
    // What lies beside a program under its prefix is not one.
    put(live, {Usage{program_owner(), {}}, ControlSet{program_owner(), {a_limit(1)}}, zone}, 2);
    EXPECT_EQ(*live.zone(zone.name), zone);
    checkpoint(snapshot, live);
  }
  const LiveState live = LiveState::open(snapshot).value();
  EXPECT_EQ(*live.program(program_id()), a_program());
  EXPECT_EQ(live.program(program_id("other")), nullptr);
  EXPECT_EQ(*live.zone(zone.name), zone);
}

TEST(LiveState, ControlsAreThoseThatWerePutLast) {
  const TemporaryDirectory directory;
  Snapshot snapshot = open_snapshot(directory);
  LiveState live = LiveState::open(snapshot).value();
  std::uint64_t sequence = 0;
  for (const Owner& owner : {program_owner(), account_owner(), card_owner()}) {
    EXPECT_EQ(*live.controls(owner), nullptr);  // and this is remembered
    put(live, {ControlSet{owner, {a_limit(1)}}}, ++sequence);
    EXPECT_EQ((*live.controls(owner))->controls, std::vector{a_limit(1)});
    put(live, {ControlSet{owner, {a_limit(2), a_limit(3)}}}, ++sequence);
    EXPECT_EQ((*live.controls(owner))->controls.size(), 2U);
    put(live, {ControlSet{owner, {}}}, ++sequence);
    ASSERT_NE(*live.controls(owner), nullptr);
    EXPECT_TRUE((*live.controls(owner))->controls.empty());
    EXPECT_EQ((*live.controls(owner))->owner, owner);
  }
}

TEST(LiveState, ControlsAreDecodedOnceAndStayWhereTheyAre) {
  const TemporaryDirectory directory;
  Snapshot snapshot = open_snapshot(directory);
  LiveState live = LiveState::open(snapshot).value();
  put(live,
      {ControlSet{program_owner(), {a_limit(1)}}, ControlSet{account_owner(), {a_limit(2)}},
       ControlSet{card_owner(), {a_limit(3)}}},
      1);
  const ControlSet* const of_program = *live.controls(program_owner());
  const ControlSet* const of_card = *live.controls(card_owner());
  EXPECT_EQ(*live.controls(account_owner()), *live.controls(account_owner()));

  // More accounts than are remembered.
  for (std::size_t i = 0; i < LiveState::cached_owners_max + 10; ++i) {
    EXPECT_EQ(*live.controls(account_owner(static_cast<std::int64_t>(i) + 2)), nullptr);
  }
  EXPECT_EQ(of_program->controls, std::vector{a_limit(1)});
  EXPECT_EQ(of_card->controls, std::vector{a_limit(3)});
  EXPECT_EQ(*live.controls(program_owner()), of_program);
  EXPECT_EQ((*live.controls(account_owner()))->controls, std::vector{a_limit(2)});  // read again
}

}  // namespace
}  // namespace authd::store
