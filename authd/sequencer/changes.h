// Changes: commands that nobody waits to be decided: what PostgreSQL says, what the wallet API
// moves, what processors tell. One side owns it and waits, the sequencer applies the commands in
// order, as one batch as far as the journal has room, and says when all of it is flushed.

#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "authd/net/completion.h"
#include "core/apply.h"

namespace authd {

class Sequencer;

struct Changes {
  std::vector<core::Command> commands;

  // Set when it is durable.
  std::vector<core::Outcome> outcomes;  // of each command
  core::Sequence last;  // the ledger has all of it when it has this record, see Drain

  // One of the two says so; afterwards the sequencer knows nothing of it. `durable` is called on
  // the sequencer's thread and must not block; see durably() for `done`.
  std::function<void()> durable;
  net::Completion* done = nullptr;
};

// Has the sequencer apply the changes and waits on a network thread until they are durable. Not
// taken: for the returned reason.
net::Awaitable<core::Reason> durably(Sequencer& sequencer, Changes& changes, net::Mailbox& mailbox);

// Makes `durable` of the changes wake a thread that waits here.
class ChangesDone {
 public:
  explicit ChangesDone(Changes& changes) {
    changes.durable = [this] {
      // Under the lock: the waiter may destroy this as soon as it has seen `done_`.
      const std::lock_guard lock(mutex_);
      done_ = true;
      wake_.notify_one();
    };
  }
  void wait() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return done_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
};

}  // namespace authd
