// Explain: how a decision is found in the journal, beside a running daemon too.

#include <boost/json/parse.hpp>
#include <thread>

#include "authd/commands/commands.h"
#include "authd/explain/report.h"
#include "store/replay/journal_files.h"
#include "tests/daemon/recorded_world.h"

namespace authd::explain {
namespace {

using core::EventKind;
using test::noon;
using test::purchase;
using test::RecordedWorld;

core::MessageId id(std::string_view text) { return *core::MessageId::from(text); }

std::vector<std::uint64_t> sequences(const Found& found) {
  std::vector<std::uint64_t> all;
  for (const store::Record& record : found.records) all.push_back(record.moment.sequence.value);
  return all;
}

std::vector<std::uint64_t> found_sequences(RecordedWorld& world, std::string_view message) {
  world.flush();
  const auto found = search(world.directory(), {id(message), std::nullopt});
  EXPECT_TRUE(found.has_value());
  return found ? sequences(*found) : std::vector<std::uint64_t>{};
}

TEST(Search, FindsAMessageByEveryIdOfItsLifeCycle) {
  RecordedWorld world;
  world.furnish();
  world.apply(purchase("other", 1));                                  // 5
  world.apply(purchase("m-1", 10'00));                                // 6
  world.apply(purchase("m-2", 5'00, "m-1"));                          // 7
  world.apply(purchase("m-3", 999'00, "m-1"));                        // 8: declined
  world.apply(test::event(EventKind::cleared, "n-1", "m-1", 15'00));  // 9
  world.apply(purchase("another", 1));                                // 10
  const std::vector<std::uint64_t> all{6, 7, 8, 9};
  for (const char* const name : {"m-1", "m-2", "m-3", "n-1"}) {
    EXPECT_EQ(found_sequences(world, name), all) << name;
  }
  EXPECT_EQ(found_sequences(world, "other"), (std::vector<std::uint64_t>{5}));
  EXPECT_TRUE(found_sequences(world, "m-").empty());  // part of an id is none
  EXPECT_TRUE(found_sequences(world, "card-1").empty());
}

TEST(Search, FindsWhatWasDeclinedBeforeTheAuthorizationBegan) {
  RecordedWorld world;
  world.furnish();
  world.apply(purchase("m-1", 999'00));        // 5: declined, no authorization
  world.apply(purchase("m-2", 10'00, "m-1"));  // 6: begins it, under the key m-1
  world.apply(purchase("m-3", 999'00));        // 7: of nobody's authorization, too
  EXPECT_EQ(found_sequences(world, "m-2"), (std::vector<std::uint64_t>{5, 6}));
  EXPECT_EQ(found_sequences(world, "m-1"), (std::vector<std::uint64_t>{5, 6}));
}

TEST(Search, FindsWhatAnEventIsAbout) {
  RecordedWorld world;
  world.furnish();
  core::Event declined = test::event(EventKind::declined, "n-1", "life", 0);
  declined.about = id("m-1");
  world.apply(declined);  // 5
  EXPECT_EQ(found_sequences(world, "m-1"), (std::vector<std::uint64_t>{5}));
  EXPECT_EQ(found_sequences(world, "life"), (std::vector<std::uint64_t>{5}));
}

TEST(Search, FindsAnAbandonmentThatMovedNothing) {
  RecordedWorld world;
  world.furnish();
  core::Request inquiry = purchase("m-1", 0);
  inquiry.kind = core::Kind::balance_inquiry;
  world.apply(inquiry);                               // 5: no authorization
  world.apply(core::Abandon{test::demo, id("m-1")});  // 6
  EXPECT_EQ(found_sequences(world, "m-1"), (std::vector<std::uint64_t>{5, 6}));
}

// The authorization is known to the journal by its number alone.
TEST(Search, FindsARequestThatNamesNeitherTheIdNorTheLifeCycle) {
  RecordedWorld world;
  world.furnish();
  core::Event approved = test::event(EventKind::approved, "n-1", "life", 5'00);
  approved.about = id("m-1");
  world.apply(approved);                                          // 5
  world.apply(test::event(EventKind::closed, "n-2", "life", 0));  // 6
  world.apply(core::ChangeCard{test::demo,
                               test::a_card().token,
                               core::CardStatus::closed,
                               {},
                               test::a_card().expires_at});  // 7
  world.apply(purchase("m-1", 5'00));                        // 8
  EXPECT_EQ(found_sequences(world, "n-2"), (std::vector<std::uint64_t>{5, 6, 8}));
}

TEST(Search, KeepsProgramsApart) {
  RecordedWorld world;
  world.furnish();
  world.apply(core::ConfigureProgram{test::a_program("second")});
  world.apply(core::IssueCard{test::a_card("card-1", 1, "second")});
  world.apply(purchase("m-1", 1'00));  // 7
  core::Request same = purchase("m-1", 2'00);
  same.program = *core::ProgramId::from("second");
  world.apply(same);  // 8
  world.flush();
  const auto both = search(world.directory(), {id("m-1"), std::nullopt});
  EXPECT_EQ(both->programs.size(), 2U);
  EXPECT_TRUE(both->records.empty());
  const auto one = search(world.directory(), {id("m-1"), same.program});
  EXPECT_EQ(sequences(*one), (std::vector<std::uint64_t>{8}));
}

TEST(Search, SaysWhatItSearched) {
  RecordedWorld world(17);
  world.flush();
  EXPECT_EQ(searched(*search(world.directory(), {id("m-1"), std::nullopt})),
            "the journal, which holds no record");
  world.furnish();
  world.flush();
  const auto found = search(world.directory(), {id("m-1"), std::nullopt});
  EXPECT_TRUE(found->records.empty());
  EXPECT_EQ(searched(*found), "records 17 to 20 of the journal");
}

TEST(Search, NamesAMissingJournal) {
  const test::TemporaryDirectory empty;
  const auto found = search({empty.path().string(), 1}, {id("m-1"), std::nullopt});
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().journal->fault, store::JournalFault::missing_journal);
}

test::Printed explain_command(RecordedWorld& world, commands::ExplainArguments arguments) {
  world.flush();
  return test::printed([&] { return commands::explain(world.config(), arguments); });
}

TEST(ExplainCommand, PrintsTheReport) {
  RecordedWorld world;
  world.furnish();
  world.apply(purchase("m-1", 1'00));
  const auto text = explain_command(world, {"m-1", "", false});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_TRUE(text.out.starts_with("Request m-1 of program demo: APPROVED 1.00 USD\n")) << text.out;
  const auto json = explain_command(world, {"m-1", "demo", true});
  EXPECT_EQ(json.code, 0) << json.err;
  EXPECT_EQ(boost::json::parse(json.out).at("message"), "m-1");
}

TEST(ExplainCommand, SaysWhereItSearchedInVain) {
  RecordedWorld world;
  world.furnish();
  world.apply(purchase("m-1", 1'00));
  const auto unknown = explain_command(world, {"m-2", "", false});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_EQ(unknown.err, "m-2 was not found in records 1 to 5 of the journal\n");
  EXPECT_EQ(explain_command(world, {"m-1", "second", false}).code, 1);
}

TEST(ExplainCommand, AsksForTheProgramWhenThereAreSeveral) {
  RecordedWorld world;
  world.furnish();
  world.apply(purchase("m-1", 1'00));
  core::Request same = purchase("m-1", 1'00);
  same.program = *core::ProgramId::from("second");
  world.apply(same);
  const auto both = explain_command(world, {"m-1", "", false});
  EXPECT_EQ(both.code, 1);
  EXPECT_EQ(both.err, "m-1 is known in several programs: say which with --program: demo, second\n");
  EXPECT_EQ(explain_command(world, {"m-1", "second", false}).code, 0);
}

TEST(ExplainCommand, RefusesWhatCannotBeAnId) {
  RecordedWorld world;
  const auto blank = explain_command(world, {"m 1", "", false});
  EXPECT_EQ(blank.code, 2);
  EXPECT_EQ(blank.err, "'m 1' is not a message id: 1 to 64 visible ASCII characters\n");
  EXPECT_EQ(explain_command(world, {"m-1", "a b", false}).code, 2);
}

TEST(JournalCommand, DumpsOneObjectALine) {
  RecordedWorld world;
  world.furnish();
  world.apply(purchase("m-1", 1'00));
  world.flush();
  const auto all = test::printed([&] { return commands::journal_dump(world.config(), 0); });
  EXPECT_EQ(all.code, 0) << all.err;
  EXPECT_EQ(std::count(all.out.begin(), all.out.end(), '\n'), 5);
  EXPECT_TRUE(all.out.starts_with("{\"sequence\":1,")) << all.out;
  const auto last = test::printed([&] { return commands::journal_dump(world.config(), 5); });
  EXPECT_TRUE(last.out.starts_with("{\"sequence\":5,")) << last.out;
  EXPECT_EQ(boost::json::parse(last.out).at("message"), "m-1");
  const auto beyond = test::printed([&] { return commands::journal_dump(world.config(), 7); });
  EXPECT_EQ(beyond.code, 1);
  EXPECT_EQ(beyond.err, "journal: beyond_end, record 7\n");
}

TEST(JournalFiles, EndAtATornTail) {
  RecordedWorld world;
  world.furnish();
  world.flush();
  world.apply(purchase("m-1", 1'00));
  world.flush();
  const std::string segment = store::segment_path(world.directory(), 1);
  std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), {});
  const std::size_t end = bytes.find_last_not_of('\0');
  file.clear();
  file.seekp(static_cast<std::streamoff>(end / 512 * 512));  // the last sector was not written
  file << std::string(512, '\0');
  file.close();
  auto kept = store::open_kept(world.directory(), std::nullopt);
  ASSERT_TRUE(kept.has_value());
  std::uint64_t records = 0;
  while (kept->reader.next()->has_value()) ++records;
  EXPECT_EQ(records, 4U);
}

// Each look finds at least what was durable before it, whole, however the writer goes on meanwhile.
TEST(JournalFiles, AreReadWhileTheyGrow) {
  RecordedWorld world;
  world.furnish();
  world.flush();
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; i < 6'000; ++i) {
      world.apply(purchase("m-" + std::to_string(i), 999'00));
      if (i % 3 == 0) world.flush();
    }
    world.flush();
    done = true;
  });
  int looks = 0;
  while (!done) {
    const std::uint64_t durable = world.journal().durable().sequence().value;
    auto kept =
        store::open_kept(world.directory(), core::Sequence{durable > 500 ? durable - 500 : 1});
    ASSERT_TRUE(kept.has_value()) << store::name(kept.error().fault) << ' ' << kept.error().segment
                                  << ' ' << kept.error().offset;
    std::uint64_t last = 0;
    for (auto next = kept->reader.next();; next = kept->reader.next()) {
      ASSERT_TRUE(next.has_value()) << store::name(next.error().fault);
      if (!*next) break;
      last = (*next)->sequence.value;
    }
    EXPECT_GE(last, durable);
    ++looks;
  }
  writer.join();
  EXPECT_GT(looks, 3);
}

}  // namespace
}  // namespace authd::explain
