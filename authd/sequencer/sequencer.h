// Sequencer: the one thread that owns the state and decides.
//
// Its duty cycle: take what is queued, read the clock once, decide each request, append a record
// for each state change, write and flush the journal once, only then hand the answers back. Batches
// form by themselves: while one is flushed, the next one queues up. Between batches it hands the
// overlay to the checkpointer when it is due.
//
// An answer that repeats a stored one, or refuses a conflicting one, waits for the same flush: what
// it depends on may be in this very batch.
//
// A request whose deadline has passed is declined as `too_late`, whatever was decided: recorded so
// when it is noticed in the queue; otherwise the next record takes back the approval that nobody
// was told of (Abandon).
//
// An answer `until_ledger` waits, after the flush, until the drain has committed its record. When
// its deadline passes before that, it is too late like any other.
//
// Changes (commands of the mirror and of the wallet API, events of processors) go the same way as
// requests, without a deadline.
//
// Authorizations that have expired are released between batches, a few at a time.
//
// A failed write or flush has an unknown outcome, and a row that cannot be read has no decision:
// `fatal` is called on this thread and must not return. Nobody is answered; recovery and the
// processor's retry find the truth.
//
// Threads: submit and status anywhere; everything else is private to the thread.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "authd/sequencer/changes.h"
#include "authd/sequencer/submission.h"
#include "store/postgres/exposure.h"
#include "store/state/checkpointer.h"
#include "store/state/storage.h"

namespace authd {

class Metrics;

class Sequencer {
 public:
  struct Options {
    std::size_t queue_max = 8'192;
    std::size_t batch_max = 512;
    std::size_t overlay_rows_max = 2'000'000;
    std::size_t checkpoint_rows = 400'000;
    std::chrono::milliseconds checkpoint_interval{10'000};
    std::size_t expiries_per_turn = 64;
    std::chrono::milliseconds expiry_interval{1'000};  // between looks when nothing was due
  };

  // What the sequencer uses; all of it outlives the sequencer.
  struct Environment {
    store::Storage& storage;
    store::Checkpointer& checkpointer;
    store::Exposure& exposure;
    Metrics& metrics;
    const std::atomic<std::uint64_t>&
        drained_sequence;  // what PostgreSQL has confirmed, for the snapshot's header
    std::function<std::chrono::microseconds()> mirror_age;  // since PostgreSQL was last heard of
    std::function<void()> hurry_drain;  // somebody waits for the ledger; from any thread
    std::function<void(const std::string& what)> fatal;
  };

  Sequencer(Environment environment, Options options);
  ~Sequencer();  // stop()
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  // Queues a request; its completion is posted once the answer may be given, see answer_of(). Not
  // taken: the answer is an immediate decline for the returned reason, and nothing is recorded.
  core::Reason submit(Submission& submission);

  // Queues changes. Not taken: for the returned reason; a stopped sequencer is `overloaded`.
  core::Reason submit(Changes& changes);

  // The drain has moved on: drained_sequence says where.
  void ledger_moved();

  // Whether disk or map are too full to take more. Set by whoever watches them.
  void refuse_for_storage(bool full) noexcept {
    storage_full_.store(full, std::memory_order_relaxed);
  }

  // Decides what is queued, flushes, writes a last checkpoint, ends the thread. Submissions made
  // later are not taken.
  void stop();

  std::size_t queue_depth() const noexcept { return depth_.load(std::memory_order_relaxed); }
  std::size_t overlay_rows() const noexcept {
    return overlay_rows_.load(std::memory_order_relaxed);
  }

 private:
  using Clock = std::chrono::steady_clock;

  // One of the two is set.
  struct Queued {
    Submission* submission;
    Changes* changes;
  };
  struct Decided {
    Submission* submission;
    bool approved_now;  // by this very command, so that it can be taken back
  };
  struct Waiting {
    Decided decided;
    core::Sequence record;  // the ledger must have
  };

  void run();
  core::Reason enqueue(Queued queued);
  void decide_all(std::vector<Queued>& taken);
  void decide(Submission& submission);
  void apply_all(Changes& changes);
  core::Moment moment();
  core::Moment moment_of(const Submission& submission);
  bool apply(const core::Command& command, const core::Moment& moment);
  void count(const core::Request& request);
  void flush_and_answer();
  void answer(Decided decided, Clock::time_point now);
  void answer_drained();
  void answer_waiting(const Waiting& waiting, Clock::time_point now);
  bool repeats_abandoned(const Submission& submission) const;
  void take_back_abandoned();
  void expire_due();
  void checkpoint_when_due();
  void adopt_finished_checkpoint();
  void last_checkpoint();
  core::Timestamp next_time() noexcept;

  Environment to_;
  const Options options_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Queued> queue_;  // under mutex_
  bool stopping_ = false;      // under mutex_
  bool ledger_moved_ = false;  // under mutex_
  std::atomic<std::size_t> depth_{0};
  std::atomic<std::size_t> overlay_rows_{0};
  std::atomic<bool> storage_full_{false};

  // The thread's own.
  std::vector<std::byte> payload_;
  core::Applied applied_;
  std::vector<Decided> decided_;          // waiting for the flush
  std::vector<Changes*> changed_;         // likewise
  std::deque<Waiting> waiting_;           // for the ledger, in the order of their records
  std::vector<core::Abandon> abandoned_;  // approvals that nobody was told of
  core::Timestamp now_;                   // of the batch
  net::Wakeups wakeups_;
  core::Timestamp last_time_;
  Clock::time_point last_checkpoint_ = Clock::now();
  Clock::time_point next_expiry_ = Clock::now();

  std::thread thread_;  // last: it uses everything above
};

}  // namespace authd
