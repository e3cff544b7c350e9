#include "authd/net/http_head.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace authd::net {
namespace {

constexpr HeadRules rules;

std::string head_with(std::string_view fields) {
  return "POST /programs/demo/authorizations HTTP/1.1\r\nHost: localhost\r\n" +
         std::string(fields) + "\r\n";
}

std::string get(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

// Why the gate refuses these bytes; nothing when it lets them through.
std::optional<Refusal> refusal_of(std::string_view raw, const HeadRules& with = rules) {
  const auto head = parse_head(raw, with);
  return head ? std::nullopt : std::optional(head.error());
}

std::optional<Refusal> refusal_of_fields(std::string_view fields) {
  return refusal_of(head_with(fields));
}

TEST(HttpHead, ReadsWhatAProcessorSends) {
  const std::string raw = head_with(
      "Authorization: Basic dTpw\r\ncontent-type:application/json\r\nContent-Length: 3021\r\n");
  const auto head = parse_head(raw, rules);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method(), Method::post);
  EXPECT_EQ(head->target(), "/programs/demo/authorizations");
  EXPECT_EQ(head->path(), "/programs/demo/authorizations");
  EXPECT_EQ(head->query(), "");
  EXPECT_EQ(head->content_length(), 3021U);
  EXPECT_TRUE(head->has_content_length());
  EXPECT_TRUE(head->keep_alive());
  EXPECT_FALSE(head->expects_continue());
  EXPECT_EQ(head->minor_version(), 1);
  EXPECT_EQ(head->size(), raw.size());
  EXPECT_EQ(head->field("authorization"), "Basic dTpw");
  EXPECT_EQ(head->field("Content-Type"), "application/json");
  EXPECT_EQ(head->field("User-Agent"), std::nullopt);
}

TEST(HttpHead, KnowsItsMethods) {
  const auto method_of = [](std::string_view name) {
    const auto head = parse_head(std::string(name) + " / HTTP/1.1\r\nHost: a\r\n\r\n", rules);
    return head ? std::optional(head->method()) : std::nullopt;
  };
  EXPECT_EQ(method_of("GET"), Method::get);
  EXPECT_EQ(method_of("HEAD"), Method::head);
  EXPECT_EQ(method_of("POST"), Method::post);
  EXPECT_EQ(method_of("PUT"), Method::put);
  EXPECT_EQ(method_of("PATCH"), Method::patch);
  EXPECT_EQ(method_of("DELETE"), Method::del);
  EXPECT_EQ(method_of("OPTIONS"), Method::other);
  EXPECT_EQ(method_of("get"), Method::other);  // methods are case-sensitive
  EXPECT_EQ(method_of("G(T"), std::nullopt);
}

TEST(HttpHead, SplitsPathAndQueryAtTheFirstQuestionMark) {
  const std::string raw = get("/metrics?name=a?b&c");
  const auto head = parse_head(raw, rules);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->path(), "/metrics");
  EXPECT_EQ(head->query(), "name=a?b&c");
}

TEST(HttpHead, FollowsItsBytesWhenTheyMove) {
  const std::string raw = head_with("X-A: b\r\n");
  auto head = parse_head(raw, rules);
  ASSERT_TRUE(head);
  const std::string moved(raw.begin(), raw.end());
  head->rebase(moved.data());
  EXPECT_EQ(head->target().data(), moved.data() + 5);
  EXPECT_EQ(head->field("X-A"), "b");
}

TEST(HttpHead, GivesNoValueForARepeatedField) {
  const std::string raw = head_with("Authorization: Basic YQ==\r\nauthorization: Basic Yg==\r\n");
  const auto head = parse_head(raw, rules);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->field("Authorization"), std::nullopt);
}

TEST(HttpHead, TrimsBlanksAroundValuesOnly) {
  const std::string raw = head_with("X-A: \t a b \t \r\nX-Empty:\r\n");
  const auto head = parse_head(raw, rules);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->field("x-a"), "a b");
  EXPECT_EQ(head->field("x-empty"), "");
}

TEST(HttpHead, KeepsAliveUnlessToldToClose) {
  const auto keeps_alive = [](std::string_view fields) {
    const auto head = parse_head(head_with(fields), rules);
    return head && head->keep_alive();
  };
  EXPECT_TRUE(keeps_alive(""));
  EXPECT_TRUE(keeps_alive("Connection: keep-alive\r\n"));
  EXPECT_FALSE(keeps_alive("Connection: close\r\n"));
  EXPECT_FALSE(keeps_alive("Connection: x, CLOSE\r\n"));
}

