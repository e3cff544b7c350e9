#include "authd/http/client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "tests/simulate/stub_server.h"

namespace authd::simulate::test {
namespace {

using Then = Told::Then;

http::Request post(const std::string& body) {
  http::Request request;
  request.target = "/programs/demo/events";
  request.fields.push_back(http::Field{"X-Partner-Key", "blue"});
  request.body = body;
  return request;
}

class SimulateClient : public testing::Test {
 protected:
  std::string exchange(http::Client& client, const http::Request& request) {
    const auto answer = finished(io_, client.exchange(request));
    return answer ? std::to_string(answer->status) + " " + answer->body : answer.error().text;
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
  http::Client client(io_, server.server());
  const auto answer = finished(io_, client.exchange(post("{}")));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 402);
  EXPECT_EQ(answer->body, "POST /programs/demo/events {}");
  EXPECT_EQ(http::field_of(answer->fields, "stripe-version"), "2026");
  EXPECT_EQ(http::field_of(answer->fields, "stripe"), std::nullopt);
  EXPECT_EQ(http::field_of(fields, "X-Partner-Key"), "blue");
  EXPECT_EQ(http::field_of(fields, "Content-Length"), "2");
  EXPECT_EQ(http::field_of(fields, "Content-Type"), "application/json");
  EXPECT_EQ(http::field_of(fields, "Host"), server.server().origin.host_field());
}

TEST_F(SimulateClient, AsksForWhatHasNoBody) {
  StubServer server(echo);
  http::Client client(io_, server.server());
  http::Request request;
  request.is_post = false;
  request.target = "/v1/accounts/1/balance";
  EXPECT_EQ(exchange(client, request), "402 GET /v1/accounts/1/balance ");
}

TEST_F(SimulateClient, KeepsItsConnection) {
  StubServer server(echo);
  http::Client client(io_, server.server());
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
    http::Client client(io_, server.server());
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
  http::Client client(io_, server.server());
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
  http::Server slow = server.server();
  slow.timeout = std::chrono::milliseconds(100);
  http::Client client(io_, slow);
  EXPECT_EQ(exchange(client, post("x")), "200 {}");
  EXPECT_EQ(exchange(client, post("x")), "no answer in time");
  EXPECT_EQ(asked, 2);  // it was not sent again
  EXPECT_EQ(exchange(client, post("x")), "200 {}");
}

TEST_F(SimulateClient, SaysThatNobodyListens) {
  http::Server nobody;
  {
    StubServer server(echo);
    nobody = server.server();
  }
  http::Client client(io_, nobody);
  EXPECT_EQ(exchange(client, post("x")), "cannot connect: Connection refused");
}

TEST_F(SimulateClient, ConnectsToAllowedAddressesAlone) {
  StubServer server(echo);
  http::Server guarded = server.server();
  guarded.origin.host = "localhost";
  std::vector<std::string> judged;
  guarded.is_allowed = [&judged](const boost::asio::ip::address& address) {
    judged.push_back(address.to_string());
    return false;
  };
  http::Client refused(io_, guarded);
  EXPECT_EQ(exchange(refused, post("x")), "cannot connect: the server's address is not allowed");
  EXPECT_NE(std::find(judged.begin(), judged.end(), "127.0.0.1"), judged.end());
  EXPECT_EQ(server.connections(), 0);

  guarded.is_allowed = [](const boost::asio::ip::address& address) { return address.is_v4(); };
  http::Client allowed(io_, guarded);
  EXPECT_EQ(exchange(allowed, post("x")), "402 POST /programs/demo/events x");
}

TEST_F(SimulateClient, SaysHowFarItCame) {
  StubServer server([](const Asked& asked) {
    Told told;
    told.status = 201;
    told.body = std::string(asked.body == "long" ? 101 : 100, 'x');
    if (asked.body == "none") told.then = Then::close_unanswered;
    return told;
  });
  http::Server limited = server.server();
  limited.answer_bytes_max = 100;
  http::Client client(io_, limited);
  EXPECT_EQ(exchange(client, post("")), "201 " + std::string(100, 'x'));
  const auto too_long = finished(io_, client.exchange(post("long")));
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().stage, http::Failure::Stage::exchanging);
  EXPECT_EQ(too_long.error().status, 201);
  EXPECT_EQ(too_long.error().text, "the answer is too long");
  EXPECT_FALSE(client.is_connected());
  const auto none = finished(io_, client.exchange(post("none")));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().stage, http::Failure::Stage::exchanging);
  EXPECT_EQ(none.error().status, 0);
  limited.is_allowed = [](const auto&) { return false; };
  http::Client refused(io_, limited);
  EXPECT_EQ(finished(io_, refused.connect()).error().stage, http::Failure::Stage::connecting);
}

TEST_F(SimulateClient, DoesNotFollowRedirects) {
  StubServer server([](const Asked&) {
    Told told;
    told.status = 302;
    told.field_name = "Location";
    told.field_value = "/elsewhere";
    return told;
  });
  http::Client client(io_, server.server());
  EXPECT_EQ(exchange(client, post("x")), "302 {}");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(SimulateClient, SaysWhatTheBodyIsAndWhoItIs) {
  std::string fields;
  StubServer server([&fields](const Asked& asked) {
    fields = asked.fields;
    return echo(asked);
  });
  http::Server named = server.server();
  named.user_agent = "somebody";
  http::Client client(io_, named);
  http::Request form = post("a=b");
  form.fields.push_back({"content-type", "application/x-www-form-urlencoded"});
  exchange(client, form);
  EXPECT_EQ(http::field_of(fields, "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(fields.find("application/json"), std::string::npos);
  EXPECT_EQ(http::field_of(fields, "User-Agent"), "somebody");
}

TEST_F(SimulateClient, HangsUp) {
  StubServer server(echo);
  http::Client client(io_, server.server());
  EXPECT_TRUE(finished(io_, client.send_and_hang_up(post("lost"))));
  EXPECT_EQ(exchange(client, post("x")), "402 POST /programs/demo/events x");
  EXPECT_EQ(server.connections(), 2);
}

}  // namespace
}  // namespace authd::simulate::test
