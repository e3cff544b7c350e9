// LiveState against MemoryState: the same commands on both, checkpoints in between, must look the
// same from outside.

#include "store/state/live_state.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "core/memory_state.h"
#include "store/state/checkpointer.h"
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

// Commands of every kind, most of them about the same few accounts, cards and messages.
class RandomCommands {
 public:
  explicit RandomCommands(unsigned seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  Command next() {
    switch (below(24)) {
      case 0: return set_control();
      case 1: return RemoveControl{owner(), {number(1, 5)}};
      case 2: return ChangeAccount{{number(1, 4)}, AccountStatus::active, number(0, 50), 0};
      case 3: return change_card();
      case 4: return Abandon{program_id(), message()};
      case 5:
      case 6: return ExpireNext{};
      case 7:
      case 8:
      case 9:
      case 10:
      case 11: return event();
      case 12:
      case 13: return transfer();
      case 14: return AdvanceTransfer{program_id(), id_of(below(200)), status()};
      case 15: return mirrored();
      default: return request();
    }
  }

 private:
  std::int64_t number(std::int64_t first, std::int64_t last) {
    return first + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(last - first + 1)));
  }
  std::uint64_t number_of_message() { return below(2'000); }
  static MessageId id_of(std::uint64_t number) { return message_id("m" + std::to_string(number)); }
  static Kind kind_of(std::uint64_t number) { return static_cast<Kind>(1 + number % 7); }
  MessageId message() { return id_of(number_of_message()); }
  CardToken card() { return card_token("card-" + std::to_string(number(1, 5))); }
  Owner owner() {
    switch (below(3)) {
      case 0: return program_owner();
      case 1: return account_owner(number(1, 4));
      default: return {Owner::CardOwner{program_id(), card()}};
    }
  }
  Command set_control() {
    const auto period = static_cast<Period>(number(1, 7));
    Control control = a_limit(number(1, 5), period);
    auto& limit = std::get<Limit>(control.check);
    limit.max = number(1'000, 50'000);
    if (period == Period::rolling) limit.window.rolling_s = 3'600;
    if (below(4) == 0) control.check = MerchantLock{};
    if (below(4) == 0) control.filter.mccs.values = {{5'000, 5'800}};
    if (below(4) == 0) control.mode = Mode::shadow;
    return SetControl{owner(), control};
  }
  Command change_card() {
    ChangeCard change{program_id(), card(), CardStatus::active, {}, a_card().expires_at};
    if (below(10) == 0) change.status = CardStatus::frozen;
    return change;
  }
  TransferStatus status() { return static_cast<TransferStatus>(number(1, 5)); }
  Command transfer() {
    MoveMoney move;
    move.program = program_id();
    move.id = id_of(below(200));
    move.kind = static_cast<TransferKind>(number(1, 7));
    move.amount = {number(1, 3'000), usd};
    if (move.kind != TransferKind::top_up) move.from = {number(1, 4)};
    if (move.kind == TransferKind::top_up || move.kind == TransferKind::transfer) {
      move.to = {number(1, 4)};
    }
    move.reserve = move.kind == TransferKind::wire;
    return move;
  }
  Command mirrored() {
    switch (below(5)) {
      case 0: {
        Account account = an_account(number(1, 4));
        account.overdraft_minor = number(0, 50);
        account.kyc = static_cast<Kyc>(number(1, 4));
        return MirrorAccount{account};
      }
      case 1: {
        Card issued = a_card();
        issued.token = card_token("card-" + std::to_string(number(1, 4)));
        issued.account = {1 + (issued.token.view().back() - '0') % 3};
        issued.active_from = {number(0, 9)};
        return MirrorCard{issued};
      }
      case 2: return MirrorControl{card_owner(), a_limit(number(1, 3), Period::week)};
      case 3: return MirrorRemoval{card_owner(), {number(1, 3)}};
      default: return MirrorMark{1, 2, below(1'000), {}};
    }
  }
  Command request() {
    const std::uint64_t message_number = number_of_message();
    Request request = a_request(id_of(message_number).view(), number(0, 300));
    request.card = card();
    request.kind = kind_of(message_number);
    if (below(4) == 0) request.authorization = message();
    return request;
  }
  Command event() {
    const auto kind = static_cast<EventKind>(number(1, 12));
    Event event = an_event(kind, "n" + std::to_string(below(5'000)), number(0, 300));
    event.card = card();
    event.authorization = message();
    if (below(3) == 0) {
      const std::uint64_t about = number_of_message();
      event.about = id_of(about);
      event.transaction = kind_of(about);
    }
    event.final = below(4) == 0;
    return event;
  }

  std::mt19937 random_;
};

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
