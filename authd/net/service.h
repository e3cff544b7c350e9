// Service: what a listener serves. The server reads and checks requests and writes answers;
// everything between is here.
//
// Implementations: the endpoint of the processors, which waits for the sequencer; the
// administration endpoint; the no-op server of the benchmark.
//
// Threads: every network thread calls every function, at the same time as the others.
// Lifetime: outlives its Server.

#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "authd/net/completion.h"
#include "authd/net/http_head.h"
#include "authd/net/io.h"
#include "authd/net/read_buffer.h"
#include "authd/net/refusal.h"
#include "authd/net/response.h"

namespace authd::net {

// Valid until serve() has finished.
struct HttpRequest {
  const Head& head;
  std::string_view body;  // ReadBuffer::padding bytes behind it may be read
  const asio::ip::address& peer;
  const std::vector<std::string>& certificate_names;  // of the peer's, verified; empty: none shown
  Clock::time_point first_byte;  // when the first bytes of this request were read
  Mailbox& mailbox;              // of this network thread, for a Completion
};

class Service {
 public:
  virtual ~Service() = default;

  // What the path of `head` takes, asked before the body is read. A path that does not exist still
  // needs rules under which its 404 is served.
  virtual RouteRules rules(const Head& head) const noexcept = 0;

  // Answers one request of those rules. May wait for as long as it likes (no deadline of the
  // connection runs meanwhile), but must end: whoever it waits for answers every request.
  virtual Awaitable<void> serve(const HttpRequest& request, HttpResponse& response) = 0;

  // A request or connection was turned away before serve().
  virtual void refused(Refusal refusal) noexcept = 0;

  // The answer has been handed to the kernel, `duration` after the request's first bytes were read.
  virtual void answered(const HttpResponse& response, Clock::duration duration) noexcept = 0;
};

}  // namespace authd::net
