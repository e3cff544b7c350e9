#include "authd/recon/engine/matching.h"

#include <fmt/format.h>

#include "authd/recon/engine/items.h"
#include "authd/recon/engine/passes.h"
#include "authd/recon/engine/sql.h"

namespace authd::recon {

namespace {

using core::Unexpected;
using store::PgParams;

constexpr const char* line_tables = R"(
CREATE TEMP TABLE line (
  n integer NOT NULL, run_id bigint NOT NULL, line_number bigint NOT NULL, amount bigint NOT NULL, fee bigint,
  at timestamptz NOT NULL, status smallint NOT NULL, currency char(3) NOT NULL, reference text COLLATE "C", kind text COLLATE "C"
) ON COMMIT DROP;
CREATE TEMP TABLE open_line (
  LIKE line, auth text COLLATE "C", card text COLLATE "C", merchant text COLLATE "C", account text COLLATE "C",
  batch text COLLATE "C", day date
) ON COMMIT DROP)";

// Those that wait come first: they are the older ones.
constexpr const char* waiting_lines = R"(
INSERT INTO line
SELECT row_number() OVER (ORDER BY l.run_id, l.line_number), l.run_id, l.line_number, l.amount_minor, l.fee_minor, l.occurred_at,
       l.status, l.currency, l.our_reference, l.kind
  FROM authd.recon_discrepancy AS d JOIN authd.recon_line AS l ON l.run_id = d.line_run_id AND l.line_number = d.line_number
 WHERE d.supplier_id = $1 AND d.state = 1 AND d.kind = 1)";
constexpr const char* lines_of_run = R"(
INSERT INTO line
SELECT (SELECT count(*) FROM line) + row_number() OVER (ORDER BY line_number), run_id, line_number, amount_minor, fee_minor,
       occurred_at, status, currency, our_reference, kind
  FROM authd.recon_line WHERE run_id = $1)";

constexpr std::string_view open_lines = R"(
INSERT INTO open_line
SELECT l.*, s.authorization_reference, s.card, s.merchant, s.account, s.batch, (l.at AT TIME ZONE {zone})::date
  FROM line AS l JOIN authd.recon_line AS s USING (run_id, line_number)
 WHERE NOT EXISTS (SELECT FROM pair WHERE pair.line = l.n))";

// What is given, otherwise the days that the lines of the run lie in; empty without lines.
core::Result<Period, RunStop> period_of(RunSession& session, const RunRecord& record) {
  if (record.period_from && record.period_to) return Period{*record.period_from, *record.period_to};
  const std::string days = fmt::format(
      "SELECT date_trunc('day', min(at) AT TIME ZONE {0}) AT TIME ZONE {0},"
      " (date_trunc('day', max(at) AT TIME ZONE {0}) + interval '1 day') AT TIME ZONE {0},"
      " (max(at) - min(at) > interval '{1} days')::integer, min(at)::text, max(at)::text"
      " FROM line WHERE run_id = $1",
      sql_text(session.supplier().source.zone.name.view()), session.supplier().period_days_max);
  AUTHD_TRY(found, session.work().exec(days.c_str(), PgParams().number(session.run())));
  if (found.is_null(0, 0)) return Period{};
  if (found.number<std::int32_t>(0, 2) != 0) {
    return Unexpected{RunStop(
        RunState::failed,
        fmt::format(
            "the lines of {} are from {} to {}: more than {} days. Say which period it is of",
            record.file_name, found.text(0, 3), found.text(0, 4),
            session.supplier().period_days_max))};
  }
  return Period{found.time(0, 0), found.time(0, 1)};
}

core::Result<void, RunStop> add_items(RunSession& session, const std::string& statement) {
  AUTHD_TRY_VOID(session.work().exec(
      statement.c_str(),
      PgParams().text(session.supplier().program.view()).number(session.supplier_id())));
  return {};
}

