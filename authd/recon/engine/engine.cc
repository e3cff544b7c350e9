#include "authd/recon/engine/engine.h"

#include <spdlog/spdlog.h>

#include "authd/recon/engine/intake.h"
#include "authd/recon/engine/matching.h"
#include "authd/recon/engine/outcome.h"
#include "authd/recon/engine/rules.h"

namespace authd::recon {

namespace {

using core::Unexpected;
using store::PgError;
using store::PgParams;
using Clock = std::chrono::steady_clock;

constexpr std::int32_t attempts_max = 10;  // of a run that ends with its process, or PostgreSQL

core::Result<void, RunStop> begin(RunSession& session, RunState state) {
  AUTHD_TRY(begun, session.work().exec(
                       "UPDATE authd.recon_run SET state = $2, attempts = attempts + 1,"
                       " started_at = coalesce(started_at, now())"
                       " WHERE id = $1 RETURNING attempts",
                       PgParams().number(session.run()).number(static_cast<std::int16_t>(state))));
  if (begun.rows() == 1 && begun.number<std::int32_t>(0, 0) > attempts_max) {
    return Unexpected{RunStop(RunState::failed,
                              "it was begun " + std::to_string(attempts_max) + " times in vain")};
  }
  return {};
}

core::Result<void, RunStop> reconcile(RunSession& session, const RunRecord& record) {
  Durations durations;
  const auto match_began = Clock::now();
  AUTHD_TRY(transaction, store::Transaction::begin(session.work()));
  AUTHD_TRY(period, match(session, record));
  AUTHD_TRY_VOID(write_matches(session));
  durations.match_us = us_since(match_began);

  const auto discrepancies_began = Clock::now();
  AUTHD_TRY_VOID(find_discrepancies(session, period));
  AUTHD_TRY_VOID(apply_rules(session, period));
  durations.discrepancy_us = us_since(discrepancies_began);

  AUTHD_TRY_VOID(conclude(session, period, durations));
  AUTHD_TRY_VOID(transaction.commit());
  return {};
}

core::Result<void, RunStop> go_on(RunSession& session, const RunRecord& record) {
  AUTHD_TRY_VOID(begin(session, record.is_read ? RunState::matching : RunState::reading));
  if (!record.is_read) {
    AUTHD_TRY_VOID(take_in(session, record));
    AUTHD_TRY_VOID(session.work().exec("UPDATE authd.recon_run SET state = 4 WHERE id = $1",
                                       PgParams().number(session.run())));
  }
  return reconcile(session, record);
}

}  // namespace

core::Result<std::optional<RunState>, PgError> perform_run(std::int64_t run,
                                                           const Supplier& supplier,
                                                           const EngineOptions& options,
                                                           const std::stop_token& stop) {
  AUTHD_TRY(session, RunSession::open(run, supplier, options, stop));
  if (!session) return std::optional<RunState>();
  const auto record = session->load();
  if (!record) return Unexpected{record.error().cause};
  if (record->state == RunState::receiving || has_ended(record->state)) {
    return std::optional(record->state);
  }
  const auto done = go_on(*session, *record);
  if (done) return std::optional(RunState::done);
  const RunStop& why = done.error();
  if (why.is_passing) return Unexpected{why.cause};
  spdlog::warn("recon: run {} of {}: {}: {}", run, supplier.name, name(why.state), why.error);
  AUTHD_TRY_VOID(session->end(why));
  return std::optional(why.state);
}

}  // namespace authd::recon
