#include "authd/api/recon_suppliers.h"

#include <boost/json/serialize.hpp>

#include "authd/api/page.h"
#include "authd/api/recon_sql.h"
#include "authd/recon/supplier.h"
#include "authd/recon/words.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgParams;

constexpr std::array<std::string_view, 10> members{
    "name",       "program",         "books",   "is_active", "approval_above_minor",
    "changed_at", "open_exceptions", "waiting", "last_run",  "definition"};

std::string select() {
  return "SELECT json_build_object('name', s.name, 'program', s.program, 'books', " +
         sql_word("s.books", recon::books_names) +
         ", 'is_active', s.is_active, 'approval_above_minor', s.approval_above_minor,"
         " 'changed_at', " +
         sql_time("s.changed_at") +
         ", 'open_exceptions', (SELECT count(*) FROM authd.recon_discrepancy AS d"
         "   WHERE d.supplier_id = s.id AND d.state BETWEEN 2 AND 4),"
         " 'waiting', (SELECT count(*) FROM authd.recon_discrepancy AS d"
         "   WHERE d.supplier_id = s.id AND d.state = 1),"
         " 'last_run', (SELECT json_build_object('id', r.id, 'state', " +
         sql_word("r.state", recon::run_state_names) + ", 'file', r.file_name, 'requested_at', " +
         sql_time("r.requested_at") + ", 'finished_at', " + sql_time("r.finished_at") +
         ") FROM authd.recon_run AS r WHERE r.supplier_id = s.id ORDER BY r.id DESC LIMIT 1),"
         " 'definition', s.definition)::text, s.id::bigint, s.program FROM authd.recon_supplier AS "
         "s ";
}

std::vector<Statement> statements() {
  return {{"recon_supplier_get", select() + "WHERE s.name = $1"},
          {"recon_supplier_list",
           select() + "WHERE ($1::text = '' OR s.program = $1) AND s.id > $2 ORDER BY s.id"
                      " LIMIT $3"}};
}

Outcome show_supplier(const Call& call, const store::PgResult& found) {
  QueryReader query(call.head.query());
  const auto fields = FieldSelection::read(query, members);
  AUTHD_TRY_VOID(query.finish());
  if (found.rows() == 0 || !call.caller.may_see(found.text(0, 2))) {
    return Unexpected{Problem(Problem::Kind::not_found)};
  }
  AUTHD_TRY(object, object_at(found, 0));
  fields.apply(object);
  Answer answer;
  answer.body = json::serialize(object);
  return answer;
}

Outcome list_suppliers(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 1);
  const auto fields = FieldSelection::read(query, members);
  AUTHD_TRY_VOID(query.finish());
  PgParams params;
  params.text(call.caller.program);
  params.number(static_cast<std::int16_t>(page.after.empty() ? 0 : page.after[0]));
  AUTHD_TRY(found, connection.exec_prepared("recon_supplier_list", params.number(page.limit + 1)));
  return answer_page(call, found, page, fields);
}

PgParams key_of_supplier(const Call& call) { return PgParams().text(call.text("supplier")); }

}  // namespace

// Holds the statements that every request about reconciliation uses.
Resource recon_suppliers_resource() {
  using net::Method;
  std::vector<Statement> all = statements();
  for (Statement& statement : recon_common_statements()) all.push_back(std::move(statement));
  return {
      {{Method::get, "/v1/reconciliation/suppliers", "listReconciliationSuppliers",
        Scope::recon_read, Read{list_suppliers}},
       {Method::get, "/v1/reconciliation/suppliers/{supplier:token}", "getReconciliationSupplier",
        Scope::recon_read, Lookup{"recon_supplier_get", key_of_supplier, show_supplier}}},
      std::move(all)};
}

}  // namespace authd::api
