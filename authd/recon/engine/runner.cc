#include "authd/recon/engine/runner.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "authd/recon/engine/run_file.h"

namespace authd::recon {

using core::Result;
using store::PgError;

Runner::Runner(const Suppliers& suppliers, Options options)
    : suppliers_(suppliers), options_(std::move(options)) {
  threads_.emplace_back([this](const std::stop_token& stop) { look(stop); });
  for (std::int32_t i = 0; i < std::max(1, suppliers.runs_at_once); ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

Runner::~Runner() { stop(); }

void Runner::stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  for (std::jthread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Runner::wake() {
  const std::lock_guard lock(mutex_);
  is_woken_ = true;
  to_look_.notify_one();
}

RunnerStatus Runner::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Runner::lengthen(Pause& pause) const {
  pause.next = std::clamp(pause.next * 2, options_.pause_min, options_.pause_max);
  pause.until = Clock::now() + pause.next;
}

// ---------------------------------------------------------------------------------------------
// The looker

void Runner::look(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto looked = look_once(stop);
    std::unique_lock lock(mutex_);
    if (looked) {
      connecting_ = {};
      status_.last_error.clear();
    } else {
      connection_.reset();
      lengthen(connecting_);
      if (std::exchange(status_.last_error, looked.error().message) != looked.error().message)
        spdlog::warn("reconciliation: PostgreSQL: {}", looked.error().message);
    }
    wait(lock, stop);
  }
}

// Until there is something to look for. After an error the whole pause, whoever calls.
void Runner::wait(std::unique_lock<std::mutex>& lock, const std::stop_token& stop) {
  if (!connection_) {
    to_look_.wait_until(lock, stop, connecting_.until, [] { return false; });
    return;
  }
  const Clock::time_point now = Clock::now();
  Clock::time_point until = now + options_.look_every;
  for (const auto& [supplier, pause] : pauses_) {
    if (pause.until > now) until = std::min(until, pause.until);
  }
  to_look_.wait_until(lock, stop, until, [this] { return is_woken_; });
}

Result<void, PgError> Runner::look_once(const std::stop_token& stop) {
  if (!connection_) {
    store::Connection::Options options = options_.connection;
    options.stop = stop;
    AUTHD_TRY(connection, connect_for_recon(options));
    connection_.emplace(std::move(connection));
    AUTHD_TRY_VOID(read_last_done());
  }
  for (bool again = true; again;) {
    std::set<const Supplier*> busy;
    {
      const std::lock_guard lock(mutex_);
      is_woken_ = false;
      busy = busy_;
    }
    AUTHD_TRY_VOID(report_ended());
    AUTHD_TRY(runs, pending(*connection_));
    AUTHD_TRY(has_failed_some, hand_out(runs, busy));
    again = has_failed_some;
  }
  return {};
}

// `busy`: suppliers that were at work before `runs` was read, where a run may have ended since.
// True: some runs were ended, and others may have become the oldest.
Result<bool, PgError> Runner::hand_out(const std::vector<PendingRun>& runs,
                                       const std::set<const Supplier*>& busy) {
  bool has_failed_some = false;
  std::uint64_t waiting = 0;
  for (const PendingRun& run : runs) {
    waiting += static_cast<std::uint64_t>(run.waiting);
    const Supplier* const supplier = suppliers_.find(run.supplier);
    if (supplier != nullptr && (busy.contains(supplier) || is_pausing(supplier))) continue;
    AUTHD_TRY(handed_out, hand_out(run, supplier));
    has_failed_some = has_failed_some || !handed_out;
  }
  const std::lock_guard lock(mutex_);
  status_.queued = waiting - std::min<std::uint64_t>(waiting, busy_.size());
  return has_failed_some;
}

bool Runner::is_pausing(const Supplier* supplier) const {
  const std::lock_guard lock(mutex_);
  const auto pause = pauses_.find(supplier);
  return pause != pauses_.end() && pause->second.until > Clock::now();
}

// False: it cannot be performed and has failed.
Result<bool, PgError> Runner::hand_out(const PendingRun& run, const Supplier* supplier) {
  const auto file = supplier == nullptr
                        ? core::Unexpected{"the configuration has no supplier " + run.supplier}
                        : locate_file(run, *supplier);
  if (!file) {
    spdlog::warn("reconciliation: run {} of {} fails: {}", run.id, run.supplier, file.error());
    AUTHD_TRY_VOID(fail(*connection_, run.id, file.error()));
    const std::lock_guard lock(mutex_);
    ended_.push_back(run.id);
    return false;
  }
  if (run.file_path.empty()) AUTHD_TRY_VOID(set_file_path(*connection_, run.id, *file));
  const std::lock_guard lock(mutex_);
  busy_.insert(supplier);
  jobs_.emplace(run.id, supplier);
  to_work_.notify_one();
  return true;
}

Result<void, PgError> Runner::read_last_done() {
  AUTHD_TRY(rows, connection_->exec(
                      "SELECT s.name, r.finished_at FROM authd.recon_supplier AS s"
                      " CROSS JOIN LATERAL (SELECT finished_at FROM authd.recon_run"
                      "   WHERE supplier_id = s.id AND state = 5 AND finished_at IS NOT NULL"
                      "   ORDER BY id DESC LIMIT 1) AS r",
                      store::PgParams()));
  const std::lock_guard lock(mutex_);
  for (int row = 0; row < rows.rows(); ++row) {
    status_.last_done[std::string(rows.text(row, 0))] = rows.time(row, 1);
  }
  return {};
}

Result<void, PgError> Runner::report_ended() {
  for (;;) {
    std::int64_t run = 0;
    {
      const std::lock_guard lock(mutex_);
      if (ended_.empty()) return {};
      run = ended_.front();
    }
    AUTHD_TRY(row, connection_->exec(
                       "SELECT s.name, r.state, coalesce(r.lines, 0), coalesce(r.exceptions, 0),"
                       "       coalesce((extract(epoch FROM r.finished_at - r.started_at)"
                       "                 * 1000000)::bigint, 0),"
                       "       coalesce(r.finished_at, now())"
                       "  FROM authd.recon_run AS r JOIN authd.recon_supplier AS s"
                       "       ON s.id = r.supplier_id WHERE r.id = $1",
                       store::PgParams().number(run)));
    EndedRun ended;
    {
      const std::lock_guard lock(mutex_);
      ended_.erase(ended_.begin());
      if (row.rows() == 0) continue;
      ended = {run,
               std::string(row.text(0, 0)),
               static_cast<RunState>(row.number<std::int16_t>(0, 1)),
               row.number<std::int64_t>(0, 2),
               row.number<std::int64_t>(0, 3),
               std::chrono::microseconds(row.number<std::int64_t>(0, 4))};
      if (ended.state == RunState::done) status_.last_done[ended.supplier] = row.time(0, 5);
    }
    if (options_.on_ended) options_.on_ended(ended);
  }
}

// ---------------------------------------------------------------------------------------------
// The workers

void Runner::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (to_work_.wait(lock, stop, [this] { return !jobs_.empty(); })) {
    if (stop.stop_requested()) return;
    const auto [run, supplier] = *jobs_.begin();
    jobs_.erase(jobs_.begin());
    status_.running += 1;
    lock.unlock();
    const auto result = options_.perform(run, *supplier, options_.engine, stop);
    if (!result && !stop.stop_requested()) {
      spdlog::warn("reconciliation: run {} of {} was interrupted: {}", run, supplier->name,
                   result.error().message);
    }
    lock.lock();
    status_.running -= 1;
    finished(run, supplier, result);
  }
}

void Runner::finished(std::int64_t run, const Supplier* supplier,
                      const Result<std::optional<RunState>, PgError>& result) {
  busy_.erase(supplier);
  if (!result) {
    lengthen(pauses_[supplier]);
  } else if (!*result) {
    pauses_[supplier] = {Clock::now() + options_.look_every, {}};
  } else {
    pauses_.erase(supplier);
    ended_.push_back(run);
  }
  is_woken_ = true;
  to_look_.notify_one();
}

}  // namespace authd::recon
