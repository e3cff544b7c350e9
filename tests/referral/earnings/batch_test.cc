#include "authd/referral/earnings/batch.h"

#include <fmt/format.h>

#include <thread>

#include "tests/referral/earnings/earnings_fixture.h"

namespace authd::test {

namespace {

using referral::earn_batch;

class Earnings : public EarningsTest {};

TEST_F(Earnings, FollowTheLedgerOnThreeLevelsWithTheirMark) {
  const auto seq = books_->clear(10, -1'000, at_);
  earn_booked();
  EXPECT_EQ(earnings(), "1:50 2:20 3:10");
  EXPECT_EQ(ask("SELECT seq FROM authd.referral_mark WHERE shard = 1"), std::to_string(seq));
  EXPECT_EQ(
      ask("SELECT (holder_id, from_id, source_shard, source_seq, entry_seq, level, kind)::text"
          " FROM authd.referral_earning ORDER BY id LIMIT 1"),
      fmt::format("(1,10,1,{0},{0},1,1)", seq));
  EXPECT_EQ(ask("SELECT (origin, holder_id, amount_minor, reversed_minor, source_kind)::text"
                " FROM authd.referral_source"),
            fmt::format("({},10,1000,0,1)", seq));
  // Nothing new: nothing happens.
  earn();
  EXPECT_EQ(earnings(), "");
}

TEST_F(Earnings, ComeFromQualifyingKindsAlone) {
  books_->add_terms(2, first_second - 10, "1:100 2:200 3:300 4:400 5:500");
  books_->clear(10, -1'000, at_, 0, 1);
  books_->clear(10, -1'000, at_, 0, 2);
  books_->clear(10, -1'000, at_, 0, 3);
  books_->transfer(10, 10, 1'000, at_);
  books_->transfer(10, 12, -1'000, at_);
  books_->clear(10, -1'000, at_, 0, 4);   // of no kind that is earned from
  books_->clear(10, 1'000, at_);          // a credit
  books_->transfer(10, 11, -1'000, at_);  // a withdrawal
  books_->transfer(10, 15, 1'000, at_);   // a payout
  books_->authorize(10, 1'000, at_);
  earn_booked();
  EXPECT_EQ(earnings(), "1:10 1:20 1:30 1:40 1:50");
  EXPECT_EQ(
      ask("SELECT string_agg(source_kind::text, ' ' ORDER BY seq) FROM authd.referral_source"),
      "1 2 3 4 5");
}

TEST_F(Earnings, ComeFromAFeeThatWasReserved) {
  books_->add_terms(2, first_second - 10, "5:500");
  books_->authorize(10, 1'000, at_);
  books_->post_reserved_fee(10, 1'000, at_);
  earn_booked();
  EXPECT_EQ(earnings(), "1:50");
}

TEST_F(Earnings, NeedAHolderThatWasInvitedByThen) {
  execute(*owner_,
          "INSERT INTO authd.account (id, status, currency, program)"
          " VALUES (50, 1, 'ZAR', 'demo')");
  books_->add_holder(12, "USD");
  books_->add_member(12, 1, first_second);
  books_->clear(50, -1'000, at_);               // an account without holder
  books_->clear(0, -1'000, at_);                // a card that nobody knows
  books_->clear(11, -1'000, at_);               // no member
  books_->clear(3, -1'000, at_);                // a member whom nobody invited
  books_->clear(12, -1'000, at_);               // another currency
  books_->clear(10, -1'000, first_second - 1);  // before he was
  earn_booked();
  EXPECT_EQ(earnings(), "");
  EXPECT_EQ(ask("SELECT count(*) FROM authd.referral_source"), "0");
  books_->clear(10, -1'000, first_second);
  earn_booked();
  EXPECT_EQ(earnings(), "1:50 2:20 3:10");
}

TEST_F(Earnings, LeaveOutLinksThatWereMadeLater) {
  books_->add_holder(4);
  books_->add_member(4);
  books_->clear(1, -1'000, at_);
  books_->drain();
  run(
      fmt::format("UPDATE authd.referral_member SET inviter_id = 4, invited_at = to_timestamp({})"
                  " WHERE holder_id = 3",
                  at_ + 1));
  earn();
  EXPECT_EQ(earnings(), "2:50 3:20");
  books_->clear(1, -1'000, at_ + 1);
  earn_booked();
  EXPECT_EQ(earnings(), "2:50 3:20 4:10");
}

TEST_F(Earnings, HeedVoidLinksAndSuspension) {
  run("UPDATE authd.referral_member SET status = 2 WHERE holder_id = 1");
  books_->clear(10, -1'000, at_);
  earn_booked();
  EXPECT_EQ(earnings(), "2:20 3:10");
  run("UPDATE authd.referral_member SET is_link_void = true WHERE holder_id = 1");
  books_->clear(10, -1'000, at_);
  books_->clear(2, -1'000, at_);
  earn_booked();
  EXPECT_EQ(earnings(), "3:50");
}

TEST_F(Earnings, HeedPausesTermsAndMinimum) {
  books_->add_terms(2, at_ + 10, "1:1000", {{"minimum_minor", 500}, {"ends_at", at_ + 20}});
  run(
      fmt::format("INSERT INTO authd.referral_pause (program, paused_at, resumed_at, reason,"
                  " paused_by, resumed_by) VALUES ('demo', to_timestamp({}), to_timestamp({}),"
                  " 'test', 'test', 'test')",
                  at_ + 2, at_ + 4));
  for (const std::int64_t after : {1, 2, 3, 4, 9, 10, 19, 20}) {
    books_->clear(10, -1'000 - after, at_ + after);
  }
  books_->clear(10, -499, at_ + 10);
  earn_booked();
  EXPECT_EQ(ask("SELECT string_agg(amount_minor || '/' || terms_id, ' ' ORDER BY seq)"
                " FROM authd.referral_source"),
            "1001/1 1004/1 1009/1 1010/2 1019/2 499/2");
  EXPECT_EQ(earnings(), "1:50 2:20 3:10 1:50 2:20 3:10 1:50 2:20 3:10 1:101 1:101");
}

TEST_F(Earnings, CountCapsByLocalDaysAndMonthsAcrossBatches) {
  books_->add_terms(2, first_second - 10, "1:500",
                    {{"cap_source_minor", 60}, {"cap_day_minor", 80}, {"cap_month_minor", 150}});
  constexpr std::int64_t midnight = first_second + seconds_per_day - 2 * 3'600;  // there
  books_->clear(10, -2'000, midnight - 3);
  books_->clear(10, -1'000, midnight - 2);
  books_->clear(10, -1'000, midnight - 1);
  books_->clear(10, -1'000, midnight);
  books_->clear(10, -1'000, midnight + seconds_per_day);
  books_->drain();
  earn(1);
  EXPECT_EQ(earnings(), "1:60 1:20 1:50 1:20");
  EXPECT_EQ(ask("SELECT string_agg(span || ' ' || starts_on || ' ' || granted_minor, ', ' ORDER BY"
                " span, starts_on) FROM authd.referral_period"),
            "1 2026-10-05 80, 1 2026-10-06 50, 1 2026-10-07 20, 2 2026-10-01 150");
}

TEST_F(Earnings, WaitForTheCaseOfALink) {
  run("INSERT INTO authd.referral_case (program, holder_id, kind) VALUES ('demo', 1, 2);"
      "UPDATE authd.referral_member SET case_id = 1 WHERE holder_id = 1");
  const auto seq = books_->clear(10, -1'000, at_, 70);
  earn_booked();
  EXPECT_EQ(earnings(), "1:50 2:20/1 3:10/1");
  // What was voided is neither taken back nor restored; what was not is.
  ASSERT_EQ(ask("SELECT authd.referral_decide(1, true, 'test', 'test')"), "t");
  EXPECT_EQ(earnings(), "voided 2:-20/1 voided 3:-10/1");
  books_->refund(10, 400, at_, 70);
  books_->reverse_chargeback(10, -100, at_, 70);
  earn_booked();
  EXPECT_EQ(earnings(), "reversed 1:-20 restored 1:5");
  EXPECT_EQ(
      ask(fmt::format("SELECT reversed_minor FROM authd.referral_source WHERE seq = {}", seq)),
      "300");
  books_->clear(10, -1'000, at_);
  earn_booked();
  EXPECT_EQ(earnings(), "1:50");
}

TEST_F(Earnings, OpenACaseOfTheDayAndFollowItsDecision) {
  run("UPDATE authd.referral_program SET review_day_minor = 50");
  books_->clear(10, -1'000, at_);
  earn_booked();
  EXPECT_EQ(earnings(), "1:50 2:20 3:10");
  books_->clear(10, -20, at_);
  books_->clear(10, -20, at_);
  earn_booked();
  EXPECT_EQ(earnings(), "1:1/1 1:1/1");
  EXPECT_EQ(ask("SELECT (program, holder_id, day, kind, state)::text FROM authd.referral_case"),
            "(demo,1,2026-10-05,4,1)");
  books_->clear(10, -20, at_);
  earn_booked();
  EXPECT_EQ(earnings(), "1:1/1");
  ASSERT_EQ(ask("SELECT authd.referral_decide(1, false, 'test', 'test')"), "t");
  books_->clear(10, -20, at_);
  books_->clear(10, -20, at_ + seconds_per_day);
  earn_booked();
  EXPECT_EQ(earnings(), "1:1 1:1");
}

TEST_F(Earnings, AreNothingOnADayThatWasFraud) {
  run("UPDATE authd.referral_program SET review_day_minor = 49");
  books_->clear(10, -1'000, at_);
  earn_booked();
  EXPECT_EQ(earnings(), "1:50/1 2:20 3:10");
  ASSERT_EQ(ask("SELECT authd.referral_decide(1, true, 'test', 'test')"), "t");
  EXPECT_EQ(earnings(), "voided 1:-50/1");
  books_->clear(10, -1'000, at_);
  earn_booked();
  EXPECT_EQ(earnings(), "2:20 3:10");
}

TEST_F(Earnings, AreTakenBackWithTheirSource) {
  books_->clear(10, -1'000, at_, 70);
  earn_booked();
  EXPECT_EQ(earnings(), "1:50 2:20 3:10");
  books_->refund(10, 333, at_ + seconds_per_day, 70);
  earn_booked();
  EXPECT_EQ(earnings(), "reversed 1:-17 reversed 2:-7 reversed 3:-4");
  books_->charge_back(10, 1'000, at_, 70);  // more than there was
  earn_booked();
  EXPECT_EQ(earnings(), "reversed 1:-33 reversed 2:-13 reversed 3:-6");
  books_->reverse_chargeback(10, -1'000, at_, 70);
  earn_booked();
  EXPECT_EQ(earnings(), "restored 1:33 restored 2:13 restored 3:6");
  EXPECT_EQ(ask("SELECT amount_minor FROM authd.referral_given_back"), "333");
  EXPECT_EQ(ask("SELECT string_agg(holder_id || ':' || net_minor, ' ' ORDER BY holder_id)"
                " FROM authd.referral_stat WHERE net_minor <> 0"),
            "1:33 2:13 3:6");
}

TEST_F(Earnings, AreTakenBackByARefundThatCameBefore) {
  books_->refund(10, 600, at_, 70);
  books_->drain();
  earn();
  EXPECT_EQ(earnings(), "");
  books_->clear(10, -1'000, at_, 70);
  books_->clear(10, -1'000, at_, 70);
  earn_booked();
  EXPECT_EQ(earnings(),
            "1:50 2:20 3:10 1:50 2:20 3:10 reversed 1:-30 reversed 2:-12 reversed 3:-6");
}

TEST_F(Earnings, AreTakenBackFromTheOldestClearingFirst) {
  for (int i = 0; i < 3; ++i) {
    books_->clear(10, -1'000, at_, 70);
    earn_booked();
  }
  earnings();
  books_->refund(10, 1'500, at_, 70);
  earn_booked();
  EXPECT_EQ(ask("SELECT string_agg(reversed_minor::text, ' ' ORDER BY seq)"
                " FROM authd.referral_source"),
            "1000 500 0");
  EXPECT_EQ(earnings(),
            "reversed 1:-50 reversed 2:-20 reversed 3:-10"
            " reversed 1:-25 reversed 2:-10 reversed 3:-5");
}

TEST_F(Earnings, AreOwedBackAfterTheirPayout) {
  books_->clear(10, -1'000, at_, 70);
  earn_booked();
  ASSERT_EQ(ask("SELECT (authd.referral_pay(1, '2026-10-06')).outcome"), "1");
  books_->refund(10, 1'000, at_ + 10 * seconds_per_day, 70);
  earn_booked();
  EXPECT_EQ(earnings(), "1:50 2:20 3:10 reversed 1:-50 reversed 2:-20 reversed 3:-10");
  EXPECT_EQ(ask("SELECT string_agg(amount_minor || ' ' || payable_on || ' ' || (payout_id IS NULL),"
                " ', ' ORDER BY id) FROM authd.referral_due WHERE holder_id = 1"),
            "50 2026-10-06 false, -50 2026-10-06 true");
  ASSERT_EQ(ask("SELECT (authd.referral_pay(1, '2026-10-16')).outcome"), "3");
  books_->clear(10, -2'000, at_ + 10 * seconds_per_day);
  earn_booked();
  EXPECT_EQ(ask("SELECT authd.referral_pay(1, '2026-10-16')::text"), "(1,50)");
}

TEST_F(Earnings, ArePayableTheDayAfterTheHolding) {
  books_->add_terms(2, first_second - 10, "1:500", {{"holding_s", 2 * seconds_per_day}});
  books_->clear(10, -1'000, at_);
  earn_booked();
  EXPECT_EQ(ask("SELECT payable_on FROM authd.referral_due"), "2026-10-08");
}

TEST_F(Earnings, StopAtWhatTheDrainHasWritten) {
  const auto first = books_->clear(10, -1'000, at_);
  books_->clear(10, -1'000, at_);
  books_->drain_up_to(first);
  earn();
  EXPECT_EQ(earnings(), "1:50 2:20 3:10");
  earn_booked();
  EXPECT_EQ(earnings(), "1:50 2:20 3:10");
}

TEST_F(Earnings, ReadAsManyEntriesAndRecordsABatchAsAllowed) {
  for (int i = 0; i < 3; ++i) books_->clear(10, -1'000, at_);
  books_->skip(referral::records_max);
  books_->clear(10, -1'000, at_);
  books_->drain();
  const auto next = [this](std::int32_t entries_max) {
    const auto report = earn_batch(*earner_, 1, entries_max);
    EXPECT_TRUE(report);
    return fmt::format("{} {} {} {} {}", report->entries, report->sources, report->earnings,
                       report->mark, report->is_caught_up);
  };
  EXPECT_EQ(next(2), "2 2 6 2 false");
  EXPECT_EQ(next(2), fmt::format("1 1 3 {} false", 2 + referral::records_max));
  EXPECT_EQ(next(2), fmt::format("1 1 3 {} true", 4 + referral::records_max));
  EXPECT_EQ(next(2), fmt::format("0 0 0 {} true", 4 + referral::records_max));
}

TEST_F(Earnings, ComeFromMonthsThatWereDetached) {
  books_->clear(10, -1'000, at_, 70);
  books_->drain();
  run("DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['event', 'journal_entry', 'posting'] "
      "LOOP"
      " EXECUTE format('ALTER TABLE authd.%I DETACH PARTITION authd.%I', t, t || '_2026_10');"
      " EXECUTE format('ALTER TABLE authd.%I SET SCHEMA authd_archive', t || '_2026_10');"
      " END LOOP; END $$; SELECT authd.refresh_history_views()");
  earn();
  EXPECT_EQ(earnings(), "1:50 2:20 3:10");
}

TEST_F(Earnings, AreWrittenOnceWhateverInterruptsThem) {
  run("UPDATE authd.referral_program SET review_day_minor = 60");
  for (int i = 0; i < 4; ++i) books_->clear(10, -1'000, at_, 70);
  books_->refund(10, 1'500, at_, 70);
  books_->drain();
  crash_batches(true);
  for (int attempt = 0; attempt < 3; ++attempt) EXPECT_FALSE(earn_batch(*earner_, 1, 3));
  for (const char* table : {"referral_earning", "referral_source", "referral_due", "referral_case",
                            "referral_period", "referral_given_back", "referral_mark"}) {
    EXPECT_EQ(ask(std::string("SELECT count(*) FROM authd.") + table), "0") << table;
  }
  crash_batches(false);
  earn(3);
  EXPECT_EQ(ask("SELECT string_agg(holder_id || ':' || earned_minor || reversed_minor, ' ' ORDER BY"
                " holder_id) FROM authd.referral_stat WHERE earned_minor <> 0"),
            "1:200-75 2:80-30 3:40-15");
  EXPECT_EQ(ask("SELECT count(*) FROM authd.referral_earning"), "18");
}

TEST_F(Earnings, OfTwoWorkersAtOnceAreThoseOfOne) {
  for (int i = 0; i < 200; ++i) books_->clear(10, -1'000, at_ + i);
  books_->drain();
  const auto work = [this] {
    auto connection = connect_earner();
    for (bool is_caught_up = false; !is_caught_up;) {
      const auto report = earn_batch(connection, 1, 7);
      ASSERT_TRUE(report) << report.error().message;
      is_caught_up = report->is_caught_up;
    }
  };
  {
    const std::jthread one(work);
    const std::jthread other(work);
  }
  EXPECT_EQ(ask("SELECT (count(*), sum(amount_minor))::text FROM authd.referral_earning"),
            "(600,16000)");
  EXPECT_EQ(ask("SELECT count(*) FROM authd.referral_source"), "200");
}

TEST_F(Earnings, KeepShardsApart) {
  Books other(*owner_, "demo", 2);
  books_->clear(10, -1'000, at_, 70);
  other.clear(10, -2'000, at_, 70);
  other.refund(10, 1'000, at_, 70);
  other.drain();
  books_->drain();
  earn(10, 2);
  EXPECT_EQ(earnings(), "1:100 2:40 3:20 reversed 1:-50 reversed 2:-20 reversed 3:-10");
  earn(10, 1);
  EXPECT_EQ(earnings(), "1:50 2:20 3:10");
}

TEST_F(Earnings, AreRefusedWhereTheLedgerCannotHoldThem) {
  books_->add_terms(2, first_second - 10, "1:10000");
  books_->clear(10, -9'000'000'000'000'000'000, at_);
  books_->clear(10, -1'000'000'000'000'000'000, at_);
  books_->drain();
  const auto report = earn_batch(*earner_, 1, 100);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, store::PgError::Code::unexpected);
  EXPECT_EQ(ask("SELECT count(*) FROM authd.referral_mark"), "0");
  EXPECT_TRUE(earn_batch(*earner_, 1, 1));
}

}  // namespace

}  // namespace authd::test
