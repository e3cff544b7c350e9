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

}  // namespace
}  // namespace authd
