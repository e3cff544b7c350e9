// The server's limits and deadlines, over real loopback sockets.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "authd/net/server.h"
#include "tests/net/peer.h"
#include "tests/net/test_service.h"

namespace authd::net {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds soon{20};

class ServerLimits : public testing::Test {
 protected:
  void start() { server_ = start_server(service_, options_); }
  Peer connect() { return Peer(server_->port()); }

  // Whether a request on a connection of its own is served, within half a minute from now.
  bool is_served_again() {
    const auto give_up = Clock::now() + std::chrono::seconds(30);
    while (Clock::now() < give_up) {
      Peer peer = connect();
      if (!peer.send(request("GET", "/echo"))) continue;
      if (peer.receive().value_or(PeerAnswer{}).status == 200) return true;
    }
    return false;
  }

  // Behind `begun`, byte after byte: the peer is turned away while it still sends.
  void expect_timeout_behind(std::string_view begun, Refusal timeout) {
    Peer peer = connect();
    ASSERT_TRUE(peer.send(begun));
    int sent = 0;
    for (; sent < 5'000 && !peer.has_news(1); ++sent) {
      if (!peer.send("x")) break;
    }
    EXPECT_LT(sent, 5'000);
    EXPECT_EQ(peer.receive().value_or(PeerAnswer{}).status, 408);
    EXPECT_TRUE(service_.await_refused(timeout));
  }

  TestService service_;
  ServerOptions options_ = test_options();
  std::unique_ptr<Server> server_;
};

TEST_F(ServerLimits, TakeABodyOfExactlyTheLimit) {
  start();
  Peer peer = connect();
  const std::string body(TestService::body_bytes_max, 'x');
  ASSERT_TRUE(peer.send(request("POST", "/echo", body)));
  EXPECT_EQ(peer.receive().value_or(PeerAnswer{}).body, "POST " + body);
}

TEST_F(ServerLimits, RefuseABodyOfOneByteMoreAndLetThePeerReadIt) {
  start();
  Peer peer = connect();
  // The peer sends all of its body before it looks for an answer: the answer must not be lost to a
  // reset.
  ASSERT_TRUE(
      peer.send(request("POST", "/echo", std::string(TestService::body_bytes_max + 1, 'x'))));
  const auto answer = peer.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
  peer.finish_sending();
  EXPECT_EQ(peer.receive_rest(), "");
}

TEST_F(ServerLimits, TakeAHeaderOfExactlyTheLimit) {
  const std::string bytes = request("GET", "/echo");
  options_.head.header_bytes_max = bytes.size();
  start();
  Peer peer = connect();
  ASSERT_TRUE(peer.send(bytes));
  EXPECT_EQ(peer.receive().value_or(PeerAnswer{}).status, 200);
}

TEST_F(ServerLimits, RefuseAHeaderOfOneByteMore) {
  const std::string bytes = request("GET", "/echo");
  options_.head.header_bytes_max = bytes.size() - 1;
  start();
  Peer whole = connect();
  ASSERT_TRUE(whole.send(bytes));
  EXPECT_EQ(whole.receive().value_or(PeerAnswer{}).status, 431);
  Peer without_end = connect();
  ASSERT_TRUE(without_end.send(bytes.substr(0, bytes.size() - 1)));
  EXPECT_EQ(without_end.receive().value_or(PeerAnswer{}).status, 431);
}

TEST_F(ServerLimits, GiveAHeaderItsTimeHoweverItTrickles) {
  options_.header_time_max = soon;
  start();
  expect_timeout_behind("GET / HTTP/1.1\r\nX: ", Refusal::header_timeout);
}

TEST_F(ServerLimits, GiveABodyItsTimeHoweverItTrickles) {
  options_.body_time_max = soon;
  start();
  expect_timeout_behind("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n",
                        Refusal::body_timeout);
}

TEST_F(ServerLimits, CloseIdleConnectionsWithoutAWord) {
  options_.idle_time_max = soon;
  start();
  Peer silent = connect();
  EXPECT_EQ(silent.receive_rest(), "");
  Peer served = connect();
  ASSERT_TRUE(served.send(request("GET", "/echo")));
  ASSERT_TRUE(served.receive());
  EXPECT_EQ(served.receive_rest(), "");
  EXPECT_EQ(service_.count_refused(Refusal::header_timeout), 0);
}

TEST_F(ServerLimits, RunNoDeadlineWhileARequestIsServed) {
  options_.idle_time_max = options_.header_time_max = options_.body_time_max =
      options_.write_time_max = milliseconds(5);
  start();
  Peer peer = connect();
  ASSERT_TRUE(peer.send(request("POST", "/wait", "x")));
  ASSERT_TRUE(service_.await_waiting(1));
  EXPECT_FALSE(peer.has_news(50));
  service_.release();
  EXPECT_EQ(peer.receive().value_or(PeerAnswer{}).status, 200);
}

TEST_F(ServerLimits, ResetAPeerThatDoesNotRead) {
  options_.write_time_max = soon;
  options_.connections_max = 1;
  start();
  Peer peer = connect();
  ASSERT_TRUE(peer.send(request("GET", "/large")));
  ASSERT_TRUE(peer.has_news(5'000));
  EXPECT_TRUE(is_served_again());  // once the server has given up on the first connection
  EXPECT_FALSE(peer.receive_rest());
  EXPECT_TRUE(service_.await_answered(200));
  EXPECT_EQ(service_.count_answered(), 1);  // the other request
}

TEST_F(ServerLimits, ReadNoMoreThanABoundFromAPeerThatWasRefused) {
  options_.linger_bytes_max = 1'000'000;
  start();
  Peer peer = connect();
  ASSERT_TRUE(peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n"));
  const std::string part(100'000, 'x');
  int parts = 0;
  while (parts < 1'000 && peer.send(part)) ++parts;
  EXPECT_LT(parts, 1'000);
}

TEST_F(ServerLimits, LingerForABoundedTime) {
  options_.linger_time_max = soon;
  options_.linger_bytes_max = std::size_t{1} << 40;
  start();
  Peer peer = connect();
  ASSERT_TRUE(peer.send(request("GET", "/echo", "", "Connection: close\r\n")));
  ASSERT_TRUE(peer.receive());
  EXPECT_EQ(peer.receive_rest(), "");
  // Now the server's side is closed, so that a byte is answered by a reset.
  bool reset = false;
  const auto give_up = Clock::now() + std::chrono::seconds(30);
  while (!reset && Clock::now() < give_up) reset = !peer.send("x");
  EXPECT_TRUE(reset);
}

TEST_F(ServerLimits, CapTheConnectionsOfOnePeer) {
  options_.connections_per_peer_max = 2;
  start();
  auto first = std::make_unique<Peer>(server_->port());
  Peer second = connect();
  for (Peer* const peer : {first.get(), &second}) {
    ASSERT_TRUE(peer->send(request("GET", "/echo")));
    EXPECT_EQ(peer->receive().value_or(PeerAnswer{}).status, 200);
  }
  Peer third = connect();
  const auto answer = third.receive();  // without asking anything
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_TRUE(answer->body.starts_with(R"({"error":"connections_per_peer")"));
  EXPECT_TRUE(service_.await_refused(Refusal::connections_per_peer));
  first.reset();
  EXPECT_TRUE(is_served_again());
}

TEST_F(ServerLimits, CapAllConnections) {
  options_.connections_max = 1;
  start();
  Peer first = connect();
  ASSERT_TRUE(first.send(request("GET", "/echo")));
  EXPECT_EQ(first.receive().value_or(PeerAnswer{}).status, 200);
  Peer second = connect();
  EXPECT_EQ(second.receive().value_or(PeerAnswer{}).status, 503);
  EXPECT_TRUE(service_.await_refused(Refusal::connections_total));
}

TEST_F(ServerLimits, CountPeersThatAreTurnedAwayWithoutAWordToo) {
  options_.connections_max = 1;
  start();
  Peer admitted = connect();
  ASSERT_TRUE(admitted.send(request("GET", "/echo")));
  ASSERT_TRUE(admitted.receive());
  std::vector<Peer> turned_away;  // none closes, so the server lingers on as many as it may
  constexpr int more_than_it_lingers_on = 70;
  turned_away.reserve(more_than_it_lingers_on);
  for (int i = 0; i < more_than_it_lingers_on; ++i) turned_away.push_back(connect());
  EXPECT_TRUE(service_.await_refused(Refusal::connections_total, more_than_it_lingers_on));
  EXPECT_FALSE(turned_away.back().receive());
  turned_away.clear();
  bool answered = false;  // once the server has noticed that they are gone
  const auto give_up = Clock::now() + std::chrono::seconds(30);
  while (!answered && Clock::now() < give_up) answered = connect().receive().has_value();
  EXPECT_TRUE(answered);
}

// Leaves this process no free file descriptor, and gives the limit back.
class NoFileDescriptors {
 public:
  NoFileDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_free = dup(0);
    close(lowest_free);
    const rlimit none{static_cast<rlim_t>(lowest_free), before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoFileDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoFileDescriptors(const NoFileDescriptors&) = delete;
  NoFileDescriptors& operator=(const NoFileDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_F(ServerLimits, OutliveALackOfFileDescriptors) {
  start();
  std::vector<Peer> peers;
  {
    std::unique_ptr<NoFileDescriptors> none;
    Peer peer(server_->port(), [&] { none = std::make_unique<NoFileDescriptors>(); });
    ASSERT_TRUE(peer.is_connected());
    ASSERT_TRUE(peer.send(request("GET", "/echo")));
    EXPECT_FALSE(peer.has_news(20));
    peers.push_back(std::move(peer));
  }
  EXPECT_EQ(peers.back().receive().value_or(PeerAnswer{}).status, 200);
}

}  // namespace
}  // namespace authd::net
