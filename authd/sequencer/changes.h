// Changes: commands that do not come from a processor's request: what PostgreSQL says, what the
// wallet API moves. One side owns it and waits, the sequencer applies the commands in order, as one
// batch as far as the journal has room, and calls `durable` once all of it is flushed.

#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "core/apply.h"

namespace authd {

struct Changes {
  std::vector<core::Command> commands;

  // Set when `durable` is called.
  std::vector<core::Outcome> outcomes;  // of each command
  core::Sequence last;  // the ledger has all of it when it has this record, see Drain

  // On the sequencer's thread. Must not block; afterwards the sequencer knows nothing of it.
  std::function<void()> durable;
};

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
