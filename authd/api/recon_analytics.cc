#include "authd/api/recon_analytics.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>

#include "authd/api/query_reader.h"
#include "authd/api/recon_sql.h"
#include "authd/api/rfc3339.h"
#include "authd/recon/words.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using store::Connection;
using store::PgParams;

constexpr std::array<std::string_view, 3> steps{"day", "week", "month"};
constexpr std::int64_t us_per_day = std::int64_t{86'400} * 1'000'000;

// Sums beyond 64 bits are shown as the largest number there is.
std::string bounded(const std::string& sum) {
  return "least(coalesce(" + sum + ", 0), 9223372036854775807)::bigint";
}

// $1: the caller's program, $2: the supplier, $3 and $4: the time, $5: the step.
std::string over_time() {
  const std::string done = " FILTER (WHERE r.state = 5)";
  const auto sum = [&](const std::string& column) {
    return bounded("sum(r." + column + ")" + done);
  };
  const std::string duration = "(r.parse_us + r.match_us + r.discrepancy_us + r.audit_us)";
  return "WITH run AS MATERIALIZED (SELECT r.*, date_trunc($5, r.requested_at, 'UTC') AS step"
         "  FROM authd.recon_supplier AS s JOIN authd.recon_run AS r ON r.supplier_id = s.id"
         "  WHERE ($1::text = '' OR s.program = $1) AND ($2::text = '' OR s.name = $2)"
         "  AND r.requested_at >= $3 AND r.requested_at < $4)"
         " SELECT json_build_object('begin', " +
         sql_time("r.step") + ", 'runs', count(*), 'done', count(*)" + done +
         ", 'failed', count(*) FILTER (WHERE r.state = 6), 'lines', " + sum("lines") +
         ", 'bad_lines', " + sum("bad_lines") + ", 'matched_lines', " + sum("matched_lines") +
         ", 'match_permille', (sum(r.matched_lines)" + done + " * 1000 / nullif(sum(r.lines)" +
         done + ", 0))::bigint, 'discrepancies', " + sum("discrepancies") + ", 'auto_resolved', " +
         sum("auto_resolved") + ", 'auto_resolved_permille', (sum(r.auto_resolved)" + done +
         " * 1000 / nullif(sum(r.discrepancies)" + done + ", 0))::bigint, 'exceptions', " +
         sum("exceptions") + ", 'duration_ms', json_build_object('average', (avg(" + duration +
         ")" + done + " / 1000)::bigint, 'max', max(" + duration + ")" + done +
         " / 1000), 'by_kind', (SELECT coalesce(json_agg(json_build_object('kind', " +
         sql_word("k.kind", recon::discrepancy_names) +
         ", 'currency', k.currency, 'found', k.found, 'auto_resolved', k.auto_resolved,"
         " 'difference_minor', k.difference_minor) ORDER BY k.kind, k.currency), '[]')"
         " FROM (SELECT f.kind, f.currency, sum(f.found)::bigint AS found,"
         "   sum(f.auto_resolved)::bigint AS auto_resolved, " +
         bounded("sum(f.difference_minor)") +
         "   AS difference_minor FROM run AS x JOIN authd.recon_run_figure AS f ON f.run_id = x.id"
         "   WHERE x.step = r.step AND x.state = 5 GROUP BY f.kind, f.currency) AS k))::text"
         " FROM run AS r GROUP BY r.step ORDER BY r.step";
}

// $1: the caller's program, $2: the supplier.
std::string open_now() {
  const auto count = [](std::string_view from_days, std::string_view to_days) {
    return fmt::format(
        "count(*) FILTER (WHERE d.opened_at <= now() - interval '{} days'"
        " AND d.opened_at > now() - interval '{} days')",
        from_days, to_days);
  };
  return "WITH open AS MATERIALIZED (SELECT d.kind, count(*) AS total, " + count("0", "1") +
         " AS day, " + count("1", "7") + " AS week, " + count("7", "30") +
         " AS month FROM authd.recon_supplier AS s JOIN authd.recon_discrepancy AS d"
         "   ON d.supplier_id = s.id AND d.state BETWEEN 2 AND 4"
         "  WHERE ($1::text = '' OR s.program = $1) AND ($2::text = '' OR s.name = $2)"
         "  GROUP BY d.kind)"
         " SELECT json_build_object('total', coalesce(sum(total), 0)::bigint, 'by_age',"
         " json_build_object('under_1_day', coalesce(sum(day), 0)::bigint,"
         " 'under_7_days', coalesce(sum(week), 0)::bigint,"
         " 'under_30_days', coalesce(sum(month), 0)::bigint,"
         " 'older', coalesce(sum(total - day - week - month), 0)::bigint), 'by_kind',"
         " coalesce(json_agg(json_build_object('kind', " +
         sql_word("kind", recon::discrepancy_names) +
         ", 'open', total) ORDER BY kind), '[]'))::text FROM open";
}

struct Span {
  core::Timestamp from;
  core::Timestamp to;
  std::string_view step;
  std::string supplier;
};

core::Timestamp wall_clock_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
}

core::Result<Span, Problem> read_span(const Call& call) {
  QueryReader query(call.head.query());
  Span span;
  span.supplier = query.text("supplier", supplier_name_size_max).value_or("");
  const std::size_t step = query.position("by", steps);
  span.step = steps[step == 0 ? 0 : step - 1];
  const auto from = query.time("from");
  span.to = query.time("to").value_or(wall_clock_now());
  span.from = from.value_or(core::Timestamp{span.to.unix_us - analytics_days_default * us_per_day});
  const std::int64_t days_max = analytics_days_max * (step > 1 ? 10 : 1);
  if (span.to <= span.from) query.refuse("to", "must be after from");
  // Times are of years 1 to 9999: no difference of two overflows.
  if (span.to.unix_us - span.from.unix_us > days_max * us_per_day) {
    query.refuse("from", fmt::format("must be at most {} days before to", days_max));
  }
  AUTHD_TRY_VOID(query.finish());
  return span;
}

Outcome analyse(const Call& call, Connection& connection) {
  AUTHD_TRY(span, read_span(call));
  PgParams which;
  which.text(call.caller.program).text(span.supplier);
  AUTHD_TRY(open, connection.exec_prepared("recon_open_now", which));
  which.time(span.from).time(span.to).text(span.step);
  AUTHD_TRY(found, connection.exec_prepared("recon_over_time", which));
  json::object body{{"from", to_rfc3339(span.from)},
                    {"to", to_rfc3339(span.to)},
                    {"by", span.step},
                    {"items", json::array()}};
  for (int row = 0; row < found.rows(); ++row) {
    AUTHD_TRY(object, object_at(found, row));
    body["items"].get_array().push_back(std::move(object));
  }
  AUTHD_TRY(open_object, object_at(open, 0));
  body["open_exceptions"] = std::move(open_object);
  Answer answer;
  answer.body = json::serialize(body);
  return answer;
}

}  // namespace

Resource recon_analytics_resource() {
  return {{{net::Method::get, "/v1/reconciliation/analytics", "getReconciliationAnalytics",
            Scope::recon_read, Read{analyse}}},
          {{"recon_over_time", over_time()}, {"recon_open_now", open_now()}}};
}

}  // namespace authd::api
