#include "authd/sequencer/sequencer.h"

#include <algorithm>
#include <utility>

#include "authd/daemon/wall_clock.h"
#include "authd/errors/describe.h"
#include "authd/metrics/metrics.h"

namespace authd {

namespace {

// How long an idle sequencer sleeps before it looks after the checkpoint again.
constexpr std::chrono::milliseconds duty_interval{20};

std::string_view name(core::StateFault fault) {
  return fault == core::StateFault::corrupt ? "a stored row is corrupt"
                                            : "a stored row cannot be read";
}

}  // namespace

Sequencer::Sequencer(Environment environment, Options options)
    : to_(std::move(environment)),
      options_(options),
      overlay_rows_(to_.storage.state().overlay_rows()),
      last_time_(to_.storage.last_record_at()),
      thread_([this] { run(); }) {}

Sequencer::~Sequencer() { stop(); }

core::Reason Sequencer::submit(Submission& submission) {
  if (storage_full_.load(std::memory_order_relaxed) ||
      overlay_rows() >= options_.overlay_rows_max) {
    return core::Reason::storage;
  }
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || depth_.load(std::memory_order_relaxed) >= options_.queue_max)
      return core::Reason::overloaded;
    depth_.fetch_add(1, std::memory_order_relaxed);
    was_empty = queue_.empty();
    queue_.push_back(&submission);
  }
  if (was_empty) wake_.notify_one();
  return core::Reason::approved;
}

void Sequencer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Sequencer::run() {
  std::vector<Submission*> taken;
  bool stopping = false;
  while (!stopping) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, duty_interval, [this] { return stopping_ || !queue_.empty(); });
      stopping = stopping_;
      taken.swap(queue_);
    }
    decide_all(taken);
    taken.clear();
    adopt_finished_checkpoint();
    checkpoint_when_due();
  }
  last_checkpoint();
}

void Sequencer::decide_all(std::vector<Submission*>& taken) {
  for (std::size_t begin = 0; begin < taken.size(); begin += options_.batch_max) {
    const std::size_t end = std::min(begin + options_.batch_max, taken.size());
    const core::Timestamp now = next_time();
    for (std::size_t i = begin; i < end; ++i) decide(*taken[i], now);
    flush_and_answer();
  }
}

void Sequencer::decide(Submission& submission, core::Timestamp now) {
  store::Journal& journal = to_.storage.journal();
  const core::Command command = submission.request;
  const auto applied = core::apply(to_.storage.state(), command, {now, journal.next_sequence()});
  if (!applied) return to_.fatal(std::string(name(applied.error())));
  submission.answer = std::get<core::Answer>(applied->outcome);

  if (!applied->changes.empty()) {
    if (!to_.storage.record(command, *applied, now, payload_)) {
      flush_and_answer();  // the batch is full: close it
      if (!to_.storage.record(command, *applied, now, payload_))
        return to_.fatal("the journal takes no more records");
    }
    if (const auto money = store::reserved_money(submission.request, submission.answer.decision)) {
      to_.exposure.approved(submission.request.program, *money);
    }
  }
  decided_.push_back(&submission);
}

void Sequencer::flush_and_answer() {
  const auto flushed = to_.storage.journal().flush();
  if (!flushed) return to_.fatal("the journal cannot be written: " + describe(flushed.error()));
  if (flushed->records > 0)
    to_.metrics.flushed(flushed->duration, flushed->records, flushed->bytes);

  overlay_rows_.store(to_.storage.state().overlay_rows(), std::memory_order_relaxed);
  depth_.fetch_sub(decided_.size(), std::memory_order_relaxed);
  for (Submission* const submission : decided_) wakeups_.add(submission->done);
  decided_.clear();
  wakeups_.flush();
}

void Sequencer::adopt_finished_checkpoint() {
  if (!to_.checkpointer.poll()) return;
  auto table = to_.storage.state().adopt();
  if (!table)
    return to_.fatal("the snapshot cannot be read: " +
                     std::string(store::name(table.error().code)));
  to_.checkpointer.dispose(std::move(*table));
  overlay_rows_.store(to_.storage.state().overlay_rows(), std::memory_order_relaxed);
}

void Sequencer::checkpoint_when_due() {
  store::LiveState& state = to_.storage.state();
  if (state.is_frozen() || state.active_rows() == 0) return;
  const auto now = Clock::now();
  if (state.active_rows() < options_.checkpoint_rows &&
      now - last_checkpoint_ < options_.checkpoint_interval)
    return;
  last_checkpoint_ = now;
  to_.checkpointer.submit(state.freeze(), {to_.drained_sequence.load(std::memory_order_relaxed)});
}

// A clean stop leaves nothing to replay. It is a convenience, so a failing snapshot does not keep
// the daemon: the journal has everything.
void Sequencer::last_checkpoint() {
  store::LiveState& state = to_.storage.state();
  const auto wait_for_checkpoint = [this, &state] {
    while (state.is_frozen() && !to_.checkpointer.status().failing) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      adopt_finished_checkpoint();
    }
  };
  wait_for_checkpoint();
  if (state.is_frozen() || state.active_rows() == 0) return;
  to_.checkpointer.submit(state.freeze(), {to_.drained_sequence.load(std::memory_order_relaxed)});
  wait_for_checkpoint();
}

// Microseconds since 1970, never going back: a clock that is set back stands still in the state
// until it has caught up.
core::Timestamp Sequencer::next_time() noexcept {
  last_time_ = std::max(last_time_, wall_clock_now());
  return last_time_;
}

}  // namespace authd
