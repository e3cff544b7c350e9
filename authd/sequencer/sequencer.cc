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

core::Reason Sequencer::submit(Submission& submission) { return enqueue({&submission, nullptr}); }
core::Reason Sequencer::submit(Changes& changes) { return enqueue({nullptr, &changes}); }

core::Reason Sequencer::enqueue(Queued queued) {
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
    queue_.push_back(queued);
  }
  if (was_empty) wake_.notify_one();
  return core::Reason::approved;
}

void Sequencer::ledger_moved() {
  {
    const std::lock_guard lock(mutex_);
    ledger_moved_ = true;
  }
  wake_.notify_one();
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
  std::vector<Queued> taken;
  bool stopping = false;
  while (!stopping) {
    {
      std::unique_lock lock(mutex_);
      const auto wait = abandoned_.empty() ? duty_interval : std::chrono::milliseconds(0);
      wake_.wait_for(lock, wait, [this] { return stopping_ || ledger_moved_ || !queue_.empty(); });
      stopping = stopping_;
      ledger_moved_ = false;
      taken.swap(queue_);
    }
    decide_all(taken);
    taken.clear();
    answer_drained();
    expire_due();
    adopt_finished_checkpoint();
    checkpoint_when_due();
  }
  for (const Waiting& waiting : waiting_) answer_waiting(waiting, Clock::time_point::max());
  wakeups_.flush();
  take_back_abandoned();
  last_checkpoint();
}

void Sequencer::decide_all(std::vector<Queued>& taken) {
  for (std::size_t begin = 0; begin < taken.size(); begin += options_.batch_max) {
    const std::size_t end = std::min(begin + options_.batch_max, taken.size());
    now_ = next_time();
    for (std::size_t i = begin; i < end; ++i) {
      taken[i].submission != nullptr ? decide(*taken[i].submission) : apply_all(*taken[i].changes);
    }
    flush_and_answer();
    take_back_abandoned();  // before the next batch can repeat one of them
  }
}

core::Moment Sequencer::moment() {
  return {now_, to_.storage.journal().next_sequence(), 0, 0, false};
}

core::Moment Sequencer::moment_of(const Submission& submission) {
  core::Moment at = moment();
  const core::Request& request = submission.asked();
  const core::Program* const program = to_.storage.state().program(request.program);
  if (program == nullptr) return at;
  if (!program->exposure_limits.empty()) {
    at.exposure_minor = to_.exposure.outstanding(request.program, request.amount.currency);
  }
  if (program->mirror_age_max_us) at.mirror_age_us = to_.mirror_age().count();
  return at;
}

// Decides the command and takes its record into the batch. False: nothing was to be recorded.
bool Sequencer::apply(const core::Command& command, const core::Moment& at) {
  if (const auto done = core::apply(to_.storage.state(), command, at, applied_); !done) {
    to_.fatal(std::string(name(done.error())));
    return false;
  }
  if (applied_.rows.empty()) return false;
  if (!to_.storage.record(command, at, applied_, payload_)) {
    flush_and_answer();  // the batch is full: close it
    if (!to_.storage.record(command, at, applied_, payload_)) {
      to_.fatal("the journal takes no more records");
    }
  }
  return true;
}

void Sequencer::decide(Submission& submission) {
  core::Moment at = moment_of(submission);
  at.past_deadline = submission.fate.load(std::memory_order_relaxed) != Submission::Fate::waiting ||
                     Clock::now() >= submission.deadline;
  const bool recorded = apply(submission.request, at);
  submission.answer = std::get<core::Answer>(applied_.outcome);
  if (recorded) count(submission.asked());
  decided_.push_back({&submission, recorded && submission.answer.decision.is_approved()});
}

void Sequencer::apply_all(Changes& changes) {
  changes.outcomes.reserve(changes.commands.size());
  for (const core::Command& command : changes.commands) {
    const bool recorded = apply(command, moment());
    const auto* const event = std::get_if<core::Event>(&command);
    if (recorded && event != nullptr) {
      to_.metrics.booked(event->program, std::get<core::Booking>(applied_.outcome));
    }
    changes.outcomes.push_back(applied_.outcome);
  }
  changed_.push_back(&changes);
}

void Sequencer::count(const core::Request& request) {
  const auto& answer = std::get<core::Answer>(applied_.outcome);
  if (const auto money = store::reserved_money(request, answer.decision)) {
    to_.exposure.approved(request.program, *money);
  }
  for (const core::Finding& finding : applied_.explanation.findings) {
    if (finding.mode == core::Mode::shadow && !finding.passed) {
      to_.metrics.shadow_declined(request.program, finding);
    }
  }
}

