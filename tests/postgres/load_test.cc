#include "store/postgres/load.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/postgres/cluster.h"
#include "tests/postgres/state_rows.h"

namespace authd::test {

namespace {

using core::Level;
using core::Period;
using Outcome = core::Setup;
using store::Loader;
using store::LoadError;

constexpr std::uint64_t first_counter = std::uint64_t{1} << 62U;

const core::Owner of_program{demo};
const core::Owner of_account{core::AccountId{1}};
const core::Owner of_card = owner_of(card("card_1", 1));

core::Command open(std::int64_t id, std::int64_t posted_minor) {
  return core::OpenAccount{account(id, posted_minor)};
}

core::Command issue(std::string_view token, std::int64_t account_id) {
  return core::IssueCard{card(token, account_id)};
}

core::Command set(const core::Owner& owner, const core::Control& control) {
  return core::SetControl{owner, control};
}

class Load : public LedgerTest {
 protected:
  // In one batch; what has become of each command.
  std::vector<Outcome> load(const std::vector<core::Command>& commands) {
    std::vector<Outcome> outcomes;
    auto connection = connect();
    Loader loader(connection,
                  {.now = noon, .on_loaded = [&](const core::Command&, Outcome outcome) {
                     outcomes.push_back(outcome);
                   }});
    for (const core::Command& command : commands) EXPECT_TRUE(loader.add(command));
    const auto done = loader.finish();
    EXPECT_TRUE(done) << (done ? "" : done.error().postgres.message);
    return outcomes;
  }

  // One that is refused, after one that is not.
  std::pair<std::uint64_t, Outcome> refusal(const core::Command& command) {
    auto connection = connect();
    Loader loader(connection, {.now = noon});
    EXPECT_TRUE(loader.add(open(77, 1)));
    EXPECT_TRUE(loader.add(command));
    const auto done = loader.finish();
    if (done) return {};
    EXPECT_EQ(done.error().code, LoadError::Code::refused);
    return {done.error().position, done.error().setup};
  }

  Rows state() {
    auto connection = connect();
    return bootstrapped(connection, everything(World()), {0});
  }

