// Who is paid on a day, who is not, and what is written about it.

#include <gtest/gtest.h>

#include "authd/referral/words.h"
#include "tests/referral/payout/payout_fixture.h"

namespace authd::test {

namespace {

using referral::PayOutcome;
using referral::PayoutReport;
using referral::PreviewLine;
using store::PgError;

using Texts = std::vector<std::string>;

class Payout : public PayoutTest {
 protected:
  // "holder amount", in the order of the holders.
  Texts payouts(const std::string& day = first_day) {
    return list("SELECT holder_id || ' ' || amount_minor FROM authd.referral_payout WHERE day = '" +
                day + "' ORDER BY holder_id");
  }
  // "holder amount reason".
  Texts failures(const std::string& day = first_day) {
    return list(
        "SELECT concat_ws(' ', holder_id, amount_minor, reason, detail)"
        " FROM authd.referral_payout_failure WHERE day = '" +
        day + "' ORDER BY holder_id");
  }
  // The ledger refuses this holder's payout.
  void refuse(int holder) {
    ask("CREATE FUNCTION authd.refuse_holder() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN IF NEW.holder_id = " +
        std::to_string(holder) +
        " THEN RAISE EXCEPTION 'not today'; END IF; RETURN NEW; END $$;"
        " CREATE TRIGGER refuse_holder BEFORE INSERT ON authd.referral_payout"
        " FOR EACH ROW EXECUTE FUNCTION authd.refuse_holder()");
  }
};

TEST_F(Payout, PaysEachMemberAllThatIsDueToHisAccountAtOnce) {
  add_members(1, 3);
  owe(1, 2, 100, "2024-03-08");
  owe(1, 2, 50);
  owe(1, 1, 7, "2024-03-11");  // tomorrow's
  const PayoutReport report = paid();
  EXPECT_EQ(payouts(), (Texts{"1 150", "2 150"}));
  EXPECT_EQ(list("SELECT concat_ws(' ', account_id, amount_minor, kind, currency, reference)"
                 " FROM authd.credit ORDER BY account_id"),
            (Texts{"1 150 6 USD referral 2024-03-10", "2 150 6 USD referral 2024-03-10"}));
  EXPECT_EQ(report.now.paid, 2);
  EXPECT_EQ(report.now.paid_minor, 300);
  EXPECT_EQ(report.currency, "USD");
  EXPECT_FALSE(report.was_finished);
  EXPECT_EQ(
      ask("SELECT concat_ws(' ', program, day, paid, paid_minor, failed, carried, carried_minor,"
          " requested_by, finished_at >= started_at) FROM authd.referral_payout_run"),
      "demo 2024-03-10 2 300 0 0 0 test t");
  EXPECT_EQ(faults(), "");
}

TEST_F(Payout, PaysTheMinimumAndCarriesOneLess) {
  add_members(1, 3);
  owe(1, 1, 100);
  owe(2, 2, 99);
  owe(3, 3, 60);
  adjust(3, -60);  // is owed nothing
  const PayoutReport first = paid();
  EXPECT_EQ(payouts(), Texts{"1 100"});
  EXPECT_EQ(first.carried, 1);
  EXPECT_EQ(first.carried_minor, 99);
  EXPECT_EQ(failures(), Texts{});

  owe(2, 2, 1, "2024-03-11");
  const PayoutReport second = paid("2024-03-11");
  EXPECT_EQ(payouts("2024-03-11"), Texts{"2 100"});
  EXPECT_EQ(second.carried, 0);
  EXPECT_EQ(faults(), "");
}

TEST_F(Payout, SetsOffWhatAMemberOwesBeforeHeIsPaidAgain) {
  add_members(1, 1);
  owe(1, 1, 500, "2024-03-09");
  paid("2024-03-09");
  adjust(1, -300);  // of what was paid already
  const PayoutReport owing = paid();
  EXPECT_EQ(owing.carried, 1);
  EXPECT_EQ(owing.carried_minor, -300);
  owe(1, 1, 399, "2024-03-11");
  EXPECT_EQ(paid("2024-03-11").carried_minor, 99);
  owe(1, 1, 1, "2024-03-12");
  paid("2024-03-12");
  EXPECT_EQ(payouts("2024-03-12"), Texts{"1 100"});
  EXPECT_EQ(faults(), "");
}

TEST_F(Payout, SaysWhyAMemberCannotBePaidAndPaysTheOthers) {
  add_members(1, 6);
  owe(1, 6, 200);
  ask("UPDATE authd.referral_program SET requires_kyc = true");
  ask("UPDATE authd.account SET status = 3 WHERE id = 1");
  ask("UPDATE authd.holder SET kyc = 2 WHERE id = 2");
  ask("UPDATE authd.referral_member SET status = 2 WHERE holder_id = 3");
  refuse(4);
  const PayoutReport report = paid();
  EXPECT_EQ(payouts(), (Texts{"5 200", "6 200"}));
  EXPECT_EQ(failures(), (Texts{"1 200 1", "2 200 2", "3 200 3", "4 200 4 ERROR:  not today"}));
  EXPECT_EQ(report.failed, 4);
  EXPECT_EQ(report.now.failed, (std::array<std::int64_t, 4>{1, 1, 1, 1}));
  EXPECT_EQ(report.now.failed_minor, 800);
  EXPECT_EQ(faults(), "");
}

TEST_F(Payout, PaysWhoCouldNotBePaidOnceHeCan) {
  add_members(1, 3);
  owe(1, 3, 200);
  ask("UPDATE authd.referral_member SET status = 2");
  EXPECT_EQ(paid().failed, 3);
  EXPECT_EQ(failures(), (Texts{"1 200 3", "2 200 3", "3 200 3"}));

  // The same day again: the failure is forgotten, also of who is owed less than the minimum now.
  ask("UPDATE authd.referral_member SET status = 1 WHERE holder_id < 3");
  adjust(2, -150);
  const PayoutReport again = paid();
  EXPECT_TRUE(again.was_finished);
  EXPECT_EQ(again.now.paid, 1);
  EXPECT_EQ(payouts(), Texts{"1 200"});
  EXPECT_EQ(failures(), Texts{"3 200 3"});
  EXPECT_EQ(again.carried_minor, 50);

  // The next day: the failure stays that day's.
  ask("UPDATE authd.referral_member SET status = 1");
  EXPECT_EQ(paid("2024-03-11").paid, 1);
  EXPECT_EQ(failures(), Texts{"3 200 3"});
  EXPECT_EQ(payouts("2024-03-11"), Texts{"3 200"});
  EXPECT_EQ(faults(), "");
}

TEST_F(Payout, PaysOnceADayAndKeepsWhatCameLaterForTheNext) {
  add_members(1, 2);
  owe(1, 1, 200);
  paid();
  EXPECT_EQ(paid().now.members(), 0);
  owe(1, 2, 300);  // of the day that was paid
  const PayoutReport late = paid();
  EXPECT_EQ(late.now.paid, 1);
  EXPECT_EQ(late.now.paid_before, 1);
  EXPECT_EQ(late.paid, 2);
  EXPECT_EQ(late.paid_minor, 500);
  EXPECT_EQ(payouts(), (Texts{"1 200", "2 300"}));
  EXPECT_EQ(paid("2024-03-11").paid_minor, 300);
  EXPECT_EQ(ask("SELECT count(*) FROM authd.referral_payout_run WHERE finished_at IS NOT NULL"),
            "2");
  EXPECT_EQ(faults(), "");
}

TEST_F(Payout, LeavesWhatIsUnderReviewUntilItIsDecided) {
  add_members(1, 2);
  ask("INSERT INTO authd.referral_case (holder_id, kind, day, program) VALUES (1, 4, '2024-03-01', "
      "'demo'),"
      " (2, 4, '2024-03-01', 'demo')");
  owe(1, 1, 500, first_day, 1);
  owe(1, 1, 200);
  owe(2, 2, 400, first_day, 2);
  EXPECT_EQ(preview().at(1).held_minor, 500);
  EXPECT_EQ(preview().at(2).outcome, std::nullopt);
  EXPECT_EQ(paid().paid_minor, 200);
  EXPECT_EQ(ask("SELECT authd.referral_decide(1, false, 'test', 'fine')"), "t");
  EXPECT_EQ(ask("SELECT authd.referral_decide(2, true, 'test', 'fraud')"), "t");
  EXPECT_EQ(preview("2024-03-11").size(), 1U);
  const PayoutReport next = paid("2024-03-11");
  EXPECT_EQ(payouts("2024-03-11"), Texts{"1 500"});
  EXPECT_EQ(next.carried, 0);  // what was voided is owed no more
  EXPECT_EQ(faults(), "");
}

TEST_F(Payout, PaysIntoTheAccountTheMemberHasChosen) {
  add_members(1, 3);
  owe(1, 3, 200);
  ask("INSERT INTO authd.account (id, holder_id, program, currency, status)"
      " SELECT n + 10, n, 'demo', 'USD', 1 FROM generate_series(1, 3) AS n");
  ask("UPDATE authd.referral_member SET account_id = 11 WHERE holder_id = 1");
  ask("UPDATE authd.account SET status = 2 WHERE id = 2");  // frozen: another one before it
  ask("UPDATE authd.referral_member SET account_id = 13 WHERE holder_id = 3");
  ask("UPDATE authd.account SET status = 3 WHERE id = 13");
  EXPECT_EQ(preview().at(2).account, 12);
  paid();
  EXPECT_EQ(list("SELECT account_id FROM authd.referral_payout ORDER BY holder_id"),
            (Texts{"11", "12"}));
  EXPECT_EQ(failures(), Texts{"3 200 1"});
  EXPECT_EQ(faults(), "");
}

TEST_F(Payout, ForetellsWithoutWritingWhatItDoes) {
  add_members(1, 9);
  owe(1, 7, 200);
  owe(8, 8, 99);
  ask("UPDATE authd.referral_program SET requires_kyc = true");
  ask("UPDATE authd.account SET currency = 'EUR' WHERE id = 1");
  ask("UPDATE authd.holder SET kyc = 4 WHERE id = 2");
  ask("UPDATE authd.referral_member SET status = 2 WHERE holder_id = 3");
  paid("2024-03-10");  // 4 to 7 have been paid
  owe(4, 5, 300);      // and are owed more
  const std::string before =
      ask("SELECT max(id) || ' ' || (SELECT count(*) FROM authd.change_log)"
          " FROM authd.referral_payout");
  const auto foretold = preview();
  EXPECT_EQ(ask("SELECT max(id) || ' ' || (SELECT count(*) FROM authd.change_log)"
                " FROM authd.referral_payout"),
            before);
  std::map<std::int64_t, PayOutcome> done;
  on_progress_ = [&done](const referral::PayoutProgress& progress) {
    done[progress.holder] = progress.outcome;
  };
  paid();
  ASSERT_EQ(foretold.size(), 6U);  // 1 to 5, and 8
  for (const auto& [holder, outcome] : done)
    EXPECT_EQ(foretold.at(holder).outcome, outcome) << holder;
  EXPECT_EQ(done.size(), 5U);
  EXPECT_EQ(foretold.at(1).outcome, PayOutcome::no_account);
  EXPECT_EQ(foretold.at(4).outcome, PayOutcome::paid_before);
  EXPECT_EQ(foretold.at(8).outcome, PayOutcome::below_minimum);
  EXPECT_EQ(foretold.at(8).minor, 99);

  const auto next = preview("2024-03-11");
  EXPECT_EQ(next.at(5).outcome, PayOutcome::paid);
  EXPECT_EQ(next.at(5).account, 5);
  EXPECT_EQ(preview("9999-12-31").size(), next.size());  // days to come can be asked for
  EXPECT_EQ(faults(), "");
}

TEST_F(Payout, KeepsProgramsApart) {
  add_program("other");
  add_members(1, 2);
  add_members(11, 12, "other");
  owe(1, 2, 200);
  owe(11, 12, 300);
  EXPECT_EQ(paid().paid_minor, 400);
  EXPECT_EQ(ask("SELECT count(*) FROM authd.referral_payout WHERE program = 'other'"), "0");
  const auto other = pay(first_day, "other");
  ASSERT_TRUE(other && *other);
  EXPECT_EQ((*other)->paid_minor, 600);
  EXPECT_EQ(faults(), "");
}

TEST_F(Payout, TakesPagesOfAnySize) {
  add_members(1, 7);
  owe(1, 7, 200);
  for (const int holders : {1, 2, 7}) {
    options_.page_holders = holders;
    const std::string day = "2024-03-1" + std::to_string(holders);
    owe(1, 7, 200, day);
    EXPECT_EQ(paid(day).paid, 7) << holders;
  }
  EXPECT_EQ(faults(), "");
}

TEST_F(Payout, TellsHowFarItIs) {
  add_members(1, 5);
  owe(1, 4, 200);
  owe(5, 5, 50);
  options_.at_once = 2;
  std::vector<std::int64_t> paid_so_far;
  on_progress_ = [&paid_so_far](const referral::PayoutProgress& progress) {
    paid_so_far.push_back(progress.so_far.paid);
    EXPECT_EQ(progress.of, 4);
  };
  paid();
  EXPECT_EQ(paid_so_far, (std::vector<std::int64_t>{1, 2, 3, 4}));
}

TEST_F(Payout, NamesWhatIsInTheWay) {
  using referral::PayoutObstacle;
  auto connection = connect();
  const std::string today = ask("SELECT (now() AT TIME ZONE 'UTC')::date");
  const std::string tomorrow = ask("SELECT (now() AT TIME ZONE 'UTC')::date + 1");
  const auto obstacle = [&](const std::string& program, const std::string& day) {
    return referral::payout_obstacle(connection, program, day_of(day)).value();
  };
  EXPECT_EQ(obstacle("demo", today), std::nullopt);
  EXPECT_EQ(obstacle("demo", tomorrow), PayoutObstacle::future_day);
  EXPECT_EQ(obstacle("none", today), PayoutObstacle::unknown_program);
  EXPECT_EQ(pay(tomorrow).error().code, PgError::Code::unexpected);
  EXPECT_EQ(pay(today, "none").error().message, "program none has no referral");

  ask("INSERT INTO authd.referral_pause (program, reason, paused_by) VALUES ('demo', 'why', "
      "'who')");
  EXPECT_EQ(obstacle("demo", today), PayoutObstacle::resting);
  add_members(1, 1);
  owe(1, 1, 200);
  EXPECT_EQ(pay().value(), std::nullopt);
  EXPECT_EQ(preview().size(), 1U);  // one may look
  EXPECT_EQ(ask("SELECT count(*) FROM authd.referral_payout_run"), "0");
}

TEST_F(Payout, RestsFromTheNextPageOnWhenTheProgramIsPaused) {
  add_members(1, 6);
  owe(1, 6, 200);
  options_.page_holders = 2;
  options_.at_once = 1;
  auto other = connect();
  on_progress_ = [&other](const referral::PayoutProgress& progress) {
    if (progress.holder == 1) {
      query(other,
            "INSERT INTO authd.referral_pause (program, reason, paused_by)"
            " VALUES ('demo', 'why', 'who')");
    }
  };
  EXPECT_EQ(pay().value(), std::nullopt);
  EXPECT_EQ(payouts(), (Texts{"1 200", "2 200"}));
  EXPECT_EQ(ask("SELECT finished_at IS NULL FROM authd.referral_payout_run"), "t");
  ask("UPDATE authd.referral_pause SET resumed_at = now(), resumed_by = 'who'");
  EXPECT_EQ(paid().paid, 6);
  EXPECT_EQ(faults(), "");
}

TEST_F(Payout, ReadsDuesByIndexWhateverIsKnownOfTheTables) {
  add_members(1, 300);
  for (const char* const day : {"2024-03-07", "2024-03-08", "2024-03-09"}) owe(1, 300, 50, day);
  const std::string scans =
      "SELECT sum(seq_scan) FROM pg_stat_user_tables"
      " WHERE relname IN ('referral_due', 'referral_payout', 'referral_member', 'account', "
      "'holder')";
  // What a session has done is counted at the latest when it ends, or when it is asked.
  ask("SELECT pg_stat_force_next_flush()");
  const std::string before = ask(scans);
  options_.page_holders = 10;
  preview();
  EXPECT_EQ(paid().paid, 300);
  for (int i = 0; i < 1'000; ++i) {
    ask("SELECT pg_stat_clear_snapshot()");
    if (ask("SELECT n_tup_upd >= 900 FROM pg_stat_user_tables WHERE relname = 'referral_due'") ==
        "t")
      break;
  }
  EXPECT_EQ(ask("SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'referral_due'"), "900");
  EXPECT_EQ(ask(scans), before);
  // Each of the 900 dues is read a few times, and not once for every page.
  EXPECT_LT(std::stoi(ask(
                "SELECT idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'referral_due'")),
            9'000);
}

TEST(Day, IsReadAsPeopleWriteIt) {
  using referral::day_text;
  using referral::parse_day;
  EXPECT_EQ(day_text(*parse_day("2024-02-29")), "2024-02-29");
  EXPECT_EQ(referral::pg_date(*parse_day("2000-01-01")), 0);
  EXPECT_EQ(referral::from_pg_date(0), *parse_day("2000-01-01"));
  EXPECT_EQ(parse_day("9999-12-31")->days - parse_day("9999-12-30")->days, 1);
  for (const char* const text :
       {"", "2024-2-29", "2023-02-29", "2024-13-01", "2024-00-10", "2024-01-00", "2024-01-32",
        "2024-04-31", "1999-12-31", "2024/01/01", "2024-01-01 ", "+024-01-01", "2024-01- 1",
        "20240101xx"}) {
    EXPECT_EQ(parse_day(text), std::nullopt) << text;
  }
}

}  // namespace

}  // namespace authd::test
