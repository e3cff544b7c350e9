#include "authd/simulate/report.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "authd/simulate/json_difference.h"
#include "authd/simulate/target.h"

namespace authd::simulate {
namespace {

namespace json = boost::json;
using std::chrono::microseconds;

TEST(Latencies, ArePercentilesOfWhatWasAdded) {
  Latencies latencies;
  for (int us = 1'000; us > 0; --us) latencies.add(microseconds(us));
  const LatencySummary summary = latencies.summary();
  EXPECT_EQ(summary.count, 1'000U);
  EXPECT_EQ(summary.p50_us, 500U);
  EXPECT_EQ(summary.p90_us, 900U);
  EXPECT_EQ(summary.p99_us, 990U);
  EXPECT_EQ(summary.p99_9_us, 999U);
  EXPECT_EQ(summary.max_us, 1'000U);
}

TEST(Latencies, AreAllTheOneThatThereIs) {
  Latencies latencies;
  EXPECT_EQ(latencies.summary().count, 0U);
  EXPECT_EQ(latencies.summary().max_us, 0U);
  latencies.add(microseconds(7));
  EXPECT_EQ(latencies.summary().p50_us, 7U);
  EXPECT_EQ(latencies.summary().p99_9_us, 7U);
}

std::string compared(const char* expected, const char* found, Members members = Members::all) {
  return difference(json::parse(expected), json::parse(found), members);
}

TEST(JsonDifference, IsNoneBetweenTheSameInAnotherOrderOrWriting) {
  EXPECT_EQ(compared(R"({"a":31,"b":[1,{"c":null}]})", R"({"b":[1.0,{"c":null}],"a":31.00})"), "");
  EXPECT_EQ(compared("[]", "[]"), "");
}

TEST(JsonDifference, NamesThePlace) {
  EXPECT_EQ(compared(R"({"a":{"b":[1,2]}})", R"({"a":{"b":[1,3]}})"),
            "a.b[1]: 2 was expected, 3 was found");
  EXPECT_EQ(compared(R"({"a":1})", "{}"), "a: 1 was expected, nothing was found");
  EXPECT_EQ(compared("{}", R"({"a":1})"), "a: nothing was expected, 1 was found");
  EXPECT_EQ(compared("[1]", "[]"), "1 elements were expected, 0 were found");
  EXPECT_EQ(compared("[]", "[1]"), "0 elements were expected, 1 were found");
  EXPECT_EQ(compared("1", "\"1\""), "1 was expected, \"1\" was found");
  EXPECT_EQ(compared("null", "false"), "null was expected, false was found");
}

TEST(JsonDifference, MayLeaveOutWhatIsNotExpected) {
  EXPECT_EQ(compared(R"({"a":{}})", R"({"a":{"b":1},"c":2})", Members::expected), "");
  EXPECT_NE(compared(R"({"a":{"b":1}})", R"({"a":{}})", Members::expected), "");
}

TEST(Target, KnowsADecisionInTheWordsOfEachProcessor) {
  const auto said = [](const processors::AdapterOptions& processor, int status, const char* body) {
    http::Answer answer;
    answer.status = status;
    answer.body = body;
    return verdict_of(processor, answer);
  };
  using enum Verdict;
  EXPECT_EQ(said(processors::MarqetaOptions(), 200, "{}"), approved);
  EXPECT_EQ(said(processors::MarqetaOptions(), 402, "{}"), declined);
  EXPECT_EQ(said(processors::StripeOptions(), 200, R"({"approved":true})"), approved);
  EXPECT_EQ(said(processors::StripeOptions(), 200, R"({"approved":false})"), declined);
  EXPECT_EQ(said(processors::LithicOptions(), 200, R"({"result":"APPROVED"})"), approved);
  EXPECT_EQ(said(processors::LithicOptions(), 200, R"({"result":"CARD_PAUSED"})"), declined);
  EXPECT_EQ(
      said(processors::AdyenOptions(), 200, R"({"authorisationDecision":{"status":"Authorised"}})"),
      approved);
  EXPECT_EQ(
      said(processors::AdyenOptions(), 200, R"({"authorisationDecision":{"status":"Refused"}})"),
      declined);
}

TEST(Target, TakesAnErrorForNoDecision) {
  http::Answer answer;
  answer.body = R"({"approved":true})";
  for (const int status : {400, 401, 500, 503}) {
    answer.status = status;
    EXPECT_EQ(verdict_of(processors::StripeOptions(), answer), Verdict::none);
  }
  answer.status = 200;
  answer.body = "sorry";
  EXPECT_EQ(verdict_of(processors::StripeOptions(), answer), Verdict::none);
}

Report report() {
  Report report;
  report.name = "random";
  report.seed = 18'446'744'073'709'551'615U;
  report.life_cycles = 3;
  report.sent["demo"] = Sent{4, 5};
  report.answers[200] = 8;
  report.answers[402] = 1;
  report.approved = 3;
  report.declined = 1;
  report.accounts = 2;
  report.seconds = 3;
  report.questions.add(microseconds(1'500));
  return report;
}

TEST(Report, SaysThatAllWasRight) {
  const std::string text = to_text(report());
  for (const char* const part :
       {"random, 3 life cycles, seed 18446744073709551615", "4 questions, 5 events",
        "3.00 messages/s", "200: 8  402: 1", "3 approved, 1 declined", "p50 1.50",
        "2 of 2 accounts", "Everything was right."}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_TRUE(report().is_right());
  EXPECT_TRUE(to_json(report()).at("ok").as_bool());
}

TEST(Report, SaysWhatWasWrong) {
  Report wrong = report();
  for (int i = 0; i < 21; ++i) {
    WrongAnswer answer;
    answer.program = "demo";
    answer.life_cycle = "purchase " + std::to_string(i);
    answer.what = "not so";
    answer.sent = R"({"id":1})";
    answer.status = 500;
    answer.body = "oh";
    wrong.add_wrong(answer);
  }
  WrongBalance balance;
  balance.account = 17;
  balance.currency = "USD";
  balance.expected = Balance{3, 2, 1};
  wrong.wrong_balances.push_back(balance);
  EXPECT_FALSE(wrong.is_right());
  const std::string text = to_text(wrong);
  for (const char* const part :
       {"purchase 19, program demo, events: not so", R"(sent      {"id":1})", "answered  500 oh",
        "and 1 more wrong answers", "account 17 (minor units of USD)",
        "expected  posted 3, held 2, available 1", "found     posted 0, held 0, available 0",
        "1 of 2 accounts right", "Not everything was right."}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  EXPECT_EQ(text.find("purchase 20"), std::string::npos);
  const json::object object = to_json(wrong);
  EXPECT_FALSE(object.at("ok").as_bool());
  EXPECT_EQ(object.at("wrong_answer_count").as_uint64(), 21U);
  EXPECT_EQ(object.at("wrong_answers").as_array().size(), 20U);
  EXPECT_EQ(object.at("wrong_balances").at(0).at("expected").at("held_minor").as_int64(), 2);
  EXPECT_EQ(object.at("sent").at("demo").at("authorizations").as_uint64(), 4U);
  EXPECT_EQ(object.at("answers").at("402").as_uint64(), 1U);
}

TEST(Report, IsNotRightWithAProblemAloneButWithANote) {
  Report noted = report();
  noted.notes.emplace_back("left out");
  EXPECT_TRUE(noted.is_right());
  EXPECT_NE(to_text(noted).find("NOTE  left out"), std::string::npos);
  noted.problems.emplace_back("given up");
  EXPECT_FALSE(noted.is_right());
}

}  // namespace
}  // namespace authd::simulate
