#include "authd/referral/payout/payers.h"

#include <algorithm>
#include <thread>
#include <vector>

#include "authd/referral/session.h"

namespace authd::referral {

using core::Result;
using core::Unexpected;
using store::Connection;
using store::PgError;
using store::PgParams;

namespace {

// One transaction: what he is paid, and whether he could be. The function is called once, and what
// it has done goes with the rest when any of it is refused.
constexpr const char* pay_statement = R"(
WITH pay AS MATERIALIZED (SELECT outcome, minor FROM authd.referral_pay($1::bigint, $2::date)),
failed AS (
  INSERT INTO authd.referral_payout_failure (holder_id, program, day, amount_minor, reason)
    SELECT $1, $3::text, $2, minor, outcome - 10 FROM pay WHERE outcome > 10
    ON CONFLICT (holder_id, day) DO UPDATE
      SET amount_minor = excluded.amount_minor, reason = excluded.reason, failed_at = now(), detail = NULL),
no_more AS (
  DELETE FROM authd.referral_payout_failure
   WHERE holder_id = $1 AND day = $2 AND (SELECT outcome FROM pay) < 10)
SELECT outcome, minor FROM pay)";

constexpr const char* refusal_statement =
    "INSERT INTO authd.referral_payout_failure (holder_id, program, day, amount_minor, reason,"
    " detail) VALUES ($1::bigint, $2::text, $3::date, $4::bigint, 4, left($5::text, 500))"
    " ON CONFLICT (holder_id, day) DO UPDATE SET amount_minor = excluded.amount_minor, reason = 4,"
    " failed_at = now(), detail = excluded.detail";

constexpr int attempts_max = 3;  // of a payment that came between others

// Whether PostgreSQL has rolled it back only because others were at the same rows.
bool is_of_others(const PgError& error) {
  return error.state() == "40001" || error.state() == "40P01";
}

}  // namespace

void PayoutCounts::count(PayOutcome outcome, std::int64_t minor) {
  switch (outcome) {
    case PayOutcome::paid:
      ++paid;
      paid_minor += minor;
      return;
    case PayOutcome::paid_before: ++paid_before; return;
    case PayOutcome::below_minimum:
      ++carried;
      carried_minor += minor;
      return;
    case PayOutcome::no_account:
    case PayOutcome::not_verified:
    case PayOutcome::suspended:
    case PayOutcome::refused_by_ledger:
      ++failed[static_cast<std::size_t>(outcome) - 11];
      failed_minor += minor;
      return;
  }
}

std::int64_t PayoutCounts::failures() const noexcept {
  std::int64_t sum = 0;
  for (const std::int64_t of_reason : failed) sum += of_reason;
  return sum;
}

Payers::Payers(const PayoutOptions& options, const std::string& program, core::LocalDay day,
               const std::string& requested_by, const std::stop_token& stop, Connection& reader,
               const std::function<void(const PayoutProgress&)>& on_progress)
    : options_(options),
      program_(program),
      day_(day),
      requested_by_(requested_by),
      stop_(stop),
      on_progress_(on_progress),
      reader_(reader) {}

Result<std::optional<PayoutCounts>, PgError> Payers::pay() {
  AUTHD_TRY(due, count_due(reader_, program_, day_));
  of_ = due;
  {
    std::vector<std::jthread> threads;
    for (std::int32_t i = 0; i < std::max(1, options_.at_once); ++i)
      threads.emplace_back([this] { work(); });
  }
  if (error_) return Unexpected{*error_};
  if (rests_) return std::optional<PayoutCounts>();
  return std::optional(counts_);
}

void Payers::work() {
  Connection::Options wanted = options_.connection;
  wanted.application_name = "authd referral payer";
  wanted.stop = stop_;
  auto connection = connect_for_referral(wanted);
  const auto done = connection ? pay_from_list(*connection)
                               : Result<void, PgError>(Unexpected{connection.error()});
  if (done) return;
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = done.error();
}

Result<void, PgError> Payers::pay_from_list(Connection& connection) {
  // Everything is found by key, whoever is paid: one plan does for all.
  AUTHD_TRY_VOID(
      connection.exec("SET enable_seqscan = off; SET jit = off;"
                      " SET plan_cache_mode = force_generic_plan"));
  AUTHD_TRY_VOID(connection.exec("SELECT set_config('authd.actor', $1::text, false)",
                                 PgParams().text(requested_by_)));
  AUTHD_TRY_VOID(connection.prepare("pay", pay_statement));
  for (;;) {
    AUTHD_TRY(owed, next());
    if (!owed) return {};
    AUTHD_TRY(paid, pay(connection, *owed));
    count(*owed, paid);
  }
}

// Nothing: there is nobody left, or the call has come to its end otherwise.
Result<std::optional<Owed>, PgError> Payers::next() {
  const std::lock_guard lock(mutex_);
  while (!error_) {
    if (stop_.stop_requested())
      return Unexpected{PgError{PgError::Code::interrupted, {}, "asked to stop"}};
    while (!list_.empty()) {
      const Owed owed = list_.front();
      list_.pop_front();
      if (owed.is_due) return std::optional(owed);
      counts_.count(PayOutcome::below_minimum, owed.minor);
    }
    if (is_read_) break;
    AUTHD_TRY_VOID(read_page());
  }
  return std::optional<Owed>();
}

Result<void, PgError> Payers::read_page() {
  AUTHD_TRY(obstacle, payout_obstacle(reader_, program_, day_));
  if (obstacle) {
    rests_ = is_read_ = true;
    return {};
  }
  AUTHD_TRY(page, owed_page(reader_, program_, day_, after_, options_.page_holders));
  is_read_ = static_cast<std::int32_t>(page.size()) < options_.page_holders;
  if (!page.empty()) after_ = page.back().holder;
  list_.assign(page.begin(), page.end());
  return {};
}

Result<Payers::Paid, PgError> Payers::pay(Connection& connection, const Owed& owed) {
  for (int attempt = 1;; ++attempt) {
    const auto row = connection.exec_prepared(
        "pay", PgParams().number(owed.holder).number(pg_date(day_)).text(program_));
    if (row) {
      return Paid{static_cast<PayOutcome>(row->number<std::int16_t>(0, 0)),
                  row->number<std::int64_t>(0, 1)};
    }
    if (row.error().code != PgError::Code::server) return Unexpected{row.error()};
    if (is_of_others(row.error()) && attempt < attempts_max) continue;
    // The first line; what follows is where in the functions it came about.
    const std::string& text = row.error().message;
    AUTHD_TRY_VOID(record_refusal(connection, owed, text.substr(0, text.find('\n'))));
    return Paid{PayOutcome::refused_by_ledger, owed.minor};
  }
}

Result<void, PgError> Payers::record_refusal(Connection& connection, const Owed& owed,
                                             const std::string& refusal) {
  AUTHD_TRY_VOID(connection.exec(refusal_statement, PgParams()
                                                        .number(owed.holder)
                                                        .text(program_)
                                                        .number(pg_date(day_))
                                                        .number(owed.minor)
                                                        .text(refusal)));
  return {};
}

void Payers::count(const Owed& owed, const Paid& paid) {
  const std::lock_guard lock(mutex_);
  counts_.count(paid.outcome, paid.minor);
  if (on_progress_) on_progress_({owed.holder, paid.outcome, counts_, of_});
}

}  // namespace authd::referral
