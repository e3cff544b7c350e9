#include "authd/net/response.h"

#include <gtest/gtest.h>

namespace authd::net {
namespace {

constexpr std::string_view date = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr AnswerTo post{Method::post, 1};

std::string rendered(const HttpResponse& response, AnswerTo request, Persistence persistence) {
  std::string out = "what was there before";
  render(response, request, persistence, date, out);
  return out;
}

HttpResponse answer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

TEST(Response, IsHeadAndBodyInOnePiece) {
  HttpResponse response = answer(402, R"({"a":1})");
  response.fields = "X-A: b\r\n";
  EXPECT_EQ(rendered(response, post, Persistence::keep_alive),
            "HTTP/1.1 402 Payment Required\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            "Content-Type: application/json\r\nContent-Length: 7\r\nX-A: b\r\n\r\n{\"a\":1}");
}

TEST(Response, SaysWhenTheConnectionCloses) {
  EXPECT_NE(rendered(answer(200, ""), post, Persistence::close).find("\r\nConnection: close\r\n"),
            std::string::npos);
  EXPECT_EQ(rendered(answer(200, ""), post, Persistence::keep_alive).find("Connection"),
            std::string::npos);
  const AnswerTo one_zero{Method::get, 0};
  EXPECT_NE(rendered(answer(200, ""), one_zero, Persistence::keep_alive)
                .find("\r\nConnection: keep-alive\r\n"),
            std::string::npos);
}

TEST(Response, ToHeadDescribesTheBodyItLeavesOut) {
  const std::string out = rendered(answer(200, "body"), {Method::head, 1}, Persistence::keep_alive);
  EXPECT_NE(out.find("\r\nContent-Length: 4\r\n"), std::string::npos);
  EXPECT_TRUE(out.ends_with("\r\n\r\n"));
}

TEST(Response, WithoutContentHasNoLength) {
  for (const int status : {204, 304}) {
    const std::string out = rendered(answer(status, "body"), post, Persistence::keep_alive);
    EXPECT_EQ(out.find("Content-"), std::string::npos);
    EXPECT_TRUE(out.ends_with("\r\n\r\n"));
  }
}

TEST(Response, ToARefusalNamesWhatWasWrong) {
  HttpResponse response = answer(200, "left over");
  response.fields = "X-Left: over\r\n";
  set_refusal(response, Refusal::length_required, {});
  EXPECT_EQ(response.status, 411);
  EXPECT_EQ(response.fields, "");
  EXPECT_EQ(response.body,
            "{\"error\":\"length_required\",\"message\":\"A body needs a Content-Length.\"}\n");
}

TEST(Response, ToAWrongMethodListsTheRightOnes) {
  HttpResponse response;
  set_refusal(response, Refusal::method, MethodSet(Method::post, Method::get));
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.fields, "Allow: GET, POST\r\n");
}

TEST(DateText, FollowsRfc9110) {
  DateText text;
  text.set(784'111'777);
  EXPECT_EQ(text.view(), date);
  text.set(0);
  EXPECT_EQ(text.view(), "Thu, 01 Jan 1970 00:00:00 GMT");
  text.set(1'709'251'199);
  EXPECT_EQ(text.view(), "Thu, 29 Feb 2024 23:59:59 GMT");
}

}  // namespace
}  // namespace authd::net
