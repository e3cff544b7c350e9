#include "authd/api/recon_runs.h"

#include <boost/json/serialize.hpp>
#include <limits>

#include "authd/api/body_reader.h"
#include "authd/api/change.h"
#include "authd/api/page.h"
#include "authd/api/percent.h"
#include "authd/api/recon_run_row.h"
#include "authd/api/recon_spool.h"
#include "authd/api/recon_sql.h"
#include "authd/api/rfc3339.h"
#include "authd/api/with_connection.h"
#include "authd/recon/words.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr BodyReader::TextSize file_name_size{1, 255};

// A parameter cannot be null: the statements read this, which no period begins or ends with, as
// null.
constexpr core::Timestamp no_time{std::numeric_limits<std::int64_t>::min()};

std::vector<Statement> statements() {
  std::vector<Statement> all = recon_run_statements();
  // The last condition is of program and supplier both: an id is in the index of its supplier.
  const std::string page =
      "WHERE r.id < $1 AND ($2::smallint = 0 OR r.state = $2) AND r.requested_at >= $3"
      " AND r.requested_at < $4 AND ";
  const std::string order = " ORDER BY r.id DESC LIMIT $6";
  all.push_back(
      {"recon_run_list", recon_run_select() + page + "($5::text = '' OR s.program = $5)" + order});
  all.push_back(
      {"recon_run_list_supplier", recon_run_select() + page + "r.supplier_id = $5" + order});
  all.push_back({"recon_run_insert",
                 "INSERT INTO authd.recon_run (supplier_id, state, origin, file_name, period_from,"
                 " period_to, requested_by) VALUES ($1, $2, $3, $4,"
                 " nullif($5::timestamptz, '-infinity'), nullif($6::timestamptz, '-infinity'), $7)"
                 " RETURNING id"});
  all.push_back({"recon_run_cancel",
                 "UPDATE authd.recon_run SET cancel_requested_at = coalesce(cancel_requested_at,"
                 " now()), state = CASE WHEN state < 3 THEN 7 ELSE state END,"
                 " finished_at = CASE WHEN state < 3 THEN now() END WHERE id = $1"});
  return all;
}

// A name that is no path.
bool is_plain_file_name(std::string_view name) {
  return name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         is_plain_text(name);
}

struct WantedRun {
  std::string supplier;
  std::string file_name;
  bool upload = false;
  core::Timestamp from = no_time;
  core::Timestamp to = no_time;
};

void read_file(BodyReader& body, WantedRun& wanted) {
  const auto file = body.text("file", file_name_size, Need::optional);
  const auto upload = body.flag("upload", Need::optional);
  const auto name = body.text("name", file_name_size, Need::optional);
  wanted.upload = upload.value.value_or(false);
  if (file.given == wanted.upload) {
    body.refuse("file", "must be given, or upload must be true; not both");
  }
  if (file.value && !is_plain_file_name(*file.value)) {
    body.refuse("file", "must be the name of a file in the supplier's directory");
  }
  if (name.given && !wanted.upload) body.refuse("name", "is that of an upload");
  if (name.value && !is_plain_file_name(*name.value)) body.refuse("name", "must be a file's name");
  wanted.file_name = wanted.upload ? name.value.value_or("upload") : file.value.value_or("");
}

core::Result<WantedRun, Problem> read_wanted(const Call& call) {
  return read_body(call, [&](BodyReader& body) {
    WantedRun wanted;
    wanted.supplier =
        body.token("supplier", supplier_name_size_max, Need::required).value.value_or("");
    read_file(body, wanted);
    const auto from = body.time("from", Need::optional);
    const auto to = body.time("to", Need::optional);
    if (from.given != to.given) body.refuse(from.given ? "to" : "from", "is needed as well");
    if (from.value && to.value && *to.value <= *from.value) {
      body.refuse("to", "must be after from");
    }
    wanted.from = from.value.value_or(no_time);
    wanted.to = to.value.value_or(no_time);
    return wanted;
  });
}

core::Result<SupplierName, Problem> supplier_of(const Call& call, Connection& connection,
                                                const std::string& name) {
  AUTHD_TRY(supplier, find_supplier(call, connection, name));
  if (!supplier) return Unexpected{wrong_field("supplier", "is not known")};
  if (!supplier->is_active) {
    return Unexpected{wrong_field("supplier", "is not in the configuration any more")};
  }
  return *supplier;
}

Outcome create_run(const Call& call, Connection& connection) {
  AUTHD_TRY(wanted, read_wanted(call));
  AUTHD_TRY(supplier, supplier_of(call, connection, wanted.supplier));
  PgParams params;
  params.number(supplier.id)
      .number(std::int16_t{wanted.upload ? std::int16_t{1} : std::int16_t{2}});
  params.number(std::int16_t{wanted.upload ? std::int16_t{2} : std::int16_t{1}});
  params.text(wanted.file_name).time(wanted.from).time(wanted.to).text(actor_of(call));
  AUTHD_TRY(created, connection.exec_prepared("recon_run_insert", params));
  const auto id = created.number<std::int64_t>(0, 0);
  json::object detail{{"file", wanted.file_name}};
  if (wanted.from != no_time) {
    detail["period_from"] = to_rfc3339(wanted.from);
    detail["period_to"] = to_rfc3339(wanted.to);
  }
  const std::string_view action = wanted.upload ? "receiving" : "queued";
  AUTHD_TRY_VOID(note(call, connection, {supplier.id, id, 0, action, std::move(detail)}));
  AUTHD_TRY(run, find_recon_run(call, connection, id));
  Answer answer;
  answer.status = 202;
  answer.body = json::serialize(run.object);
  answer.location = "/v1/reconciliation/runs/" + std::to_string(id);
  return answer;
}

