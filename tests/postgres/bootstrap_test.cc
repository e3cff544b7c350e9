#include "store/postgres/bootstrap.h"

#include <gtest/gtest.h>

#include <map>

#include "store/format/rows.h"
#include "store/postgres/drain.h"
#include "store/postgres/load.h"
#include "tests/postgres/cluster.h"
#include "tests/postgres/world.h"

namespace authd::test {

namespace {

using core::UsageOwner;
using std::chrono::hours;

// The rows that a bootstrap gave, by their key.
using Rows = std::map<std::string, core::Row>;

class Bootstrap : public LedgerTest {
 protected:
  void drain(const World& world) const {
    store::Exposure exposure;
    store::Drain::Options drain_options;
    drain_options.connection.conninfo = conninfo();
    store::Drain drain(world.journal(), exposure, drain_options);
    drain.start();
    ASSERT_TRUE(eventually([&] { return drain.status().drained == world.last(); }))
        << drain.status().last_error;
  }

  static store::BootstrapOptions options(const World& world) {
    return {
        .shard = 1, .programs = world.programs(), .now = world.now(), .retention = hours(24 * 365)};
  }

  Rows bootstrap(const store::BootstrapOptions& options, core::Sequence expected) const {
    auto connection = connect();
    Rows rows;
    const auto done = store::bootstrap(connection, options, [&](const core::Row& row) {
      const bool is_new = rows.emplace(store::key_of(row).view(), row).second;
      EXPECT_TRUE(is_new);
    });
    EXPECT_TRUE(done) << done.error().postgres.message;
    EXPECT_EQ(done ? *done : core::Sequence{}, expected);
    return rows;
  }
};

template <class RowType>
std::size_t count(const Rows& rows) {
  std::size_t result = 0;
  for (const auto& [key, row] : rows) result += std::holds_alternative<RowType>(row) ? 1U : 0U;
  return result;
}

void expect_row(const Rows& rows, const core::Row& expected) {
  const auto found = rows.find(std::string(store::key_of(expected).view()));
  ASSERT_TRUE(found != rows.end()) << store::key_of(expected).view();
  EXPECT_TRUE(found->second == expected) << found->first;
}

// The counter of `owner` as the bootstrap must give it: there, unless its day is over everywhere.
std::size_t expect_usage(const Rows& rows, const World& world, const UsageOwner& owner) {
  core::LocalDay first{std::numeric_limits<std::int32_t>::max()};
  for (const core::Program& program : world.programs()) {
    first = std::min(first, program.time_zone.local_day(world.now()));
  }
  const auto stored = *world.state().usage(owner, core::Window::day);
  if (!stored || stored->day < first) return 0;
  expect_row(rows, *stored);
  return 1;
}

void expect_state(const Rows& rows, const World& world) {
  for (const auto& [id, account] : world.state().accounts()) expect_row(rows, account);
  EXPECT_EQ(count<core::Account>(rows), world.state().accounts().size());
  for (const core::Card& card : world.cards()) expect_row(rows, card);
  EXPECT_EQ(count<core::Card>(rows), world.cards().size());
  for (const auto& [id, hold] : world.state().holds()) expect_row(rows, hold);
  EXPECT_EQ(count<core::Hold>(rows), world.state().holds().size());
  for (const core::Request& request : world.decided()) {
    expect_row(rows, **world.state().idempotency(request.program, request.message));
  }
  EXPECT_EQ(count<core::Idempotency>(rows), world.decided().size());

  std::size_t usages = 0;
  for (const auto& [id, account] : world.state().accounts()) {
    usages += expect_usage(rows, world, {id});
  }
  for (const core::Card& card : world.cards()) {
    usages += expect_usage(rows, world, {UsageOwner::CardOwner{card.program, card.token}});
  }
  EXPECT_EQ(count<core::Usage>(rows), usages);
}

class BootstrapOfSeed : public Bootstrap, public testing::WithParamInterface<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Worlds, BootstrapOfSeed, testing::Values(1, 2, 3));

TEST_P(BootstrapOfSeed, GivesTheStateThatWasDrained) {
  World world;
  world.live(1'500, GetParam());
  drain(world);
  const Rows rows = bootstrap(options(world), world.last());
  expect_state(rows, world);
  EXPECT_GT(count<core::Usage>(rows), 5U);
}

// An account with cards in two time zones: its counter goes to the later day with the first
// decision there, and from then on counts what the other zone still puts on the day before.
TEST_F(Bootstrap, CountsAnAccountWhoseProgramsLiveOnDifferentDays) {
  World world;
  world.apply(core::OpenAccount{account(1, 100'000)});
  world.apply(core::IssueCard{card("demo", "card_1", 1)});
  world.apply(core::IssueCard{card("asia", "card_1", 1)});
  const auto spend = [&](const std::string& program, const std::string& message,
                         std::int64_t minor) {
    core::Request request = purchase(message, "card_1", minor);
    request.program = *core::ProgramId::from(program);
    world.apply(request);
    world.advance(60 * second_us);
  };
  // To 17:00 UTC: noon in the west, the next day in the east.
  world.advance((17 * hour_us - world.now().unix_us % (24 * hour_us)) + 24 * hour_us);
  spend("demo", "m1", 1'000);
  spend("asia", "m2", 200);
  spend("demo", "m3", 30);
  world.flush();
  drain(world);
  const auto expect_counter = [&] {
    const Rows rows = bootstrap(options(world), world.last());
    expect_state(rows, world);
    const auto key = store::usage_key({core::AccountId{1}}, core::Window::day);
    const auto& usage = std::get<core::Usage>(rows.at(std::string(key.view())));
    EXPECT_EQ(usage.amount_minor, 230);
    EXPECT_EQ(usage.count, 2U);
  };
  expect_counter();
  world.advance(13 * hour_us);  // the west has reached that day too
  expect_counter();
}

TEST_F(Bootstrap, ForgetsAnswersOlderThanTheRetention) {
  World world;
  world.apply(core::OpenAccount{account(1, 100'000)});
  world.apply(core::IssueCard{card("demo", "card_1", 1)});
  world.apply(purchase("too_old", "card_1", 1));
  world.advance(1);
  world.apply(purchase("just_young", "card_1", 1));
  world.advance(std::int64_t{14} * 24 * hour_us);
  world.flush();
  drain(world);
  store::BootstrapOptions two_weeks = options(world);
  two_weeks.retention = hours(14 * 24);
  const Rows rows = bootstrap(two_weeks, world.last());
  EXPECT_EQ(count<core::Idempotency>(rows), 1U);
  EXPECT_EQ(count<core::Hold>(rows), 2U);
  EXPECT_EQ(count<core::Usage>(rows), 0U);
  expect_row(rows, **world.state().idempotency(*core::ProgramId::from("demo"),
                                               *core::MessageId::from("just_young")));
}

TEST_F(Bootstrap, LeavesOutHoldsThatHaveEnded) {
  World world;
  world.apply(core::OpenAccount{account(1, 100'000)});
  world.apply(core::IssueCard{card("demo", "card_1", 1)});
  world.apply(purchase("m1", "card_1", 1));
  world.apply(purchase("m2", "card_1", 1));
  world.flush();
  drain(world);
  auto connection = connect();
  query(connection, "UPDATE authd.hold SET status = 2 WHERE authorization_message = 'm1'");
  EXPECT_EQ(count<core::Hold>(bootstrap(options(world), world.last())), 1U);
}

TEST_F(Bootstrap, ReadsMoreThanOnePortion) {
  auto connection = connect();
  store::Loader loader(connection, {});
  for (std::int64_t id = 1; id <= 25'000; ++id) {
    ASSERT_TRUE(loader.add(core::OpenAccount{account(id, id)}));
  }
  ASSERT_TRUE(loader.finish());
  World world;
  const Rows rows = bootstrap(options(world), {0});
  EXPECT_EQ(count<core::Account>(rows), 25'000U);
  expect_row(rows, account(25'000, 25'000));
}

TEST_F(Bootstrap, NamesARowThatTheProgramHasNoValueFor) {
  auto connection = connect();
  query(connection,
        "INSERT INTO authd.account (id, currency, status, posted_minor)"
        " VALUES (5, 'USD', 1, 0), (6, 'xxx', 1, 0)");
  World world;
  const auto failed = store::bootstrap(connection, options(world), [](const core::Row&) {});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, store::BootstrapError::Code::bad_row);
  EXPECT_EQ(failed.error().postgres.message, "authd.account, row 6");
}

}  // namespace

}  // namespace authd::test
