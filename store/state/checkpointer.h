// Checkpointer: folds frozen overlay tables into the snapshot, one at a time, on a thread of its
// own.
//
// The sequencer hands a frozen table over with submit() and asks poll() between batches. Large
// tables are written in several transactions with a pause between them: LMDB's writes compete with
// the journal's flushes for the disk. A failed checkpoint loses nothing (the overlay and the
// journal hold the rows); it is tried again after a pause, and the overlay's bound makes the daemon
// shed load when that goes on.
//
// Threads: submit, poll and dispose on the sequencer; status anywhere.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "store/state/snapshot.h"

namespace authd::store {

class Checkpointer {
 public:
  struct Options {
    std::chrono::milliseconds pause_between_transactions{20};
    std::chrono::milliseconds pause_after_failure{1000};
  };

  struct Status {
    core::Sequence applied;         // what the snapshot holds
    std::uint64_t checkpoints = 0;  // written since the start
    std::uint64_t failures = 0;     // since the start
    std::chrono::microseconds last_duration{};
    std::optional<SnapshotError> failing;  // why the current checkpoint does not get through
  };

  // `snapshot` outlives the checkpointer; nobody else writes to it meanwhile.
  Checkpointer(Snapshot& snapshot, SnapshotHeader start, Options options);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // Takes a frozen table to write. Not while another one is under way. `drained`: what PostgreSQL
  // has confirmed.
  void submit(std::shared_ptr<const Table> table, core::Sequence drained);

  // Whether the submitted table is in the snapshot, durably. True once for each.
  bool poll() noexcept { return done_.exchange(false, std::memory_order_acquire); }

  // Frees a table on this thread instead of the caller's.
  void dispose(std::shared_ptr<const Table> table);

  Status status() const;

 private:
  void run(const std::stop_token& stop);
  bool write(const Table& table, core::Sequence drained, const std::stop_token& stop);

  Snapshot& snapshot_;
  const Options options_;
  std::atomic<bool> done_{false};

  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::shared_ptr<const Table> submitted_;
  std::shared_ptr<const Table> disposed_;
  core::Sequence drained_;
  Status status_;

  std::jthread thread_;  // last: it uses everything above
};

}  // namespace authd::store