Outcome show_run(const Call& call, const store::PgResult& found) {
  QueryReader query(call.head.query());
  const auto fields = FieldSelection::read(query, recon_run_members);
  AUTHD_TRY_VOID(query.finish());
  if (found.rows() == 0) return Unexpected{Problem(Kind::not_found)};
  AUTHD_TRY(run, read_recon_run(found, 0));
  if (!call.caller.may_see(run.program)) return Unexpected{Problem(Kind::not_found)};
  fields.apply(run.object);
  Answer answer;
  answer.body = json::serialize(run.object);
  return answer;
}

// What has not begun ends at once; what goes on is told, and ends when it notices. Said again it
// is answered with the run as it is.
Outcome cancel_run(const Call& call, Connection& connection, const Spool& spool) {
  AUTHD_TRY_VOID(expect_no_fields(call));
  AUTHD_TRY(run, find_recon_run(call, connection, call.id("run"), RunLock::held));
  constexpr std::int16_t receiving = 1;
  constexpr std::int16_t reading = 3;
  constexpr std::int16_t done = 5;
  constexpr std::int16_t cancelled = 7;
  const bool was_asked = !run.object.at("cancel_requested_at").is_null();
  if (run.state >= done && run.state != cancelled) {
    return Unexpected{Problem(Kind::wrong_state, "The run has ended.")};
  }
  if (run.state < done && !was_asked) {
    AUTHD_TRY_VOID(connection.exec_prepared("recon_run_cancel", PgParams().number(run.id)));
    const std::string_view action = run.state < reading ? "cancelled" : "cancel_requested";
    AUTHD_TRY_VOID(note(call, connection, {run.supplier, run.id, 0, action, {}}));
    if (run.state == receiving) spool.discard(run.id);
  }
  AUTHD_TRY(now, find_recon_run(call, connection, run.id));
  Answer answer;
  answer.body = json::serialize(now.object);
  return answer;
}

struct RunList {
  Page page;
  core::Timestamp from{INT64_MIN};
  core::Timestamp to{INT64_MAX};
  std::int16_t state = 0;
  std::optional<std::string> supplier;
};

RunList read_list(QueryReader& query, const Call& call) {
  RunList list;
  list.page = read_page(query, call, 1);
  if (const auto from = query.time("from")) list.from = *from;
  if (const auto to = query.time("to")) list.to = *to;
  if (list.to <= list.from) query.refuse("to", "must be after from");
  list.state = static_cast<std::int16_t>(query.position("state", recon::run_state_names));
  list.supplier = query.text("supplier", supplier_name_size_max);
  return list;
}

Outcome list_runs(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const RunList list = read_list(query, call);
  const auto fields = FieldSelection::read(query, recon_run_members);
  AUTHD_TRY_VOID(query.finish());
  PgParams params;
  params.number(list.page.after.empty() ? std::int64_t{INT64_MAX} : list.page.after[0]);
  params.number(list.state).time(list.from).time(list.to);
  if (list.supplier) {
    AUTHD_TRY(supplier, find_supplier(call, connection, *list.supplier));
    if (!supplier) return page_answer(call, json::array(), {});
    params.number(supplier->id);
  } else {
    params.text(call.caller.program);
  }
  AUTHD_TRY(found,
            connection.exec_prepared(list.supplier ? "recon_run_list_supplier" : "recon_run_list",
                                     params.number(list.page.limit + 1)));
  json::array items;
  std::vector<std::int64_t> last;
  for (int row = 0; row < found.rows() && row < list.page.limit; ++row) {
    AUTHD_TRY(run, read_recon_run(found, row));
    fields.apply(run.object);
    items.push_back(std::move(run.object));
    if (found.rows() > list.page.limit) last = {run.id};
  }
  return page_answer(call, std::move(items), last);
}

PgParams key_of_run(const Call& call) { return PgParams().number(call.id("run")); }

net::Awaitable<Outcome> run_and_wake(const Call& call, const Facilities& facilities,
                                     const Change& change, const std::function<void()>& wake) {
  auto on_worker = [&](Connection& connection) { return run_change(call, connection, change); };
  Outcome outcome = co_await with_connection(facilities.pool, facilities.mailbox, on_worker);
  if (outcome && wake) wake();
  co_return outcome;
}

// A change after which the runner is woken.
Wait change_and_wake(const ReconciliationDesk& desk, Change change) {
  return {[change = std::move(change), wake = desk.wake](const Call& call,
                                                         const Facilities& facilities) {
    return run_and_wake(call, facilities, change, wake);
  }};
}

}  // namespace

Resource recon_runs_resource(const ReconciliationDesk& desk) {
  using net::Method;
  const auto cancel = [spool = Spool(desk.spool)](const Call& call, Connection& connection) {
    return cancel_run(call, connection, spool);
  };
  return {{{Method::post, "/v1/reconciliation/runs", "createReconciliationRun", Scope::recon_write,
            change_and_wake(desk, Change{create_run})},
           {Method::get, "/v1/reconciliation/runs", "listReconciliationRuns", Scope::recon_read,
            Read{list_runs}},
           {Method::get, "/v1/reconciliation/runs/{run:id}", "getReconciliationRun",
            Scope::recon_read, Lookup{"recon_run_get", key_of_run, show_run}},
           {Method::post, "/v1/reconciliation/runs/{run:id}/cancel", "cancelReconciliationRun",
            Scope::recon_write, change_and_wake(desk, Change{cancel})}},
          statements()};
}

}  // namespace authd::api
