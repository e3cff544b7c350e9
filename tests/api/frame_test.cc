// What every request goes through, whatever it asks for.

#include <gtest/gtest.h>

#include "authd/api/with_connection.h"
#include "tests/api/api_fixture.h"

namespace authd::test {

namespace {

using namespace api;

class Frame : public ApiTest {};

TEST_F(Frame, AnswersUnknownPathsWithoutAskingWhoCalls) {
  const ApiAnswer unknown = get("/v1/nothing", "Authorization: none\r\n");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.problem(), "not-found");
  EXPECT_EQ(unknown.text("instance"), "/v1/nothing");
}

TEST_F(Frame, NamesTheMethodsOfAPath) {
  const ApiAnswer wrong = send("DELETE", "/v1/holders", "", "");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.problem(), "method-not-allowed");
  EXPECT_EQ(wrong.field("allow"), "POST, GET, HEAD");
}

TEST_F(Frame, ServesHeadAsGetWithoutTheBody) {
  const ApiAnswer created = post("/v1/holders", R"({"program":"a"})");
  const ApiAnswer head = send("HEAD", created.field("location"), "", "");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("etag"), "\"1\"");
  EXPECT_EQ(head.field("content-length"), std::to_string(created.body.size()));
}

TEST_F(Frame, RepeatsTheRequestsIdOrMakesOneUp) {
  EXPECT_EQ(get("/openapi.yaml", "X-Request-Id: abc-1.2_3:x\r\n").field("x-request-id"),
            "abc-1.2_3:x");
  const std::string limit(64, 'x');
  EXPECT_EQ(get("/openapi.yaml", "X-Request-Id: " + limit + "\r\n").field("x-request-id"), limit);
  for (const std::string& bad :
       {limit + "x", std::string("a b"), std::string("a\"b"), std::string()}) {
    EXPECT_EQ(get("/openapi.yaml", "X-Request-Id: " + bad + "\r\n").field("x-request-id").size(),
              32U);
  }
  const ApiAnswer problem = get("/v1/nothing", "X-Request-Id: seen\r\n");
  EXPECT_EQ(problem.text("request_id"), "seen");
}

