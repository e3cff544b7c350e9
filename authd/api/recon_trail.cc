#include "authd/api/recon_trail.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "authd/api/page.h"
#include "authd/api/recon_run_row.h"
#include "authd/api/recon_sql.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr std::array<std::string_view, 8> members{"number", "at",     "run",    "exception",
                                                  "actor",  "action", "detail", "hash"};

std::vector<Statement> statements() {
  return {{"recon_trail_list",
           "SELECT json_build_object('number', t.number, 'at', " + sql_time("t.at") +
               ", 'run', t.run_id, 'exception', t.discrepancy_id, 'actor', t.actor,"
               " 'action', t.action, 'detail', t.detail, 'hash', encode(t.hash, 'hex'))::text,"
               " t.number FROM authd.recon_trail AS t"
               " WHERE t.supplier_id = $1 AND t.number < $2 ORDER BY t.number DESC LIMIT $3"},
          {"recon_trail_broken", "SELECT number, why FROM authd.recon_broken($1)"},
          {"recon_trail_head",
           "SELECT number, encode(hash, 'hex') FROM authd.recon_trail_head WHERE supplier_id = $1"},
          {"recon_outcome",
           "SELECT encode(authd.recon_outcome_digest(id), 'hex'), encode(outcome_sha256, 'hex'),"
           " supplier_id FROM authd.recon_run WHERE id = $1"}};
}

core::Result<std::string, Problem> read_supplier_name(QueryReader& query) {
  const auto supplier = query.text("supplier", supplier_name_size_max);
  if (!supplier) query.refuse("supplier", "is required");
  AUTHD_TRY_VOID(query.finish());
  return *supplier;
}

core::Result<SupplierName, Problem> expect_supplier(const Call& call, Connection& connection,
                                                    const std::string& name) {
  AUTHD_TRY(supplier, find_supplier(call, connection, name));
  if (!supplier) return Unexpected{Problem(Kind::not_found)};
  return *supplier;
}

Outcome list_trail(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 1);
  const auto fields = FieldSelection::read(query, members);
  AUTHD_TRY(name, read_supplier_name(query));
  AUTHD_TRY(supplier, expect_supplier(call, connection, name));
  PgParams params;
  params.number(supplier.id);
  params.number(page.after.empty() ? std::int64_t{INT64_MAX} : page.after[0]);
  AUTHD_TRY(found, connection.exec_prepared("recon_trail_list", params.number(page.limit + 1)));
  return answer_page(call, found, page, fields);
}

core::Result<json::object, Problem> verify_chain(Connection& connection, std::int16_t supplier) {
  AUTHD_TRY(broken, connection.exec_prepared("recon_trail_broken", PgParams().number(supplier)));
  AUTHD_TRY(head, connection.exec_prepared("recon_trail_head", PgParams().number(supplier)));
  json::object chain{{"intact", broken.rows() == 0}, {"broken", nullptr}, {"head", nullptr}};
  if (broken.rows() != 0) {
    chain["broken"] =
        json::object{{"number", broken.number<std::int64_t>(0, 0)}, {"why", broken.text(0, 1)}};
  }
  if (head.rows() != 0) {
    chain["head"] =
        json::object{{"number", head.number<std::int64_t>(0, 0)}, {"hash", head.text(0, 1)}};
  }
  return chain;
}

// wrong_state while the run has made nothing that could be compared.
core::Result<json::object, Problem> verify_outcome(Connection& connection, std::int64_t run,
                                                   std::int16_t supplier) {
  AUTHD_TRY(found, connection.exec_prepared("recon_outcome", PgParams().number(run)));
  if (found.rows() == 0 || found.number<std::int16_t>(0, 2) != supplier) {
    return Unexpected{Problem(Kind::not_found)};
  }
  if (found.is_null(0, 1)) {
    return Unexpected{Problem(Kind::wrong_state, "The run has no outcome, or not yet.")};
  }
  return json::object{{"run", run},
                      {"intact", found.text(0, 0) == found.text(0, 1)},
                      {"recorded", found.text(0, 1)},
                      {"computed", found.text(0, 0)}};
}

Outcome verify(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const auto run = query.integer("run", 1, integer_max);
  AUTHD_TRY(name, read_supplier_name(query));
  // One moment for all of it: steps are noted meanwhile.
  AUTHD_TRY(transaction, store::Transaction::begin(
                             connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  AUTHD_TRY(supplier, expect_supplier(call, connection, name));
  AUTHD_TRY(chain, verify_chain(connection, supplier.id));
  json::object body{{"supplier", name}, {"chain", std::move(chain)}, {"outcome", nullptr}};
  if (run) {
    AUTHD_TRY(outcome, verify_outcome(connection, *run, supplier.id));
    body["outcome"] = std::move(outcome);
  }
  AUTHD_TRY_VOID(transaction.commit());
  Answer answer;
  answer.body = json::serialize(body);
  return answer;
}

}  // namespace

Resource recon_trail_resource() {
  using net::Method;
  return {{{Method::get, "/v1/reconciliation/trail", "listReconciliationTrail", Scope::recon_read,
            Read{list_trail}},
           {Method::get, "/v1/reconciliation/audit/verify", "verifyReconciliationAudit",
            Scope::recon_read, Read{verify}}},
          statements()};
}

}  // namespace authd::api
