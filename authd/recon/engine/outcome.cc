#include "authd/recon/engine/outcome.h"

#include <fmt/format.h>

namespace authd::recon {

namespace {

using store::PgParams;

// A match's id is made of the run and its first line's n, so that it needs no sequence: below 2^53,
// which JSON can say, for 2^25 runs of 2^28 lines.
constexpr int line_bits = 28;

constexpr std::string_view insert_matches = R"(
INSERT INTO authd.recon_match (id, run_id, line_run_id, line_number, item_kind, item_shard, item_seq, supplier_id, method, confidence)
SELECT ({run} << {bits}) + p.match, {run}, l.run_id, l.line_number, CASE WHEN i.n IS NOT NULL THEN 1 END, i.shard, i.seq,
       {supplier}, p.method, p.confidence
  FROM pair AS p LEFT JOIN line AS l ON l.n = p.line LEFT JOIN item AS i ON i.n = p.item
 ORDER BY p.match, p.line, p.item)";

// Adds to the trail what was done to the discrepancies that `changed` names.
constexpr std::string_view note_changed = R"(
, noted AS (
  SELECT authd.recon_note({supplier}::smallint, {run}::bigint, 'authd', array_agg(id ORDER BY id), array_agg(({action})::text ORDER BY id),
                          array_agg(({detail})::jsonb ORDER BY id)) AS number
    FROM changed HAVING count(*) > 0)
SELECT number FROM noted)";

// A line or item that an earlier run has missed is matched now.
constexpr std::string_view settle_waiting = R"(
WITH settled AS (
  SELECT d.id, m.id AS match_id FROM authd.recon_discrepancy AS d JOIN authd.recon_match AS m
         ON m.line_run_id = d.line_run_id AND m.line_number = d.line_number AND m.run_id = {run} AND m.ended_at IS NULL
   WHERE d.supplier_id = {supplier} AND d.state = 1 AND d.kind = 1
  UNION ALL
  SELECT d.id, m.id FROM authd.recon_discrepancy AS d JOIN authd.recon_match AS m
         ON m.item_shard = d.item_shard AND m.item_seq = d.item_seq AND m.item_kind = d.item_kind
            AND m.supplier_id = d.supplier_id AND m.run_id = {run} AND m.ended_at IS NULL
   WHERE d.supplier_id = {supplier} AND d.state = 1 AND d.kind = 2
), changed AS (
  UPDATE authd.recon_discrepancy AS d
     SET state = 5, resolution = 2, match_id = settled.match_id, resolved_at = now(), changed_at = now(), version = version + 1
    FROM settled WHERE d.id = settled.id RETURNING d.*))";

constexpr std::string_view end_waiting = R"(
WITH changed AS (
  UPDATE authd.recon_discrepancy SET state = 2, changed_at = now(), version = version + 1
   WHERE supplier_id = {supplier} AND state = 1 AND run_id <> {run} AND waits_until < (SELECT period_to FROM authd.recon_run WHERE id = {run})
  RETURNING *))";

constexpr std::string_view insert_discrepancies = R"(
WITH changed AS (
  INSERT INTO authd.recon_discrepancy
    (run_id, line_run_id, line_number, item_kind, item_shard, item_seq, match_id, authorization_id, stated_minor, booked_minor,
     difference_minor, currency, supplier_id, kind, state, resolution, resolved_at, rule, waits_until, detail)
  SELECT {run}, l.run_id, l.line_number, f.item_kind, f.item_shard, f.item_seq, ({run} << {bits}) + f.match, f.authorization_id,
         f.stated, f.booked, f.difference, f.currency, {supplier}, f.kind, f.state, f.resolution,
         CASE WHEN f.state = 5 THEN now() END, f.rule, f.waits_until, f.detail
    FROM found AS f LEFT JOIN line AS l ON l.n = f.line
   ORDER BY f.ord
  RETURNING *))";

constexpr std::string_view detail_of_new =
    "jsonb_build_object('kind', kind, 'line_run', line_run_id, 'line', line_number, 'item_kind', "
    "item_kind,"
    " 'shard', item_shard, 'sequence', item_seq, 'difference_minor', difference_minor, 'currency', "
    "currency,"
    " 'rule', rule)";

constexpr std::string_view insert_figures = R"(
INSERT INTO authd.recon_run_figure (run_id, kind, currency, found, auto_resolved, difference_minor)
SELECT {run}, kind, currency, count(*), count(*) FILTER (WHERE state = 5), sum(abs(difference)) FROM found GROUP BY kind, currency)";

