#include "authd/metrics/metrics.h"

#include <gtest/gtest.h>

namespace authd {
namespace {

using std::chrono::microseconds;

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

core::Answer answer(core::Reason reason,
                    core::Answer::Origin origin = core::Answer::Origin::decided) {
  return {origin, {reason, {}, {}}, {}, {}};
}

TEST(Metrics, CountsAnswersByProgramOutcomeAndReason) {
  Metrics metrics({*core::ProgramId::from("a"), *core::ProgramId::from("b")});
  metrics.answered(1, answer(core::Reason::approved));
  metrics.answered(1, answer(core::Reason::approved));
  metrics.answered(1, answer(core::Reason::insufficient_funds));
  metrics.answered(1, answer(core::Reason::approved, core::Answer::Origin::repeated));
  metrics.shed(0, core::Reason::overloaded);
  metrics.bad_request(0);
  const std::string text = metrics.expose({});
  EXPECT_TRUE(has_line(
      text, R"(authd_decisions_total{outcome="approved",program="b",reason="approved"} 2)"))
      << text;
  EXPECT_TRUE(has_line(
      text,
      R"(authd_decisions_total{outcome="declined",program="b",reason="insufficient_funds"} 1)"));
  EXPECT_TRUE(has_line(
      text, R"(authd_decisions_total{outcome="declined",program="a",reason="overloaded"} 1)"));
  EXPECT_TRUE(has_line(text, R"(authd_repeated_messages_total{program="b"} 1)"));
  EXPECT_TRUE(has_line(text, R"(authd_bad_requests_total{program="a"} 1)"));
}

TEST(Metrics, TheAnswerHistogramResolvesTenthsOfAMillisecond) {
  Metrics metrics({});
  metrics.http_answered(ProcessorRoute::authorizations, microseconds(150));
  metrics.http_answered(ProcessorRoute::authorizations, microseconds(250));
  metrics.http_answered(ProcessorRoute::authorizations, std::chrono::milliseconds(95));
  const std::string text = metrics.expose({});
  EXPECT_TRUE(
      has_line(text, R"(authd_answer_seconds_bucket{endpoint="authorizations",le="0.0001"} 0)"))
      << text;
  EXPECT_TRUE(
      has_line(text, R"(authd_answer_seconds_bucket{endpoint="authorizations",le="0.0002"} 1)"));
  EXPECT_TRUE(
      has_line(text, R"(authd_answer_seconds_bucket{endpoint="authorizations",le="0.1"} 3)"));
  EXPECT_TRUE(has_line(text, R"(authd_answer_seconds_count{endpoint="authorizations"} 3)"));
}

TEST(Metrics, GaugesShowTheStatusAtTheScrape) {
  Metrics metrics({});
  Status status;
  status.journaled = {120};
  status.applied = {100};
  status.queue_depth = 3;
  LedgerStatus drain;
  drain.state = "draining";
  drain.lag_records = 7;
  drain.lag = std::chrono::seconds(2);
  status.drain = drain;
  status.exposure = {{*core::ProgramId::from("a"), *core::Currency::from_alpha("USD"), 1234}};
  metrics.expose({});
  const std::string text = metrics.expose(status);
  EXPECT_TRUE(has_line(text, "authd_checkpoint_lag_records 20")) << text;
  EXPECT_TRUE(has_line(text, "authd_queue_depth 3"));
  EXPECT_TRUE(has_line(text, "authd_drain_running 1"));
  EXPECT_TRUE(has_line(text, "authd_drain_lag_records 7"));
  EXPECT_TRUE(has_line(text, "authd_drain_lag_seconds 2"));
  EXPECT_TRUE(has_line(text, R"(authd_exposure_minor_units{currency="USD",program="a"} 1234)"));
  EXPECT_TRUE(has_line(text, "authd_ready 1"));
  status.not_ready = {"drain lag"};
  EXPECT_TRUE(has_line(metrics.expose(status), "authd_ready 0"));
}

TEST(Metrics, CountsWhoWasPaidByOutcome) {
  Metrics metrics({});
  metrics.referral_paid("a", referral::PayOutcome::paid);
  metrics.referral_paid("a", referral::PayOutcome::paid);
  metrics.referral_paid("b", referral::PayOutcome::refused_by_ledger);
  metrics.referral_day_finished(std::chrono::milliseconds(700));
  const std::string text = metrics.expose({});
  EXPECT_TRUE(has_line(text, R"(authd_referral_payouts_total{outcome="paid",program="a"} 2)"))
      << text;
  EXPECT_TRUE(
      has_line(text, R"(authd_referral_payouts_total{outcome="refused_by_ledger",program="b"} 1)"));
  EXPECT_TRUE(has_line(text, R"(authd_referral_payout_seconds_bucket{le="0.5"} 0)"));
  EXPECT_TRUE(has_line(text, R"(authd_referral_payout_seconds_bucket{le="1"} 1)"));
}

TEST(Metrics, ReferralsCountersGoOnFromScrapeToScrape) {
  Metrics metrics({});
  Status status;
  EXPECT_EQ(metrics.expose(status).find("authd_referral_lag_records"), std::string::npos);
  ReferralStatus& referral = status.referral.emplace();
  referral.earnings.entries = 5;
  referral.earnings.earnings = 12;
  referral.earnings.batches = 2;
  referral.earnings.working = std::chrono::milliseconds(1'500);
  referral.earnings.lag_records = 3;
  referral.earnings.duty_percent = 40;
  metrics.expose(status);
  referral.earnings.entries = 7;
  referral.payouts.last_error = "PostgreSQL is away";
  referral.payouts.last_finished["a"].day = {2};
  std::string text = metrics.expose(status);
  EXPECT_TRUE(has_line(text, "authd_referral_entries_total 7")) << text;
  EXPECT_TRUE(has_line(text, "authd_referral_earnings_total 12"));
  EXPECT_TRUE(has_line(text, "authd_referral_batches_total 2"));
  EXPECT_TRUE(has_line(text, "authd_referral_batch_seconds_total 1.5"));
  EXPECT_TRUE(has_line(text, "authd_referral_lag_records 3"));
  EXPECT_TRUE(has_line(text, "authd_referral_duty_ratio 0.4"));
  EXPECT_TRUE(has_line(text, R"(authd_referral_working{part="earnings"} 1)"));
  EXPECT_TRUE(has_line(text, R"(authd_referral_working{part="payouts"} 0)"));
  EXPECT_TRUE(has_line(text, R"(authd_referral_payout_day_timestamp_seconds{program="a"} 172800)"));
  EXPECT_EQ(text.find("invitations"), std::string::npos);  // no gateway

  referral::SenderStatus& sender = referral.invitations.emplace();
  sender.sent = 4;
  sender.failed = 1;
  sender.queued = 6;
  sender.since_success = std::chrono::seconds(9);
  text = metrics.expose(status);
  EXPECT_TRUE(has_line(text, R"(authd_referral_invitations_total{result="sent"} 4)")) << text;
  EXPECT_TRUE(has_line(text, R"(authd_referral_invitations_total{result="failed"} 1)"));
  EXPECT_TRUE(has_line(text, R"(authd_referral_invitations_total{result="retried"} 0)"));
  EXPECT_TRUE(has_line(text, "authd_referral_invitations_queued 6"));
  EXPECT_TRUE(has_line(text, "authd_referral_gateway_success_age_seconds 9"));
  EXPECT_TRUE(has_line(text, R"(authd_referral_working{part="invitations"} 1)"));
}

}  // namespace
}  // namespace authd
