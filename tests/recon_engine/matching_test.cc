// Passes: what belongs together, by which method, and what does not.

#include "tests/recon_engine/engine_fixture.h"

namespace authd::test {

using recon::Key;
using recon::Method;
using recon::Pass;
using recon::RunState;

namespace {

Pass pass(Method method, std::int32_t confidence = 80, std::vector<Key> same = {}) {
  Pass pass;
  pass.method = method;
  pass.confidence = confidence;
  pass.same = std::move(same);
  return pass;
}

Pass window(std::int64_t seconds, std::vector<Key> same = {Key::card}) {
  Pass window = pass(Method::amount_window, 70, std::move(same));
  window.window_s = seconds;
  return window;
}

}  // namespace

class Matching : public EngineTest {};

TEST_F(Matching, TakesALineAndAnItemOnce) {
  book({"r-1"});
  ASSERT_EQ(run({line("r-1", "-10.00"), line("r-1", "-10.00")}), RunState::done);
  EXPECT_EQ(matches(), Texts{"reference 100 r-1 = 1"});
  EXPECT_EQ(discrepancies(), Texts{"duplicate -1000 open"});
}

TEST_F(Matching, PairsEqualReferencesInTheirOrder) {
  book({"r-1"});
  book({"r-1", -1000, "2026-11-20 08:00:01"});
  ASSERT_EQ(run({line("r-1", "-10.00"), line("r-1", "-10.00")}), RunState::done);
  EXPECT_EQ(matches(), (Texts{"reference 100 r-1 = 1", "reference 100 r-1 = 2"}));
}

TEST_F(Matching, PrefersTheLineThatIsSettled) {
  book({"r-1"});
  ASSERT_EQ(run({line("r-1", "-10.00", ",ZAR,failed,,,,,,"), line("r-1", "-10.00")}),
            RunState::done);
  EXPECT_EQ(ask("SELECT line_number FROM authd.recon_match"), "3");
  EXPECT_EQ(discrepancies(), Texts{});  // what failed has moved nothing
}

TEST_F(Matching, AcceptsADifferenceWithinTheTolerance) {
  Pass tolerant = pass(Method::reference_tolerance, 90);
  tolerant.tolerance.minor = 5;
  supplier_.passes = {Pass{}, tolerant};
  book({"r-1"});
  book({"r-2"});
  ASSERT_EQ(run({line("r-1", "-10.05"), line("r-2", "-10.06")}), RunState::done);
  EXPECT_EQ(matches(), (Texts{"reference_tolerance 90 r-1 = 1", "reference_only 50 r-2 = 2"}));
  EXPECT_EQ(discrepancies(), (Texts{"amount -5 open", "amount -6 open"}));
}

TEST_F(Matching, TakesAToleranceOfTheAmount) {
  Pass tolerant = pass(Method::reference_tolerance, 90);
  tolerant.tolerance.basis_points = 150;
  supplier_.passes = {Pass{}, tolerant};
  book({"r-1"});
  book({"r-2"});
  ASSERT_EQ(run({line("r-1", "-10.15"), line("r-2", "-10.16")}), RunState::done);
  EXPECT_EQ(matches(), (Texts{"reference_tolerance 90 r-1 = 1", "reference_only 50 r-2 = 2"}));
}

TEST_F(Matching, FindsTheNearestWithinTheWindow) {
  supplier_.passes = {Pass{}, window(60)};
  book({"a", -1000, "2026-11-20 08:00:50"});
  book({"b", -1000, "2026-11-20 08:01:00"});
  book({"c", -1000, "2026-11-20 08:02:01"});
  book({"d", -1000, "2026-11-20 08:00:00", "any", "card-2"});
  ASSERT_EQ(run({line("x", "-10.00", ",ZAR,settled,,card-1,,,,", "2026-11-20 08:01:00"),
                 line("y", "-10.00", ",ZAR,settled,,card-1,,,,", "2026-11-20 08:01:00")}),
            RunState::done);
  EXPECT_EQ(matches(), (Texts{"amount_window 70 x = 2", "amount_window 70 y = 1"}));
  EXPECT_EQ(discrepancies(),
            (Texts{"missing_externally 1000 open", "missing_externally 1000 open"}));
}

TEST_F(Matching, LooksNoFurtherThanTheWindow) {
  supplier_.passes = {Pass{}, window(60)};
  book({"a", -1000, "2026-11-20 08:01:00"});
  book({"b", -1001, "2026-11-20 08:01:01"});
  ASSERT_EQ(run({line("x", "-10.00"), line("y", "-10.01")}), RunState::done);
  EXPECT_EQ(matches(), Texts{"amount_window 70 x = 1"});
}

TEST_F(Matching, LeavesToPeopleWhatNobodyCouldTellApart) {
  supplier_.passes = {Pass{}, window(3'600)};
  Texts lines;
  for (int i = 0; i < 101; ++i) {
    book({"i-" + std::to_string(i)});
    lines.push_back(line("l-" + std::to_string(i), "-10.00"));
  }
  ASSERT_EQ(run(lines), RunState::done);
  EXPECT_EQ(matches(), Texts{});
  EXPECT_EQ(discrepancies().size(), 202U);
}

TEST_F(Matching, TiesSplitClearingsToTheirOneEntry) {
  supplier_.passes = {Pass{}, pass(Method::one_to_many, 85, {Key::authorization})};
  add_authorization("auth-1", 3000, "2026-11-20 07:00");
  book({"r-1", -3000, "2026-11-20 08:00:00", "auth-1"});
  ASSERT_EQ(run({line("s-1", "-10.00", ",ZAR,settled,,,,,,auth-1"),
                 line("s-2", "-20.00", ",ZAR,settled,,,,,,auth-1")}),
            RunState::done);
  EXPECT_EQ(matches(), Texts{"one_to_many 85 s-1+s-2 = 2"});
  EXPECT_EQ(discrepancies(), Texts{});
  EXPECT_EQ(ask("SELECT matched_lines FROM authd.recon_run"), "2");
}

TEST_F(Matching, TiesABatchedPayoutToItsEntries) {
  supplier_.passes = {Pass{}, pass(Method::many_to_one, 85, {Key::authorization})};
  add_authorization("auth-1", 3000, "2026-11-20 07:00");
  book({"r-1", -1000, "2026-11-20 08:00:00", "auth-1"});
  book({"r-2", -2000, "2026-11-20 08:00:00", "auth-1"});
  ASSERT_EQ(run({line("s-1", "-30.00", ",ZAR,settled,,,,,,auth-1")}), RunState::done);
  EXPECT_EQ(matches(), Texts{"many_to_one 85 s-1 = 2+3"});
  EXPECT_EQ(discrepancies(), Texts{});
}

TEST_F(Matching, TiesManyToManyBySumAndNamesWhatTheToleranceLetPass) {
  Pass many = pass(Method::many_to_many, 75, {Key::card, Key::day});
  many.tolerance.minor = 1;
  supplier_.passes = {Pass{}, many};
  book({"r-1", -1000});
  book({"r-2", -2000});
  book({"r-3", -500, "2026-11-20 08:00:00", "any", "card-2"});
  ASSERT_EQ(run({line("s-1", "-15.00"), line("s-2", "-15.01")}), RunState::done);
  EXPECT_EQ(matches(), Texts{"many_to_many 75 s-1+s-2 = 1+2"});
  EXPECT_EQ(discrepancies(), (Texts{"amount -1 open", "missing_externally 500 open"}));
}

TEST_F(Matching, LeavesGroupsAloneWhoseSumsDiffer) {
  supplier_.passes = {Pass{}, pass(Method::one_to_many, 85, {Key::card})};
  book({"r-1", -3000});
  ASSERT_EQ(run({line("s-1", "-10.00"), line("s-2", "-20.01")}), RunState::done);
  EXPECT_EQ(matches(), Texts{});
}

TEST_F(Matching, KnowsTheAmountLessTheFee) {
  recon::Fee fee;
  fee.basis_points = 200;
  fee.fixed_minor = 5;
  supplier_.fees = {fee};
  supplier_.passes = {Pass{}, pass(Method::net_of_fee, 95)};
  book({"r-1", -1000});
  book({"r-2", -1000});
  ASSERT_EQ(run({line("r-1", "-9.75", ",ZAR,settled,0.25,,,,,"),
                 line("r-2", "-9.75", ",ZAR,settled,0.26,,,,,")}),
            RunState::done);
  EXPECT_EQ(matches(), (Texts{"net_of_fee 95 r-1 = 1", "reference_only 50 r-2 = 2"}));
}

TEST_F(Matching, ConvertsByTheRate) {
  recon::Rate rate;
  rate.from = *core::Currency::from_alpha("USD");
  rate.to = *core::Currency::from_alpha("ZAR");
  rate.rate_e9 = 18'234'500'000;
  supplier_.rates = {rate};
  supplier_.passes = {Pass{}, pass(Method::currency, 80)};
  book({"r-1", -18'235});  // 10.00 USD are 182.345 ZAR: rounded half away from zero
  book({"r-2", -18'234});
  ASSERT_EQ(run({line("r-1", "-10.00", ",USD,settled,,,,,,"),
                 line("r-2", "-10.00", ",USD,settled,,,,,,")}),
            RunState::done);
  EXPECT_EQ(matches(), (Texts{"currency 80 r-1 = 1", "reference_only 50 r-2 = 2"}));
  EXPECT_EQ(discrepancies(), Texts{"currency 0 open"});
}

TEST_F(Matching, RunsItsPassesInTheirOrder) {
  supplier_.passes = {window(60), Pass{}};
  book({"r-1", -1000, "2026-11-20 08:00:00"});
  book({"r-2", -1000, "2026-11-20 08:00:30"});
  ASSERT_EQ(run({line("r-2", "-10.00"),
                 line("r-1", "-10.00", ",ZAR,settled,,card-1,,,,", "2026-11-20 08:00:31")}),
            RunState::done);
  EXPECT_EQ(matches(), (Texts{"amount_window 70 r-2 = 1", "amount_window 70 r-1 = 2"}));
}

TEST_F(Matching, ComparesTransfersByTheirIds) {
  supplier_.books = recon::Books::transfers;
  supplier_.transfer_kinds = {core::TransferKind::withdrawal};
  supplier_.passes = {Pass{}, pass(Method::many_to_one, 85, {Key::batch})};
  add_transfer("tr_1", 1000);
  add_transfer("tr_2", 2000, 2);
  add_transfer("tr_3", 500, 3, "payout-1");
  add_transfer("tr_4", 700, 3, "payout-1");
  add_transfer("tr_5", 900, 5);
  add_transfer("tr_6", 800);
  ASSERT_EQ(run({line("tr_1", "-10.00"), line("tr_2", "-20.00"),
                 line("p", "-12.00", ",ZAR,settled,,,,payout-1,,")}),
            RunState::done);
  EXPECT_EQ(matches(),
            (Texts{"reference 100 tr_1 = 1", "reference 100 tr_2 = 2", "many_to_one 85 p = 3+4"}));
  EXPECT_EQ(discrepancies(), (Texts{"status 0 open", "missing_externally 800 open"}));
}

TEST_F(Matching, GivesTheSameAnswerHoweverTheLinesStand) {
  supplier_.passes = {Pass{}, window(3'600)};
  for (int i = 0; i < 30; ++i)
    book({"i-" + std::to_string(i), -1000 - i % 3,
          "2026-11-20 08:" + std::to_string(10 + i) + ":00"});
  Texts lines;
  for (int i = 0; i < 30; ++i) {
    lines.push_back(line("l-" + std::to_string(i), "-10.0" + std::to_string(i % 3),
                         ",ZAR,settled,,card-1,,,,",
                         "2026-11-20 08:" + std::to_string(10 + (i * 7) % 30) + ":30"));
  }
  ASSERT_EQ(run(lines), RunState::done);
  const Texts first = matches();
  EXPECT_EQ(first.size(), 30U);
  ask("WITH m AS (DELETE FROM authd.recon_match), d AS (DELETE FROM authd.recon_discrepancy) "
      "SELECT 1");
  lines.push_back("\n");  // another file
  ASSERT_EQ(run(lines), RunState::done);
  EXPECT_EQ(matches(), first);
}

}  // namespace authd::test
