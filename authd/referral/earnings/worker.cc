#include "authd/referral/earnings/worker.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "authd/referral/session.h"

namespace authd::referral {

using core::Result;
using core::Unexpected;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using store::PgError;

namespace {

constexpr const char* read_lags = R"(
SELECT s.shard, coalesce(m.seq, 0), s.drained_seq
  FROM authd.shard AS s LEFT JOIN authd.referral_mark AS m USING (shard) ORDER BY s.shard)";

std::string describe(const PgError& error) {
  std::string text(name(error.code));
  if (!error.state().empty()) text.append(" ").append(error.state());
  return text.append(": ").append(error.message);
}

}  // namespace

EarningsWorker::EarningsWorker(Options options)
    : options_(std::move(options)),
      duty_(options_.duty_percent, options_.duty_look_every),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

EarningsWorker::~EarningsWorker() { stop(); }

void EarningsWorker::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void EarningsWorker::wake() {
  const std::lock_guard lock(mutex_);
  is_woken_ = true;
  changed_.notify_one();
}

EarningsStatus EarningsWorker::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void EarningsWorker::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto has_more = round(stop);
    if (stop.stop_requested()) return;
    if (has_more) {
      connecting_ = {};
    } else {
      connection_.reset();
      lengthen(connecting_, describe(has_more.error()), "PostgreSQL");
    }
    report_errors();
    if (!has_more || !*has_more) wait(stop);
  }
}

// One batch of each shard that has something to read. True: some of them have more of it.
Result<bool, PgError> EarningsWorker::round(const std::stop_token& stop) {
  if (!connection_) AUTHD_TRY_VOID(connect(stop));
  {
    const std::lock_guard lock(mutex_);
    is_woken_ = false;
  }
  AUTHD_TRY(all, lags());
  bool has_more = false;
  for (const Lag& lag : all) {
    if (lag.mark >= lag.drained || stop.stop_requested()) continue;
    if (const auto pause = refused_.find(lag.shard);
        pause != refused_.end() && pause->second.until > Clock::now()) {
      continue;
    }
    const Clock::time_point begun = Clock::now();
    AUTHD_TRY(has_more_here, earn(lag, stop));
    has_more = has_more || has_more_here;
    if (has_more_here) rest(Clock::now() - begun, stop);
  }
  if (!has_more) duty_.caught_up();
  return has_more;
}

Result<void, PgError> EarningsWorker::connect(const std::stop_token& stop) {
  store::Connection::Options options = options_.connection;
  options.application_name = "authd referral earnings";
  options.stop = stop;
  AUTHD_TRY(connection, connect_for_referral(options));
  AUTHD_TRY_VOID(prepare_earnings(connection));
  connection_.emplace(std::move(connection));
  return {};
}

Result<std::vector<EarningsWorker::Lag>, PgError> EarningsWorker::lags() {
  AUTHD_TRY(rows, connection_->exec(read_lags, store::PgParams()));
  std::vector<Lag> all;
  std::int64_t records = 0;
  for (int row = 0; row < rows.rows(); ++row) {
    all.push_back({rows.number<std::int32_t>(row, 0), rows.number<std::int64_t>(row, 1),
                   rows.number<std::int64_t>(row, 2)});
    records += std::max(all.back().drained - all.back().mark, std::int64_t{0});
  }
  duty_.look(records, Clock::now());
  const std::lock_guard lock(mutex_);
  status_.duty_percent = duty_.percent();
  status_.lag_records = records;
  status_.is_connected = true;
  return all;
}

// An error is one of the connection: the others stop this shard alone.
Result<bool, PgError> EarningsWorker::earn(const Lag& lag, const std::stop_token& stop) {
  const Clock::time_point begun = Clock::now();
  const auto report = earn_batch(*connection_, lag.shard, options_.batch_entries);
  if (!report) {
    if (connection_->is_broken() || report.error().code == PgError::Code::timeout ||
        stop.stop_requested()) {
      return Unexpected{report.error()};
    }
    lengthen(refused_[lag.shard], describe(report.error()),
             "shard " + std::to_string(lag.shard) + ", records " + std::to_string(lag.mark + 1) +
                 " to " + std::to_string(std::min(lag.drained, lag.mark + records_max)));
    return false;
  }
  refused_.erase(lag.shard);
  const std::lock_guard lock(mutex_);
  status_.entries += static_cast<std::uint64_t>(report->entries);
  status_.earnings += static_cast<std::uint64_t>(report->earnings);
  status_.batches += 1;
  status_.working += duration_cast<microseconds>(Clock::now() - begun);
  status_.lag_records = std::max(status_.lag_records - (report->mark - lag.mark), std::int64_t{0});
  return !report->is_caught_up;
}

void EarningsWorker::rest(Clock::duration worked, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, duty_.rest_after(worked), [] { return false; });
}

// Until there may be something to read, or something to try again. After an error of the
// connection the whole pause, whoever calls.
void EarningsWorker::wait(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (!connection_) {
    changed_.wait_until(lock, stop, connecting_.until, [] { return false; });
    return;
  }
  changed_.wait_for(lock, stop, options_.look_every, [this] { return is_woken_; });
}

void EarningsWorker::lengthen(Pause& pause, const std::string& error, const std::string& where) {
  pause.next = std::clamp(pause.next * 2, options_.pause_min, options_.pause_max);
  pause.until = Clock::now() + pause.next;
  if (std::exchange(pause.error, where + ": " + error) != pause.error) {
    spdlog::warn("referral earnings: {}", pause.error);
  }
}

void EarningsWorker::report_errors() {
  std::string text = connecting_.error;
  for (const auto& [shard, pause] : refused_) {
    if (!text.empty()) text += "; ";
    text += pause.error;
  }
  const std::lock_guard lock(mutex_);
  status_.is_connected = connection_.has_value();
  status_.last_error = std::move(text);
}

}  // namespace authd::referral
