// LoadRun: sends requests over keep-alive connections and times the answers.
//
// Closed loop (rate 0): every connection sends its next request as soon as it has its answer. Open
// loop: request i is due at i / rate, whether or not earlier ones are answered; it waits for a free
// connection, and its latency counts from when it was due, so that a server that stalls is charged
// for everything that should have been sent meanwhile.
//
// One thread, one epoll: the generator shares the machine with what it measures.
// Errors: what breaks on the way is counted, not thrown; the connection is opened again.

#pragma once

#include <netdb.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "bench/histogram.h"
#include "bench/messages.h"

namespace authd::bench {

struct LoadOptions {
  std::string host;
  std::string port;
  std::uint32_t connections = 16;
  std::uint64_t rate_per_s = 0;  // 0: closed loop
  std::chrono::nanoseconds warmup{};
  std::chrono::nanoseconds duration{};
};

// Of the requests that began after the warm-up.
struct LoadReport {
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  std::uint64_t not_sent = 0;    // open loop: due, but no connection was free
  std::uint64_t unanswered = 0;  // sent, and no answer until the end
  std::uint64_t errors = 0;  // broken connections and answers that are no HTTP, warm-up included
  std::chrono::nanoseconds elapsed{};  // from the end of the warm-up to the last answer
  std::array<std::uint64_t, 600> by_status{};
  Histogram latency_ns;

  bool is_clean() const noexcept { return errors == 0 && unanswered == 0; }
};

class LoadRun {
 public:
  LoadRun(const LoadOptions& options, Messages& messages);
  ~LoadRun();
  LoadRun(const LoadRun&) = delete;
  LoadRun& operator=(const LoadRun&) = delete;

  // Connects all connections. What getaddrinfo or connect said, or empty.
  std::string connect();

  LoadReport run();

 private:
  using Clock = std::chrono::steady_clock;

  struct Connection {
    int fd = -1;
    bool busy = false;
    Clock::time_point began;  // when the request under way was due or sent
    std::string unsent;       // the rest of a request that the kernel had no room for
    std::vector<char> answer = std::vector<char>(4'096);  // received of the answer under way
    std::size_t answer_bytes = 0;
  };

  bool open(Connection& connection);
  void watch(Connection& connection, std::uint32_t events, int operation) const;
  void broken(Connection& connection);
  void send_due(Clock::time_point now);
  void send(Connection& connection, Clock::time_point began);
  void flush(Connection& connection);
  void receive(Connection& connection);
  void finish(Connection& connection, int status);
  bool is_over(Clock::time_point now) const;
  void wait(Clock::time_point now);
  Clock::time_point due(std::uint64_t request) const;  // open loop

  const LoadOptions options_;
  Messages& messages_;
  LoadReport report_;
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> address_{nullptr, &freeaddrinfo};
  int epoll_ = -1;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<Connection*> idle_;
  std::size_t busy_ = 0;
  std::uint64_t next_request_ = 0;  // open loop
  Clock::time_point start_;
  Clock::time_point measure_from_;
  Clock::time_point end_;
};

}  // namespace authd::bench
