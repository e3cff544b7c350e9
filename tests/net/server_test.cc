// The server over real loopback sockets: how requests and answers follow each other on a
// connection.

#include "authd/net/server.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/net/peer.h"
#include "tests/net/test_service.h"

namespace authd::net {
namespace {

class ServerTest : public testing::Test {
 protected:
  void start(const ServerOptions& options = test_options()) {
    server_ = start_server(service_, options);
  }
  Peer connect() { return Peer(server_->port()); }

  TestService service_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, AnswersOneRequestAfterTheOtherOnAConnection) {
  start();
  Peer peer = connect();
  for (const std::string body : {"one", "two", "three"}) {
    ASSERT_TRUE(peer.send(request("POST", "/echo", body)));
    const auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "POST " + body);
    EXPECT_TRUE(answer->has("\r\nContent-Type: text/plain\r\n"));
    EXPECT_TRUE(answer->has("\r\nDate: "));
    EXPECT_FALSE(answer->has("Connection:"));
  }
  EXPECT_TRUE(service_.await_answered(200, 3));
}

TEST_F(ServerTest, AnswersPipelinedRequestsInOrder) {
  start();
  Peer peer = connect();
  std::string bytes;
  for (int i = 0; i < 20; ++i)
    bytes += request("POST", "/echo", std::string(1'000, 'a') + std::to_string(i));
  ASSERT_TRUE(peer.send(bytes));
  for (int i = 0; i < 20; ++i) {
    const auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "POST " + std::string(1'000, 'a') + std::to_string(i));
  }
}

TEST_F(ServerTest, PutsBytesTogetherHoweverTheyArrive) {
  start();
  Peer peer = connect();
  for (int repeat = 0; repeat < 2; ++repeat) {
    for (const char byte : request("POST", "/echo", "hello")) ASSERT_TRUE(peer.send({&byte, 1}));
    const auto answer = peer.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "POST hello");
  }
}

TEST_F(ServerTest, ServesABodyThatOutgrowsItsBuffer) {
  ServerOptions options = test_options();
  options.read_buffer_bytes = 64;
  start(options);
  Peer peer = connect();
  const std::string body(50'000, 'b');
  ASSERT_TRUE(peer.send(request("POST", "/echo?query", body) + request("POST", "/echo", "after")));
  EXPECT_EQ(peer.receive().value_or(PeerAnswer{}).body, "POST " + body);
  EXPECT_EQ(peer.receive().value_or(PeerAnswer{}).body, "POST after");
}

TEST_F(ServerTest, ClosesWhenThePeerAsks) {
  start();
  Peer peer = connect();
  ASSERT_TRUE(peer.send(request("POST", "/echo", "last", "Connection: close\r\n") +
                        request("POST", "/echo", "ignored")));
  const auto answer = peer.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "POST last");
  EXPECT_TRUE(answer->has("\r\nConnection: close\r\n"));
  peer.finish_sending();
  EXPECT_EQ(peer.receive_rest(), "");
}

TEST_F(ServerTest, ClosesWhenTheServiceAsks) {
  start();
  Peer peer = connect();
  ASSERT_TRUE(peer.send(request("POST", "/close", "last")));
  const auto answer = peer.receive();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->has("\r\nConnection: close\r\n"));
  EXPECT_EQ(peer.receive_rest(), "");
}

TEST_F(ServerTest, AnswersAPeerThatSendsNoMore) {
  start();
  Peer peer = connect();
  ASSERT_TRUE(peer.send(request("POST", "/echo", "bye")));
  peer.finish_sending();
  EXPECT_EQ(peer.receive().value_or(PeerAnswer{}).body, "POST bye");
  EXPECT_EQ(peer.receive_rest(), "");
}

TEST_F(ServerTest, TellsAWaitingPeerToContinue) {
  start();
  Peer peer = connect();
  const std::string bytes = request("POST", "/echo", "body", "Expect: 100-continue\r\n");
  ASSERT_TRUE(peer.send(bytes.substr(0, bytes.size() - 4)));
  const auto go_on = peer.receive();
  ASSERT_TRUE(go_on);
  EXPECT_EQ(go_on->head, "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(peer.send("body"));
  EXPECT_EQ(peer.receive().value_or(PeerAnswer{}).body, "POST body");
}

TEST_F(ServerTest, DoesNotTellAPeerToContinueThatDidNotWait) {
  start();
  Peer peer = connect();
  ASSERT_TRUE(peer.send(request("POST", "/echo", "body", "Expect: 100-continue\r\n")));
  EXPECT_EQ(peer.receive().value_or(PeerAnswer{}).status, 200);
}

TEST_F(ServerTest, RefusesABodyBeforeThePeerSendsIt) {
  start();
  Peer peer = connect();
  ASSERT_TRUE(peer.send(
      "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 100001\r\n\r\n"));
  EXPECT_EQ(peer.receive().value_or(PeerAnswer{}).status, 413);
}

TEST_F(ServerTest, AnswersHeadWithoutTheBody) {
  start();
  Peer peer = connect();
  ASSERT_TRUE(peer.send(request("HEAD", "/echo") + request("GET", "/echo")));
  const auto head = peer.receive(Peer::Body::absent);
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->has("\r\nContent-Length: 5\r\n"));  // of "HEAD "
  EXPECT_EQ(peer.receive().value_or(PeerAnswer{}).body, "GET ");
}

TEST_F(ServerTest, NamesWhatItRefusesAndCloses) {
  start();
  const struct {
    std::string bytes;
    int status;
    Refusal refusal;
  } cases[] = {
      {"GET / HTTP/1.1\r\n\r\n", 400, Refusal::host},
      {"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, Refusal::malformed},
      {"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, Refusal::target},
      {"GET / HTTP/1.0\r\n\r\n", 505, Refusal::http_version},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, Refusal::http_version},
      {request("GET", "/", "body"), 400, Refusal::body_not_allowed},
      {request("DELETE", "/"), 405, Refusal::method},
      {"POST / HTTP/1.1\r\nHost: a\r\n\r\n", 411, Refusal::length_required},
      {request("POST", "/", "5", "Content-Length: 1\r\n"), 400, Refusal::content_length},
      {request("POST", "/", "0\r\n\r\n", "Transfer-Encoding: chunked\r\n"), 501,
       Refusal::transfer_encoding},
      {request("POST", "/", "x", "Expect: a miracle\r\n"), 417, Refusal::expectation},
  };
  for (const auto& wrong : cases) {
    Peer peer = connect();
    ASSERT_TRUE(peer.send(wrong.bytes + request("POST", "/echo", "smuggled")));
    const auto answer = peer.receive();
    ASSERT_TRUE(answer) << wrong.bytes;
    EXPECT_EQ(answer->status, wrong.status) << wrong.bytes;
    EXPECT_TRUE(answer->body.starts_with("{\"error\":\"" + std::string(name(wrong.refusal)) + "\""))
        << answer->body;
    EXPECT_TRUE(answer->has("\r\nConnection: close\r\n"));
    peer.finish_sending();
    EXPECT_EQ(peer.receive_rest(), "") << wrong.bytes;
    EXPECT_TRUE(service_.await_refused(wrong.refusal));
  }
  EXPECT_EQ(service_.count_answered(), 0);
}

TEST_F(ServerTest, ListsTheMethodsOfAPath) {
  start();
  Peer peer = connect();
  ASSERT_TRUE(peer.send(request("PUT", "/echo")));
  const auto answer = peer.receive();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->has("\r\nAllow: GET, HEAD, POST\r\n"));
}

TEST_F(ServerTest, AnswersProbesOfOneZeroWhereAllowed) {
  ServerOptions options = test_options();
  options.head.http_1_0 = Http10::probes;
  start(options);
  Peer peer = connect();
  ASSERT_TRUE(peer.send("GET /echo HTTP/1.0\r\n\r\n"));
  const auto answer = peer.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_TRUE(answer->has("\r\nConnection: close\r\n"));
}

TEST_F(ServerTest, SaysSoWhenTheServiceFails) {
  start();
  Peer peer = connect();
  ASSERT_TRUE(peer.send(request("GET", "/throw")));
  EXPECT_EQ(peer.receive().value_or(PeerAnswer{}).status, 500);
  EXPECT_TRUE(service_.await_refused(Refusal::service_failed));
}

TEST_F(ServerTest, OutlivesAPeerThatResetsInTheMiddleOfABody) {
  ServerOptions options = test_options();
  options.connections_max = 1;
  start(options);
  Peer peer = connect();
  ASSERT_TRUE(peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345"));
  peer.reset();
  int status = 0;  // 503 until the server has noticed
  const auto give_up = Clock::now() + std::chrono::seconds(30);
  while (status != 200 && Clock::now() < give_up) {
    Peer next = connect();
    if (next.send(request("GET", "/echo"))) status = next.receive().value_or(PeerAnswer{}).status;
  }
  EXPECT_EQ(status, 200);
  EXPECT_EQ(service_.count_refused(Refusal::body_timeout), 0);
}

TEST_F(ServerTest, OutlivesAPeerThatResetsBeforeItsAnswer) {
  start();
  Peer peer = connect();
  ASSERT_TRUE(peer.send(request("POST", "/wait", "x")));
  ASSERT_TRUE(service_.await_waiting(1));
  peer.reset();
  service_.release();
  Peer next = connect();
  ASSERT_TRUE(next.send(request("GET", "/echo")));
  EXPECT_EQ(next.receive().value_or(PeerAnswer{}).status, 200);
}

TEST_F(ServerTest, ServesManyConnectionsOnSeveralThreads) {
  ServerOptions options = test_options();
  options.threads = 3;
  start(options);
  std::vector<Peer> peers;
  for (int i = 0; i < 30; ++i) {
    peers.push_back(connect());
    ASSERT_TRUE(peers.back().send(request("POST", "/wait", std::to_string(i))));
  }
  ASSERT_TRUE(service_.await_waiting(30));
  service_.release();
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(peers[static_cast<std::size_t>(i)].receive().value_or(PeerAnswer{}).body,
              "POST " + std::to_string(i));
  }
}

TEST_F(ServerTest, MeasuresFromTheFirstByteOfTheRequest) {
  start();
  Peer peer = connect();
  const std::string bytes = request("POST", "/echo", "x");
  ASSERT_TRUE(peer.send(bytes.substr(0, 1)));
  constexpr int wait_ms = 20;
  EXPECT_FALSE(peer.has_news(wait_ms));
  ASSERT_TRUE(peer.send(bytes.substr(1)));
  ASSERT_TRUE(peer.receive());
  ASSERT_TRUE(service_.await_answered(200));
  EXPECT_GE(service_.longest_answer(), std::chrono::milliseconds(wait_ms / 2));
}

TEST_F(ServerTest, MeasuresAPipelinedRequestFromItsOwnFirstByte) {
  start();
  Peer peer = connect();
  const std::string first = request("POST", "/echo", "first", "Expect: 100-continue\r\n");
  ASSERT_TRUE(peer.send(first.substr(0, first.size() - 5)));
  ASSERT_TRUE(peer.receive());  // 100 Continue: the server has read these bytes
  ASSERT_TRUE(peer.send("first" + request("POST", "/echo", "second")));
  ASSERT_TRUE(peer.receive() && peer.receive());
  const auto first_bytes = service_.first_bytes();
  ASSERT_EQ(first_bytes.size(), 2U);
  EXPECT_LT(first_bytes[0], first_bytes[1]);
}

TEST_F(ServerTest, DoesNotStartOnAnAddressThatIsTaken) {
  start();
  ServerOptions options = test_options();
  options.port = server_->port();
  const auto second = Server::start(service_, options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), boost::system::errc::address_in_use);
}

TEST_F(ServerTest, DoesNotStartOnAnAddressThatIsNotOurs) {
  ServerOptions options = test_options();
  options.address = asio::ip::make_address("192.0.2.1");  // reserved for documentation
  const auto server = Server::start(service_, options);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error(), boost::system::errc::address_not_available);
}

}  // namespace
}  // namespace authd::net
