#include "authd/referral/payout/payout_clock.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

#include "authd/referral/session.h"

namespace authd::referral {

using core::Result;
using store::PgError;
using store::PgParams;

PayoutClock::PayoutClock(Options options) : options_(std::move(options)) {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

PayoutClock::~PayoutClock() { stop(); }

void PayoutClock::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void PayoutClock::wake() {
  const std::lock_guard lock(mutex_);
  is_woken_ = true;
  to_look_.notify_one();
}

PayoutClockStatus PayoutClock::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void PayoutClock::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto looked = look(stop);
    if (stop.stop_requested()) return;
    note(looked);
    std::unique_lock lock(mutex_);
    if (looked) {
      to_look_.wait_for(lock, stop, options_.look_every, [this] { return is_woken_; });
    } else {  // the whole pause, whoever calls
      to_look_.wait_for(lock, stop, pause_, [] { return false; });
    }
    is_woken_ = false;
  }
}

void PayoutClock::note(const Result<void, PgError>& looked) {
  std::string error = looked ? std::string() : looked.error().message;
  if (looked) {
    pause_ = {};
  } else {
    pause_ = std::clamp(pause_ * 2, options_.pause_min, options_.pause_max);
    connection_.reset();
  }
  const std::lock_guard lock(mutex_);
  if (!looked && status_.last_error != error) spdlog::warn("referral payouts: {}", error);
  status_.last_error = std::move(error);
}

// Every day that is due. The first error, when all programs have had their turn.
Result<void, PgError> PayoutClock::look(const std::stop_token& stop) {
  if (!connection_) {
    store::Connection::Options wanted = options_.payout.connection;
    wanted.application_name = "authd referral clock";
    wanted.stop = stop;
    AUTHD_TRY(connection, connect_for_referral(wanted));
    connection_.emplace(std::move(connection));
  }
  AUTHD_TRY(due, due_days());
  AUTHD_TRY_VOID(read_last_finished());
  std::optional<PgError> error;
  std::set<std::string> left_out;  // their further days wait for the one that did not work out
  for (const DueDay& day : due) {
    if (left_out.contains(day.program)) continue;
    const auto paid = pay(day, stop);
    if (stop.stop_requested()) return {};
    if (!paid && !error) error = paid.error();
    if (!paid || !*paid) left_out.insert(day.program);
  }
  if (error) return core::Unexpected{*std::move(error)};
  return {};
}

Result<std::vector<PayoutClock::DueDay>, PgError> PayoutClock::due_days() {
  AUTHD_TRY(rows,
            connection_->exec("SELECT program, day FROM authd.referral_payout_days()", PgParams()));
  std::vector<DueDay> days;
  for (int row = 0; row < rows.rows(); ++row) {
    days.push_back(
        {std::string(rows.text(row, 0)), from_pg_date(rows.number<std::int32_t>(row, 1))});
  }
  return days;
}

// False: somebody else pays the program, or it rests.
Result<bool, PgError> PayoutClock::pay(const DueDay& due, const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    status_.running = RunningPayout{due.program, due.day};
  }
  const auto begun_at = std::chrono::steady_clock::now();
  const auto report = perform_payout(options_.payout, due.program, due.day, options_.requested_by,
                                     stop, [&](const PayoutProgress& progress) {
                                       {
                                         const std::lock_guard lock(mutex_);
                                         status_.running->paid = progress.so_far.paid;
                                         status_.running->of = progress.of;
                                       }
                                       if (options_.on_outcome)
                                         options_.on_outcome(due.program, progress.outcome);
                                     });
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begun_at);
  {
    const std::lock_guard lock(mutex_);
    status_.running.reset();
  }
  if (!report) return core::Unexpected{report.error()};
  if (!*report) return false;
  if (options_.on_finished) options_.on_finished(**report, took);
  AUTHD_TRY_VOID(read_last_finished());
  return true;
}

Result<void, PgError> PayoutClock::read_last_finished() {
  AUTHD_TRY(rows, connection_->exec(
                      "SELECT p.program, r.day, r.started_at, r.finished_at, r.paid::bigint,"
                      "       r.paid_minor, r.failed::bigint, r.carried::bigint, r.carried_minor"
                      "  FROM authd.referral_program AS p CROSS JOIN LATERAL ("
                      "    SELECT * FROM authd.referral_payout_run AS r"
                      "     WHERE r.program = p.program AND r.finished_at IS NOT NULL"
                      "     ORDER BY r.day DESC LIMIT 1) AS r",
                      PgParams()));
  std::map<std::string, FinishedPayout> last;
  for (int row = 0; row < rows.rows(); ++row) {
    last[std::string(rows.text(row, 0))] = {from_pg_date(rows.number<std::int32_t>(row, 1)),
                                            rows.time(row, 2),
                                            rows.time(row, 3),
                                            rows.number<std::int64_t>(row, 4),
                                            rows.number<std::int64_t>(row, 5),
                                            rows.number<std::int64_t>(row, 6),
                                            rows.number<std::int64_t>(row, 7),
                                            rows.number<std::int64_t>(row, 8)};
  }
  const std::lock_guard lock(mutex_);
  status_.last_finished = std::move(last);
  return {};
}

}  // namespace authd::referral
