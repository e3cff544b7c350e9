// Whatever a peer sends: the documented answer, the matching counter, and no trace in the state.

#include <gtest/gtest.h>

#include "tests/e2e/daemon.h"
#include "tests/e2e/gateway.h"

namespace authd::test {
namespace {

const std::string bad_requests = R"(authd_bad_requests_total{program="demo"})";
std::string unauthenticated(const std::string& fault) {
  const bool known = fault != "unknown_program";
  return R"(authd_unauthenticated_total{endpoint="authorizations",fault=")" + fault +
         R"(",program=")" + (known ? "demo" : "") + R"(",scheme=")" + (known ? "basic" : "") +
         "\"}";
}

std::string refused(const std::string& reason) {
  return R"(authd_http_refused_total{reason=")" + reason + "\"}";
}

struct Case {
  std::string title;
  std::string request;
  int status = 0;
  std::vector<std::string> in_body;
  std::string counter;  // goes up by one; empty: none is kept
  bool closes = false;  // the connection
};

Case bad_body(const std::string& title, const std::string& body,
              const std::vector<std::string>& in_body) {
  Case bad{title, post(body), 400, in_body, bad_requests, false};
  bad.in_body.emplace_back(R"("error":"invalid_request")");
  return bad;
}

// One that would be a good message, but for its amount as it stands in the JSON.
Case bad_amount(const std::string& amount, const std::string& detail) {
  return bad_body("amount " + amount, purchase_body("bad", "card-1", amount),
                  {R"("field":"gpa_order.jit_funding.amount")", R"("detail":")" + detail + "\""});
}

Case gate(const std::string& title, const std::string& request, int status,
          const std::string& reason) {
  return {title, request, status, {R"({"error":")" + reason + "\""}, refused(reason), true};
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

const std::string good_body = purchase_body("good", "card-1", "1.00");

std::vector<Case> bad_bodies() {
  return {
      bad_body("no body", "", {"not valid JSON"}),
      bad_body("cut off", good_body.substr(0, good_body.size() / 2), {"not valid JSON"}),
      bad_body("text behind it", good_body + "x", {"not valid JSON"}),
      bad_body("not UTF-8", replaced(good_body, "KESTREL", "\xff\xfe"), {"not valid JSON"}),
      bad_body("an array", "[" + good_body + "]", {"not a JSON object"}),
      bad_body("nested too deeply", R"({"x":)" + std::string(40, '[') + std::string(40, ']') + "}",
               {"nested too deeply"}),
      bad_body("a token that is a number", replaced(good_body, R"("token":"good")", R"("token":7)"),
               {R"("field":"token")", "of the wrong type"}),
      bad_body("a gpa_order that is text", R"({"token":"t","card_token":"c","gpa_order":"x"})",
               {R"("field":"gpa_order")", "of the wrong type"}),
      bad_body("no token", replaced(good_body, R"("token":"good",)", ""),
               {R"("field":"token")", "missing"}),
      bad_body("no card_token", replaced(good_body, R"("card_token":"card-1",)", ""),
               {R"("field":"card_token")", "missing"}),
      bad_body("no gpa_order", R"({"token":"t","card_token":"card-1","currency_code":"USD"})",
               {R"("field":"gpa_order")", "missing"}),
      bad_body("an empty token", purchase_body("", "card-1", "1.00"), {R"("field":"token")"}),
      bad_body("a token of 65 characters", purchase_body(std::string(65, 't'), "card-1", "1.00"),
               {R"("field":"token")", "too long"}),
      bad_body("card_token twice",
               replaced(good_body, R"("card_token":"card-1",)",
                        R"("card_token":"card-1","card_token":"card-2",)"),
               {R"("field":"card_token")", "given more than once"}),
      bad_body(
          "two currencies",
          replaced(good_body, R"("currency_code":"USD","gpa)", R"("currency_code":"JPY","gpa)"),
          {"contradicts another field"}),
      bad_body(
          "no such currency",
          replaced(good_body, R"("currency_code":"USD","jit)", R"("currency_code":"XQX","jit)"),
          {"not a currency of ISO 4217"}),
      bad_body("a card number", purchase_body("bad", "4111111111111111", "1.00"),
               {"holds what looks like a card number"}),
      bad_amount("null", "missing"),
      bad_amount("true", "of the wrong type"),
      bad_amount("1.001", "more decimals than the currency has"),
      bad_amount("-1.00", "negative"),
      bad_amount("1e2", "written with an exponent"),
      bad_amount(R"("-1.00")", "negative"),
      bad_amount(R"("1.001")", "more decimals than the currency has"),
      bad_amount(R"("")", "not a decimal number"),
      bad_amount(R"("1,00")", "not a decimal number"),
      bad_amount("10000000000000000.00", "too large"),
      bad_body("an amount of twenty digits", purchase_body("bad", "card-1", "99999999999999999999"),
               {"number out of range"}),
  };
}

