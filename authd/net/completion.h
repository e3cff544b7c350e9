// Completion: how a request that is served on a network thread waits for another thread.
//
//   Completion done(request.mailbox);      // where both threads can reach it
//   queue.push({..., &done, &result});     // hand it over
//   co_await done.wait(deadline);          // until the other thread has filled the result and
//                                          // posted `done`, or the deadline has passed
//
// The other thread finishes work in batches. Waking a network thread costs a lock and a write to an
// eventfd, so it gathers the completions of a batch in a Wakeups and wakes every network thread
// once. Deadlines are looked after by one timer a network thread, so they are kept to within
// `Mailbox::deadline_step`.
//
// Threads: wait() on the network thread of the mailbox; Wakeups on any one other thread. What the
// other thread wrote before flush() is visible after wait() has said true.
// Lifetime: the other thread must not touch a completion after the flush() that posts it.
// Server::stop() may give up on coroutines that still wait; it keeps them until the Server is
// destroyed, so destroy the Server after whoever completes has stopped.
// Cost: nothing but what Asio recycles is allocated.

#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/slist.hpp>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "authd/net/io.h"
#include "core/assert.h"

namespace authd::net {

class Mailbox;

class Completion
    : public boost::intrusive::slist_base_hook<>,  // of whoever completes, then of the mailbox
      public boost::intrusive::list_base_hook<> {  // of those that wait
 public:
  explicit Completion(Mailbox& mailbox) noexcept : mailbox_(mailbox) {}
  ~Completion() { AUTHD_ASSERT(state_ != State::waiting); }
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;

  // To be awaited at once. True: it was posted. False: the deadline has passed before that; it may
  // be waited for again.
  auto wait(Clock::time_point deadline = Clock::time_point::max()) {
    return asio::async_initiate<const asio::deferred_t&, void(bool)>(
        [this, deadline](auto&& handler) {
          start_wait(Handler(std::forward<decltype(handler)>(handler)), deadline);
        },
        asio::deferred);
  }

 private:
  friend class Mailbox;
  friend class Wakeups;
  using Handler = asio::any_completion_handler<void(bool)>;
  enum class State : std::uint8_t { idle, waiting, done };

  void start_wait(Handler handler, Clock::time_point deadline);
  void finish();
  void pass_deadline();
  Handler stop_waiting(State next) noexcept;

  Mailbox& mailbox_;
  Handler handler_;
  Clock::time_point deadline_;
  State state_ = State::idle;
};

using CompletionList = boost::intrusive::slist<Completion, boost::intrusive::cache_last<true>,
                                               boost::intrusive::constant_time_size<false>>;

// Where other threads leave the completions of one network thread.
class Mailbox {
 public:
  static constexpr std::chrono::milliseconds deadline_step{5};

  explicit Mailbox(const Executor& network_thread)
      : network_thread_(network_thread), timer_(network_thread) {}
  ~Mailbox() { abandon(); }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Takes all of `list`; wakes the network thread unless it is on its way already.
  void post(CompletionList& list);

  // Lets the coroutines that wait be destroyed with their io_context. Only when the network thread
  // runs no more.
  void abandon() noexcept;

 private:
  friend class Completion;
  using WaitingList =
      boost::intrusive::list<Completion, boost::intrusive::constant_time_size<false>>;

  void deliver();
  void look_after_deadlines();
  void pass_deadlines();

  const Executor network_thread_;
  Timer timer_;  // network thread only, like the next two
  bool timer_runs_ = false;
  WaitingList waiting_;
  std::mutex mutex_;
  CompletionList posted_;  // under mutex_
};

// The completions of one batch, by the network thread they belong to.
class Wakeups {
 public:
  void add(Completion& completion);
  void flush();  // what was added may be gone when this returns

 private:
  struct Bundle {
    Mailbox* mailbox;
    CompletionList list;
  };
  std::vector<Bundle> bundles_;  // one a network thread: few
};

}  // namespace authd::net
