#include "authd/net/completion.h"

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
  while (!waiting_.empty()) waiting_.front().stop_waiting();
}

void Completion::start_wait(Handler handler) {
  if (state_ == State::done) {  // the other thread was faster than the coroutine
    asio::post(mailbox_.network_thread_, std::move(handler));
    return;
  }
  AUTHD_ASSERT(state_ == State::idle);
  state_ = State::waiting;
  handler_.swap(handler);  // move assignment recurses without end in Boost 1.81
  mailbox_.waiting_.push_back(*this);
}

void Completion::finish() {
  AUTHD_ASSERT(state_ != State::done);
  if (state_ == State::waiting) {
    std::move(stop_waiting())();  // may destroy this
  } else {
    state_ = State::done;
  }
}

Completion::Handler Completion::stop_waiting() noexcept {
  mailbox_.waiting_.erase(mailbox_.waiting_.iterator_to(*this));
  state_ = State::done;
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
