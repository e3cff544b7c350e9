// Sender::Loop: what Sender does on its thread.

#pragma once

#include <boost/asio/ssl/context.hpp>
#include <future>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "authd/http/client.h"
#include "authd/referral/invitations/queue.h"
#include "authd/referral/invitations/sender.h"
#include "authd/referral/invitations/token_bucket.h"

namespace authd::referral {

class Sender::Loop {
 public:
  Loop(Options options, const http::Server& server, std::string target,
       std::unique_ptr<boost::asio::ssl::context> tls);
  ~Loop();

  void wake();
  void stop();
  SenderStatus status() const;

 private:
  using Clock = net::Clock;
  using Milliseconds = std::chrono::milliseconds;

  // So many attempts in a row that come to nothing, and one message at a time is tried.
  static constexpr int fruitless_max = 8;

  // What may not be done yet, because it did not work out.
  struct Pause {
    Clock::time_point until{};
    Milliseconds next{};
  };
  // A connection, and whether a message is on it.
  struct Lane {
    http::Client client;
    bool is_busy = false;
  };
  struct Attempted {
    ClaimedMessage message;
    AttemptResult result;
  };

  net::Awaitable<void> run();
  net::Awaitable<Milliseconds> step();
  net::Awaitable<void> wait(Milliseconds at_most);
  net::Awaitable<void> finish();
  net::Awaitable<bool> reach_gateway();

  core::Result<void, store::PgError> reach_ledger();
  core::Result<void, store::PgError> record_attempts();
  core::Result<void, store::PgError> keep_house();
  core::Result<Milliseconds, store::PgError> hand_out();
  core::Result<void, store::PgError> claim_for_lanes(std::int32_t limit, bool& is_all);
  net::Awaitable<void> deliver(Lane& lane, ClaimedMessage message, Clock::time_point claimed_at);
  net::Awaitable<AttemptResult> attempt(Lane& lane, const ClaimedMessage& message,
                                        Clock::time_point claimed_at);
  AttemptResult judge(const ClaimedMessage& message, int status, std::string_view fields,
                      std::string_view body);
  AttemptResult try_again(const ClaimedMessage& message, std::string error,
                          std::optional<std::chrono::seconds> retry_after);
  AttemptResult not_tried(std::string error);

  std::int32_t lanes_free() const;
  Milliseconds lease() const { return options_.gateway.timeout * 3; }
  void lengthen(Pause& pause) const;
  void report_ledger(const store::PgError& error);
  void report_gateway(const std::string& error);
  void count(const AttemptResult& result);

  const Options options_;
  const std::string target_;
  const std::unique_ptr<boost::asio::ssl::context> tls_;
  std::stop_source stop_statements_;

  // The thread's own.
  net::asio::io_context io_{1};
  net::Timer timer_{io_};
  bool is_woken_ = false;
  bool is_stopping_ = false;
  std::vector<Lane> lanes_;
  std::vector<Attempted> attempted_;  // not yet recorded
  std::optional<store::Connection> connection_;
  TokenBucket bucket_;
  Pause ledger_pause_;
  Pause gateway_pause_;
  bool is_gateway_away_ = false;  // it could not be connected to
  int fruitless_ = 0;             // attempts since one led to a decision
  Clock::time_point erase_at_{};
  Clock::time_point count_at_{};

  mutable std::mutex mutex_;  // of the next two
  SenderStatus status_;
  std::optional<Clock::time_point> succeeded_at_;

  std::promise<void> ended_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace authd::referral
