#include "authd/api/recon_run_row.h"

#include "authd/api/recon_sql.h"
#include "authd/recon/reader.h"
#include "authd/recon/words.h"

namespace authd::api {

namespace {

using core::Unexpected;
using store::PgParams;

std::string origin_and_times() {
  return "'id', r.id, 'supplier', s.name, 'program', s.program, 'state', " +
         sql_word("r.state", recon::run_state_names) + ", 'origin', " +
         sql_word("r.origin", recon::run_origin_names) +
         ", 'requested_by', r.requested_by, 'requested_at', " + sql_time("r.requested_at") +
         ", 'started_at', " + sql_time("r.started_at") + ", 'finished_at', " +
         sql_time("r.finished_at") + ", 'cancel_requested_at', " +
         sql_time("r.cancel_requested_at") +
         ", 'period', CASE WHEN r.period_from IS NOT NULL THEN json_build_object('from', " +
         sql_time("r.period_from") + ", 'to', " + sql_time("r.period_to") + ") END";
}

std::string file() {
  return "'file', json_build_object('name', r.file_name, 'bytes', r.file_bytes,"
         " 'sha256', encode(r.file_sha256, 'hex')),"
         " 'received_bytes', CASE WHEN r.state = 1 THEN coalesce(r.file_bytes, 0) END,"
         " 'duplicate_of', r.duplicate_of, 'attempts', r.attempts, 'error', r.error,"
         " 'trailer', " +
         sql_word("r.trailer + 1", recon::trailer_verdict_names);
}

constexpr const char* figures =
    "'figures', json_build_object('lines', r.lines, 'bad_lines', r.bad_lines, 'items', r.items,"
    " 'matched_lines', r.matched_lines, 'matched_items', r.matched_items,"
    " 'match_permille', r.matched_lines * 1000 / nullif(r.lines, 0),"
    " 'discrepancies', r.discrepancies, 'auto_resolved', r.auto_resolved,"
    " 'auto_resolved_permille', r.auto_resolved * 1000 / nullif(r.discrepancies, 0),"
    " 'waiting', r.waiting, 'exceptions', r.exceptions, 'stated_lines', r.stated_lines,"
    " 'stated_total_minor', r.stated_total_minor),"
    " 'durations_ms', json_build_object('parse', r.parse_us / 1000, 'match', r.match_us / 1000,"
    " 'discrepancy', r.discrepancy_us / 1000, 'audit', r.audit_us / 1000, 'total',"
    " (r.parse_us + r.match_us + r.discrepancy_us + r.audit_us) / 1000),"
    " 'lines_per_second', r.lines * 1000000"
    "   / nullif(r.parse_us + r.match_us + r.discrepancy_us + r.audit_us, 0),"
    " 'outcome_sha256', encode(r.outcome_sha256, 'hex')";

// A sum beyond 64 bits is shown as the largest number there is.
std::string by_kind() {
  return "'discrepancies', (SELECT coalesce(json_agg(json_build_object('kind', " +
         sql_word("f.kind", recon::discrepancy_names) +
         ", 'currency', f.currency, 'found', f.found, 'auto_resolved', f.auto_resolved,"
         " 'difference_minor', least(f.difference_minor, 9223372036854775807)::bigint)"
         " ORDER BY f.kind, f.currency), '[]')"
         " FROM authd.recon_run_figure AS f WHERE f.run_id = r.id)";
}

// Of a stage that has not begun to move nothing can be told.
constexpr const char* progress =
    "'progress', (SELECT json_build_object('stage', p.stage, 'done', p.done, 'total', p.total,"
    " 'per_second', (p.done / t.elapsed)::bigint, 'remaining_s',"
    " CASE WHEN p.done > 0 THEN ceil(greatest(p.total - p.done, 0) * t.elapsed / p.done)::bigint"
    " END) FROM authd.recon_progress AS p CROSS JOIN LATERAL ("
    " SELECT greatest(extract(epoch FROM p.updated_at - p.started_at), 0.001) AS elapsed) AS t"
    " WHERE p.run_id = r.id AND r.state IN (3, 4))";

}  // namespace

std::string recon_run_select() {
  return "SELECT json_build_object(" + origin_and_times() + ", " + file() + ", " + figures + ", " +
         by_kind() + ", " + progress +
         ")::text, r.id, r.supplier_id, r.state, s.program, coalesce(r.file_bytes, 0),"
         " coalesce(r.duplicate_of, 0)"
         " FROM authd.recon_run AS r JOIN authd.recon_supplier AS s ON s.id = r.supplier_id ";
}

core::Result<ReconRunRow, Problem> read_recon_run(const store::PgResult& result, int row) {
  ReconRunRow run;
  AUTHD_TRY(object, object_at(result, row));
  run.object = std::move(object);
  run.id = result.number<std::int64_t>(row, 1);
  run.supplier = result.number<std::int16_t>(row, 2);
  run.state = result.number<std::int16_t>(row, 3);
  run.program = result.text(row, 4);
  run.file_bytes = result.number<std::int64_t>(row, 5);
  run.duplicate_of = result.number<std::int64_t>(row, 6);
  return run;
}

core::Result<ReconRunRow, Problem> find_recon_run(const Call& call, store::Connection& connection,
                                                  std::int64_t id, RunLock lock) {
  AUTHD_TRY(found,
            connection.exec_prepared(lock == RunLock::held ? "recon_run_lock" : "recon_run_get",
                                     PgParams().number(id)));
  if (found.rows() == 0) return Unexpected{Problem(Problem::Kind::not_found)};
  AUTHD_TRY(run, read_recon_run(found, 0));
  if (!call.caller.may_see(run.program)) return Unexpected{Problem(Problem::Kind::not_found)};
  return std::move(run);
}

std::vector<Statement> recon_run_statements() {
  const std::string by_id = recon_run_select() + "WHERE r.id = $1";
  return {{"recon_run_get", by_id}, {"recon_run_lock", by_id + " FOR NO KEY UPDATE OF r"}};
}

}  // namespace authd::api