TEST(HttpHead, RefusesAHeaderOneByteTooLong) {
  const std::string raw = head_with("X-A: b\r\n");
  HeadRules exact;
  exact.header_bytes_max = raw.size();
  EXPECT_EQ(refusal_of(raw, exact), std::nullopt);
  --exact.header_bytes_max;
  EXPECT_EQ(refusal_of(raw, exact), Refusal::header_too_long);
}

TEST(HttpHead, RefusesOneFieldTooMany) {
  HeadRules two;
  two.fields_max = 2;
  EXPECT_EQ(refusal_of(head_with("A: b\r\n"), two), std::nullopt);
  EXPECT_EQ(refusal_of(head_with("A: b\r\nC: d\r\n"), two), Refusal::header_too_long);
}

TEST(HttpHead, RefusesEveryVersionButOneOne) {
  const auto refusal_of_version = [](std::string_view version) {
    return refusal_of("GET / " + std::string(version) + "\r\nHost: a\r\n\r\n");
  };
  EXPECT_EQ(refusal_of_version("HTTP/1.1"), std::nullopt);
  EXPECT_EQ(refusal_of_version("HTTP/1.0"), Refusal::http_version);
  EXPECT_EQ(refusal_of_version("HTTP/1.2"), Refusal::http_version);
  EXPECT_EQ(refusal_of_version("HTTP/0.9"), Refusal::http_version);
  EXPECT_EQ(refusal_of_version("HTTP/2.0"), Refusal::http_version);
  EXPECT_EQ(refusal_of_version("HTTP/3.0"), Refusal::http_version);
  EXPECT_EQ(refusal_of_version("http/1.1"), Refusal::malformed);
  EXPECT_EQ(refusal_of_version("HTTP/1.10"), Refusal::malformed);
  EXPECT_EQ(refusal_of_version("HTTP/11"), Refusal::malformed);
  EXPECT_EQ(refusal_of("GET /\r\nHost: a\r\n\r\n"), Refusal::malformed);
  EXPECT_EQ(refusal_of("PRI * HTTP/2.0\r\n\r\n"), Refusal::http_version);
}

TEST(HttpHead, LetsProbesUseOneZeroWhereAllowed) {
  HeadRules probes;
  probes.http_1_0 = Http10::probes;
  const auto head = parse_head("GET /healthz HTTP/1.0\r\n\r\n", probes);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->minor_version(), 0);
  EXPECT_FALSE(head->keep_alive());
  EXPECT_EQ(refusal_of("HEAD / HTTP/1.0\r\nHost: a\r\n\r\n", probes), std::nullopt);
  EXPECT_EQ(refusal_of("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", probes), Refusal::host);
  EXPECT_EQ(refusal_of("POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n", probes),
            Refusal::http_version);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\n\r\n", probes), Refusal::host);
  EXPECT_EQ(refusal_of("GET / HTTP/0.9\r\n\r\n", probes), Refusal::http_version);
  const auto kept = parse_head("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", probes);
  ASSERT_TRUE(kept);
  EXPECT_TRUE(kept->keep_alive());
}

TEST(HttpHead, RefusesAnyTransferEncoding) {
  for (const std::string_view fields :
       {"Transfer-Encoding: chunked\r\n", "transfer-encoding: identity\r\n",
        "Transfer-Encoding:\r\n", "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
        "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding:\tchunked\r\n"}) {
    EXPECT_EQ(refusal_of_fields(fields), Refusal::transfer_encoding) << fields;
  }
}

TEST(HttpHead, RefusesALengthNextToATransferEncodingInEitherOrder) {
  EXPECT_EQ(refusal_of_fields("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
            Refusal::transfer_encoding);
  EXPECT_EQ(refusal_of_fields("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
            Refusal::transfer_encoding);
}

TEST(HttpHead, TakesOnlyCanonicalLengths) {
  for (const std::string_view length : {"0", "5", "10", "9999999999999999999"}) {
    const auto head =
        parse_head(head_with("Content-Length: " + std::string(length) + "\r\n"), rules);
    ASSERT_TRUE(head) << length;
    EXPECT_EQ(std::to_string(head->content_length()), length);
  }
  for (const std::string_view length :
       {"", "+5", "-5", "05", "00", "5 ,5", "5,5", "5, 5", "5,", ",5", "1 0", "0x5", "5.0", "5e1",
        "five", "10000000000000000000", "99999999999999999999999"}) {
    EXPECT_EQ(refusal_of_fields("Content-Length: " + std::string(length) + "\r\n"),
              Refusal::content_length)
        << length;
  }
}

TEST(HttpHead, RefusesASecondLengthEvenWhenItIsEqual) {
  EXPECT_EQ(refusal_of_fields("Content-Length: 5\r\nContent-Length: 5\r\n"),
            Refusal::content_length);
  EXPECT_EQ(refusal_of_fields("Content-Length: 5\r\ncontent-length: 6\r\n"),
            Refusal::content_length);
}

TEST(HttpHead, NeedsExactlyOneHost) {
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), std::nullopt);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nhOST:\r\n\r\n"), std::nullopt);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\n\r\n"), Refusal::host);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), Refusal::host);
}

