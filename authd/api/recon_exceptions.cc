#include "authd/api/recon_exceptions.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "authd/api/page.h"
#include "authd/api/recon_exception_filter.h"
#include "authd/api/recon_exception_row.h"
#include "authd/api/recon_sql.h"
#include "authd/recon/export_cell.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

Outcome list_exceptions(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 1);
  const auto fields = FieldSelection::read(query, recon_exception_members);
  const auto filter = ExceptionFilter::read(query);
  AUTHD_TRY_VOID(query.finish());
  const std::int64_t before = page.after.empty() ? INT64_MAX : page.after[0];
  AUTHD_TRY(found, fetch_exceptions(call, connection, filter, before, page.limit + 1));
  return answer_page(call, found, page, fields);
}

Outcome get_exception(const Call& call, const store::PgResult& found) {
  QueryReader query(call.head.query());
  AUTHD_TRY_VOID(query.finish());
  return show_exception(call, found);
}

// A column of the file, and where it stands in the object: "line.reference".
struct Column {
  std::string_view name;
  std::string_view path;
};
constexpr std::array<Column, 25> columns{{{"id", "id"},
                                          {"supplier", "supplier"},
                                          {"program", "program"},
                                          {"run", "run"},
                                          {"kind", "kind"},
                                          {"state", "state"},
                                          {"resolution", "resolution"},
                                          {"rule", "rule"},
                                          {"currency", "difference.currency"},
                                          {"stated_minor", "stated.minor"},
                                          {"booked_minor", "booked.minor"},
                                          {"difference_minor", "difference.minor"},
                                          {"line_run", "line.run"},
                                          {"line", "line.line"},
                                          {"reference", "line.reference"},
                                          {"occurred_at", "line.occurred_at"},
                                          {"item_kind", "item.kind"},
                                          {"item_shard", "item.shard"},
                                          {"item_sequence", "item.sequence"},
                                          {"assignee", "assignee"},
                                          {"opened_at", "opened_at"},
                                          {"waits_until", "waits_until"},
                                          {"resolved_at", "resolved_at"},
                                          {"version", "version"},
                                          {"detail", "detail"}}};

// Null where there is none, also on the way.
json::value value_at(const json::object& object, std::string_view path) {
  const std::size_t point = path.find('.');
  const json::value* const value = object.if_contains(path.substr(0, point));
  if (value == nullptr) return nullptr;
  if (point == std::string_view::npos) return *value;
  return value->is_object() ? value_at(value->get_object(), path.substr(point + 1)) : nullptr;
}

void append_line(std::string& file, const json::object& object) {
  for (const Column& column : columns) {
    const json::value value = value_at(object, column.path);
    if (&column != columns.data()) file += ',';
    if (value.is_string()) {
      file += recon::export_cell(value.get_string());
    } else if (!value.is_null()) {
      file += recon::export_cell(json::serialize(value));
    }
  }
  file += "\r\n";
}

Problem too_many_rows() {
  return {Kind::invalid_request,
          fmt::format("There are more than {} of them: ask for a supplier, a run, a kind or a"
                      " state.",
                      exported_rows_max)};
}

// Some thousands at a time, all of one moment.
core::Result<std::string, Problem> csv_of(const Call& call, Connection& connection,
                                          const ExceptionFilter& filter) {
  constexpr std::int64_t rows_at_a_time = 5'000;
  std::string file;
  for (const Column& column : columns) {
    file.append(file.empty() ? "" : ",").append(column.name);
  }
  file += "\r\n";
  std::int64_t before = INT64_MAX;
  for (std::int64_t count = 0;;) {
    AUTHD_TRY(found, fetch_exceptions(call, connection, filter, before, rows_at_a_time));
    count += found.rows();
    if (count > exported_rows_max) return Unexpected{too_many_rows()};
    for (int row = 0; row < found.rows(); ++row) {
      AUTHD_TRY(object, object_at(found, row));
      append_line(file, object);
      before = found.number<std::int64_t>(row, 1);
    }
    if (found.rows() < rows_at_a_time) return file;
  }
}

Outcome export_exceptions(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const auto filter = ExceptionFilter::read(query);
  AUTHD_TRY_VOID(query.finish());
  AUTHD_TRY(transaction, store::Transaction::begin(
                             connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  AUTHD_TRY(file, csv_of(call, connection, filter));
  AUTHD_TRY_VOID(transaction.commit());
  Answer answer;
  answer.content_type = "text/csv; charset=utf-8";
  answer.body = std::move(file);
  return answer;
}

PgParams key_of_exception(const Call& call) { return PgParams().number(call.id("exception")); }

std::vector<Statement> statements() {
  std::vector<Statement> all = recon_exception_statements();
  for (Statement& statement : exception_filter_statements()) all.push_back(std::move(statement));
  return all;
}

}  // namespace

Resource recon_exceptions_resource() {
  using net::Method;
  return {
      {{Method::get, "/v1/reconciliation/exceptions", "listReconciliationExceptions",
        Scope::recon_read, Read{list_exceptions}},
       {Method::get, "/v1/reconciliation/exceptions.csv", "exportReconciliationExceptions",
        Scope::recon_read, Read{export_exceptions}},
       {Method::get, "/v1/reconciliation/exceptions/{exception:id}", "getReconciliationException",
        Scope::recon_read, Lookup{recon_exception_statement, key_of_exception, get_exception}}},
      statements()};
}

}  // namespace authd::api
