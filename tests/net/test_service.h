// TestService: a Service for the tests of the server. What it serves depends on the path:
//
//   /echo    answers the method, a blank and the body
//   /large   answers large_bytes bytes
//   /throw   throws
//   /close   answers like /echo and ends the connection
//   /wait    waits until release() is called on another thread, then answers like /echo
//
// Bodies have body_bytes_max at most. Everything the server reports is recorded.

#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "authd/net/server.h"
#include "authd/net/service.h"

namespace authd::net {

class TestService final : public Service {
 public:
  static constexpr std::uint64_t body_bytes_max = 100'000;
  static constexpr std::size_t large_bytes = 64'000'000;

  RouteRules rules(const Head& head) const noexcept override;
  Awaitable<void> serve(const HttpRequest& request, HttpResponse& response) override;
  void refused(Refusal refusal) noexcept override;
  void answered(const HttpResponse& response, Clock::duration duration) noexcept override;

  // These wait up to half a minute and say whether it came to that.
  bool await_refused(Refusal refusal, int times = 1);
  bool await_answered(int status, int times = 1);
  bool await_waiting(int requests);

  int count_refused(Refusal refusal);
  int count_answered();
  void release();          // lets every request to /wait go on
  int coroutines_alive();  // requests that are being served
  Clock::duration longest_answer();
  std::vector<Clock::time_point> first_bytes();  // of every request served
  std::vector<std::string> certificate_names();  // of the last one's peer

 private:
  bool await(const auto& condition);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Refusal, int> refused_;
  std::map<int, int> answered_;
  std::vector<Completion*> waiting_;
  int alive_ = 0;
  Clock::duration longest_{};
  std::vector<Clock::time_point> first_bytes_;
  std::vector<std::string> certificate_names_;
};

// Limits and deadlines no test reaches by accident, and a fast sweep.
ServerOptions test_options();

// A server of `service` on a free port; a failure to start fails the test.
std::unique_ptr<Server> start_server(TestService& service, const ServerOptions& options);

}  // namespace authd::net
