// The state that a bootstrap gives is the state that was drained.

#include "store/postgres/bootstrap.h"

#include <gtest/gtest.h>

#include "store/postgres/load.h"
#include "tests/postgres/cluster.h"
#include "tests/postgres/state_rows.h"
#include "tests/postgres/story.h"

namespace authd::test {

namespace {

using core::EventKind;
using core::MessageId;
using std::chrono::hours;

class Bootstrap : public LedgerTest {};

class BootstrapOfSeed : public Bootstrap, public testing::WithParamInterface<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Worlds, BootstrapOfSeed, testing::Range<std::uint64_t>(1, 11));

TEST_P(BootstrapOfSeed, GivesTheStateThatWasDrained) {
  World world({1}, GetParam());
  world.live(2'500);
  std::mt19937_64 random(GetParam());
  std::vector<std::size_t> sizes(world.last().value);
  for (std::size_t& size : sizes) size = 1 + random() % (random() % 4 == 0 ? 400 : 20);
  auto connection = connect();
  ASSERT_NO_FATAL_FAILURE(drain_in_batches(connection, world.journal(), sizes));
  const Rows rows = bootstrapped(connection, everything(world), world.last());
  expect_same(rows, rows_of(world.state()));
  expect_ledger_agrees(connection, world);
  EXPECT_GT(count<core::Usage>(rows), 5U);
  EXPECT_GT(count<core::ControlSet>(rows), 5U);
  EXPECT_GT(count<core::Notice>(rows), 100U);
  EXPECT_GT(count<core::DueSlot>(rows), 20U);
}

// A ledger that is emptied between the cuts: no drain may, so triggers are off for the superuser.
void forget_everything(store::Connection& superuser) {
  query_text(superuser,
             "SET session_replication_role = replica;"
             "TRUNCATE authd.account, authd.balance, authd.card, authd.transfer, authd.credit, "
             "authd.shard, authd.spend_control,"
             " authd.authorization, authd.due_slot, authd.decision, authd.message, authd.event,"
             " authd.state_image, authd.journal_entry, authd.posting CASCADE");
}

class BootstrapOfCut : public Bootstrap {
 protected:
  // Two batches, cut at every record; and every record a batch.
  void expect_equal_at_every_cut(const World& world) {
    auto superuser = test::connect(Cluster::superuser_conninfo(database()));
    const Rows expected = rows_of(world.state());
    for (std::size_t cut = 0; cut < world.last().value; ++cut) {
      SCOPED_TRACE("cut after record " + std::to_string(cut));
      auto connection = connect();
      const std::vector<std::size_t> sizes =
          cut == 0 ? std::vector<std::size_t>{1} : std::vector<std::size_t>{cut, 10'000};
      ASSERT_NO_FATAL_FAILURE(drain_in_batches(connection, world.journal(), sizes));
      expect_same(bootstrapped(connection, everything(world), world.last()), expected);
      expect_ledger_agrees(connection, world);
      if (HasFailure()) return;
      forget_everything(superuser);
    }
  }
};

TEST_F(BootstrapOfCut, IsTheSameHoweverTheRecordsOfARandomMixAreBatched) {
  World world({1}, 4);
  world.live(70);
  expect_equal_at_every_cut(world);
}

TEST_F(BootstrapOfCut, IsTheSameHoweverTheRecordsOfTheStoryAreBatched) {
  World world;
  tell_story(world);
  expect_equal_at_every_cut(world);
}

TEST_F(Bootstrap, ForgetsWhatHasEndedAndWasNotTouchedWithinTheRetention) {
  World world;
  world.begin_with_card();
  world.apply(purchase("open", "card_1", 1));
  world.apply(purchase("ended", "card_1", 2));
  world.apply(event(EventKind::closed, "n1", "ended", "card_1", 0));
  world.apply(purchase("declined", "card_1", 900'000));
  world.apply(event(EventKind::declined, "n2", "never", "card_1", 0));
  world.advance(1);
  world.apply(purchase("young", "card_1", 3));
  world.apply(event(EventKind::closed, "n3", "young", "card_1", 0));
  world.apply(purchase("young_declined", "card_1", 900'000));
  for (int i = 0; i < 10; ++i) world.apply(core::ExpireNext{});  // "open" stays: not due yet
  world.advance(std::int64_t{14} * 24 * hour_us);
  world.flush();

  auto connection = connect();
  drain_in_batches(connection, world.journal(), {1'000});
  store::BootstrapOptions two_weeks = everything(world);
  two_weeks.retention = hours(14 * 24);
  // What was linked in the calendar stays linked until its slot is over.
  query(connection, "UPDATE authd.authorization SET due_slot = 0, next_due = 0");
  query(connection, "UPDATE authd.due_slot SET head = 0");
  const Rows rows = bootstrapped(connection, two_weeks, world.last());
  const auto message = [&rows](std::string_view id) {
    return rows.count(std::string(store::message_key(demo, *MessageId::from(id)).view())) == 1;
  };
  const auto notice = [&rows](std::string_view id) {
    return rows.count(std::string(store::notice_key(demo, *MessageId::from(id)).view())) == 1;
  };
  EXPECT_TRUE(message("open"));
  EXPECT_FALSE(message("ended"));
  EXPECT_FALSE(message("declined"));
  EXPECT_FALSE(message("never"));
  EXPECT_TRUE(message("young"));
  EXPECT_TRUE(message("young_declined"));
  EXPECT_FALSE(notice("n1"));
  EXPECT_FALSE(notice("n2"));
  EXPECT_TRUE(notice("n3"));
  EXPECT_EQ(count<core::Authorization>(rows), 2U);  // of "open" and "young"
}

TEST_F(Bootstrap, KeepsWhatTheCalendarLinks) {
  World world;
  world.begin_with_card();
  world.apply(purchase("ended", "card_1", 2));
  world.apply(event(EventKind::closed, "n1", "ended", "card_1", 0));
  world.advance(hour_us);
  world.flush();
  auto connection = connect();
  drain_in_batches(connection, world.journal(), {1'000});
  store::BootstrapOptions nothing = everything(world);
  nothing.retention = hours(0);
  const Rows rows = bootstrapped(connection, nothing, world.last());
  EXPECT_EQ(count<core::Authorization>(rows), 1U);
  EXPECT_EQ(count<core::Message>(rows), 1U);
  EXPECT_EQ(count<core::Notice>(rows), 1U);
}

// What was said lately about something that ended long ago leads to it.
TEST_F(Bootstrap, KeepsWhatAMessageOfTheRetentionBelongsTo) {
  World world;
  world.begin_with_card();
  world.apply(purchase("old", "card_1", 2));
  world.apply(event(EventKind::closed, "n1", "old", "card_1", 0));
  world.apply(purchase("older", "card_1", 2));
  world.apply(event(EventKind::closed, "n2", "older", "card_1", 0));
  world.advance(8 * 24 * hour_us);
  for (int i = 0; i < 200; ++i) world.apply(core::ExpireNext{});
  world.advance(24 * hour_us);
  core::Request late = purchase("late", "card_1", 5);
  late.authorization = *MessageId::from("old");
  world.apply(late);  // declined: authorization_closed
  core::Event about = event(EventKind::declined, "n3", "older", "card_1", 0);
  about.about = *MessageId::from("unheard_of");
  world.apply(about);  // releases nothing
  world.flush();
  auto connection = connect();
  drain_in_batches(connection, world.journal(), {1'000});
  store::BootstrapOptions one_day = everything(world);
  one_day.retention = hours(12);
  const Rows rows = bootstrapped(connection, one_day, world.last());
  std::size_t messages = 0;
  for (const auto& [key, row] : rows) {
    const auto* const message = std::get_if<core::Message>(&row);
    if (message == nullptr || message->authorization.value == 0) continue;
    ++messages;
    EXPECT_EQ(rows.count(std::string(store::authorization_key(message->authorization).view())), 1U)
        << message->id.view();
  }
  EXPECT_GE(messages, 2U);
}

TEST_F(Bootstrap, GivesNothingOfAnotherShardButWhatAllShardsShare) {
  World world({1}, 3);
  world.live(300);
  auto connection = connect();
  drain_in_batches(connection, world.journal(), {1'000});
  store::BootstrapOptions other = everything(world);
  other.shard = 2;
  const Rows rows = bootstrapped(connection, other, {0});
  const std::size_t shared =
      count<core::Account>(rows) + count<core::Card>(rows) + count<core::ControlSet>(rows);
  EXPECT_GT(count<core::Account>(rows), 2U);
  EXPECT_EQ(rows.size(), shared);
}

TEST_F(Bootstrap, ReadsMoreThanOnePortion) {
  auto connection = connect();
  store::Loader loader(connection, {.now = noon});
  for (std::int64_t id = 1; id <= 25'000; ++id) {
    ASSERT_TRUE(loader.add(core::OpenAccount{account(id, id)}));
  }
  ASSERT_TRUE(loader.finish());
  const Rows rows = bootstrapped(connection, everything(World()), {0});
  EXPECT_EQ(count<core::Account>(rows), 25'000U);
  EXPECT_EQ(std::get<core::Account>(rows.at(std::string(store::account_key({25'000}).view()))),
            account(25'000, 25'000));
}

// The planner believes that hardly a message is undecided; pairing every one with every
// authorization would take minutes.
TEST_F(Bootstrap, JoinsLargeTablesWhateverThePlannerBelieves) {
  auto connection = connect();
  query(connection,
        "INSERT INTO authd.decision (seq, decided_at, amount_minor, approved_minor,"
        " posted_after_minor, available_after_minor, shard, kind, reason, currency, program,"
        " message_id, card_token)"
        " SELECT i, now(), 5, 5, 0, 0, 1, 6, 0, 'USD', 'demo', 'd' || i, 'c'"
        " FROM generate_series(1, 60000) AS i");
  query(
      connection,
      "INSERT INTO authd.authorization (id, account_id, approved_minor, held_minor,"
      " counted_minor, opened_at, expires_at, changed_at, shard, closure, currency, program, key,"
      " card_token, spent)"
      " SELECT i, NULL, 5, 5, 5, now(), now(), now(), 1, 1, 'USD', 'demo', 'k' || i, 'c', '\\x0000'"
      " FROM generate_series(1, 50000) AS i");
  query(connection,
        "INSERT INTO authd.message (seq, changed_at, authorization_id, share_minor, shard, kind,"
        " notice, abandoned, program, message_id)"
        " SELECT i, now(), i, 5, 1, 1, 1, false, 'demo', 'k' || i"
        " FROM generate_series(1, 50000) AS i");
  query(connection, "ANALYZE");
  auto impatient = store::Connection::connect(
      {.conninfo = conninfo(), .statement_timeout = std::chrono::seconds(15)});
  ASSERT_TRUE(impatient);
  const Rows rows = bootstrapped(*impatient, everything(World()), {0});
  EXPECT_EQ(rows.size(), 160'000U);
}

// Each statement spoils one table; what is said names it and the row.
TEST_F(Bootstrap, NamesARowThatTheProgramHasNoValueFor) {
  const std::vector<std::pair<std::string, std::string>> spoilt{
      {"UPDATE authd.account SET currency = 'xxx' WHERE id = 1", "authd.account, row 1"},
      {"UPDATE authd.card SET token = 'a b' WHERE token = 'card_2'", "authd.card, row demo a b"},
      {"UPDATE authd.spend_control SET image = '\\x00' WHERE level = 2",
       "authd.spend_control, row"},
      {"UPDATE authd.state_image SET image = '\\x00' WHERE key = '\\x5A03555443'",
       "authd.state_image, row"},
      {"UPDATE authd.authorization SET spent = '\\x05' WHERE key = 'm1'",
       "authd.authorization, row"},
      {"ALTER TABLE authd.decision DISABLE TRIGGER append_only;"
       "UPDATE authd.decision SET reason = 99 WHERE message_id = 'm1'",
       "authd.decision, row demo m1"},
      {"UPDATE authd.message SET kind = 8 WHERE message_id = 'key_of_m2'",
       "authd.message, row demo key_of_m2"},
      {"ALTER TABLE authd.event DISABLE TRIGGER append_only;"
       "UPDATE authd.event SET kind = 13 WHERE notice_id = 'n1'",
       "authd.event, row demo n1"},
  };
  World world;
  tell_story(world);
  for (const auto& [statement, expected] : spoilt) {
    SCOPED_TRACE(statement);
    auto superuser = test::connect(Cluster::superuser_conninfo(database()));
    forget_everything(superuser);
    auto connection = connect();
    ASSERT_NO_FATAL_FAILURE(drain_in_batches(connection, world.journal(), {1'000}));
    query_text(superuser, statement);
    const auto failed = store::bootstrap(connection, everything(world), [](const core::Row&) {});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, store::BootstrapError::Code::bad_row);
    EXPECT_EQ(failed.error().postgres.message.substr(0, expected.size()), expected);
  }
}

}  // namespace

}  // namespace authd::test
