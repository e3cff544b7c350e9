// Sender: takes invitations off the queue (queue.h) and hands them to the gateway, a few at a time
// and never more than so many a second.
//
// One thread, on which libpq is waited for as well: its statements are short, and nobody else waits
// for this thread. What was sent is recorded before anything else is claimed; while PostgreSQL is
// away it is kept here, and what this process loses in the end is sent again (queue.h says why that
// is right).
//
// When the gateway cannot be reached nothing is claimed until it can, so that no message spends its
// attempts on that: the message that found out goes back uncounted, and a connection is tried with
// growing pauses. When it can be reached but eight attempts in a row came to nothing (no answer,
// 5xx, 429), one message at a time is tried with the same pauses until one is taken.
//
// The log, the status and the errors in the queue have no number, no text, no header and nothing of
// the gateway's answer but its status.
//
// Threads: wake, status and stop anywhere. Errors: what PostgreSQL and the gateway do is in the
// status and ends nothing.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "authd/net/io.h"
#include "authd/referral/settings.h"
#include "core/result.h"
#include "store/postgres/connection.h"

namespace authd::referral {

struct SenderStatus {
  std::uint64_t sent = 0;     // to the gateway, by this process, as are the next two
  std::uint64_t failed = 0;   // for good
  std::uint64_t retried = 0;  // attempts that will be followed by another
  std::int64_t queued = 0;    // and under way, in the ledger at the last look, up to 100,000
  std::string last_error;     // empty: since the last success there was none
  std::optional<std::chrono::seconds> since_success;  // the gateway took a message
};

class Sender {
 public:
  struct Options {
    GatewaySettings gateway;
    store::Connection::Options connection;
    std::function<net::Clock::time_point()> now = &net::Clock::now;  // of the rate alone
    std::chrono::milliseconds look_every{1'000};
    std::chrono::milliseconds pause_min{500};  // after an error; doubles up to pause_max
    std::chrono::milliseconds pause_max{30'000};
    std::chrono::milliseconds stop_within{2'000};  // for answers that are under way
  };

  // The error says what is wrong with the settings, or with the file of authorities.
  static core::Result<std::unique_ptr<Sender>, std::string> start(Options options);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  // Something was queued.
  void wake();

  SenderStatus status() const;

  // Waits for answers that are under way, but not long: what is unanswered then is sent again by
  // whoever comes next.
  void stop();

 private:
  class Loop;
  explicit Sender(std::unique_ptr<Loop> loop);

  std::unique_ptr<Loop> loop_;
};

}  // namespace authd::referral
