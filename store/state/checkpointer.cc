#include "store/state/checkpointer.h"

#include <sys/resource.h>

#include <utility>

namespace authd::store {

namespace {

// The checkpoint may take its time; decisions may not.
void lower_priority_of_this_thread() {
  constexpr int background_nice = 10;
  setpriority(PRIO_PROCESS, 0, background_nice);  // on Linux 0 is the calling thread
}

Checkpointer::Status status_at(const SnapshotHeader& start) {
  Checkpointer::Status status;
  status.applied = start.applied;
  return status;
}

}  // namespace

Checkpointer::Checkpointer(Snapshot& snapshot, SnapshotHeader start, Options options)
    : snapshot_(snapshot),
      options_(options),
      status_(status_at(start)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Checkpointer::~Checkpointer() {
  thread_.request_stop();
  thread_.join();
}

void Checkpointer::submit(std::shared_ptr<const Table> table, core::Sequence drained) {
  const std::lock_guard lock(mutex_);
  AUTHD_ASSERT(!submitted_);
  submitted_ = std::move(table);
  drained_ = drained;
  wake_.notify_one();
}

void Checkpointer::dispose(std::shared_ptr<const Table> table) {
  const std::lock_guard lock(mutex_);
  disposed_ = std::move(table);
  wake_.notify_one();
}

Checkpointer::Status Checkpointer::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Checkpointer::run(const std::stop_token& stop) {
  lower_priority_of_this_thread();
  std::unique_lock lock(mutex_);
  while (wake_.wait(lock, stop, [this] { return submitted_ || disposed_; }) &&
         !stop.stop_requested()) {
    const auto freed = std::exchange(disposed_, nullptr);
    const auto table = submitted_;
    const core::Sequence drained = drained_;
    lock.unlock();
    const bool written = table && write(*table, drained, stop);
    lock.lock();
    if (written) {
      submitted_ = nullptr;
      done_.store(true, std::memory_order_release);
    }
  }
}

bool Checkpointer::write(const Table& table, core::Sequence drained, const std::stop_token& stop) {
  const auto begin = std::chrono::steady_clock::now();
  const auto pause = [&](std::chrono::milliseconds duration) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, duration, [] { return false; });
  };
  const auto rows = table.sorted();
  // A table that was frozen holds records, so there is a journal.
  const SnapshotHeader header{table.last_sequence(), table.last_at(), drained, true};
  const auto written =
      snapshot_.write(rows, header, [&] { pause(options_.pause_between_transactions); });
  if (!written) {
    {
      const std::lock_guard lock(mutex_);
      status_.failures += 1;
      status_.failing = written.error();
    }
    pause(options_.pause_after_failure);
    return false;
  }
  const std::lock_guard lock(mutex_);
  status_.applied = table.last_sequence();
  status_.checkpoints += 1;
  status_.failing.reset();
  status_.last_duration = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - begin);
  return true;
}

}  // namespace authd::store