core::Result<void, RunStop> find_items(RunSession& session, const Period& period) {
  AUTHD_TRY_VOID(session.allow_nested_loops(false));
  const std::int64_t margin_us = session.supplier().margin_s * core::us_per_s;
  const std::string within = items_within(session.supplier());
  AUTHD_TRY_VOID(session.work().exec(within.c_str(), PgParams()
                                                         .text(session.supplier().program.view())
                                                         .number(session.supplier_id())
                                                         .time({period.from.unix_us - margin_us})
                                                         .time({period.to.unix_us + margin_us})));
  AUTHD_TRY_VOID(session.allow_nested_loops(true));
  AUTHD_TRY_VOID(add_items(session, items_waiting(session.supplier())));
  AUTHD_TRY_VOID(session.work().exec("ANALYZE item"));
  return session.allow_nested_loops(false);
}

// In a table of its own, so that PostgreSQL knows how few they are before it looks for their keys.
constexpr const char* rest_items = R"(
CREATE TEMP TABLE rest_item ON COMMIT DROP AS
SELECT * FROM item WHERE NOT is_taken AND NOT EXISTS (SELECT FROM pair WHERE pair.item = item.n);
ANALYZE rest_item)";

core::Result<void, RunStop> open_rest(RunSession& session) {
  store::Connection& work = session.work();
  AUTHD_TRY_VOID(session.allow_nested_loops(true));
  AUTHD_TRY_VOID(work.exec("ANALYZE pair"));
  AUTHD_TRY_VOID(work.exec(fmt::format(
      open_lines, fmt::arg("zone", sql_text(session.supplier().source.zone.name.view())))));
  // Lines can name items of any time.
  AUTHD_TRY_VOID(add_items(session, items_named(session.supplier())));
  AUTHD_TRY_VOID(work.exec(rest_items));
  AUTHD_TRY_VOID(work.exec(open_items(session.supplier())));
  AUTHD_TRY_VOID(work.exec("ANALYZE open_line; ANALYZE open_item"));
  return session.allow_nested_loops(false);
}

}  // namespace

core::Result<Period, RunStop> match(RunSession& session, const RunRecord& record) {
  store::Connection& work = session.work();
  const std::vector<Pass>& passes = session.supplier().passes;
  const std::size_t steps = passes.size() + 4;  // lines, items, references alone, discrepancies
  std::size_t step = 0;
  const auto next = [&](std::string_view stage) { return session.report(stage, step++, steps, 0); };

  AUTHD_TRY_VOID(next("lines"));
  AUTHD_TRY_VOID(work.exec(std::string(line_tables) + ";" + item_table + ";" + open_item_table +
                           ";" + pair_tables));
  AUTHD_TRY_VOID(work.exec(waiting_lines, PgParams().number(session.supplier_id())));
  AUTHD_TRY_VOID(work.exec(lines_of_run, PgParams().number(session.run())));
  AUTHD_TRY_VOID(work.exec("ANALYZE line"));
  AUTHD_TRY(period, period_of(session, record));

  AUTHD_TRY_VOID(next("items"));
  AUTHD_TRY_VOID(find_items(session, period));
  bool is_open = false;  // open_line and open_item are filled
  for (const Pass& pass : passes) {
    AUTHD_TRY_VOID(next(name(pass.method)));
    if (!is_open && pass.method == Method::reference) {
      AUTHD_TRY_VOID(match_all_references(session, pass));
      AUTHD_TRY_VOID(open_rest(session));
      is_open = true;
      continue;
    }
    if (!is_open) AUTHD_TRY_VOID(open_rest(session));
    is_open = true;
    AUTHD_TRY_VOID(match_open(session, pass));
  }
  AUTHD_TRY_VOID(next(name(Method::reference_only)));
  if (!is_open) AUTHD_TRY_VOID(open_rest(session));
  Pass last;
  last.method = Method::reference_only;
  last.confidence = 50;
  AUTHD_TRY_VOID(match_open(session, last));
  AUTHD_TRY_VOID(work.exec("ANALYZE pair"));
  return period;
}

}  // namespace authd::recon
