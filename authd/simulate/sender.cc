#include "authd/simulate/sender.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace authd::simulate {

namespace {

namespace asio = boost::asio;

http::Request signed_request(const Delivery& delivery) {
  const Target& target = *delivery.target;
  const bool is_question = delivery.message.is_question;
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  const std::int64_t now_unix_s =
      std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
  http::Request request;
  request.target = "/programs/" + target.program + (is_question ? "/authorizations" : "/events");
  request.fields =
      (is_question ? target.questions : target.events).sign(delivery.message.body, now_unix_s);
  request.body = delivery.message.body;
  return request;
}

void count_sent(const Delivery& delivery, Report& report) {
  Sent& sent = report.sent[delivery.target->program];
  ++(delivery.message.is_question ? sent.questions : sent.events);
}

}  // namespace

Sender::Sender(asio::io_context& io, std::uint32_t messages_per_s, Report& report)
    : io_(io),
      interval_(messages_per_s == 0
                    ? net::Clock::duration::zero()
                    : net::Clock::duration(std::chrono::seconds(1)) / messages_per_s),
      report_(report) {}

// A turn that was missed is not made up for: the rate is never exceeded.
net::Awaitable<void> Sender::wait_for_turn() {
  if (interval_ == net::Clock::duration::zero()) co_return;
  const net::Clock::time_point turn = std::max(next_turn_, net::Clock::now());
  next_turn_ = turn + interval_;
  net::Timer timer(io_.get_executor(), turn);
  co_await timer.async_wait(net::as_result);
}

net::Awaitable<std::optional<http::Answer>> Sender::send(http::Client& client,
                                                         const Delivery& delivery,
                                                         Occasion occasion) {
  co_await wait_for_turn();
  const http::Request request = signed_request(delivery);
  const bool is_question = delivery.message.is_question;
  count_sent(delivery, report_);
  if (occasion == Occasion::repetition) ++report_.repeated;
  const net::Clock::time_point sent_at = net::Clock::now();
  auto answer = co_await client.exchange(request);
  if (!answer) {
    ++unanswered_;
    report_wrong(delivery, answer.error().text, std::nullopt);
    co_return std::nullopt;
  }
  unanswered_ = 0;
  (is_question ? report_.questions : report_.events).add(net::Clock::now() - sent_at);
  ++report_.answers[answer->status];
  if (is_question && occasion == Occasion::first) {
    const Verdict verdict = verdict_of(delivery.target->adapter, *answer);
    report_.approved += verdict == Verdict::approved ? 1U : 0U;
    report_.declined += verdict == Verdict::declined ? 1U : 0U;
  }
  co_return *std::move(answer);
}

net::Awaitable<void> Sender::send_and_hang_up(http::Client& client, const Delivery& delivery) {
  co_await wait_for_turn();
  const http::Request request = signed_request(delivery);
  count_sent(delivery, report_);
  const auto sent = co_await client.send_and_hang_up(request);
  if (!sent) report_wrong(delivery, sent.error().text, std::nullopt);
}

void Sender::report_wrong(const Delivery& delivery, const std::string& what,
                          const std::optional<http::Answer>& answer) {
  WrongAnswer wrong;
  wrong.program = delivery.target->program;
  wrong.life_cycle = delivery.life_cycle;
  wrong.was_question = delivery.message.is_question;
  wrong.what = what;
  wrong.sent = delivery.message.body;
  if (answer) {
    wrong.status = answer->status;
    wrong.body = answer->body;
  }
  report_.add_wrong(std::move(wrong));
}

}  // namespace authd::simulate
