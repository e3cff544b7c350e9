#include "authd/net/completion.h"

#include <boost/asio/append.hpp>
#include <boost/asio/post.hpp>

namespace authd::net {

void Mailbox::post(CompletionList& list) {
  if (list.empty()) return;
  bool on_its_way = false;
  {
    const std::lock_guard lock(mutex_);
    on_its_way = !posted_.empty();
    posted_.splice_after(posted_.last(), list);
  }
  if (!on_its_way) asio::post(network_thread_, [this] { deliver(); });
}

void Mailbox::deliver() {
  CompletionList list;
  {
    const std::lock_guard lock(mutex_);
    list.swap(posted_);
  }
  while (!list.empty()) {
    Completion& completion = list.front();
    list.pop_front();
    completion.finish();
  }
}

void Mailbox::abandon() noexcept {
  // A handler that is destroyed leaves its coroutine to the io_context, whose destructor destroys
  // it.
  while (!waiting_.empty()) waiting_.front().stop_waiting(Completion::State::done);
}

void Mailbox::look_after_deadlines() {
  if (timer_runs_) return;
  timer_runs_ = true;
  timer_.expires_after(deadline_step);
  timer_.async_wait([this](const boost::system::error_code& error) {
    timer_runs_ = false;
    if (!error) pass_deadlines();
  });
}

void Mailbox::pass_deadlines() {
  const Clock::time_point now = Clock::now();
  bool more = false;
  for (auto next = waiting_.begin(); next != waiting_.end();) {
    Completion& completion = *next++;  // it may leave the list
    if (completion.deadline_ <= now) {
      completion.pass_deadline();
    } else if (completion.deadline_ != Clock::time_point::max()) {
      more = true;
    }
  }
  if (more) look_after_deadlines();
}

void Completion::start_wait(Handler handler, Clock::time_point deadline) {
  if (state_ == State::done) {  // the other thread was faster than the coroutine
    asio::post(mailbox_.network_thread_, asio::append(std::move(handler), true));
    return;
  }
  AUTHD_ASSERT(state_ == State::idle);
  state_ = State::waiting;
  handler_.swap(handler);  // move assignment recurses without end in Boost 1.81
  deadline_ = deadline;
  mailbox_.waiting_.push_back(*this);
  if (deadline != Clock::time_point::max()) mailbox_.look_after_deadlines();
}

void Completion::finish() {
  AUTHD_ASSERT(state_ != State::done);
  if (state_ == State::waiting) {
    std::move(stop_waiting(State::done))(true);  // may destroy this
  } else {
    state_ = State::done;
  }
}

// Resumed by way of the executor: what the coroutine does next may end other waits, and this is
// called while their list is walked.
void Completion::pass_deadline() {
  asio::post(mailbox_.network_thread_, asio::append(stop_waiting(State::idle), false));
}

Completion::Handler Completion::stop_waiting(State next) noexcept {
  mailbox_.waiting_.erase(mailbox_.waiting_.iterator_to(*this));
  state_ = next;
  return std::move(handler_);
}

void Wakeups::add(Completion& completion) {
  for (Bundle& bundle : bundles_) {
    if (bundle.mailbox == &completion.mailbox_) return bundle.list.push_back(completion);
  }
  bundles_.push_back({&completion.mailbox_, {}});
  bundles_.back().list.push_back(completion);
}

void Wakeups::flush() {
  for (Bundle& bundle : bundles_) bundle.mailbox->post(bundle.list);
}

}  // namespace authd::net