TEST_F(Frame, CompressesLargeAnswersForThoseWhoTakeIt) {
  const ApiAnswer plain = get("/openapi.yaml");
  EXPECT_EQ(plain.field("content-encoding"), "");
  EXPECT_EQ(plain.field("vary"), "Accept-Encoding");
  const ApiAnswer small = get("/openapi.yaml", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(small.field("content-encoding"), "gzip");
  EXPECT_EQ(small.body, plain.body);
  EXPECT_LT(small.raw_body.size(), plain.raw_body.size() / 2);
  EXPECT_EQ(get("/openapi.yaml", "Accept-Encoding: gzip;q=0\r\n").field("content-encoding"), "");
}

TEST_F(Frame, CompressesFromOneKibibyteOn) {
  const auto answer_of = [](std::size_t bytes) {
    return Wait{[bytes](const Call&, const Facilities&) -> net::Awaitable<Outcome> {
      Answer answer;
      answer.body = "\"" + std::string(bytes - 2, 'x') + "\"";
      co_return answer;
    }};
  };
  restart({}, {{{{net::Method::get, "/v1/at", "at", Scope::none, answer_of(1'024)},
                 {net::Method::get, "/v1/past", "past", Scope::none, answer_of(1'025)}},
                {}}});
  net::Peer peer(port());
  ASSERT_TRUE(peer.send(net::request("GET", "/v1/at", "", "Accept-Encoding: gzip\r\n")));
  EXPECT_FALSE(peer.receive()->has("Content-Encoding"));
  ASSERT_TRUE(peer.send(net::request("GET", "/v1/past", "", "Accept-Encoding: gzip\r\n")));
  EXPECT_TRUE(peer.receive()->has("Content-Encoding: gzip"));
}

TEST_F(Frame, RefusesBodiesThatAreNotJsonOrTooLong) {
  const ApiAnswer text = post("/v1/holders", "x", "Content-Type: text/plain\r\n");
  EXPECT_EQ(text.status, 415);
  EXPECT_EQ(text.problem(), "unsupported-media-type");
  const ApiAnswer broken = post("/v1/holders", "{");
  EXPECT_EQ(broken.status, 400);
  EXPECT_EQ(broken.problem(), "invalid-request");
  net::Peer peer(port());
  const std::string body(65'537, ' ');
  ASSERT_TRUE(peer.send(net::request("POST", "/v1/holders", body)));
  EXPECT_EQ(peer.receive()->status, 413);
}

TEST_F(Frame, RollsBackWhatAHandlerDidBeforeItRefused) {
  const Change half_done{[](const Call&, store::Connection& connection) -> Outcome {
    AUTHD_TRY_VOID(connection.exec("INSERT INTO authd.holder (program) VALUES ('half')"));
    return core::Unexpected{Problem(Problem::Kind::not_found)};
  }};
  restart({}, {{{{net::Method::put, "/v1/half", "half", Scope::holders_write, half_done}}, {}}});
  net::Peer peer(port());
  const std::string fields = key("", all_scopes());
  ASSERT_TRUE(peer.send(net::request("PUT", "/v1/half", "{}", fields)));
  EXPECT_EQ(peer.receive()->status, 404);
  auto connection = connect();
  EXPECT_EQ(query_text(connection, "SELECT count(*) FROM authd.holder"), "0");
}

TEST_F(Frame, KeepsTheServersErrorsToItself) {
  const Read broken{[](const Call&, store::Connection& connection) -> Outcome {
    AUTHD_TRY_VOID(connection.exec("SELECT secret_column FROM authd.holder"));
    return Answer{};
  }};
  restart({}, {{{{net::Method::get, "/v1/broken", "broken", Scope::none, broken}}, {}}});
  net::Peer peer(port());
  ASSERT_TRUE(peer.send(net::request("GET", "/v1/broken")));
  const auto answer = peer.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 500);
  EXPECT_NE(answer->body.find("problems/internal"), std::string::npos);
  EXPECT_EQ(answer->body.find("secret_column"), std::string::npos);
}

TEST_F(Frame, WorksUnderTheRoleOfTheApiAlone) {
  std::string role;
  const Read who{[&role](const Call&, store::Connection& connection) -> Outcome {
    AUTHD_TRY(found, connection.exec("SELECT current_user::text", store::PgParams()));
    role = found.text(0, 0);
    const auto balance = connection.exec("UPDATE authd.balance SET posted_minor = 1");
    return balance ? Outcome(Answer{}) : Outcome(core::Unexpected{Problem(balance.error())});
  }};
  restart({}, {{{{net::Method::get, "/v1/who", "who", Scope::none, who}}, {}}});
  net::Peer peer(port());
  ASSERT_TRUE(peer.send(net::request("GET", "/v1/who")));
  EXPECT_EQ(peer.receive()->status, 500);
  EXPECT_EQ(role, "authd_api");
}

TEST_F(Frame, CoroutinesOfHandlersMayUseThePool) {
  const Wait sum{[](const Call&, const Facilities& facilities) -> net::Awaitable<Outcome> {
    Answer answer;
    for (int i = 0; i < 3; ++i) {
      auto ask = [](store::Connection& connection) -> core::Result<std::string, Problem> {
        AUTHD_TRY(found, connection.exec("SELECT 7"));
        return std::string(found.text(0, 0));
      };
      const auto found = co_await with_connection(facilities.pool, facilities.mailbox, ask);
      if (!found) co_return core::Unexpected{found.error()};
      answer.body += *found;
    }
    co_return answer;
  }};
  restart({}, {{{{net::Method::get, "/v1/sum", "sum", Scope::none, sum}}, {}}});
  net::Peer peer(port());
  ASSERT_TRUE(peer.send(net::request("GET", "/v1/sum")));
  EXPECT_EQ(peer.receive()->body, "777");
}

TEST_F(Frame, MeasuresEveryAnswerByItsOperation) {
  get("/v1/holders");
  get("/v1/holders/1");
  get("/v1/nothing");
  std::string seen;
  for (const Measured& one : measured()) {
    seen += one.operation + " " + std::to_string(one.status) + ";";
  }
  EXPECT_EQ(seen, "listHolders 200;getHolder 404; 404;");
}

TEST_F(Frame, SaysThatPostgresIsAwayInBoundedTime) {
  const std::string good = key("", all_scopes());
  ASSERT_EQ(get("/v1/holders", good).status, 200);
  Cluster::stop();
  const auto begin = std::chrono::steady_clock::now();
  const ApiAnswer away = get("/v1/holders", good);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(8));
  Cluster::start();
  EXPECT_EQ(away.status, 503);
  EXPECT_EQ(away.problem(), "unavailable");
  ApiAnswer again;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  do {
    again = get("/v1/holders", good);
  } while (again.status == 503 && std::chrono::steady_clock::now() < deadline);
  EXPECT_EQ(again.status, 200);
}

}  // namespace

}  // namespace authd::test
