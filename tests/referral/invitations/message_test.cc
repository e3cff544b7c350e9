#include "authd/referral/invitations/message.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace authd::referral {
namespace {

using namespace std::chrono_literals;

GatewaySettings json_gateway() {
  GatewaySettings gateway;
  gateway.url = "https://gateway.example/v1/messages?from=authd";
  gateway.headers = {{"Content-Type", "application/json"}, {"X-Id", "{id}"}};
  gateway.body = R"({"to":"{phone}","text":"{text}","ref":"{id}","parts":{}})";
  return gateway;
}

GatewaySettings form_gateway() {
  GatewaySettings gateway = json_gateway();
  gateway.headers = {{"content-type", "Application/X-WWW-Form-Urlencoded; charset=utf-8"}};
  gateway.body = "to={phone}&text={text}&ref={id}";
  return gateway;
}

std::string body(const GatewaySettings& gateway, const std::string& text) {
  return request_of(gateway, "/", 17, "+27821234567", text).body;
}

std::string json_of(const std::string& text) {
  return R"({"to":"+27821234567","text":")" + text + R"(","ref":"authd-17","parts":{}})";
}

TEST(Message, IsWrittenIntoJson) {
  const GatewaySettings gateway = json_gateway();
  EXPECT_EQ(body(gateway, "Hello"), json_of("Hello"));
  EXPECT_EQ(body(gateway, R"(Say "hi" \ to)"), json_of(R"(Say \"hi\" \\ to)"));
  EXPECT_EQ(body(gateway, "one\ntwo\r\x01"), json_of(R"(one\ntwo\r\u0001)"));
  EXPECT_EQ(body(gateway, "Zoë 😀"), json_of("Zoë 😀"));
  EXPECT_EQ(body(gateway, R"(","to":"+1)"), json_of(R"(\",\"to\":\"+1)"));
  EXPECT_EQ(body(gateway, "{id}{phone}"), json_of("{id}{phone}"));
}

TEST(Message, IsWrittenIntoAForm) {
  const GatewaySettings gateway = form_gateway();
  EXPECT_EQ(body(gateway, "Hello"), "to=%2B27821234567&text=Hello&ref=authd-17");
  EXPECT_EQ(body(gateway, "a&b=c+d %\n\"\\"),
            "to=%2B27821234567&text=a%26b%3Dc%2Bd%20%25%0A%22%5C&ref=authd-17");
  EXPECT_EQ(body(gateway, "ë😀"), "to=%2B27821234567&text=%C3%AB%F0%9F%98%80&ref=authd-17");
}

TEST(Message, HasTheHeadersFilledIn) {
  GatewaySettings gateway = json_gateway();
  gateway.headers.emplace_back("X-To", "<{phone}> {}");
  const http::Request request = request_of(gateway, "/v1", 17, "+27821234567", "Hello");
  EXPECT_TRUE(request.is_post);
  EXPECT_EQ(request.target, "/v1");
  ASSERT_EQ(request.fields.size(), 3U);
  EXPECT_EQ(request.fields[1].value, "authd-17");
  EXPECT_EQ(request.fields[2].value, "<+27821234567> {}");
}

TEST(Message, HasAReference) {
  EXPECT_EQ(reference_of(17), "authd-17");
  EXPECT_EQ(id_of("authd-17"), 17);
  for (const char* const other : {"", "17", "authd-", "authd-017", "authd-+1", "authd-1 ",
                                  "Authd-1", "authd-9223372036854775808"}) {
    EXPECT_EQ(id_of(other), std::nullopt) << other;
  }
}

TEST(GatewayCheck, FindsNothingWrong) {
  EXPECT_TRUE(check(json_gateway()).empty());
  EXPECT_TRUE(check(form_gateway()).empty());
}

// One thing is changed; one sentence begins like this.
void expect_wrong(const std::string& begins, const std::function<void(GatewaySettings&)>& change,
                  GatewaySettings gateway = json_gateway()) {
  change(gateway);
  const std::vector<std::string> wrong = check(gateway);
  ASSERT_EQ(wrong.size(), 1U) << begins << (wrong.empty() ? "" : wrong[1 % wrong.size()]);
  EXPECT_TRUE(wrong[0].starts_with(begins)) << wrong[0];
}

TEST(GatewayCheck, NamesWhatIsWrongWithTheUrl) {
  for (const char* const url :
       {"", "ftp://gateway", "gateway.example", "https://user@gateway", "https://gateway/#a",
        "https://gateway/a b", "https://gateway/{id}", "https://gateway\r\n/", "https:///a"}) {
    expect_wrong("url: ", [url](GatewaySettings& gateway) { gateway.url = url; });
  }
}

TEST(GatewayCheck, NamesWhatIsWrongWithHeaders) {
  for (const auto& [name, value] :
       {std::pair("X-A", "one\r\nX-B: two"), std::pair("X-A", "a\n"), std::pair("X-A", "ë"),
        std::pair("X-A", "{name}"), std::pair("Host", "other"), std::pair("content-length", "1"),
        std::pair("X A", "1"), std::pair("", "1"), std::pair("X-A:", "1")}) {
    expect_wrong("headers: ", [&, n = name, v = value](GatewaySettings& gateway) {
      gateway.headers.emplace_back(n, v);
    });
  }
  expect_wrong("headers: X-A: {text}",
               [](GatewaySettings& gateway) { gateway.headers.emplace_back("X-A", "{text}"); });
  expect_wrong("headers: there must be one Content-Type", [](GatewaySettings& gateway) {
    gateway.headers.emplace_back("content-type", "application/json");
  });
  expect_wrong("headers: there must be one Content-Type",
               [](GatewaySettings& gateway) { gateway.headers.clear(); });
  for (const char* const type : {"text/plain", "application/jsonx", "multipart/form-data", ""}) {
    expect_wrong("headers: Content-Type: must be",
                 [type](GatewaySettings& gateway) { gateway.headers[0].second = type; });
  }
}

TEST(GatewayCheck, NeverRepeatsAHeadersValue) {
  GatewaySettings gateway = json_gateway();
  gateway.headers.emplace_back("Authorization", "Bearer s3cret\n");
  for (const std::string& wrong : check(gateway))
    EXPECT_EQ(wrong.find("s3cret"), std::string::npos);
}

TEST(GatewayCheck, NamesWhatIsWrongWithTheBody) {
  for (const char* const body :
       {R"({"to":"{phone}"})", R"({"text":"{text}"})", R"({"to":"{phone}","text":{text}})",
        R"({"to":{phone},"text":"{text}"})", R"({"to":"{phone}","text":"{text}")",
        R"({"to":"{phone}","text":"{text}","from":"{sender}"})",
        R"({"to":"{phone}","text":"{text}","ref":{id}})"}) {
    expect_wrong("body: ", [body](GatewaySettings& gateway) { gateway.body = body; });
  }
  expect_wrong(
      "body: must be visible ASCII", [](GatewaySettings& gateway) { gateway.body += "&a=b c"; },
      form_gateway());
}

TEST(GatewayCheck, NamesWhatIsWrongWithTheRest) {
  for (const char* const pointer : {"id", "/a~", "/a~2"}) {
    expect_wrong("id_pointer: ",
                 [pointer](GatewaySettings& gateway) { gateway.id_pointer = pointer; });
  }
  expect_wrong("per_second: ", [](GatewaySettings& gateway) { gateway.per_second = 0; });
  expect_wrong("attempts_max: ", [](GatewaySettings& gateway) { gateway.attempts_max = 0; });
  expect_wrong("timeout: ", [](GatewaySettings& gateway) { gateway.timeout = 0ms; });
  expect_wrong("retry_first: ", [](GatewaySettings& gateway) { gateway.retry_first = 0s; });
  expect_wrong("retry_max: ", [](GatewaySettings& gateway) { gateway.retry_max = 29s; });
  expect_wrong("erase_after_days: ",
               [](GatewaySettings& gateway) { gateway.erase_after_days = -1; });
}

TEST(Answer, IsJudgedByItsStatus) {
  for (const int status : {200, 201, 202, 204, 299})
    EXPECT_EQ(verdict_of(status), Verdict::accepted);
  for (const int status : {408, 425, 429, 500, 502, 503, 504, 599})
    EXPECT_EQ(verdict_of(status), Verdict::try_again) << status;
  for (const int status :
       {300, 301, 302, 307, 308, 400, 401, 403, 404, 407, 409, 424, 426, 428, 499})
    EXPECT_EQ(verdict_of(status), Verdict::refused) << status;
}

TEST(Answer, HasTheGatewaysId) {
  EXPECT_EQ(gateway_id_of(R"({"id":"m-1"})", "/id"), "m-1");
  EXPECT_EQ(gateway_id_of(R"({"messages":[{"id":18446744073709551615}]})", "/messages/0/id"),
            "18446744073709551615");
  EXPECT_EQ(gateway_id_of(R"({"a/b":-5})", "/a~1b"), "-5");
  EXPECT_EQ(gateway_id_of(R"({"id":")" + std::string(200, 'x') + "\"}", "/id").size(), 200U);
  for (const std::string& none :
       {std::string(), std::string("no"), std::string(R"({"id":null})"),
        std::string(R"({"id":1.5})"), std::string(R"({"id":{"a":1}})"), std::string(R"(["id"])"),
        std::string(R"({"id":"a\u0000b"})"), R"({"id":")" + std::string(201, 'x') + "\"}",
        std::string(100'000, '[')}) {
    EXPECT_EQ(gateway_id_of(none, "/id"), "") << none.substr(0, 50);
  }
  EXPECT_EQ(gateway_id_of(R"("m-1")", ""), "");
}

TEST(Answer, SaysWhenToComeAgain) {
  EXPECT_EQ(retry_after_of("Retry-After: 120\r\n"), 120s);
  EXPECT_EQ(retry_after_of("retry-after: 0\r\n"), 1s);
  EXPECT_EQ(retry_after_of("Retry-After: 86401\r\n"), 86'400s);
  EXPECT_EQ(retry_after_of("Retry-After: 4294967296\r\n"), std::nullopt);
  EXPECT_EQ(retry_after_of("Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n"), std::nullopt);
  EXPECT_EQ(retry_after_of("Retry-After: -1\r\n"), std::nullopt);
  EXPECT_EQ(retry_after_of("Date: now\r\n"), std::nullopt);
}

TEST(RetryPause, DoublesUpToItsMaximum) {
  const GatewaySettings gateway;
  for (const auto& [attempt, full] :
       {std::pair(1, 30s), std::pair(2, 60s), std::pair(7, 1'920s), std::pair(8, 3'600s),
        std::pair(9, 3'600s), std::pair(1'000'000, 3'600s)}) {
    std::set<std::int64_t> pauses;
    for (std::int64_t id = 1; id <= 100; ++id) {
      const auto pause = retry_pause(gateway, id, attempt);
      EXPECT_EQ(pause, retry_pause(gateway, id, attempt));
      EXPECT_LE(pause, full);
      EXPECT_GE(pause, full * 3 / 4);
      pauses.insert(pause.count());
    }
    EXPECT_GT(pauses.size(), 90U);  // they do not come together
  }
}

}  // namespace
}  // namespace authd::referral