constexpr std::string_view finish = R"(
UPDATE authd.recon_run AS r
   SET state = 5, finished_at = clock_timestamp(), outcome_sha256 = authd.recon_outcome_digest({run}),
       items = (SELECT count(*) FROM item WHERE at >= r.period_from AND at < r.period_to),
       matched_lines = (SELECT count(DISTINCT p.line) FROM pair AS p JOIN line AS l ON l.n = p.line WHERE l.run_id = {run}),
       matched_items = (SELECT count(DISTINCT item) FROM pair),
       discrepancies = (SELECT count(*) FROM found),
       auto_resolved = (SELECT count(*) FROM found WHERE state = 5),
       waiting = (SELECT count(*) FROM found WHERE state = 1),
       exceptions = (SELECT count(*) FROM found WHERE state = 2),
       match_us = $1::bigint, discrepancy_us = $2::bigint
 WHERE id = {run}
RETURNING jsonb_build_object('lines', lines, 'bad_lines', bad_lines, 'items', items, 'matched_lines', matched_lines,
  'matched_items', matched_items, 'discrepancies', discrepancies, 'auto_resolved', auto_resolved, 'waiting', waiting,
  'exceptions', exceptions, 'outcome_sha256', encode(outcome_sha256, 'hex'),
  'methods', (SELECT jsonb_object_agg(method, rows) FROM (SELECT method, count(*) AS rows FROM pair GROUP BY method) AS m))::text)";

class Writer {
 public:
  explicit Writer(RunSession& session) : session_(session) {}

  core::Result<void, RunStop> run(std::string_view statement) {
    AUTHD_TRY_VOID(session_.work().exec(filled(statement)));
    return {};
  }

  // A statement that ends with the rows `changed`, and the trail about them.
  core::Result<void, RunStop> run_noted(std::string_view statement, std::string_view action,
                                        std::string_view detail) {
    const std::string noted =
        fmt::format(fmt::runtime(note_changed), fmt::arg("run", session_.run()),
                    fmt::arg("supplier", session_.supplier_id()), fmt::arg("action", action),
                    fmt::arg("detail", detail));
    AUTHD_TRY_VOID(session_.work().exec(filled(statement) + noted));
    return {};
  }

  std::string filled(std::string_view statement) const {
    return fmt::format(fmt::runtime(statement),
                       fmt::arg("run", fmt::format("{}::bigint", session_.run())),
                       fmt::arg("supplier", session_.supplier_id()), fmt::arg("bits", line_bits));
  }

 private:
  RunSession& session_;
};

}  // namespace

core::Result<void, RunStop> write_matches(RunSession& session) {
  return Writer(session).run(insert_matches);
}

core::Result<void, RunStop> conclude(RunSession& session, const Period& period,
                                     const Durations& durations) {
  const auto began = std::chrono::steady_clock::now();
  Writer writer(session);
  AUTHD_TRY_VOID(session.work().exec(
      "UPDATE authd.recon_run SET period_from = $2::timestamptz, period_to = $3::timestamptz"
      " WHERE id = $1 AND $3::timestamptz > $2::timestamptz",
      PgParams().number(session.run()).time(period.from).time(period.to)));
  AUTHD_TRY_VOID(writer.run(insert_figures));
  const std::string statement = writer.filled(finish);
  AUTHD_TRY(figures, session.work().exec(
                         statement.c_str(),
                         PgParams().number(durations.match_us).number(durations.discrepancy_us)));

  // Whoever works on exceptions of this supplier waits from here on, for the end of the trail.
  AUTHD_TRY_VOID(
      writer.run_noted(settle_waiting, "'matched_later'", "jsonb_build_object('match', match_id)"));
  AUTHD_TRY_VOID(writer.run_noted(end_waiting, "'waited_in_vain'", "'{}'::jsonb"));
  AUTHD_TRY_VOID(writer.run_noted(
      insert_discrepancies,
      "CASE state WHEN 1 THEN 'waits' WHEN 5 THEN 'auto_resolved' ELSE 'opened' END",
      detail_of_new));
  AUTHD_TRY_VOID(session.note("done", std::string(figures.text(0, 0))));
  AUTHD_TRY_VOID(session.work().exec("UPDATE authd.recon_run SET audit_us = $2 WHERE id = $1",
                                     PgParams().number(session.run()).number(us_since(began))));
  return session.forget_progress();
}

}  // namespace authd::recon
