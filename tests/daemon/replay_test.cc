// Replay: what was recorded is what comes out again, and whatever was not is found.

#include "store/replay/replay.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "authd/commands/commands.h"
#include "authd/explain/difference.h"
#include "tests/daemon/replay_world.h"

namespace authd::store {
namespace {

using core::Sequence;
using test::next_purchase;
using test::noon;
using test::purchase;
using test::RecordedWorld;
using test::refused;
using test::replayed;
using test::row_of;
using test::seed;

TEST(Replay, OfARandomMixFindsNoDifference) {
  RecordedWorld world;
  test::Mix mix(world, seed());
  mix.furnish();
  for (int i = 0; i < 6'000; ++i) mix.step();
  const ReplayReport report = replayed(world);
  EXPECT_EQ(report.differing, 0U) << "seed " << seed();
  for (const Difference& difference : report.differences) {
    ADD_FAILURE() << explain::difference_text(difference);
  }
  EXPECT_EQ(report.first, Sequence{1});
  EXPECT_EQ(report.next, Sequence{world.next_sequence()});
  EXPECT_EQ(report.total(), world.next_sequence() - 1);
  std::uint64_t sum = 0;
  for (std::size_t kind = 1; kind < report.records.size(); ++kind) {
    EXPECT_GT(report.records[kind], 0U) << "the mix holds none of kind " << kind;
    sum += report.records[kind];
  }
  EXPECT_EQ(sum, report.total());
}

// Each circumstance of a request is recorded: with another one the outcome would be another.
TEST(Replay, DecidesUnderTheRecordedCircumstances) {
  RecordedWorld world;
  core::Program program = test::a_program();
  program.exposure_limits = {{test::usd, 10'00}};
  program.mirror_age_max_us = 5;
  world.furnish(program);
  const auto reason = [&world](std::string_view message, core::Moment circumstances) {
    const Record record = world.apply(purchase(message, 1'00), noon, circumstances);
    return std::get<core::Answer>(record.outcome).decision.reason;
  };
  core::Moment circumstances;
  circumstances.exposure_minor = 9'01;
  EXPECT_EQ(reason("m-1", circumstances), core::Reason::exposure_limit);
  circumstances.exposure_minor = 0;
  circumstances.mirror_age_us = 6;
  EXPECT_EQ(reason("m-2", circumstances), core::Reason::stale_state);
  circumstances.mirror_age_us = 0;
  circumstances.past_deadline = true;
  EXPECT_EQ(reason("m-3", circumstances), core::Reason::too_late);
  EXPECT_EQ(replayed(world).differing, 0U);
}

TEST(Replay, FindsAnOutcomeThatWasChanged) {
  RecordedWorld world;
  world.furnish();
  world.apply(purchase("m-1", 1'00));
  Record changed = next_purchase(world, "m-2");
  std::get<core::Answer>(changed.outcome).decision.reason = core::Reason::denied;
  world.append(changed);
  world.apply(purchase("m-3", 1'00));
  const ReplayReport report = replayed(world);
  EXPECT_EQ(report.differing, 1U);
  ASSERT_EQ(report.differences.size(), 1U);
  const Difference& difference = report.differences.front();
  EXPECT_EQ(difference.recorded.moment.sequence, Sequence{6});
  EXPECT_TRUE(difference.outcome);
  EXPECT_FALSE(difference.explanation);
  EXPECT_TRUE(difference.rows.empty());
  const std::string text = explain::difference_text(difference);
  EXPECT_TRUE(text.starts_with("record 6, request:\n  outcome recorded {\"reason\":\"denied\""))
      << text;
  EXPECT_NE(text.find("\n  outcome replayed {\"reason\":\"approved\""), std::string::npos) << text;
}

TEST(Replay, FindsAnExplanationThatWasChanged) {
  RecordedWorld world;
  world.furnish();
  Record changed = next_purchase(world, "m-1");
  changed.explanation.before.available_minor += 1;
  world.append(changed);
  const ReplayReport report = replayed(world);
  ASSERT_EQ(report.differences.size(), 1U);
  EXPECT_TRUE(report.differences[0].explanation);
  EXPECT_FALSE(report.differences[0].outcome);
}

TEST(Replay, FindsARowThatWasChanged) {
  RecordedWorld world;
  world.furnish();
  Record changed = next_purchase(world, "m-1");
  row_of<core::Account>(changed).held_minor += 1;
  world.append(changed);
  const ReplayReport report = replayed(world);
  ASSERT_EQ(report.differences.size(), 1U);
  EXPECT_EQ(explain::difference_text(report.differences[0]),
            "record 5, request:\n  row account 1: another value\n");
  EXPECT_EQ(
      boost::json::serialize(explain::difference_json(report.differences[0])),
      R"({"sequence":5,"kind":"request","rows":[{"row":"account 1","side":"another value"}]})");
}

TEST(Replay, FindsARowThatIsMissingAndOneTooMany) {
  RecordedWorld world;
  world.furnish();
  Record changed = next_purchase(world, "m-1");
  row_of<core::Message>(changed).id = *core::MessageId::from("m-2");
  world.append(changed);
  const ReplayReport report = replayed(world);
  ASSERT_EQ(report.differences.size(), 1U);
  EXPECT_EQ(explain::difference_text(report.differences[0]),
            "record 5, request:\n  row message demo m-2: recorded only\n"
            "  row message demo m-1: replayed only\n");
}

TEST(Replay, FindsRowsInAnotherOrder) {
  RecordedWorld world;
  world.furnish();
  Record changed = next_purchase(world, "m-1");
  std::swap(changed.rows.front(), changed.rows.back());
  world.append(changed);
  const ReplayReport report = replayed(world);
  ASSERT_EQ(report.differences.size(), 1U);
  EXPECT_EQ(explain::difference_text(report.differences[0]),
            "record 5, request:\n  the rows are in another order\n");
}

TEST(Replay, FindsACircumstanceThatWasChanged) {
  RecordedWorld world;
  world.furnish();
  Record changed = next_purchase(world, "m-1");
  changed.moment.past_deadline = true;
  world.append(changed);
  EXPECT_EQ(replayed(world).differing, 1U);
}

// The state goes on as it was recorded: what follows was decided on that.
TEST(Replay, OneDifferenceDoesNotCauseOthers) {
  RecordedWorld world;
  world.furnish();
  Record changed = next_purchase(world, "m-1");
  row_of<core::Account>(changed).posted_minor = 5'00;
  world.append(changed);
  for (int i = 2; i < 9; ++i) world.apply(purchase("m-" + std::to_string(i), 30'00));
  const ReplayReport report = replayed(world);
  EXPECT_EQ(report.differing, 1U);
  EXPECT_EQ(report.differences[0].recorded.moment.sequence, Sequence{5});
}

TEST(Replay, CountsAllDifferencesAndKeepsTheFirst) {
  RecordedWorld world;
  world.furnish();
  for (int i = 0; i < 4; ++i) {
    Record changed = next_purchase(world, "m-" + std::to_string(i));
    changed.explanation.extra_hold_minor += 1;
    world.append(changed);
  }
  ReplayOptions options;
  options.differences_max = 3;
  const ReplayReport report = replayed(world, options);
  EXPECT_EQ(report.differing, 4U);
  ASSERT_EQ(report.differences.size(), 3U);
  EXPECT_EQ(report.differences[0].recorded.moment.sequence, Sequence{5});
}

TEST(Replay, OfAnEmptyJournalIsNothing) {
  RecordedWorld world;
  const ReplayReport report = replayed(world);
  EXPECT_EQ(report.total(), 0U);
  EXPECT_EQ(report.differing, 0U);
}

TEST(Replay, OfALaterJournalNeedsABase) {
  RecordedWorld world(2);
  world.furnish();
  const ReplayError error = refused(world);
  EXPECT_EQ(error.code, ReplayError::Code::base_needed);
  EXPECT_EQ(error.sequence, Sequence{2});
}

TEST(Replay, RefusesARecordThatDoesNotDecode) {
  RecordedWorld world;
  world.furnish();
  const std::vector<std::byte> nonsense(16, std::byte{0xFF});
  ASSERT_TRUE(world.journal().append(1, record_version, noon, nonsense).has_value());
  const ReplayError error = refused(world);
  EXPECT_EQ(error.code, ReplayError::Code::record);
  EXPECT_EQ(error.sequence, Sequence{5});
}

TEST(Replay, NamesAMissingJournal) {
  const test::TemporaryDirectory empty;
  const auto report = replay({.journal = {empty.path().string(), 1}, .base = {}});
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().journal.fault, JournalFault::missing_journal);
}

test::Printed replay_command(RecordedWorld& world, commands::ReplayArguments arguments) {
  world.flush();
  return test::printed([&] { return commands::replay(world.config(), arguments); });
}

TEST(ReplayCommand, CountsRecordsByKind) {
  RecordedWorld world;
  world.furnish();
  world.apply(purchase("m-1", 1'00));
  world.apply(purchase("m-2", 1'00));
  const auto text = replay_command(world, {"", false});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_TRUE(
      text.out.starts_with("ok: records 1 to 6\n"
                           "  request                         2\n"
                           "  account_opened                  1\n"
                           "  card_issued                     1\n"
                           "  program_configured              1\n"
                           "  zone_defined                    1\n"
                           "  in all                          6\n"
                           "  different                       0\n"))
      << text.out;
  const auto json = replay_command(world, {"", true});
  EXPECT_EQ(json.code, 0) << json.err;
  const auto report = boost::json::parse(json.out).as_object();
  EXPECT_EQ(report.at("records"), 6);
  EXPECT_EQ(report.at("records_by_kind").at("request"), 2);
  EXPECT_EQ(report.at("records_by_kind").at("event"), 0);
  EXPECT_EQ(report.at("differing"), 0);
}

TEST(ReplayCommand, FailsWhenSomethingDiffers) {
  RecordedWorld world;
  world.furnish();
  Record changed = next_purchase(world, "m-1");
  changed.explanation.extra_hold_minor = 1;
  world.append(changed);
  const auto text = replay_command(world, {"", false});
  EXPECT_EQ(text.code, 1);
  EXPECT_TRUE(text.out.starts_with("record 5, request:\n  explanation recorded {")) << text.out;
  EXPECT_NE(text.out.find("\nDIFFERENT: records 1 to 5\n"), std::string::npos) << text.out;
  const auto json = replay_command(world, {"", true});
  EXPECT_EQ(json.code, 1);
  EXPECT_EQ(boost::json::parse(json.out).at("differences").at(0).at("sequence"), 5);
}

TEST(ReplayCommand, CannotStartWithoutABaseThatFits) {
  RecordedWorld world(3);
  world.furnish();
  const auto none = replay_command(world, {"", false});
  EXPECT_EQ(none.code, 2);
  EXPECT_EQ(none.err,
            "the journal begins with record 3, not with the first: --base needs a snapshot that "
            "holds the records up to 2, or up to a later one\n");
  const auto missing = replay_command(world, {"/nowhere", false});
  EXPECT_EQ(missing.code, 2);
  EXPECT_EQ(missing.err, "/nowhere: there is no snapshot\n");
}

}  // namespace
}  // namespace authd::store