TEST(HttpHead, RefusesTargetsThatAreNoVisiblePath) {
  EXPECT_EQ(refusal_of(get("/")), std::nullopt);
  EXPECT_EQ(refusal_of(get("/!~")), std::nullopt);  // the first and the last visible character
  EXPECT_EQ(refusal_of(get("http://localhost/")), Refusal::target);
  EXPECT_EQ(refusal_of(get("*")), Refusal::target);
  EXPECT_EQ(refusal_of(get("localhost:80")), Refusal::target);
  EXPECT_EQ(refusal_of(get("/a b")), Refusal::target);
  EXPECT_EQ(refusal_of(get("/a\tb")), Refusal::target);
  EXPECT_EQ(refusal_of(get("/a\x7F")), Refusal::target);
  EXPECT_EQ(refusal_of(get("/\xC3\xA4")), Refusal::target);
  EXPECT_EQ(refusal_of(get(" /")), Refusal::target);
  EXPECT_EQ(refusal_of(get("")), Refusal::malformed);
}

TEST(HttpHead, RefusesFoldedLines) {
  EXPECT_EQ(refusal_of_fields("X-A: b\r\n c\r\n"), Refusal::malformed);
  EXPECT_EQ(refusal_of_fields("X-A: b\r\n\tContent-Length: 5\r\n"), Refusal::malformed);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), Refusal::malformed);
}

TEST(HttpHead, RefusesBlanksBeforeAColon) {
  EXPECT_EQ(refusal_of_fields("Content-Length : 5\r\n"), Refusal::malformed);
  EXPECT_EQ(refusal_of_fields("Transfer-Encoding\t: chunked\r\n"), Refusal::malformed);
  EXPECT_EQ(refusal_of_fields("X A: b\r\n"), Refusal::malformed);
}

TEST(HttpHead, RefusesFieldsWithoutAName) {
  EXPECT_EQ(refusal_of_fields(": b\r\n"), Refusal::malformed);
  EXPECT_EQ(refusal_of_fields("no colon\r\n"), Refusal::malformed);
}

TEST(HttpHead, RefusesBareLineEndsAndNul) {
  EXPECT_EQ(refusal_of_fields("X-A: b\nContent-Length: 5\r\n"), Refusal::malformed);
  EXPECT_EQ(refusal_of_fields("X-A: b\rContent-Length: 5\r\n"), Refusal::malformed);
  EXPECT_EQ(refusal_of_fields("X-A: b\r\r\n"), Refusal::malformed);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\nHost: a\r\n\r\n"), Refusal::malformed);
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\rHost: a\r\n\r\n"), Refusal::malformed);
  EXPECT_EQ(refusal_of("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"), Refusal::malformed);
  for (const std::size_t at : {5U, 20U, 23U}) {  // in the target, in a name, in a value
    std::string raw = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
    ASSERT_EQ(refusal_of(raw), std::nullopt);
    raw[at] = '\0';
    EXPECT_EQ(refusal_of(raw), Refusal::malformed) << at;
  }
}

TEST(HttpHead, RefusesControlCharactersInFieldsByBeast) {
  EXPECT_EQ(refusal_of_fields("X-A: a\tb\xC3\xA4\r\n"), std::nullopt);
  EXPECT_EQ(refusal_of_fields("X-A: a\x01\r\n"), Refusal::malformed);
  EXPECT_EQ(refusal_of_fields("X-A: a\x7F\r\n"), Refusal::malformed);
  EXPECT_EQ(refusal_of_fields("X(A: a\r\n"), Refusal::malformed);
  EXPECT_EQ(refusal_of_fields("X\xC3\xA4: a\r\n"), Refusal::malformed);
}

TEST(HttpHead, KnowsOneExpectation) {
  const std::string raw = head_with("Expect: 100-Continue\r\nContent-Length: 1\r\n");
  const auto head = parse_head(raw, rules);
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->expects_continue());
  EXPECT_EQ(refusal_of_fields("Expect: 100-continued\r\n"), Refusal::expectation);
  EXPECT_EQ(refusal_of_fields("Expect:\r\n"), Refusal::expectation);
  EXPECT_EQ(refusal_of_fields("Expect: 100-continue\r\nExpect: 100-continue\r\n"),
            Refusal::expectation);
}