void Sequencer::flush_and_answer() {
  const auto flushed = to_.storage.journal().flush();
  if (!flushed) return to_.fatal("the journal cannot be written: " + describe(flushed.error()));
  if (flushed->records > 0)
    to_.metrics.flushed(flushed->duration, flushed->records, flushed->bytes);

  overlay_rows_.store(to_.storage.state().overlay_rows(), std::memory_order_relaxed);
  depth_.fetch_sub(decided_.size() + changed_.size(), std::memory_order_relaxed);
  const core::Sequence last{to_.storage.journal().next_sequence().value - 1};
  const auto now = Clock::now();
  bool hurry = false;
  for (const Decided& decided : decided_) {
    const bool waits = decided.submission->until_ledger &&
                       decided.submission->answer.origin != core::Answer::Origin::refused;
    waits ? waiting_.push_back({decided, last}) : answer(decided, now);
    hurry = hurry || waits;
  }
  decided_.clear();
  for (Changes* const changes : changed_) {
    changes->last = last;
    if (changes->done != nullptr) {
      wakeups_.add(*changes->done);
    } else {
      changes->durable();  // it may be gone now
    }
  }
  changed_.clear();
  wakeups_.flush();
  if (hurry) to_.hurry_drain();
}

// The record is durable: the answer may go, if it still can.
void Sequencer::answer(Decided decided, Clock::time_point now) {
  Submission& submission = *decided.submission;
  const core::Request& request = submission.asked();
  const bool late = now >= submission.deadline;
  if ((late && decided.approved_now) || repeats_abandoned(submission)) {
    submission.answer = Submission::too_late(request);
  }
  const bool waits =
      submission.fate.exchange(Submission::Fate::answered) == Submission::Fate::waiting;
  if (decided.approved_now && (late || !waits)) {
    abandoned_.push_back({request.program, request.message});
  }
  if (waits) {
    wakeups_.add(submission.done);
  } else {
    const std::unique_ptr<Submission> nobody_waits(&submission);
  }
}

// Answers what the ledger has by now, and what has waited for too long.
void Sequencer::answer_drained() {
  if (waiting_.empty()) return;
  const std::uint64_t drained = to_.drained_sequence.load(std::memory_order_acquire);
  const auto now = Clock::now();
  const auto is_over = [&](const Waiting& waiting) {
    const Submission& submission = *waiting.decided.submission;
    return waiting.record.value <= drained || now >= submission.deadline ||
           submission.fate.load(std::memory_order_relaxed) != Submission::Fate::waiting;
  };
  const auto over = std::stable_partition(waiting_.begin(), waiting_.end(),
                                          [&](const Waiting& w) { return !is_over(w); });
  for (auto waiting = over; waiting != waiting_.end(); ++waiting) answer_waiting(*waiting, now);
  waiting_.erase(over, waiting_.end());
  wakeups_.flush();
  take_back_abandoned();
}

void Sequencer::answer_waiting(const Waiting& waiting, Clock::time_point now) {
  Submission& submission = *waiting.decided.submission;
  if (submission.answer.origin == core::Answer::Origin::repeated) {
    // What it repeats may have been taken back meanwhile: the state knows.
    now_ = next_time();
    apply(submission.request, moment_of(submission));
    submission.answer = std::get<core::Answer>(applied_.outcome);
  }
  answer(waiting.decided, now);
}

// Whether it repeats, in the same batch, an approval that was too late.
bool Sequencer::repeats_abandoned(const Submission& submission) const {
  if (submission.answer.origin != core::Answer::Origin::repeated) return false;
  const core::Request& request = submission.asked();
  return std::find(abandoned_.begin(), abandoned_.end(),
                   core::Abandon{request.program, request.message}) != abandoned_.end();
}

void Sequencer::take_back_abandoned() {
  if (abandoned_.empty()) return;
  now_ = next_time();
  for (const core::Abandon& abandon : std::exchange(abandoned_, {})) {
    if (apply(abandon, moment())) {
      to_.metrics.booked(abandon.program, std::get<core::Booking>(applied_.outcome));
    }
  }
  flush_and_answer();
}

void Sequencer::expire_due() {
  if (Clock::now() < next_expiry_) return;
  now_ = next_time();
  std::size_t released = 0;
  while (released < options_.expiries_per_turn && apply(core::ExpireNext{}, moment())) ++released;
  if (released > 0) flush_and_answer();
  to_.metrics.expired(released);
  if (released < options_.expiries_per_turn) next_expiry_ = Clock::now() + options_.expiry_interval;
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
