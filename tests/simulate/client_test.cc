#include "authd/simulate/client.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/simulate/stub_server.h"

namespace authd::simulate::test {
namespace {

using Then = Told::Then;

HttpRequest post(const std::string& body) {
  HttpRequest request;
  request.target = "/programs/demo/events";
  request.fields.push_back(Field{"X-Partner-Key", "blue"});
  request.body = body;
  return request;
}

class SimulateClient : public testing::Test {
 protected:
  std::string exchange(Client& client, const HttpRequest& request) {
    const auto answer = finished(io_, client.exchange(request));
    return answer ? std::to_string(answer->status) + " " + answer->body : answer.error();
  }

  boost::asio::io_context io_{1};
};

Told echo(const Asked& asked) {
  Told told;
  told.status = 402;
  told.body = asked.method + " " + asked.target + " " + asked.body;
  told.field_name = "Stripe-Version";
  told.field_value = "2026";
  return told;
}

TEST_F(SimulateClient, SendsFieldsAndBodyAndReadsTheAnswer) {
  std::string fields;
  StubServer server([&fields](const Asked& asked) {
    fields = asked.fields;
    return echo(asked);
  });
  Client client(io_, server.server());
  const auto answer = finished(io_, client.exchange(post("{}")));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 402);
  EXPECT_EQ(answer->body, "POST /programs/demo/events {}");
  EXPECT_EQ(field_of(answer->fields, "stripe-version"), "2026");
  EXPECT_EQ(field_of(answer->fields, "stripe"), std::nullopt);
  EXPECT_EQ(field_of(fields, "X-Partner-Key"), "blue");
  EXPECT_EQ(field_of(fields, "Content-Length"), "2");
  EXPECT_EQ(field_of(fields, "Content-Type"), "application/json");
  EXPECT_EQ(field_of(fields, "Host"), server.server().origin.host_field());
}

TEST_F(SimulateClient, AsksForWhatHasNoBody) {
  StubServer server(echo);
  Client client(io_, server.server());
  HttpRequest request;
  request.is_post = false;
  request.target = "/v1/accounts/1/balance";
  EXPECT_EQ(exchange(client, request), "402 GET /v1/accounts/1/balance ");
}

TEST_F(SimulateClient, KeepsItsConnection) {
  StubServer server(echo);
  Client client(io_, server.server());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(exchange(client, post("x")).substr(0, 3), "402");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(SimulateClient, ConnectsAgainWhenTheServerHasClosed) {
  for (const Then then : {Then::close, Then::close_silently}) {
    StubServer server([then](const Asked&) {
      Told told;
      told.then = then;
      return told;
    });
    Client client(io_, server.server());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(exchange(client, post("x")), "200 {}");
    EXPECT_EQ(server.connections(), 3);
  }
}

TEST_F(SimulateClient, DoesNotTryANewConnectionTwice) {
  StubServer server([](const Asked&) {
    Told told;
    told.then = Then::close_unanswered;
    return told;
  });
  Client client(io_, server.server());
  EXPECT_EQ(exchange(client, post("x")), "the server has closed the connection");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(SimulateClient, WaitsForAnAnswerOnlySoLong) {
  std::atomic<int> asked = 0;
  StubServer server([&asked](const Asked&) {
    Told told;
    if (++asked == 2) told.then = Then::never_answer;
    return told;
  });
  Server slow = server.server();
  slow.timeout = std::chrono::milliseconds(100);
  Client client(io_, slow);
  EXPECT_EQ(exchange(client, post("x")), "200 {}");
  EXPECT_EQ(exchange(client, post("x")), "no answer in time");
  EXPECT_EQ(asked, 2);  // it was not sent again
  EXPECT_EQ(exchange(client, post("x")), "200 {}");
}

TEST_F(SimulateClient, SaysThatNobodyListens) {
  Server nobody;
  {
    StubServer server(echo);
    nobody = server.server();
  }
  Client client(io_, nobody);
  EXPECT_EQ(exchange(client, post("x")), "cannot connect: Connection refused");
}

TEST_F(SimulateClient, HangsUp) {
  StubServer server(echo);
  Client client(io_, server.server());
  EXPECT_TRUE(finished(io_, client.send_and_hang_up(post("lost"))));
  EXPECT_EQ(exchange(client, post("x")), "402 POST /programs/demo/events x");
  EXPECT_EQ(server.connections(), 2);
}

}  // namespace
}  // namespace authd::simulate::test
