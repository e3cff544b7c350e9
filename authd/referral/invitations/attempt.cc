// One message's way to the gateway, and what comes back.

#include <algorithm>

#include "authd/referral/invitations/loop.h"
#include "authd/referral/invitations/message.h"

namespace authd::referral {

using core::Result;
using net::Awaitable;
using Kind = AttemptResult::Kind;

// Whether it can be connected to, tried on a lane that is free: all are, nothing is handed out
// while it is away.
Awaitable<bool> Sender::Loop::reach_gateway() {
  const auto lane =
      std::find_if(lanes_.begin(), lanes_.end(), [](const Lane& one) { return !one.is_busy; });
  if (lane == lanes_.end()) co_return false;
  lane->is_busy = true;
  const Result<void, http::Failure> connected = co_await lane->client.connect();
  lane->is_busy = false;
  if (connected) {
    is_gateway_away_ = false;
    co_return true;
  }
  report_gateway(connected.error().text);
  lengthen(gateway_pause_);
  co_return false;
}

Awaitable<void> Sender::Loop::deliver(Lane& lane, ClaimedMessage message,
                                      Clock::time_point claimed_at) {
  AttemptResult result = co_await attempt(lane, message, claimed_at);
  attempted_.push_back({std::move(message), std::move(result)});
  lane.is_busy = false;
  is_woken_ = true;
  timer_.cancel();
}

Awaitable<AttemptResult> Sender::Loop::attempt(Lane& lane, const ClaimedMessage& message,
                                               Clock::time_point claimed_at) {
  if (!lane.client.is_connected()) {
    const Result<void, http::Failure> connected = co_await lane.client.connect();
    if (!connected) co_return not_tried(connected.error().text);
  }
  // An idle connection may turn out to be closed: then a second one takes as long again.
  if (Clock::now() - claimed_at > lease() - options_.gateway.timeout * 2)
    co_return not_tried("it took too long to connect");

  const http::Request request =
      request_of(options_.gateway, target_, message.id, message.phone, message.text);
  const Result<http::Answer, http::Failure> answer = co_await lane.client.exchange(request);
  if (answer) co_return judge(message, answer->status, answer->fields, answer->body);
  const http::Failure& failure = answer.error();
  if (failure.stage == http::Failure::Stage::connecting) co_return not_tried(failure.text);
  // The status says whether the gateway has taken it, whatever became of the rest.
  if (failure.status != 0) co_return judge(message, failure.status, {}, {});
  co_return try_again(message, failure.text, std::nullopt);
}

AttemptResult Sender::Loop::judge(const ClaimedMessage& message, int status,
                                  std::string_view fields, std::string_view body) {
  const std::string text = "the gateway answered " + std::to_string(status);
  switch (verdict_of(status)) {
    case Verdict::try_again: return try_again(message, text, retry_after_of(fields));
    case Verdict::refused:
      fruitless_ = 0;
      gateway_pause_ = {};
      report_gateway(text);
      return {Kind::refused, {}, text, {}};
    case Verdict::accepted: break;
  }
  fruitless_ = 0;
  gateway_pause_ = {};
  return {Kind::sent, gateway_id_of(body, options_.gateway.id_pointer), {}, {}};
}

AttemptResult Sender::Loop::try_again(const ClaimedMessage& message, std::string error,
                                      std::optional<std::chrono::seconds> retry_after) {
  report_gateway(error);
  // What was under way together is one failure.
  if (++fruitless_ >= fruitless_max && Clock::now() >= gateway_pause_.until)
    lengthen(gateway_pause_);
  if (message.attempt >= options_.gateway.attempts_max)
    return {Kind::refused, {}, "attempt " + std::to_string(message.attempt) + ": " + error, {}};
  const Milliseconds pause = retry_after
                                 ? Milliseconds(*retry_after)
                                 : retry_pause(options_.gateway, message.id, message.attempt);
  return {Kind::try_again, {}, std::move(error), pause};
}

AttemptResult Sender::Loop::not_tried(std::string error) {
  report_gateway(error);
  if (!is_gateway_away_) lengthen(gateway_pause_);
  is_gateway_away_ = true;
  return {Kind::not_tried, {}, std::move(error), {}};
}

void Sender::Loop::count(const AttemptResult& result) {
  const std::lock_guard lock(mutex_);
  switch (result.kind) {
    case Kind::sent:
      ++status_.sent;
      succeeded_at_ = Clock::now();
      status_.last_error.clear();
      return;
    case Kind::try_again: ++status_.retried; return;
    case Kind::refused: ++status_.failed; return;
    case Kind::not_tried: return;
  }
}

}  // namespace authd::referral
