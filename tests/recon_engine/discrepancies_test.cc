// What is wrong is found, named, and settled by rules within their limits; what waits is carried
// on.

#include "tests/recon_engine/engine_fixture.h"

namespace authd::test {

using recon::Rule;
using recon::RuleKind;
using recon::RunState;

namespace {

Rule rule(RuleKind kind) {
  Rule rule;
  rule.kind = kind;
  rule.name = std::string(recon::rule_names.at(static_cast<std::size_t>(kind) - 1));
  return rule;
}

Rule rounding(std::int64_t each_max_minor) {
  Rule rounding = rule(RuleKind::rounding);
  rounding.each_max_minor = each_max_minor;
  return rounding;
}

Rule timing(std::int64_t window_s) {
  Rule timing = rule(RuleKind::timing);
  timing.window_s = window_s;
  return timing;
}

}  // namespace

class Discrepancies : public EngineTest {};

TEST_F(Discrepancies, NameWhatIsMissingOnEitherSide) {
  book({"r-1"});
  ASSERT_EQ(run({line("r-2", "-20.00")}), RunState::done);
  EXPECT_EQ(discrepancies(),
            (Texts{"missing_internally -2000 open", "missing_externally 1000 open"}));
}

TEST_F(Discrepancies, KnowTheAuthorizationOfALineThatWasNeverBooked) {
  add_authorization("auth-1", 2000, "2026-11-20 07:00");
  ask("INSERT INTO authd.decision (seq, decided_at, account_id, authorization_id, amount_minor, "
      "approved_minor, posted_after_minor,"
      " available_after_minor, shard, kind, reason, currency, program, message_id, card_token)"
      " VALUES (1, '2026-11-20 07:00+00', 1, 1, 2000, 2000, 0, 0, 7, 1, 0, 'ZAR', 'demo', "
      "'auth-1', 'card-1') RETURNING 1");
  ASSERT_EQ(run({line("r-2", "-20.00", ",ZAR,settled,,,,,,auth-1")}), RunState::done);
  EXPECT_EQ(ask("SELECT authorization_id FROM authd.recon_discrepancy"), "1");
}

TEST_F(Discrepancies, NameWhatDiffersInAMatch) {
  book({"r-1", -1000});
  book({"r-2", -1000, "2026-11-20 08:00:00", "any", "card-1", "m", "USD"});
  book({"r-3", -1000});
  book({"r-4", -1000});
  book({"r-5", -1000});
  ASSERT_EQ(
      run({line("r-1", "-10.50"), line("r-2", "-10.00"), line("r-3", "-10.00", ",ZAR,failed,,,,,,"),
           line("r-4", "-10.00", ",ZAR,settled,,,,,,", "2026-11-21 08:00:00"),
           line("r-5", "-10.00", ",ZAR,settled,,,,,,", "2026-11-21 08:00:01")}),
      RunState::done);
  EXPECT_EQ(discrepancies(),
            (Texts{"amount -50 open", "currency 0 open", "status 1000 open", "date 0 open"}));
  EXPECT_EQ(ask("SELECT detail->>'stated' FROM authd.recon_discrepancy WHERE kind = 5"), "failed");
  EXPECT_EQ(ask("SELECT detail->>'booked_currency' FROM authd.recon_discrepancy WHERE kind = 4"),
            "USD");
}

TEST_F(Discrepancies, NameWhatWasClearedWithoutAuthorizationOrBeyondIt) {
  add_authorization("auth-1", 1000, "2026-11-20 07:00", 2, 1500);
  book({"r-1", -1000, "2026-11-20 08:00:00", "auth-1", "card-1", "m", "ZAR", true});
  book({"r-2", -1500, "2026-11-20 08:00:00", "auth-1", "card-1", "m", "ZAR", false, true});
  book({"r-3", -1000, "2026-11-20 08:00:00", ""});  // nobody knows its authorization either
  book({"r-4", 1000});                              // a refund needs none
  ASSERT_EQ(run({line("r-1", "-10.00"), line("r-2", "-15.00"), line("r-3", "-10.00"),
                 line("r-4", "10.00")}),
            RunState::done);
  EXPECT_EQ(discrepancies(), (Texts{"cleared_without_authorization 0 open", "over_captured 0 open",
                                    "cleared_without_authorization 0 open"}));
  EXPECT_EQ(ask("SELECT detail->>'authorized_minor' FROM authd.recon_discrepancy WHERE kind = 11"),
            "1000");
}

TEST_F(Discrepancies, NameAnAuthorizationThatIsOverdueOnce) {
  supplier_.clear_within_s = 86'400;
  add_authorization("open", 1000, "2026-11-19 12:00");
  add_authorization("expired", 1000, "2026-11-19 23:59", 4);
  add_authorization("cleared", 1000, "2026-11-19 12:00", 2, 1000);
  add_authorization("reversed", 1000, "2026-11-19 12:00", 3);
  add_authorization("declined", 0, "2026-11-19 12:00", 5);
  add_authorization("not yet overdue", 1000, "2026-11-20 00:00");
  add_authorization("of an earlier period", 1000, "2026-11-18 23:59");
  book({"r-1", 1000});
  ASSERT_EQ(run({line("r-1", "10.00")}), RunState::done);
  EXPECT_EQ(discrepancies(),
            (Texts{"authorized_never_cleared 0 open", "authorized_never_cleared 0 open"}));
  EXPECT_EQ(
      ask("SELECT string_agg(detail->>'expired', ',' ORDER BY id) FROM authd.recon_discrepancy"),
      "false,true");

  book({"r-2", 1000, "2026-11-21 08:00:00"});
  ASSERT_EQ(run({line("r-2", "10.00", ",ZAR,settled,,,,,,", "2026-11-21 08:00:00")}),
            RunState::done);
  EXPECT_EQ(discrepancies(), Texts{"authorized_never_cleared 0 open"});  // the one of the 20th
}

TEST_F(Discrepancies, CompareFeesWithTheSchedule) {
  recon::Fee any;
  any.fixed_minor = 10;
  recon::Fee purchase;
  purchase.kind = "purchase";
  purchase.basis_points = 125;
  purchase.min_minor = 13;
  purchase.max_minor = 20;
  purchase.tolerance.minor = 1;
  supplier_.fees = {any, purchase};
  for (int i = 1; i <= 6; ++i) book({"r-" + std::to_string(i), i == 6 ? -100'000 : -1000});
  ASSERT_EQ(run({line("r-1", "-10.00", ",ZAR,settled,0.14,,,,purchase,"),  // 12.5 is 13
                 line("r-2", "-10.00", ",ZAR,settled,0.15,,,,purchase,"),  // two more
                 line("r-3", "-10.00", ",ZAR,settled,0.10,,,,topup,"),
                 line("r-4", "-10.00", ",ZAR,settled,,,,,topup,"),  // none stated
                 line("r-5", "-10.00", ",ZAR,settled,0.11,,,,topup,"),
                 line("r-6", "-1000.00", ",ZAR,settled,0.20,,,,purchase,")}),  // at most 20
            RunState::done);
  EXPECT_EQ(discrepancies(),
            (Texts{"fee_variance -2 open", "fee_variance 10 open", "fee_variance -1 open"}));
}

TEST_F(Discrepancies, NameALineThatAnEarlierFileHadAlready) {
  book({"r-1"});
  ASSERT_EQ(run({line("r-1", "-10.00")}), RunState::done);
  ASSERT_EQ(run({line("r-1", "-10.00"), line("r-9", "-10.00", ",ZAR,failed,,,,,,")}),
            RunState::done);
  EXPECT_EQ(discrepancies(), Texts{"duplicate -1000 open"});
  EXPECT_EQ(ask("SELECT item_seq FROM authd.recon_discrepancy"), "1");
}

TEST_F(Discrepancies, FindItemsFarOutsideOfThePeriodByTheirReference) {
  book({"r-1", -1000, "2026-10-02 08:00:00"});
  book({"r-2", -2000});
  ASSERT_EQ(run({line("r-1", "-10.00"), line("r-2", "-20.00")}), RunState::done);
  EXPECT_EQ(discrepancies(), Texts{"date 0 open"});
}

TEST_F(Discrepancies, AreSettledByARuleUpToItsLimitEach) {
  supplier_.rules = {rounding(5)};
  book({"r-1"});
  book({"r-2"});
  ASSERT_EQ(run({line("r-1", "-10.05"), line("r-2", "-9.94")}), RunState::done);
  EXPECT_EQ(discrepancies(), (Texts{"amount -5 resolved by rounding", "amount 6 open"}));
  EXPECT_EQ(
      ask("SELECT concat_ws(' ', discrepancies, auto_resolved, exceptions) FROM authd.recon_run"),
      "2 1 1");
}

TEST_F(Discrepancies, AreSettledUntilTheLimitOfTheRunIsReached) {
  Rule limited = rounding(5);
  limited.run_max_minor = 7;
  supplier_.rules = {limited};
  for (int i = 1; i <= 3; ++i) book({"r-" + std::to_string(i)});
  book({"r-4", -1000, "2026-11-20 08:00:00", "any", "card-1", "m", "USD"});
  ASSERT_EQ(run({line("r-1", "-10.05"), line("r-2", "-10.03"), line("r-3", "-10.01"),
                 line("r-4", "-10.02", ",USD,settled,,,,,,")}),
            RunState::done);
  EXPECT_EQ(discrepancies(), (Texts{"amount -5 resolved by rounding", "amount -3 open",
                                    "amount -1 open", "amount -2 open"}));
}

TEST_F(Discrepancies, CountTowardsALimitOfAllRules) {
  supplier_.run_max_count = 2;
  supplier_.rules = {rounding(5), rule(RuleKind::status_progression)};
  for (int i = 1; i <= 4; ++i) book({"r-" + std::to_string(i)});
  ASSERT_EQ(run({line("r-1", "-10.00", ",ZAR,pending,,,,,,"), line("r-2", "-10.01"),
                 line("r-3", "-10.00", ",ZAR,pending,,,,,,"),
                 line("r-4", "-10.00", ",ZAR,reversed,,,,,,")}),
            RunState::done);
  EXPECT_EQ(discrepancies(),
            (Texts{"status 0 resolved by status_progression", "amount -1 resolved by rounding",
                   "status 0 open", "status 1000 open"}));
}

TEST_F(Discrepancies, AreAKnownFee) {
  recon::Fee fee;
  fee.fixed_minor = 25;
  supplier_.fees = {fee};
  Rule known = rule(RuleKind::known_fee);
  known.each_max_minor = 2;
  supplier_.rules = {known};
  for (int i = 1; i <= 4; ++i) book({"r-" + std::to_string(i)});
  ASSERT_EQ(run({line("r-1", "-10.25", ",ZAR,settled,0.25,,,,,"),
                 line("r-2", "-10.26", ",ZAR,settled,0.25,,,,,"),
                 line("r-3", "-10.00", ",ZAR,settled,0.27,,,,,"),
                 line("r-4", "-10.00", ",ZAR,settled,0.28,,,,,")}),
            RunState::done);
  EXPECT_EQ(discrepancies(),
            (Texts{"amount -25 resolved by known_fee", "amount -26 open",
                   "fee_variance -2 resolved by known_fee", "fee_variance -3 open"}));
}

TEST_F(Discrepancies, WaitForTheNextFileAndAreSettledByIt) {
  supplier_.rules = {timing(7'200)};
  book({"late in the file", -1000, "2026-11-20 23:00:00"});
  book({"missing", -2000, "2026-11-20 21:59:59"});
  ASSERT_EQ(run({line("late in the books", "-30.00", ",ZAR,settled,,,,,,", "2026-11-20 22:00:01")}),
            RunState::done);
  EXPECT_EQ(discrepancies(),
            (Texts{"missing_internally -3000 waits by timing",
                   "missing_externally 1000 waits by timing", "missing_externally 2000 open"}));

  book({"late in the books", -3000, "2026-11-21 00:10:00"});
  ASSERT_EQ(run({line("late in the file", "-10.00", ",ZAR,settled,,,,,,", "2026-11-21 00:01:00")}),
            RunState::done);
  EXPECT_EQ(discrepancies(), Texts{});
  EXPECT_EQ(matches(),
            (Texts{"reference 100 late in the books = 3", "reference 100 late in the file = 1"}));
  EXPECT_EQ(ask("SELECT string_agg(concat(kind, ' ', state, ' ', resolution), ',' ORDER BY id) "
                "FROM authd.recon_discrepancy"),
            "1 5 2,2 5 2,2 2 ");
  EXPECT_EQ(ask("SELECT count(*) FROM authd.recon_trail WHERE action = 'matched_later'"), "2");
}

TEST_F(Discrepancies, ArePeoplesWhenTheyHaveWaitedInVain) {
  supplier_.rules = {timing(7'200)};
  book({"r-1", -1000, "2026-11-20 23:00:00"});
  ASSERT_EQ(run({line("r-2", "-30.00", ",ZAR,settled,,,,,,", "2026-11-20 23:30:00")}),
            RunState::done);
  ASSERT_EQ(run({line("r-3", "-1.00", ",ZAR,failed,,,,,,", "2026-11-21 08:00:00")}),
            RunState::done);
  EXPECT_EQ(discrepancies(), Texts{});
  EXPECT_EQ(ask("SELECT string_agg(concat(kind, ' ', state), ',' ORDER BY id) FROM "
                "authd.recon_discrepancy"),
            "1 2,2 2");
  EXPECT_EQ(ask("SELECT count(*) FROM authd.recon_trail WHERE action = 'waited_in_vain'"), "2");
  EXPECT_EQ(ask("SELECT count(*) FROM authd.recon_broken(1::smallint)"), "0");
}

TEST_F(Discrepancies, OfOneSupplierAreNothingToAnother) {
  book({"r-1"});
  ASSERT_EQ(run({line("r-1", "-10.00")}), RunState::done);
  supplier_.name = "other";
  ASSERT_EQ(run({line("r-1", "-10.00")}), RunState::done);
  EXPECT_EQ(matches(), Texts{"reference 100 r-1 = 1"});
  EXPECT_EQ(discrepancies(), Texts{});
}

TEST_F(Discrepancies, AddUpToTheFiguresOfTheRun) {
  supplier_.rules = {rounding(5)};
  book({"r-1"});
  book({"r-2"});
  ASSERT_EQ(run({line("r-1", "-10.05"), line("r-2", "-9.94")}), RunState::done);
  EXPECT_EQ(ask("SELECT concat_ws(' ', kind, currency, found, auto_resolved, difference_minor) "
                "FROM authd.recon_run_figure"),
            "3 ZAR 2 1 11");
}

}  // namespace authd::test
