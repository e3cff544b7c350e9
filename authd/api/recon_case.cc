#include "authd/api/recon_case.h"

#include "authd/api/recon_sql.h"

namespace authd::api {

using core::Unexpected;
using store::PgParams;
using Kind = Problem::Kind;

std::string case_select() {
  return "SELECT d.id, d.run_id, d.supplier_id, s.books, s.approval_above_minor, s.program,"
         " d.version, d.kind, d.state, coalesce(d.resolution, 0::smallint), d.currency::text,"
         " d.difference_minor, coalesce(d.line_run_id, 0), coalesce(d.line_number, 0), d.item_seq,"
         " coalesce(d.item_shard, 0), coalesce(d.item_kind, 1::smallint), coalesce(d.match_id, 0)"
         " FROM authd.recon_discrepancy AS d"
         " JOIN authd.recon_supplier AS s ON s.id = d.supplier_id ";
}

core::Result<Case, Problem> read_case(const store::PgResult& result, int row) {
  Case read;
  read.id = result.number<std::int64_t>(row, 0);
  read.run = result.number<std::int64_t>(row, 1);
  read.supplier = result.number<std::int16_t>(row, 2);
  read.books = result.number<std::int16_t>(row, 3);
  read.approval_above_minor = result.number<std::int64_t>(row, 4);
  read.program = result.text(row, 5);
  read.version = result.number<std::int32_t>(row, 6);
  read.kind = result.number<std::int16_t>(row, 7);
  read.state = static_cast<CaseState>(result.number<std::int16_t>(row, 8));
  read.resolution = static_cast<CaseResolution>(result.number<std::int16_t>(row, 9));
  read.currency = result.text(row, 10);
  read.difference_minor = result.number<std::int64_t>(row, 11);
  read.line_run = result.number<std::int64_t>(row, 12);
  read.line = result.number<std::int64_t>(row, 13);
  read.item_sequence = result.optional(row, 14);
  read.item_shard = result.number<std::int32_t>(row, 15);
  read.item_kind = result.number<std::int16_t>(row, 16);
  read.match = result.number<std::int64_t>(row, 17);
  return read;
}

core::Result<Case, Problem> lock_case(const Call& call, store::Connection& connection) {
  AUTHD_TRY(found,
            connection.exec_prepared("recon_case_lock", PgParams().number(call.id("exception"))));
  if (found.rows() == 0) return Unexpected{Problem(Kind::not_found)};
  AUTHD_TRY(locked, read_case(found, 0));
  if (!call.caller.may_see(locked.program)) return Unexpected{Problem(Kind::not_found)};
  return std::move(locked);
}

core::Result<void, Problem> expect_workable(const Case& of) {
  if (of.state == CaseState::resolved) {
    return Unexpected{Problem(Kind::wrong_state, "It is resolved.")};
  }
  if (of.state == CaseState::awaiting_approval) {
    return Unexpected{
        Problem(Kind::wrong_state, "A proposal awaits a decision: approve or reject it first.")};
  }
  return {};
}

core::Result<void, Problem> take_step(const Call& call, store::Connection& connection,
                                      const Case& of, const CaseStep& step) {
  PgParams params;
  params.number(of.id).number(static_cast<std::int16_t>(step.state));
  params.number(static_cast<std::int16_t>(step.resolution)).number(step.match);
  AUTHD_TRY_VOID(connection.exec_prepared("recon_case_step", params));
  return note(call, connection, {of.supplier, of.run, of.id, step.action, step.detail});
}

std::vector<Statement> case_statements() {
  return {{"recon_case_lock", case_select() + "WHERE d.id = $1 FOR NO KEY UPDATE OF d"},
          {"recon_case_step",
           "UPDATE authd.recon_discrepancy SET state = $2, resolution = nullif($3, 0::smallint),"
           " resolved_at = CASE WHEN $2::smallint = 5 THEN now() END,"
           " waits_until = CASE WHEN $2::smallint = 1 THEN waits_until END,"
           " match_id = coalesce(nullif($4, 0::bigint), match_id), changed_at = now(),"
           " version = version + 1 WHERE id = $1"}};
}

}  // namespace authd::api
