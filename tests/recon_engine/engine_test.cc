// A run from its file to its end: what becomes of it, and of what was there before.

#include <fmt/format.h>

#include <fstream>

#include "tests/recon_engine/engine_fixture.h"

namespace authd::test {

using recon::RunState;

TEST_F(EngineTest, MatchesALineWithItsEntryByReferenceAndAmount) {
  book({"r-1", -1000});
  book({"r-2", -2000});
  ASSERT_EQ(run({line("r-2", "-20.00"), line("r-1", "-10.00")}), RunState::done);
  EXPECT_EQ(matches(), (Texts{"reference 100 r-2 = 2", "reference 100 r-1 = 1"}));
  EXPECT_EQ(discrepancies(), Texts{});
  EXPECT_EQ(ask("SELECT concat_ws(' ', lines, bad_lines, items, matched_lines, matched_items, "
                "discrepancies) FROM authd.recon_run"),
            "2 0 2 2 2 0");
  EXPECT_EQ(ask("SELECT concat(period_from, ' ', period_to) FROM authd.recon_run"),
            "2026-11-20 00:00:00+00 2026-11-21 00:00:00+00");
}

TEST_F(EngineTest, ReadsPositiveDebitsAsTheWalletSeesThem) {
  supplier_.are_debits_positive = true;
  book({"r-1", -1000});
  book({"r-2", 300});
  ASSERT_EQ(run({line("r-1", "10.00"), line("r-2", "-3.00")}), RunState::done);
  EXPECT_EQ(discrepancies(), Texts{});
  EXPECT_EQ(matches().size(), 2U);
}

TEST_F(EngineTest, RefusesAFileThatAnotherRunHasRead) {
  book({"r-1"});
  ASSERT_EQ(run({line("r-1", "-10.00")}), RunState::done);
  ASSERT_EQ(run({line("r-1", "-10.00")}), RunState::refused);
  EXPECT_EQ(ask("SELECT duplicate_of FROM authd.recon_run WHERE id = 2"), "1");
  EXPECT_EQ(ask("SELECT count(*) FROM authd.recon_line WHERE run_id = 2"), "0");
  EXPECT_EQ(
      ask("SELECT action FROM authd.recon_trail WHERE run_id = 2 ORDER BY number DESC LIMIT 1"),
      "refused");
}

TEST_F(EngineTest, TakesAFileAgainAfterItFailed) {
  const std::string damaged = std::string(header) + line("r-1", "ten");
  ASSERT_EQ(run_text(damaged), RunState::failed);
  EXPECT_EQ(ask("SELECT error FROM authd.recon_run"), "1 of 1 lines of 1.csv cannot be read");
  ASSERT_EQ(run_text(damaged), RunState::failed);
}

TEST_F(EngineTest, SetsBadLinesAsideAndMatchesTheRest) {
  book({"r-1"});
  ASSERT_EQ(run({line("r-1", "-10.00"), line("r-2", "1.001")}), RunState::done);
  EXPECT_EQ(ask("SELECT concat_ws(' ', lines, bad_lines, matched_lines) FROM authd.recon_run"),
            "1 1 1");
  EXPECT_EQ(ask("SELECT concat_ws(' ', line_number, field) FROM authd.recon_bad_line"), "3 amount");
}

TEST_F(EngineTest, FailsWithAClearErrorWhenTheFileIsNoFile) {
  enqueue("");
  std::filesystem::remove(directory_ / "1.csv");
  ASSERT_EQ(perform(1), RunState::failed);
  EXPECT_EQ(ask("SELECT error FROM authd.recon_run"), "1.csv is not there, or is no regular file");
  ASSERT_EQ(run_text("reference;at;amount\n"), RunState::failed);
  EXPECT_EQ(ask("SELECT error FROM authd.recon_run WHERE id = 2").substr(0, 6), "2.csv:");
}

TEST_F(EngineTest, FailsWhenTheLinesLieTooFarApartAndNobodySaidWhichPeriodItIs) {
  supplier_.period_days_max = 2;
  const Texts lines{line("r-1", "-10.00"),
                    line("r-2", "-10.00", ",ZAR,settled,,,,,,", "2026-11-23 08:00:01")};
  ASSERT_EQ(run(lines), RunState::failed);
  EXPECT_NE(ask("SELECT error FROM authd.recon_run").find("more than 2 days"), std::string::npos);
  EXPECT_EQ(ask("SELECT count(*) FROM authd.recon_discrepancy"), "0");
}

TEST_F(EngineTest, TakesThePeriodThatItIsGiven) {
  book({"r-1"});
  book({"r-2", -2000, "2026-11-19 23:59:59"});
  book({"r-3", -3000, "2026-11-18 23:59:59"});
  enqueue(header + line("r-1", "-10.00"));
  ask("UPDATE authd.recon_run SET period_from = '2026-11-19 00:00+00', period_to = '2026-11-21 "
      "00:00+00' RETURNING 1");
  ASSERT_EQ(perform(1), RunState::done);
  EXPECT_EQ(discrepancies(), Texts{"missing_externally 2000 open"});
}

TEST_F(EngineTest, EndsARunWithoutLines) {
  ASSERT_EQ(run({}), RunState::done);
  EXPECT_EQ(ask("SELECT concat_ws(' ', lines, items, discrepancies) FROM authd.recon_run"),
            "0 0 0");
}

TEST_F(EngineTest, IsCancelledBetweenTwoSteps) {
  enqueue(header + line("r-1", "-10.00"));
  ask("UPDATE authd.recon_run SET cancel_requested_at = now() RETURNING 1");
  ASSERT_EQ(perform(1), RunState::cancelled);
  EXPECT_EQ(ask("SELECT count(*) FROM authd.recon_discrepancy"), "0");
  ASSERT_EQ(perform(1), RunState::cancelled);  // and stays so
}

TEST_F(EngineTest, GoesOnWhereItDied) {
  book({"r-1"});
  book({"r-2", -2000});
  enqueue(header + line("r-1", "-10.00") + line("r-2", "-20.00"));
  // As a process leaves it that was killed after its first batch of lines.
  ask("UPDATE authd.recon_run SET state = 3, attempts = 1 RETURNING 1");
  ask("INSERT INTO authd.recon_line (run_id, line_number, amount_minor, occurred_at, status, "
      "currency, reference, our_reference)"
      " VALUES (1, 2, -1000, '2026-11-20 08:00+00', 1, 'ZAR', 'r-1', 'r-1') RETURNING 1");
  ASSERT_EQ(perform(1), RunState::done);
  EXPECT_EQ(
      ask("SELECT string_agg(line_number::text, ',' ORDER BY line_number) FROM authd.recon_line"),
      "2,3");
  EXPECT_EQ(ask("SELECT matched_lines FROM authd.recon_run"), "2");
  EXPECT_EQ(discrepancies(), Texts{});
}

TEST_F(EngineTest, StaysAsItIsWhenItIsStoppedOnItsWay) {
  book({"r-1"});
  enqueue(header + line("r-1", "-10.00"));
  for (const std::string wanted : {"recognising", "reading", "items", "reference_only"}) {
    std::stop_source stop;
    options_.on_progress = [&](const recon::RunProgress& progress) {
      if (progress.stage == wanted) stop.request_stop();
    };
    const auto state = recon::perform_run(1, supplier_, options_, stop.get_token());
    ASSERT_FALSE(state) << wanted;
    EXPECT_EQ(state.error().code, store::PgError::Code::interrupted);
    EXPECT_EQ(ask("SELECT count(*) FROM authd.recon_match"), "0") << wanted;
  }
  options_.on_progress = {};
  ASSERT_EQ(perform(1), RunState::done);
  EXPECT_EQ(matches(), Texts{"reference 100 r-1 = 1"});
}

TEST_F(EngineTest, GivesARunUpThatAlwaysEndsWithItsProcess) {
  enqueue(header + line("r-1", "-10.00"));
  ask("UPDATE authd.recon_run SET attempts = 10 RETURNING 1");
  ASSERT_EQ(perform(1), RunState::failed);
}

TEST_F(EngineTest, LeavesASupplierAloneThatSomebodyElseIsAt) {
  enqueue(header + line("r-1", "-10.00"));
  std::optional<RunState> inner = RunState::done;
  options_.on_progress = [&](const recon::RunProgress&) {
    recon::EngineOptions plain = options_;
    plain.on_progress = {};
    const auto second = recon::perform_run(1, supplier_, plain, {});
    ASSERT_TRUE(second);
    inner = *second;
  };
  ASSERT_EQ(perform(1), RunState::done);
  EXPECT_EQ(inner, std::nullopt);
}

TEST_F(EngineTest, KeepsATrailThatShowsWhatWasChanged) {
  book({"r-1", -1000});
  ASSERT_EQ(run({line("r-1", "-10.01")}), RunState::done);
  EXPECT_EQ(ask("SELECT string_agg(action, ',' ORDER BY number) FROM authd.recon_trail"),
            "configured,read,opened,done");
  EXPECT_EQ(ask("SELECT count(*) FROM authd.recon_broken(1::smallint)"), "0");
  EXPECT_EQ(ask("SELECT outcome_sha256 = authd.recon_outcome_digest(1) FROM authd.recon_run"), "t");

  auto owner = store::Connection::connect({.conninfo = Cluster::superuser_conninfo(database())});
  ASSERT_TRUE(owner);
  query(*owner, "ALTER TABLE authd.recon_trail DISABLE TRIGGER append_only");
  query(*owner, "UPDATE authd.recon_trail SET detail = '{}' WHERE number = 3");
  EXPECT_EQ(ask("SELECT number FROM authd.recon_broken(1::smallint)"), "3");
  query(*owner, "UPDATE authd.recon_match SET confidence = 99");
  EXPECT_EQ(ask("SELECT outcome_sha256 = authd.recon_outcome_digest(1) FROM authd.recon_run"), "f");
}

TEST_F(EngineTest, MayNotTouchTheBooks) {
  auto connection = connect();
  query(connection, "SET ROLE authd_recon");
  EXPECT_EQ(refused(connection, "UPDATE authd.balance SET posted_minor = 0"), "42501");
  EXPECT_EQ(
      refused(connection,
              "SELECT authd.recon_book('demo', 20::smallint, 1, 'ZAR', 9::smallint, 4::smallint)"),
      "42501");
  EXPECT_EQ(refused(connection, "INSERT INTO authd.recon_trail SELECT * FROM authd.recon_trail"),
            "42501");
}

}  // namespace authd::test
