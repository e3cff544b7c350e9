#include "authd/referral/payout/payout.h"

#include <fmt/format.h>

#include "authd/referral/payout/payers.h"
#include "authd/referral/session.h"

namespace authd::referral {

using core::Result;
using core::Unexpected;
using store::Connection;
using store::PgError;
using store::PgParams;

namespace {

Result<Connection, PgError> connect(const PayoutOptions& options, const std::stop_token& stop) {
  Connection::Options wanted = options.connection;
  wanted.application_name = "authd referral payout";
  wanted.stop = stop;
  return connect_for_referral(wanted);
}

Result<bool, PgError> lock_program(Connection& connection, const std::string& program) {
  AUTHD_TRY(locked,
            connection.exec("SELECT pg_try_advisory_lock("
                            "hashtextextended('authd.referral_payout ' || $1::text, 0))::integer",
                            PgParams().text(program)));
  return locked.number<std::int32_t>(0, 0) != 0;
}

// The day's row: a new one, or the one that is there, which is not finished from now on. Whether it
// was.
Result<bool, PgError> begin_run(Connection& connection, const std::string& program,
                                core::LocalDay day, const std::string& requested_by) {
  AUTHD_TRY(row,
            connection.exec(
                "WITH before AS MATERIALIZED (SELECT finished_at FROM authd.referral_payout_run"
                "   WHERE program = $1::text AND day = $2::date)"
                " INSERT INTO authd.referral_payout_run AS r (program, day, requested_by)"
                " VALUES ($1, $2, $3::text)"
                " ON CONFLICT (program, day) DO UPDATE SET finished_at = NULL"
                " RETURNING coalesce((SELECT finished_at IS NOT NULL FROM before), false)::integer",
                PgParams().text(program).number(pg_date(day)).text(requested_by)));
  return row.number<std::int32_t>(0, 0) != 0;
}

// Payouts and failures are counted in their tables: those of earlier calls belong to the day too.
Result<PayoutReport, PgError> finish_run(Connection& connection, const std::string& program,
                                         core::LocalDay day, const PayoutCounts& now) {
  AUTHD_TRY(row,
            connection.exec(
                "UPDATE authd.referral_payout_run AS r SET finished_at = clock_timestamp(),"
                " (paid, paid_minor) = (SELECT count(*), coalesce(sum(p.amount_minor), 0)"
                "   FROM authd.referral_payout AS p WHERE p.program = r.program AND p.day = r.day),"
                " failed = (SELECT count(*) FROM authd.referral_payout_failure AS f"
                "   WHERE f.program = r.program AND f.day = r.day),"
                " carried = $3::bigint, carried_minor = $4::bigint"
                " WHERE r.program = $1::text AND r.day = $2::date"
                " RETURNING r.paid::bigint, r.paid_minor, r.failed::bigint, r.carried::bigint,"
                "  r.carried_minor, (SELECT p.currency::text FROM authd.referral_program AS p"
                "    WHERE p.program = r.program)",
                PgParams()
                    .text(program)
                    .number(pg_date(day))
                    .number(now.carried)
                    .number(now.carried_minor)));
  if (row.rows() != 1) return Unexpected{store::unexpected("the payout's row has gone")};
  PayoutReport report;
  report.program = program;
  report.day = day;
  report.now = now;
  report.paid = row.number<std::int64_t>(0, 0);
  report.paid_minor = row.number<std::int64_t>(0, 1);
  report.failed = row.number<std::int64_t>(0, 2);
  report.carried = row.number<std::int64_t>(0, 3);
  report.carried_minor = row.number<std::int64_t>(0, 4);
  report.currency = row.text(0, 5);
  return report;
}

}  // namespace

Result<std::optional<PayoutObstacle>, PgError> payout_obstacle(Connection& connection,
                                                               const std::string& program,
                                                               core::LocalDay day) {
  AUTHD_TRY(row, connection.exec("SELECT ($2::date > (now() AT TIME ZONE p.zone)::date)::integer,"
                                 " EXISTS (SELECT FROM authd.referral_pause AS r"
                                 "   WHERE r.program = p.program AND r.resumed_at IS NULL)::integer"
                                 " FROM authd.referral_program AS p WHERE p.program = $1::text",
                                 PgParams().text(program).number(pg_date(day))));
  if (row.rows() == 0) return std::optional(PayoutObstacle::unknown_program);
  if (row.number<std::int32_t>(0, 0) != 0) return std::optional(PayoutObstacle::future_day);
  if (row.number<std::int32_t>(0, 1) != 0) return std::optional(PayoutObstacle::resting);
  return std::optional<PayoutObstacle>();
}

Result<std::optional<PayoutReport>, PgError> perform_payout(
    const PayoutOptions& options, const std::string& program, core::LocalDay day,
    const std::string& requested_by, const std::stop_token& stop,
    const std::function<void(const PayoutProgress&)>& on_progress) {
  AUTHD_TRY(connection, connect(options, stop));
  AUTHD_TRY(obstacle, payout_obstacle(connection, program, day));
  if (obstacle == PayoutObstacle::resting) return std::optional<PayoutReport>();
  if (obstacle) {
    return Unexpected{store::unexpected(
        *obstacle == PayoutObstacle::unknown_program
            ? fmt::format("program {} has no referral", program)
            : fmt::format("{} has not begun where program {} is", day_text(day), program))};
  }
  AUTHD_TRY(is_locked, lock_program(connection, program));
  if (!is_locked) return std::optional<PayoutReport>();
  AUTHD_TRY_VOID(plan_pages(connection));
  AUTHD_TRY(was_finished, begin_run(connection, program, day, requested_by));
  Payers payers(options, program, day, requested_by, stop, connection, on_progress);
  AUTHD_TRY(counts, payers.pay());
  if (!counts) return std::optional<PayoutReport>();
  AUTHD_TRY(report, finish_run(connection, program, day, *counts));
  report.was_finished = was_finished;
  return std::optional(std::move(report));
}

}  // namespace authd::referral
