#include "authd/api/recon_exception_filter.h"

#include "authd/api/recon_exception_row.h"
#include "authd/api/recon_sql.h"
#include "authd/recon/words.h"

namespace authd::api {

namespace {

using store::PgParams;

constexpr std::size_t assignee_bytes_max = 400;
constexpr std::int16_t waiting = 1;
constexpr std::int16_t resolved = 5;

// "waiting" to "resolved", and "all".
constexpr auto filter_states() {
  std::array<std::string_view, recon::discrepancy_state_names.size() + 1> names{};
  for (std::size_t i = 0; i < recon::discrepancy_state_names.size(); ++i)
    names[i] = recon::discrepancy_state_names[i];
  names.back() = "all";
  return names;
}

// Few are waiting or exceptions, and each supplier has an index of them. The states stand twice:
// as what the index is of, and as what is wanted. Every number is above 0: without that there would
// be no index for the suppliers.
std::string of_suppliers(const std::string& indexed_states) {
  return recon_exception_select() +
         " FROM (SELECT of.* FROM authd.recon_supplier AS o CROSS JOIN LATERAL ("
         "   SELECT * FROM authd.recon_discrepancy AS e WHERE e.supplier_id = o.id AND " +
         indexed_states +
         "   AND e.id < $1 AND ($2::smallint = 0 OR e.kind = $2)"
         "   AND ($3::text = '' OR e.assignee = $3) AND e.state BETWEEN $6 AND $7"
         "   ORDER BY e.id DESC LIMIT $8) AS of"
         "  WHERE o.id > 0 AND ($4::text = '' OR o.program = $4) AND ($5::text = '' OR o.name = $5)"
         "  ORDER BY of.id DESC LIMIT $8) AS d" +
         recon_exception_joins() + "ORDER BY d.id DESC";
}

std::string of_all(const std::string& further) {
  return recon_exception_select() + " FROM authd.recon_discrepancy AS d" + recon_exception_joins() +
         "WHERE d.id < $1 AND ($2::smallint = 0 OR d.kind = $2)"
         " AND ($3::text = '' OR d.assignee = $3) AND ($4::text = '' OR s.program = $4)"
         " AND ($5::text = '' OR s.name = $5) AND d.state BETWEEN $6 AND $7" +
         further + " ORDER BY d.id DESC LIMIT $8";
}

const char* statement_of(const ExceptionFilter& filter) {
  if (filter.run) return "recon_exceptions_run";
  if (filter.state_last == waiting) return "recon_exceptions_waiting";
  if (filter.state_last == resolved) return "recon_exceptions_all";
  return "recon_exceptions_open";
}

}  // namespace

ExceptionFilter ExceptionFilter::read(QueryReader& query) {
  static constexpr auto states = filter_states();
  ExceptionFilter filter;
  filter.supplier = query.text("supplier", supplier_name_size_max).value_or("");
  filter.assignee = query.text("assignee", assignee_bytes_max).value_or("");
  filter.run = query.integer("run", 1, integer_max);
  filter.kind = static_cast<std::int16_t>(query.position("kind", recon::discrepancy_names));
  const auto state = static_cast<std::int16_t>(query.position("state", states));
  if (state == 0) return filter;
  const bool all = state > resolved;
  filter.state_first = all ? waiting : state;
  filter.state_last = all ? resolved : state;
  return filter;
}

core::Result<store::PgResult, store::PgError> fetch_exceptions(const Call& call,
                                                               store::Connection& connection,
                                                               const ExceptionFilter& filter,
                                                               std::int64_t before,
                                                               std::int64_t count) {
  PgParams params;
  params.number(before).number(filter.kind).text(filter.assignee).text(call.caller.program);
  params.text(filter.supplier).number(filter.state_first).number(filter.state_last).number(count);
  if (filter.run) params.number(*filter.run);
  return connection.exec_prepared(statement_of(filter), params);
}

std::vector<Statement> exception_filter_statements() {
  return {{"recon_exceptions_open", of_suppliers("e.state BETWEEN 2 AND 4")},
          {"recon_exceptions_waiting", of_suppliers("e.state = 1")},
          {"recon_exceptions_all", of_all("")},
          {"recon_exceptions_run", of_all(" AND d.run_id = $9")}};
}

}  // namespace authd::api
