// What migration 0002 makes of a ledger of 0001: the state that a bootstrap gives afterwards, and
// that it goes on from.

#include <gtest/gtest.h>

#include <algorithm>

#include "core/lifecycle.h"
#include "store/postgres/migrate.h"
#include "tests/postgres/cluster.h"
#include "tests/postgres/state_rows.h"

namespace authd::test {

namespace {

using core::Closure;
using core::Level;
using core::Period;
using core::Reason;

constexpr std::int64_t max = 9'223'372'036'854'775'807;

// Holds 5 and 6 end in the same ten minutes, 7 an hour later; the others are over, or empty.
constexpr const char* ledger_of_0001 = R"(
INSERT INTO authd.account (id, posted_minor, held_minor, daily_limit_minor, state_seq, state_shard, status, currency)
VALUES (1, 100000, 5300, 30000, 11, 1, 1, 'USD'), (2, -5, 0, NULL, 0, 0, 1, 'EUR'), (3, 7, 0, 0, 0, 0, 2, 'JPY'),
       (400000000000000000, 0, 0, 9223372036854775807, 0, 0, 3, 'USD');
INSERT INTO authd.card (program, token, account_id, expires_at, transaction_limit_minor, daily_limit_minor, status)
VALUES ('demo', 'card_1', 1, to_timestamp(4000000000), 8000, 20000, 1),
       ('demo', 'card_2', 1, to_timestamp(4000000000), NULL, NULL, 3),
       ('asia', 'card_1', 2, to_timestamp(1600000000), 0, 63, 2),
       ('demo', rpad('long', 64, '~'), 3, to_timestamp(4000000000), 64, 127, 4),
       ('demo', 'card_5', 3, to_timestamp(4000000000), 8191, 8192, 1),
       ('demo', 'card_6', 3, to_timestamp(4000000000), 9223372036854775807, NULL, 1);
INSERT INTO authd.shard (shard, epoch, drained_seq) VALUES (1, 3, 20), (2, 1, 9), (3, 1, 0);
INSERT INTO authd.hold (shard, id, account_id, amount_minor, opened_at, status, currency, program, card_token,
                        authorization_message)
SELECT shard, id, 1, amount, to_timestamp(1793620800) + after, status, 'USD', 'demo', 'card_1', 'm' || id
  FROM (VALUES (1, 5, 1000, interval '0.123456 s', 1), (1, 6, 300, '9 min', 1), (1, 7, 4000, '1 h', 1),
               (1, 8, 700, '0 s', 2), (1, 9, 0, '0 s', 3), (1, 10, 40, '0 s', 4), (1, 11, 0, '0 s', 1),
               (2, 5, 0, '0 s', 3)) AS t(shard, id, amount, after, status);
INSERT INTO authd.decision (shard, seq, decided_at, account_id, hold_id, amount_minor, approved_minor,
                            posted_after_minor, available_after_minor, merchant_mcc, kind, reason, currency, program,
                            message_id, increments, card_token)
SELECT 1, seq, to_timestamp(1793620800), account, hold, amount, approved, 100000, 1, NULL, kind, reason, 'USD', 'demo',
       message, increments, 'card_1'
  FROM (VALUES (5, 1, 5, 700, 700, 1, 0, 'm5', NULL), (12, 1, 5, 300, 300, 1, 0, 'm12', 'm5'),
               (6, 1, 6, 300, 300, 2, 0, 'm6', NULL), (8, 1, 8, 700, 700, 1, 0, 'm8', NULL),
               (13, NULL, NULL, 9000, 0, 1, 100, 'm13', NULL), (14, NULL, NULL, 1, 0, 1, 110, 'm14', NULL),
               (15, NULL, NULL, 1, 0, 1, 120, 'm15', NULL), (16, NULL, NULL, 1, 0, 1, 130, 'm16', NULL),
               (17, NULL, NULL, 5, 5, 4, 0, 'm17', NULL), (18, NULL, NULL, 0, 0, 6, 0, 'm18', NULL))
    AS t(seq, account, hold, amount, approved, kind, reason, message, increments))";

core::Control limit_of(std::int64_t most, Period period, Level level) {
  core::Control control = limit(1, most, period, level);
  core::Limit& of = std::get<core::Limit>(control.check);
  if (level == Level::card) of.window.zone = {};
  return control;
}

core::Authorization hold(std::uint64_t id, std::int64_t minor, std::int64_t after_us,
                         Closure closure) {
  core::Authorization row;
  row.id = {id};
  row.program = demo;
  row.key = *core::MessageId::from("m" + std::to_string(id));
  row.card = *core::CardToken::from("card_1");
  row.account = {1};
  row.currency = usd(0).currency;
  row.approved_minor = minor;
  row.closure = closure;
  row.opened_at = {noon.unix_us + after_us};
  row.expires_at = {row.opened_at.unix_us + 7 * core::us_per_day};
  if (closure != Closure::open || minor == 0) return row;
  row.due_slot = row.expires_at.unix_us / core::DueSlot::length_us;
  row.takes = {{row.opened_at, minor}};
  return row;
}

core::Message decided(const std::string& id, std::uint64_t authorization, core::Kind kind,
                      Reason reason, std::int64_t amount) {
  core::Message row;
  row.program = demo;
  row.id = *core::MessageId::from(id);
  row.authorization = {authorization};
  row.decided = true;
  row.card = *core::CardToken::from("card_1");
  row.kind = kind;
  row.amount = usd(amount);
  const std::int64_t approved = reason == Reason::approved ? amount : 0;
  row.decision = {reason, usd(approved), {100'000, 1}};
  row.decided_at = noon;
  row.approved_minor = authorization == 0 ? 0 : approved;
  return row;
}

void put_accounts(core::MemoryState& state) {
  core::Account first = account(1, 100'000);
  first.held_minor = 5'300;
  first.has_controls = true;
  state.put(first);
  core::Account second = account(2, -5);
  second.currency = *core::Currency::from_alpha("EUR");
  state.put(second);
  core::Account third = account(3, 7);
  third.currency = *core::Currency::from_alpha("JPY");
  third.status = core::AccountStatus::frozen;
  third.has_controls = true;
  state.put(third);
  core::Account fourth = account(400'000'000'000'000'000, 0);
  fourth.status = core::AccountStatus::closed;
  fourth.has_controls = true;
  state.put(fourth);
}

core::Card old_card(std::string_view token, std::int64_t account_id, core::CardStatus status) {
  core::Card row = card(token, account_id);
  row.status = status;
  row.has_controls = true;
  return row;
}

// With controls whose numbers the migration chose: id and counter are 1.
core::MemoryState state_of_0001() {
  core::MemoryState state;
  put_accounts(state);
  using core::CardStatus;
  const std::string long_token = "long" + std::string(60, '~');
  core::Card without = old_card("card_2", 1, CardStatus::frozen);
  without.has_controls = false;
  core::Card asian = old_card("card_1", 2, CardStatus::inactive);
  asian.program = *core::ProgramId::from("asia");
  asian.expires_at = {1'600'000'000 * second_us};
  const std::vector<core::Card> cards{old_card("card_1", 1, CardStatus::active),
                                      without,
                                      asian,
                                      old_card(long_token, 3, CardStatus::closed),
                                      old_card("card_5", 3, CardStatus::active),
                                      old_card("card_6", 3, CardStatus::active)};
  for (const core::Card& one : cards) state.put(one);

  const auto day = [](std::int64_t most) { return limit_of(most, Period::day, Level::card); };
  const auto once = [](std::int64_t most) {
    return limit_of(most, Period::transaction, Level::card);
  };
  const auto of_account = [](std::int64_t most) {
    return limit_of(most, Period::day, Level::account);
  };
  state.put(core::ControlSet{{core::AccountId{1}}, {of_account(30'000)}});
  state.put(core::ControlSet{{core::AccountId{3}}, {of_account(0)}});
  state.put(core::ControlSet{{core::AccountId{400'000'000'000'000'000}}, {of_account(max)}});
  state.put(core::ControlSet{owner_of(cards[0]), {day(20'000), once(8'000)}});
  state.put(core::ControlSet{owner_of(cards[2]), {day(63), once(0)}});
  state.put(core::ControlSet{owner_of(cards[3]), {day(127), once(64)}});
  state.put(core::ControlSet{owner_of(cards[4]), {day(8'192), once(8'191)}});
  state.put(core::ControlSet{owner_of(cards[5]), {once(max)}});

  core::Authorization sixth = hold(6, 300, 540 * second_us, Closure::open);
  sixth.next_due = {5};
  const std::vector<core::Authorization> holds{
      hold(5, 1'000, 123'456, Closure::open), sixth,
      hold(7, 4'000, hour_us, Closure::open), hold(8, 700, 0, Closure::completed),
      hold(9, 0, 0, Closure::reversed),       hold(10, 40, 0, Closure::expired),
      hold(11, 0, 0, Closure::open)};
  for (const core::Authorization& one : holds) state.put(one);
  state.put(core::DueSlot{holds[1].due_slot, {6}});
  state.put(core::DueSlot{holds[2].due_slot, {7}});
  state.put(core::DueCursor{holds[1].due_slot});

  using core::Kind;
  state.put(decided("m5", 5, Kind::purchase, Reason::approved, 700));
  state.put(decided("m12", 5, Kind::purchase, Reason::approved, 300));
  state.put(decided("m6", 6, Kind::cash, Reason::approved, 300));
  state.put(decided("m8", 8, Kind::purchase, Reason::approved, 700));
  state.put(decided("m13", 0, Kind::purchase, Reason::amount_limit, 9'000));
  state.put(decided("m14", 0, Kind::purchase, Reason::amount_limit, 1));
  state.put(decided("m15", 0, Kind::purchase, Reason::amount_limit, 1));
  state.put(decided("m16", 0, Kind::purchase, Reason::insufficient_funds, 1));
  state.put(decided("m17", 0, Kind::credit, Reason::approved, 5));
  state.put(decided("m18", 0, Kind::balance_inquiry, Reason::approved, 0));
  return state;
}

class LifecycleMigration : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    auto connection = connect();
    ASSERT_TRUE(store::migrate(connection, store::migrations().first(1)));
    query_text(connection, ledger_of_0001);
    ASSERT_TRUE(store::migrate(connection));
  }

  Rows rows(core::Sequence drained) {
    auto connection = connect();
    World world;
    return bootstrapped(connection, everything(world), drained);
  }
};

// Takes the numbers that the migration gave out of the controls, after a look at them.
Rows with_ordinary_numbers(Rows rows) {
  constexpr std::int64_t first_number = std::int64_t{1} << 62U;
  for (auto& [key, row] : rows) {
    auto* const set = std::get_if<core::ControlSet>(&row);
    if (set == nullptr) continue;
    std::sort(set->controls.begin(), set->controls.end(), [](const auto& a, const auto& b) {
      return std::get<core::Limit>(a.check).max > std::get<core::Limit>(b.check).max;
    });
    for (core::Control& control : set->controls) {
      EXPECT_GE(control.id.value, first_number);
      const bool counts = std::get<core::Limit>(control.check).window.period == Period::day;
      EXPECT_EQ(control.counter.value, counts ? static_cast<std::uint64_t>(control.id.value) : 0U);
      control.id = {1};
      control.counter = {};
    }
  }
  return rows;
}

TEST_F(LifecycleMigration, MakesControlsAndAuthorizationsOfLimitsAndHolds) {
  expect_same(with_ordinary_numbers(rows({20})), rows_of(state_of_0001()));
}

TEST_F(LifecycleMigration, SaysTheSameToPeople) {
  auto connection = connect();
  EXPECT_EQ(query_text(connection,
                       "SELECT string_agg(concat_ws(':', level, program, account_id, card_token,"
                       " check_kind, mode, counter_id IS NULL, (definition->>'id')::int8 = id,"
                       " definition - 'id'), e'\\n') FROM authd.spend_control"
                       " WHERE account_id = 1 OR card_token = 'card_6'"),
            "2:1:1:1:f:t:{\"mode\": \"enforce\", \"limit\": {\"max\": 30000, \"per\": \"day\","
            " \"zone\": \"UTC\", \"counts\": \"account\", \"measure\": \"amount\"}, \"account\": 1}"
            "\n3:demo:card_6:1:1:t:t:{\"card\": \"card_6\", \"mode\": \"enforce\", \"limit\":"
            " {\"max\": 9223372036854775807, \"per\": \"transaction\", \"counts\": \"card\","
            " \"measure\": \"amount\"}, \"program\": \"demo\"}");
  EXPECT_EQ(query_text(connection,
                       "SELECT string_agg(concat_ws(':', shard, due_cursor IS NULL), ' '"
                       " ORDER BY shard) FROM authd.shard"),
            "1:f 2:t 3:t");
  EXPECT_EQ(query_text(connection,
                       "SELECT count(*) FROM pg_proc WHERE pronamespace = 'authd'::regnamespace"
                       " AND proname IN ('varint', 'short_text')"),
            "0");
  EXPECT_EQ(refused(connection, "UPDATE authd.decision SET reason = 0"), "23001");
}

// Clears one hold, lets the others expire, meets a limit; and drains that.
TEST_F(LifecycleMigration, LeavesAStateThatGoesOn) {
  World world({21});
  for (const auto& [key, row] : rows({20})) world.put(row);
  world.begin();
  const auto reason = [&](std::string_view message, std::int64_t minor) {
    const auto outcome = world.apply(purchase(message, "card_1", minor));
    return std::get<core::Answer>(outcome).decision.reason;
  };
  EXPECT_EQ(reason("m5", 700), Reason::approved);  // a repetition
  EXPECT_EQ(reason("m30", 8'001), Reason::amount_limit);
  EXPECT_EQ(reason("m31", 8'000), Reason::approved);
  world.apply(event(core::EventKind::cleared, "n1", "m5", "card_1", 1'000));
  world.advance(7 * core::us_per_day + 2 * hour_us);
  for (int i = 0; i < 40; ++i) world.apply(core::ExpireNext{});
  EXPECT_EQ(world.state().accounts().at({1}).held_minor, 0);
  EXPECT_EQ(world.state().authorizations().at({7}).closure, Closure::expired);
  world.flush();
  auto connection = connect();
  drain_in_batches(connection, world.journal(), {3});
  expect_same(rows(world.last()), rows_of(world.state()));
}

}  // namespace

}  // namespace authd::test