// Starts with everything wrong and repairs one thing a step.
TEST(HttpHead, RanksItsRefusals) {
  HeadRules small;
  small.header_bytes_max = 10;
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  std::string raw = "TRACE x HTTP/2.0\r\n fold: x\r\n" + chunked +
                    "Expect: x\r\nX: \x01\r\nContent-Length: +1\r\n\r\n";
  EXPECT_EQ(refusal_of(raw, small), Refusal::header_too_long);
  EXPECT_EQ(refusal_of(raw), Refusal::http_version);  // read on the way down, before the fields
  raw.replace(raw.find("2.0"), 3, "1.1");
  EXPECT_EQ(refusal_of(raw), Refusal::target);
  raw.replace(raw.find(" x "), 3, " / ");
  EXPECT_EQ(refusal_of(raw), Refusal::malformed);
  raw.replace(raw.find(" fold"), 5, "fold");
  EXPECT_EQ(refusal_of(raw), Refusal::transfer_encoding);
  raw.erase(raw.find(chunked), chunked.size());
  EXPECT_EQ(refusal_of(raw), Refusal::content_length);
  raw.replace(raw.find("+1"), 2, "1");
  EXPECT_EQ(refusal_of(raw), Refusal::malformed);
  raw.replace(raw.find('\x01'), 1, "1");
  EXPECT_EQ(refusal_of(raw), Refusal::host);
  raw.insert(raw.find("fold"), "Host: a\r\n");
  EXPECT_EQ(refusal_of(raw), Refusal::expectation);
  raw.replace(raw.find("Expect: x"), 9, "X-Expect:");
  EXPECT_EQ(refusal_of(raw), std::nullopt);
}

std::optional<Refusal> route_refusal(std::string_view raw, const RouteRules& route) {
  const auto head = parse_head(raw, rules);
  EXPECT_TRUE(head) << raw;
  if (!head) return head.error();
  const auto checked = check_route(*head, route);
  return checked ? std::nullopt : std::optional(checked.error());
}

TEST(RouteRules, TakeTheMethodsOfTheirTable) {
  const RouteRules route{MethodSet(Method::post, Method::get), 10};
  EXPECT_EQ(route_refusal(head_with("Content-Length: 1\r\n"), route), std::nullopt);
  EXPECT_EQ(route_refusal(get("/"), route), std::nullopt);
  EXPECT_EQ(route_refusal("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", route), Refusal::method);
  EXPECT_EQ(route_refusal("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", route), Refusal::method);
  EXPECT_EQ(route_refusal("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", {MethodSet(Method::other), 0}),
            Refusal::method);
  EXPECT_EQ(to_string(route.methods), "GET, POST");
}

TEST(RouteRules, NeedALengthWhereABodyBelongs) {
  const RouteRules route{MethodSet(Method::post, Method::put, Method::patch, Method::del), 10};
  for (const std::string method : {"POST", "PUT", "PATCH"}) {
    EXPECT_EQ(route_refusal(method + " / HTTP/1.1\r\nHost: a\r\n\r\n", route),
              Refusal::length_required);
    EXPECT_EQ(route_refusal(method + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", route),
              std::nullopt);
  }
  EXPECT_EQ(route_refusal("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", route), std::nullopt);
}

TEST(RouteRules, TakeNoBodyWithGetAndHead) {
  const RouteRules route{MethodSet(Method::get, Method::head), 10};
  for (const std::string method : {"GET", "HEAD"}) {
    EXPECT_EQ(route_refusal(method + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", route),
              std::nullopt);
    EXPECT_EQ(route_refusal(method + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", route),
              Refusal::body_not_allowed);
  }
}

TEST(RouteRules, RefuseABodyOneByteTooLong) {
  const RouteRules route{MethodSet(Method::post), 65'536};
  EXPECT_EQ(route_refusal(head_with("Content-Length: 65536\r\n"), route), std::nullopt);
  EXPECT_EQ(route_refusal(head_with("Content-Length: 65537\r\n"), route), Refusal::body_too_long);
}

TEST(HeadEnd, IsFoundWhereverTheBytesWereCut) {
  const std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n\r\nbody\r\n\r\n";
  const std::size_t end = bytes.find("body");
  for (std::size_t searched = 0; searched < end; ++searched) {
    EXPECT_EQ(find_head_end(bytes, searched), end) << searched;
    EXPECT_EQ(find_head_end(std::string_view(bytes).substr(0, searched), 0), 0U) << searched;
  }
}

TEST(Refusals, HaveAStatusAndANameOfTheirOwn) {
  for (std::uint8_t number = 1; number <= refusal_max; ++number) {
    const auto refusal = static_cast<Refusal>(number);
    EXPECT_GE(status(refusal), 400);
    EXPECT_FALSE(explanation(refusal).empty());
    for (std::uint8_t other = 1; other < number; ++other) {
      EXPECT_NE(name(refusal), name(static_cast<Refusal>(other)));
    }
  }
}

}  // namespace
}  // namespace authd::net
