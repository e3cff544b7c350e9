#include "authd/referral/invitations/loop.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "authd/referral/invitations/message.h"
#include "authd/referral/session.h"

namespace authd::referral {

using core::Result;
using net::Awaitable;
using store::PgError;

namespace {

namespace asio = net::asio;

constexpr std::int32_t lanes_max = 8;
constexpr std::int64_t counted_max = 100'000;
constexpr std::int32_t erased_at_once = 1'000;
constexpr std::chrono::hours erase_every{1};

// The server's text may quote a row.
std::string text_of(const PgError& error) {
  if (error.code != PgError::Code::server) return error.message;
  return "a statement was refused, SQLSTATE " + std::string(error.state());
}

}  // namespace

Sender::Loop::Loop(Options options, const http::Server& server, std::string target,
                   std::unique_ptr<boost::asio::ssl::context> tls)
    : options_(std::move(options)),
      target_(std::move(target)),
      tls_(std::move(tls)),
      bucket_(options_.gateway.per_second) {
  http::Server gateway = server;
  gateway.tls = tls_.get();
  lanes_.reserve(lanes_max);
  for (std::int32_t i = 0; i < lanes_max; ++i) {
    lanes_.push_back(Lane{http::Client(io_, gateway)});
  }
  asio::co_spawn(io_, run(), [this](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
    io_.stop();
  });
  thread_ = std::jthread([this] {
    io_.run();
    ended_.set_value();
  });
}

Sender::Loop::~Loop() { stop(); }

void Sender::Loop::wake() {
  asio::post(io_, [this] {
    is_woken_ = true;
    timer_.cancel();
  });
}

void Sender::Loop::stop() {
  if (!thread_.joinable()) return;
  asio::post(io_, [this] {
    is_stopping_ = true;
    timer_.cancel();
  });
  // It may be connecting, to PostgreSQL or the gateway. Answers have had their time by then.
  ended_.get_future().wait_for(options_.stop_within + std::chrono::seconds(1));
  stop_statements_.request_stop();
  io_.stop();
  thread_.join();
}

SenderStatus Sender::Loop::status() const {
  const std::lock_guard lock(mutex_);
  SenderStatus status = status_;
  if (succeeded_at_) {
    status.since_success =
        std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - *succeeded_at_);
  }
  return status;
}

void Sender::Loop::lengthen(Pause& pause) const {
  pause.next = std::clamp(pause.next * 2, options_.pause_min, options_.pause_max);
  pause.until = Clock::now() + pause.next;
}

void Sender::Loop::report_ledger(const PgError& error) {
  const std::string text = "PostgreSQL: " + text_of(error);
  const std::lock_guard lock(mutex_);
  if (std::exchange(status_.last_error, text) != text) spdlog::warn("invitations: {}", text);
}

void Sender::Loop::report_gateway(const std::string& error) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(status_.last_error, error) != error) spdlog::warn("invitations: {}", error);
}

// ---------------------------------------------------------------------------------------------
// The loop

Awaitable<void> Sender::Loop::run() {
  while (!is_stopping_) {
    const Milliseconds pause = co_await step();
    co_await wait(pause);
  }
  co_await finish();
}

// Until there may be something to do. What ended or was queued meanwhile is not slept through.
Awaitable<void> Sender::Loop::wait(Milliseconds at_most) {
  if (!is_woken_ && !is_stopping_ && at_most.count() > 0) {
    timer_.expires_after(at_most);
    co_await timer_.async_wait(net::as_result);
  }
  is_woken_ = false;
}

// Does what can be done now, and says for how long there is nothing more.
Awaitable<std::chrono::milliseconds> Sender::Loop::step() {
  const auto left = [](const Pause& pause) {
    return std::chrono::ceil<Milliseconds>(pause.until - Clock::now());
  };
  if (left(ledger_pause_).count() > 0) co_return left(ledger_pause_);
  if (const auto reached = reach_ledger(); !reached) {
    report_ledger(reached.error());
    connection_.reset();
    lengthen(ledger_pause_);
    co_return ledger_pause_.next;
  }
  ledger_pause_ = {};
  if (left(gateway_pause_).count() > 0)
    co_return std::min(left(gateway_pause_), options_.look_every);
  if (is_gateway_away_) {
    const bool is_back = co_await reach_gateway();
    if (!is_back) co_return options_.look_every;
  }
  const auto handed_out = hand_out();
  if (handed_out) co_return *handed_out;
  report_ledger(handed_out.error());
  connection_.reset();
  lengthen(ledger_pause_);
  co_return ledger_pause_.next;
}

