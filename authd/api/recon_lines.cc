#include "authd/api/recon_lines.h"

#include "authd/api/page.h"
#include "authd/api/recon_line_row.h"
#include "authd/api/recon_run_row.h"
#include "authd/api/recon_sql.h"
#include "authd/recon/bad_line.h"
#include "authd/recon/words.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgParams;

constexpr std::array<std::string_view, 4> outcomes{"matched", "discrepant", "unmatched", "all"};
constexpr std::array<std::string_view, 5> bad_members{"line", "reason", "meaning", "field", "text"};

// $1: the run, $2: the line that the page begins behind, $3: how many.
std::string of_page(const std::string& page) {
  const std::string match =
      "(SELECT m.id FROM authd.recon_match AS m WHERE m.line_run_id = l.run_id"
      " AND m.line_number = l.line_number AND m.line_number IS NOT NULL AND m.ended_at IS NULL)";
  return "WITH page AS MATERIALIZED (" + page + ") SELECT json_build_object(" +
         recon_line_members_sql("l") + ", 'match', " + recon_match_sql("found.match_id") +
         ", 'discrepancies', found.discrepancies, 'outcome',"
         " CASE WHEN json_array_length(found.discrepancies) > 0 THEN 'discrepant'"
         "   WHEN found.match_id IS NULL THEN 'unmatched' ELSE 'matched' END)::text, l.line_number"
         " FROM page JOIN authd.recon_line AS l ON l.run_id = $1 AND l.line_number = "
         "page.line_number"
         " CROSS JOIN LATERAL (SELECT " +
         match + " AS match_id, (SELECT coalesce(json_agg(json_build_object('id', d.id, 'kind', " +
         sql_word("d.kind", recon::discrepancy_names) + ", 'state', " +
         sql_word("d.state", recon::discrepancy_state_names) +
         ") ORDER BY d.id), '[]') FROM authd.recon_discrepancy AS d"
         " WHERE d.line_run_id = l.run_id AND d.line_number = l.line_number"
         " AND d.line_number IS NOT NULL) AS discrepancies) AS found"
         " ORDER BY l.line_number";
}

std::vector<Statement> statements() {
  const std::string lines =
      "SELECT l.line_number FROM authd.recon_line AS l WHERE l.run_id = $1 AND l.line_number > $2";
  const std::string matched =
      "EXISTS (SELECT FROM authd.recon_match AS m WHERE m.line_run_id = $1"
      " AND m.line_number = l.line_number AND m.line_number IS NOT NULL AND m.ended_at IS NULL)";
  const std::string order = " ORDER BY 1 LIMIT $3";
  return {
      {"recon_lines_all", of_page(lines + order)},
      {"recon_lines_matched", of_page(lines + " AND " + matched + order)},
      {"recon_lines_unmatched", of_page(lines + " AND NOT " + matched + order)},
      {"recon_lines_discrepant",
       of_page("SELECT DISTINCT d.line_number FROM authd.recon_discrepancy AS d"
               " WHERE d.line_run_id = $1 AND d.line_number > $2 AND d.line_number IS NOT NULL" +
               order)},
      {"recon_bad_lines",
       "SELECT line_number, reason, field, text FROM authd.recon_bad_line"
       " WHERE run_id = $1 AND line_number > $2 ORDER BY line_number LIMIT $3"},
  };
}

const char* statement_of(std::size_t outcome) {
  constexpr std::array<const char*, 4> names{"recon_lines_matched", "recon_lines_discrepant",
                                             "recon_lines_unmatched", "recon_lines_all"};
  return names[outcome == 0 ? names.size() - 1 : outcome - 1];
}

PgParams key_of_page(std::int64_t run, const Page& page) {
  PgParams params;
  params.number(run).number(page.after.empty() ? std::int64_t{0} : page.after[0]);
  params.number(page.limit + 1);
  return params;
}

Outcome list_lines(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 1);
  const auto fields = FieldSelection::read(query, recon_line_members);
  const std::size_t outcome = query.position("outcome", outcomes);
  AUTHD_TRY_VOID(query.finish());
  AUTHD_TRY(run, find_recon_run(call, connection, call.id("run")));
  AUTHD_TRY(found, connection.exec_prepared(statement_of(outcome), key_of_page(run.id, page)));
  return answer_page(call, found, page, fields);
}

json::object bad_line_json(const store::PgResult& found, int row) {
  json::object object{{"line", found.number<std::int64_t>(row, 0)}};
  const auto reason = found.number<std::int16_t>(row, 1);
  const bool known = reason >= 1 && reason <= recon::reason_last;
  object["reason"] = known ? recon::name(static_cast<recon::Reason>(reason)) : "unknown";
  object["meaning"] = known ? recon::describe(static_cast<recon::Reason>(reason)) : "unknown";
  object["field"] = found.is_null(row, 2) ? json::value(nullptr) : json::value(found.text(row, 2));
  object["text"] = found.text(row, 3);
  return object;
}

Outcome list_bad_lines(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 1);
  const auto fields = FieldSelection::read(query, bad_members);
  AUTHD_TRY_VOID(query.finish());
  AUTHD_TRY(run, find_recon_run(call, connection, call.id("run")));
  AUTHD_TRY(found, connection.exec_prepared("recon_bad_lines", key_of_page(run.id, page)));
  json::array items;
  std::vector<std::int64_t> last;
  for (int row = 0; row < found.rows() && row < page.limit; ++row) {
    json::object object = bad_line_json(found, row);
    fields.apply(object);
    items.push_back(std::move(object));
    if (found.rows() > page.limit) last = {found.number<std::int64_t>(row, 0)};
  }
  return page_answer(call, std::move(items), last);
}

}  // namespace

Resource recon_lines_resource() {
  using net::Method;
  return {{{Method::get, "/v1/reconciliation/runs/{run:id}/lines", "listReconciliationLines",
            Scope::recon_read, Read{list_lines}},
           {Method::get, "/v1/reconciliation/runs/{run:id}/bad-lines", "listReconciliationBadLines",
            Scope::recon_read, Read{list_bad_lines}}},
          statements()};
}

}  // namespace authd::api