std::vector<Case> bad_credentials() {
  const auto unauthorized = [](const std::string& title, const std::string& request,
                               const std::string& fault = "mismatch") {
    return Case{title, request, 401, {R"({"error":"unauthorized"})"}, unauthenticated(fault),
                false};
  };
  const std::string wrong_password = "Basic Z2F0ZXdheTp3cm9uZy1wYXNzd29yZA==";
  return {
      unauthorized("no credentials", post(good_body, ""), "missing"),
      unauthorized("a wrong password", post(good_body, wrong_password)),
      unauthorized("no base64", post(good_body, "Basic ?")),
      unauthorized("another scheme", post(good_body, "Bearer Z2F0ZXdheTp0ZXN0LXBhc3N3b3Jk")),
      unauthorized("an unknown program",
                   post(good_body, gateway_credentials, "/programs/other/authorizations"),
                   "unknown_program"),
      unauthorized("bad JSON without credentials", post("{", ""), "missing"),
  };
}

std::vector<Case> bad_http() {
  const std::string path(gateway_path);
  const std::string head = "POST " + path + " HTTP/1.1\r\nHost: authd\r\n";
  return {
      gate("no HTTP", "NONSENSE\r\n\r\n", 400, "malformed"),
      gate("a space in the name", head + "Bad Field: x\r\nContent-Length: 2\r\n\r\n{}", 400,
           "malformed"),
      gate("no path", "POST x HTTP/1.1\r\nHost: authd\r\nContent-Length: 2\r\n\r\n{}", 400,
           "target"),
      gate("two hosts", head + "Host: other\r\nContent-Length: 2\r\n\r\n{}", 400, "host"),
      gate("two lengths", head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400,
           "content_length"),
      gate("a signed length", head + "Content-Length: +2\r\n\r\n{}", 400, "content_length"),
      gate("GET", "GET " + path + " HTTP/1.1\r\nHost: authd\r\n\r\n", 405, "method"),
      gate("PUT", replaced(post(good_body), "POST", "PUT"), 405, "method"),
      gate("a header that does not end", head + "X: 1\r\n", 408, "header_timeout"),
      gate("a body that does not come", head + "Content-Length: 10\r\n\r\n{", 408, "body_timeout"),
      gate("no length", head + "\r\n", 411, "length_required"),
      gate("64 KiB and a byte", head + "Content-Length: 65537\r\n\r\n", 413, "body_too_long"),
      gate("an expectation", head + "Expect: tea\r\nContent-Length: 2\r\n\r\n{}", 417,
           "expectation"),
      gate("an endless header", head + "X: " + std::string(100'000, 'x'), 431, "header_too_long"),
      gate("chunked", head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 501,
           "transfer_encoding"),
      gate("HTTP/1.0", "POST " + path + " HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}", 505,
           "http_version"),
      {"an unknown path",
       post(good_body, gateway_credentials, "/programs/demo/other"),
       404,
       {R"({"error":"not_found"})"},
       "",
       false},
      {"the root",
       post(good_body, gateway_credentials, "/"),
       404,
       {R"({"error":"not_found"})"},
       "",
       false},
  };
}

class BadInput : public testing::Test {
 protected:
  BadInput() : site_({.server_keys = "header_timeout_ms = 200\nbody_timeout_ms = 200\n"}) {}

  void SetUp() override {
    ASSERT_EQ(site_.load(account_line(1, 10'000) + card_line("card-1", 1)).code, 0);
    daemon_.emplace(site_);
    ASSERT_TRUE(daemon_->await_ready()) << daemon_->log();
  }
  void TearDown() override { EXPECT_EQ(daemon_->terminate(), 0) << daemon_->log(); }

  std::string balance(const std::string& message) const {
    const HttpAnswer answer = post_to(*daemon_, post(inquiry_body(message, "card-1")));
    EXPECT_EQ(answer.status, 200) << answer.body;
    const std::size_t begin = answer.body.find("\"ledger_balance\"");
    return answer.body.substr(begin, answer.body.find("\"credit_balance\"") - begin);
  }

  void expect_refused(const Case& bad) const {
    SCOPED_TRACE(bad.title);
    const std::int64_t journaled = daemon_->journaled_sequence();
    // A series that has counted nothing yet may not be there.
    const std::int64_t counted = std::max<std::int64_t>(0, daemon_->metric(bad.counter));
    HttpClient client(daemon_->port());
    const HttpAnswer answer = client.exchange(bad.request).value_or(HttpAnswer{});
    EXPECT_EQ(answer.status, bad.status) << answer.body;
    for (const std::string& part : bad.in_body)
      EXPECT_NE(answer.body.find(part), std::string::npos) << part << " in " << answer.body;
    if (!bad.counter.empty()) {
      EXPECT_EQ(daemon_->metric(bad.counter), counted + 1) << bad.counter;
    }
    if (bad.closes) {
      EXPECT_TRUE(client.is_closed_by_peer());
    }
    EXPECT_EQ(daemon_->journaled_sequence(), journaled);
  }

  void expect_all_refused(const std::vector<Case>& cases) const {
    const std::string before = balance("before");
    EXPECT_EQ(before, R"("ledger_balance":100.00,"available_balance":100.00,)");
    for (const Case& bad : cases) expect_refused(bad);
    EXPECT_EQ(balance("after"), before);
  }

  const Site site_;
  std::optional<Daemon> daemon_;
};

TEST_F(BadInput, InABodyIsNamedAndLeavesNoTrace) { expect_all_refused(bad_bodies()); }

TEST_F(BadInput, WithoutCredentialsIsNotEvenRead) { expect_all_refused(bad_credentials()); }

TEST_F(BadInput, OfHttpIsRefusedAtTheGate) { expect_all_refused(bad_http()); }

TEST_F(BadInput, DoesNotSpoilTheConnectionForAGoodMessage) {
  HttpClient client(daemon_->port());
  ASSERT_EQ(client.exchange(post("{")).value_or(HttpAnswer{}).status, 400);
  ASSERT_EQ(client.exchange(post(good_body, "")).value_or(HttpAnswer{}).status, 401);
  EXPECT_EQ(client.exchange(post(good_body)).value_or(HttpAnswer{}).status, 200);
}

TEST_F(BadInput, IsNotAnAmountInAString) {
  const HttpAnswer answer = post_to(*daemon_, post(purchase_body("m", "card-1", R"("1.00")")));
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find(R"("amount":1.00)"), std::string::npos) << answer.body;
}

TEST_F(BadInput, OfAnUnknownCardIsADecisionAndRecorded) {
  const std::string counter =
      R"(authd_decisions_total{outcome="declined",program="demo",reason="card_unknown"})";
  const std::int64_t journaled = daemon_->journaled_sequence();
  const std::string before = balance("before");
  ASSERT_EQ(daemon_->metric(counter), 0);
  const std::string request = post(purchase_body("m", "card-nobody", "1.00"));
  const HttpAnswer answer = post_to(*daemon_, request);
  EXPECT_EQ(answer.status, 402);
  EXPECT_NE(answer.body.find(R"("decline_reason":"INVALID_CARD")"), std::string::npos);
  EXPECT_EQ(daemon_->metric(counter), 1);
  EXPECT_EQ(daemon_->journaled_sequence(), journaled + 2);  // it and the inquiry
  EXPECT_EQ(post_to(*daemon_, request), answer);            // repeated, not decided again
  EXPECT_EQ(daemon_->metric(counter), 1);
  EXPECT_EQ(daemon_->metric(R"(authd_repeated_messages_total{program="demo"})"), 1);
  EXPECT_EQ(balance("after"), before);
}

TEST_F(BadInput, OfOtherMoneyUnderAnOldMessageIsAConflict) {
  const std::string counter =
      R"(authd_decisions_total{outcome="declined",program="demo",reason="message_conflict"})";
  const std::string first = post(purchase_body("m", "card-1", "1.00"));
  const HttpAnswer approved = post_to(*daemon_, first);
  ASSERT_EQ(approved.status, 200);
  const std::int64_t journaled = daemon_->journaled_sequence();
  const HttpAnswer conflict = post_to(*daemon_, post(purchase_body("m", "card-1", "2.00")));
  EXPECT_EQ(conflict.status, 402);
  EXPECT_NE(conflict.body.find("DUPLICATE_TRANSACTION"), std::string::npos) << conflict.body;
  EXPECT_EQ(daemon_->metric(counter), 1);
  EXPECT_EQ(daemon_->journaled_sequence(), journaled);
  EXPECT_EQ(post_to(*daemon_, first), approved);
}

}  // namespace
}  // namespace authd::test