// Connects, and does there what does not wait for the gateway.
Result<void, PgError> Sender::Loop::reach_ledger() {
  if (!connection_) {
    store::Connection::Options options = options_.connection;
    options.stop = stop_statements_.get_token();
    AUTHD_TRY(connection, connect_for_referral(options));
    connection_.emplace(std::move(connection));
  }
  AUTHD_TRY_VOID(record_attempts());
  return keep_house();
}

Result<void, PgError> Sender::Loop::record_attempts() {
  while (!attempted_.empty()) {
    AUTHD_TRY_VOID(record(*connection_, attempted_.front().message, attempted_.front().result));
    count(attempted_.front().result);
    attempted_.erase(attempted_.begin());
  }
  return {};
}

Result<void, PgError> Sender::Loop::keep_house() {
  const Clock::time_point now = Clock::now();
  if (now >= erase_at_) {
    AUTHD_TRY(erased, erase(*connection_, options_.gateway.erase_after_days, erased_at_once));
    if (erased < erased_at_once) erase_at_ = now + erase_every;
  }
  if (now >= count_at_) {
    AUTHD_TRY(queued, count_queued(*connection_, counted_max));
    count_at_ = now + options_.look_every;
    const std::lock_guard lock(mutex_);
    status_.queued = queued;
  }
  return {};
}

// Claims no more than can be sent at once: nothing waits here with its lease running.
Result<std::chrono::milliseconds, PgError> Sender::Loop::hand_out() {
  const Clock::time_point now = options_.now();
  const std::int32_t tokens = bucket_.available(now);
  const bool is_probing = fruitless_ >= fruitless_max;
  const std::int32_t free = is_probing ? lanes_free() == lanes_max ? 1 : 0 : lanes_free();
  if (free == 0) return options_.look_every;  // or until a lane ends
  if (tokens == 0) {
    const auto wait = std::chrono::ceil<Milliseconds>(bucket_.wait(now));
    return std::min(wait, options_.look_every);
  }
  bool is_all = false;
  AUTHD_TRY_VOID(claim_for_lanes(std::min(free, tokens), is_all));
  return is_all ? options_.look_every : Milliseconds(0);
}

// `is_all`: there are no more for now.
Result<void, PgError> Sender::Loop::claim_for_lanes(std::int32_t limit, bool& is_all) {
  const Clock::time_point claimed_at = Clock::now();
  AUTHD_TRY(claimed, claim(*connection_, limit, lease(), options_.gateway.attempts_max));
  const auto messages = static_cast<std::int32_t>(claimed.messages.size());
  is_all = messages + claimed.ended < limit;
  bucket_.take(messages, options_.now());
  auto lane = lanes_.begin();
  for (ClaimedMessage& message : claimed.messages) {
    lane = std::find_if(lane, lanes_.end(), [](const Lane& one) { return !one.is_busy; });
    lane->is_busy = true;
    asio::co_spawn(io_, deliver(*lane, std::move(message), claimed_at), asio::detached);
  }
  return {};
}

std::int32_t Sender::Loop::lanes_free() const {
  return static_cast<std::int32_t>(
      std::count_if(lanes_.begin(), lanes_.end(), [](const Lane& lane) { return !lane.is_busy; }));
}

// Answers that are under way are waited for a little, and recorded.
Awaitable<void> Sender::Loop::finish() {
  const Clock::time_point deadline = Clock::now() + options_.stop_within;
  while (lanes_free() < lanes_max && Clock::now() < deadline) {
    timer_.expires_at(deadline);
    co_await timer_.async_wait(net::as_result);
  }
  if (attempted_.empty()) co_return;
  if (const auto reached = reach_ledger(); !reached) report_ledger(reached.error());
}

}  // namespace authd::referral
