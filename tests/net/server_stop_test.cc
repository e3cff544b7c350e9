// How the server stops, over real loopback sockets.

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "authd/net/server.h"
#include "tests/net/peer.h"
#include "tests/net/test_service.h"

namespace authd::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ServerStop : public testing::Test {
 protected:
  void start(const ServerOptions& options = test_options()) {
    server_ = start_server(service_, options);
  }

  TestService service_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerStop, IsImmediateWithoutConnections) {
  ServerOptions options = test_options();
  options.sweep_every = seconds(60);
  options.threads = 2;
  start(options);
  server_->stop(seconds(60));
  EXPECT_FALSE(Peer(server_->port()).is_connected());
}

TEST_F(ServerStop, AnswersWhatIsBeingServedAndClosesWhatIsIdle) {
  ServerOptions options = test_options();
  options.sweep_every = seconds(10);  // the end does not wait for a sweep
  start(options);
  Peer idle(server_->port());
  ASSERT_TRUE(idle.send(request("GET", "/echo")));
  ASSERT_TRUE(idle.receive());
  Peer waiting(server_->port());
  ASSERT_TRUE(waiting.send(request("POST", "/wait", "x")));
  ASSERT_TRUE(service_.await_waiting(1));

  std::thread stopping([this] { server_->stop(seconds(30)); });
  EXPECT_EQ(idle.receive_rest(), "");  // by now it accepts no more
  EXPECT_FALSE(Peer(server_->port()).is_connected());
  EXPECT_FALSE(waiting.has_news(20));
  service_.release();
  const auto answer = waiting.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "POST x");
  EXPECT_TRUE(answer->has("\r\nConnection: close\r\n"));
  waiting.finish_sending();
  EXPECT_EQ(waiting.receive_rest(), "");
  const auto answered = Clock::now();
  stopping.join();
  EXPECT_LT(Clock::now() - answered, seconds(5));
}

TEST_F(ServerStop, ServesARequestThatIsArriving) {
  start();
  Peer idle(server_->port());
  ASSERT_TRUE(idle.send(request("GET", "/echo")));
  ASSERT_TRUE(idle.receive());
  Peer sending(server_->port());
  const std::string bytes = request("POST", "/echo", "body", "Expect: 100-continue\r\n");
  ASSERT_TRUE(sending.send(bytes.substr(0, bytes.size() - 4)));
  ASSERT_TRUE(sending.receive());  // 100 Continue: the server has the header
  std::thread stopping([this] { server_->stop(seconds(30)); });
  EXPECT_EQ(idle.receive_rest(), "");
  ASSERT_TRUE(sending.send("body"));
  const auto answer = sending.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_TRUE(answer->has("\r\nConnection: close\r\n"));
  sending.finish_sending();
  stopping.join();
}

TEST_F(ServerStop, GivesUpOnARequestWhenTheGraceIsOver) {
  start();
  Peer peer(server_->port());
  ASSERT_TRUE(peer.send(request("POST", "/wait", "x")));
  ASSERT_TRUE(service_.await_waiting(1));
  server_->stop(milliseconds(10));
  EXPECT_EQ(service_.coroutines_alive(), 1);  // whoever completes may still hold its completion
  service_.release();                         // which does no harm
  server_.reset();
  EXPECT_EQ(service_.coroutines_alive(), 0);
  EXPECT_EQ(service_.count_answered(), 0);
}

TEST_F(ServerStop, DestroysWhatStillWaits) {
  start();
  Peer peer(server_->port());
  ASSERT_TRUE(peer.send(request("POST", "/wait", "x")));
  ASSERT_TRUE(service_.await_waiting(1));
  server_.reset();  // stops without grace
  EXPECT_EQ(service_.coroutines_alive(), 0);
}

TEST_F(ServerStop, HappensOnce) {
  start();
  server_->stop(seconds(1));
  server_->stop(seconds(1));
}

}  // namespace
}  // namespace authd::net