  core::ControlSet controls(const core::Owner& owner) {
    const Rows rows = state();
    const auto found = rows.find(std::string(store::controls_key(owner).view()));
    return found == rows.end() ? core::ControlSet{} : std::get<core::ControlSet>(found->second);
  }
};

TEST_F(Load, BooksTheOpeningBalanceOfANewAccount) {
  load({open(1, 5'000), open(2, -300), open(3, 0)});
  auto connection = connect();
  EXPECT_EQ(query_text(connection,
                       "SELECT string_agg(account_id || ':' || book || ':' || amount_minor, ' '"
                       " ORDER BY account_id, leg) FROM authd.posting WHERE shard = 0"),
            "1:1:5000 1:3:-5000 2:1:-300 2:3:300");
  EXPECT_EQ(query_text(connection,
                       "SELECT count(*) FROM authd.journal_entry JOIN authd.posting USING"
                       " (shard, seq, account_id, booked_at) WHERE kind = 1 AND booked_at ="
                       " to_timestamp(1793620800)"),
            "4");
}

TEST_F(Load, LeavesWhatExistsAndTellsWhetherItIsTheSame) {
  const std::vector<core::Command> commands{open(1, 5'000), issue("card_1", 1)};
  EXPECT_EQ(load(commands), (std::vector{Outcome::done, Outcome::done}));
  EXPECT_EQ(load(commands), (std::vector{Outcome::unchanged, Outcome::unchanged}));
  core::Card frozen = card("card_1", 1);
  frozen.status = core::CardStatus::frozen;
  EXPECT_EQ(load({open(1, 9'000), core::IssueCard{frozen}}),
            (std::vector{Outcome::exists, Outcome::exists}));
  auto connection = connect();
  EXPECT_EQ(query_text(connection, "SELECT posted_minor FROM authd.balance"), "5000");
  EXPECT_EQ(query_text(connection, "SELECT status FROM authd.card"), "1");
  EXPECT_EQ(query_text(connection, "SELECT count(*) FROM authd.posting"), "2");
}

TEST_F(Load, CreatesWhatIsGivenTwiceOnce) {
  EXPECT_EQ(load({open(1, 5'000), open(1, 7'000), issue("card_1", 1), issue("card_1", 1)}),
            (std::vector{Outcome::done, Outcome::exists, Outcome::done, Outcome::unchanged}));
  auto connection = connect();
  EXPECT_EQ(query_text(connection, "SELECT sum(amount_minor) FROM authd.posting WHERE book = 1"),
            "5000");
}

TEST_F(Load, ChangesAccountsAndCards) {
  load({open(1, 5'000), issue("card_1", 1)});
  const core::CardToken token = card("card_1", 1).token;
  const std::vector<core::Command> changes{
      core::ChangeAccount{{1}, core::AccountStatus::frozen, 400, 30},
      core::ChangeCard{demo, token, core::CardStatus::closed, {5}, {6}}};
  EXPECT_EQ(load(changes), (std::vector{Outcome::done, Outcome::done}));
  EXPECT_EQ(load(changes), (std::vector{Outcome::unchanged, Outcome::unchanged}));
  core::Account expected = account(1, 5'000);
  expected.status = core::AccountStatus::frozen;
  expected.overdraft_minor = 400;
  expected.minimum_minor = 30;
  core::Card changed = card("card_1", 1);
  changed.status = core::CardStatus::closed;
  changed.active_from = {5};
  changed.expires_at = {6};
  core::MemoryState state_then;
  state_then.put(expected);
  state_then.put(changed);
  expect_same(state(), rows_of(state_then));
}

TEST_F(Load, NamesCountersByNumbersThatNoJournalHas) {
  core::Control use;
  use.id = {9};
  use.check = core::SingleUse{};
  core::Control once = limit(8, 1, Period::lifetime, Level::card);
  std::get<core::Limit>(once.check).window.period = Period::transaction;
  EXPECT_EQ(load({open(1, 1), issue("card_1", 1),
                  set(of_program, limit(1, 10, Period::day, Level::program)),
                  set(of_account, limit(2, 20, Period::month, Level::account)),
                  set(of_card, limit(3, 30, Period::lifetime, Level::card)), set(of_card, once),
                  set(of_card, use)}),
            std::vector(7, Outcome::done));
  EXPECT_TRUE(state().size() == 2 + 3);
  std::vector<std::uint64_t> counters;
  for (const core::Owner& owner : {of_program, of_account, of_card}) {
    for (const core::Control& control : controls(owner).controls) {
      EXPECT_EQ(control.version, 1U);
      counters.push_back(control.counter.value);
    }
  }
  ASSERT_EQ(counters.size(), 5U);
  EXPECT_EQ(counters[3], 0U);  // of a transaction alone
  counters.erase(counters.begin() + 3);
  for (const std::uint64_t counter : counters) EXPECT_GE(counter, first_counter);
  EXPECT_EQ(std::set(counters.begin(), counters.end()).size(), 4U);
}

TEST_F(Load, EditsAControlAndCountsAnewOnlyWhereItMust) {
  load({open(1, 1), issue("card_1", 1), set(of_card, limit(1, 10, Period::day, Level::card)),
        set(of_card, limit(2, 10, Period::day, Level::card))});
  const core::ControlSet before = controls(of_card);
  EXPECT_EQ(load({set(of_card, limit(1, 15, Period::day, Level::card)),
                  set(of_card, limit(2, 10, Period::week, Level::card)),
                  set(of_card, limit(2, 11, Period::week, Level::card)),
                  set(of_card, limit(2, 11, Period::week, Level::card))}),
            (std::vector{Outcome::done, Outcome::done, Outcome::done, Outcome::unchanged}));
  const core::ControlSet after = controls(of_card);
  ASSERT_EQ(after.controls.size(), 2U);
  EXPECT_EQ(after.controls[0].version, 2U);
  EXPECT_EQ(after.controls[0].counter, before.controls[0].counter);
  EXPECT_EQ(std::get<core::Limit>(after.controls[0].check).max, 15);
  EXPECT_EQ(after.controls[1].version, 3U);
  EXPECT_GT(after.controls[1].counter, before.controls[1].counter);
}

TEST_F(Load, RemovesAControlAndMayCreateItAgain) {
  const auto control = limit(1, 10, Period::day, Level::card);
  load({open(1, 1), issue("card_1", 1), set(of_card, control)});
  const core::RemoveControl remove{of_card, {1}};
  EXPECT_EQ(load({remove}), (std::vector{Outcome::done}));
  EXPECT_EQ(load({remove}), (std::vector{Outcome::control_unknown}));
  EXPECT_TRUE(controls(of_card).controls.empty());
  EXPECT_EQ(load({set(of_card, control)}), (std::vector{Outcome::done}));
  ASSERT_EQ(controls(of_card).controls.size(), 1U);
  EXPECT_EQ(controls(of_card).controls[0].version, 1U);
}

TEST_F(Load, KeepsTheDefinitionForPeople) {
  auto connection = connect();
  Loader loader(connection,
                {.now = noon,
                 .control_definition = [](const core::Owner& owner, const core::Control& control) {
                   return "{\"id\": " + std::to_string(control.id.value) + ", \"level\": \"" +
                          std::string(core::name(owner.level())) + "\"}";
                 }});
  ASSERT_TRUE(loader.add(set(of_program, limit(1, 10, Period::day, Level::card))));
  ASSERT_TRUE(loader.finish());
  EXPECT_EQ(query_text(connection,
                       "SELECT concat_ws(' ', definition->>'id', definition->>'level', program,"
                       " level, version, mode, check_kind, state_shard, state_seq, changed_at ="
                       " to_timestamp(1793620800), removed_at IS NULL) FROM authd.spend_control"),
            "1 program demo 1 1 1 1 0 0 t t");
}

TEST_F(Load, RefusesByPositionAndKeepsNothingOfTheBatch) {
  using Refusal = std::pair<std::uint64_t, Outcome>;
  const core::Control day = limit(1, 10, Period::day, Level::card);
  EXPECT_EQ(refusal(issue("card_x", 99)), (Refusal{1, Outcome::account_unknown}));
  EXPECT_EQ(refusal(set({core::AccountId{99}}, day)), (Refusal{1, Outcome::account_unknown}));
  EXPECT_EQ(refusal(set(of_card, day)), (Refusal{1, Outcome::card_unknown}));
  EXPECT_EQ(refusal(core::ChangeAccount{{99}, core::AccountStatus::active, 0, 0}),
            (Refusal{1, Outcome::account_unknown}));
  EXPECT_EQ(refusal(core::ChangeCard{demo, card("x", 1).token, core::CardStatus::active, {}, {}}),
            (Refusal{1, Outcome::card_unknown}));
  EXPECT_EQ(refusal(set(of_program, limit(1, -1, Period::day, Level::card))),
            (Refusal{1, Outcome::invalid}));
  EXPECT_EQ(refusal(set({core::AccountId{77}}, limit(1, 1, Period::day, Level::program))),
            (Refusal{1, Outcome::invalid}));
  EXPECT_EQ(refusal(purchase("m1", "card_1", 5)), (Refusal{1, Outcome::invalid}));
  EXPECT_EQ(refusal(core::ConfigureProgram{}), (Refusal{1, Outcome::invalid}));
  EXPECT_TRUE(state().empty());
}

TEST_F(Load, KeepsTheBatchesBeforeTheOneThatIsRefused) {
  auto connection = connect();
  Loader loader(connection, {.batch_commands = 2, .now = noon});
  ASSERT_TRUE(loader.add(open(1, 5'000)));
  ASSERT_TRUE(loader.add(issue("card_1", 1)));  // the first batch is full
  ASSERT_TRUE(loader.add(open(2, 5'000)));
  const auto failed = loader.add(issue("card_x", 99));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, LoadError::Code::refused);
  EXPECT_EQ(failed.error().position, 3U);
  EXPECT_EQ(failed.error().setup, Outcome::account_unknown);
  EXPECT_EQ(query_text(connection, "SELECT string_agg(id::text, ' ') FROM authd.account"), "1");
  EXPECT_EQ(query_text(connection, "SELECT count(*) FROM authd.posting"), "2");
}

TEST_F(Load, RefusesOneControlMoreThanAnOwnerMayHave) {
  std::vector<core::Command> commands;
  for (std::int64_t id = 1; id <= std::int64_t{core::ControlSet::controls_max}; ++id) {
    commands.push_back(set(of_program, limit(id, 1, Period::day, Level::card)));
  }
  EXPECT_EQ(load(commands), std::vector(core::ControlSet::controls_max, Outcome::done));
  EXPECT_EQ(refusal(set(of_program, limit(1'000, 1, Period::day, Level::card))),
            (std::pair<std::uint64_t, Outcome>{1, Outcome::too_many}));
}

// What a journal's records do to what was loaded.
TEST_F(Load, IsWhatADrainGoesOnFrom) {
  load({open(1, 100'000), issue("card_1", 1),
        set(of_card, limit(1, 5'000, Period::day, Level::card))});
  World world;
  for (const auto& [key, row] : state()) world.put(row);
  world.begin();
  world.apply(purchase("m1", "card_1", 4'000));
  world.apply(purchase("m2", "card_1", 4'000));
  world.apply(core::SetControl{of_card, limit(1, 9'000, Period::day, Level::card)});
  world.apply(core::SetControl{of_card, limit(2, 9'000, Period::year, Level::card)});
  world.apply(purchase("m3", "card_1", 4'000));
  world.flush();
  auto connection = connect();
  drain_in_batches(connection, world.journal(), {3});
  expect_same(bootstrapped(connection, everything(world), world.last()), rows_of(world.state()));
  expect_ledger_agrees(connection, world);
  EXPECT_EQ(query_text(connection,
                       "SELECT string_agg(concat_ws(':', id, version, state_shard, state_seq), ' '"
                       " ORDER BY id) FROM authd.spend_control"),
            "1:2:1:5 2:1:1:6");
}

}  // namespace

}  // namespace authd::test
