#include "authd/recon/engine/findings.h"

#include <fmt/format.h>

#include "authd/recon/engine/sql.h"

namespace authd::recon {

namespace {

using store::PgParams;

constexpr const char* finding_table = R"(
CREATE TEMP TABLE finding (
  kind smallint NOT NULL, line integer, item integer, match integer, item_kind smallint, item_shard integer, item_seq bigint,
  authorization_id bigint, stated bigint, booked bigint, difference bigint NOT NULL, currency char(3) NOT NULL,
  at timestamptz NOT NULL, apart_us bigint, progresses boolean NOT NULL DEFAULT false, expected_fee bigint,
  detail jsonb NOT NULL DEFAULT '{}'
) ON COMMIT DROP)";

// Matches of one line and one item: the values that differ. Most have none, and are passed over
// before the rest is looked at.
constexpr std::string_view of_pairs = R"(
WITH odd AS MATERIALIZED (
  SELECT p.match, l.n AS line, l.amount AS stated, l.currency, l.at, l.status, i.n AS item, i.shard, i.seq, i.authorization_id,
         i.amount, i.currency AS booked_currency, i.at AS booked_at, i.status AS booked_status, i.unasked, i.over_captured,
         {expected} AS expected, {fee} AS fee, p.method
    FROM pair AS p JOIN line AS l ON l.n = p.line JOIN item AS i ON i.n = p.item
   WHERE p.method NOT IN (4, 5, 6)
     AND ((l.currency = i.currency AND l.amount <> {expected}) OR (l.currency <> i.currency AND p.method <> 8)
          OR l.status <> i.status OR i.unasked OR i.over_captured
          OR l.at - i.at NOT BETWEEN -interval '{date_s} s' AND interval '{date_s} s')
), authorized AS (
  SELECT odd.*, greatest(a.approved_minor, a.confirmed_minor) + a.adjusted_minor - a.released_minor AS authorized, a.cleared_minor
    FROM odd LEFT JOIN authd.authorization AS a ON odd.over_captured AND a.shard = odd.shard AND a.id = odd.authorization_id
)
INSERT INTO finding (kind, line, item, match, item_kind, item_shard, item_seq, authorization_id, stated, booked, difference,
                     currency, at, apart_us, progresses, expected_fee, detail)
SELECT f.kind, o.line, o.item, o.match, 1, o.shard, o.seq, o.authorization_id, o.stated, f.booked, f.difference, o.currency,
       o.at, (extract(epoch FROM o.at - o.booked_at) * 1000000)::bigint,
       (o.status, o.booked_status) IN ((1, 2), (2, 1)), o.fee, f.detail
  FROM authorized AS o CROSS JOIN LATERAL (VALUES
    (3::smallint, o.currency = o.booked_currency AND o.stated <> o.expected, o.expected, o.stated - o.expected, '{{}}'::jsonb),
    (4, o.currency <> o.booked_currency AND o.method <> 8, o.amount, 0, jsonb_build_object('booked_currency', o.booked_currency)),
    (5, o.status <> o.booked_status, o.amount, {status_difference},
        jsonb_build_object('stated', {word_of_status}, 'booked', {word_of_booked_status})),
    (6, o.at - o.booked_at NOT BETWEEN -interval '{date_s} s' AND interval '{date_s} s', o.amount, 0,
        jsonb_build_object('stated_at', o.at, 'booked_at', o.booked_at)),
    (9, o.unasked, o.amount, 0, '{{}}'),
    (11, o.over_captured, o.amount, 0, jsonb_build_object('authorized_minor', o.authorized, 'cleared_minor', o.cleared_minor))
  ) AS f (kind, holds, booked, difference, detail)
 WHERE f.holds)";

// A tolerance lets a group match; what it tolerates is told all the same.
constexpr std::string_view of_groups = R"(
INSERT INTO finding (kind, line, match, stated, booked, difference, currency, at, expected_fee)
SELECT 3, g.match, g.match, {stated}, {booked}, {difference}, l.currency, l.at, NULL
  FROM (SELECT p.match, sum(l.amount) AS stated, sum(i.amount) AS booked
          FROM pair AS p LEFT JOIN line AS l ON l.n = p.line LEFT JOIN item AS i ON i.n = p.item
         WHERE p.method IN (4, 5, 6) GROUP BY p.match) AS g
  JOIN line AS l ON l.n = g.match
 WHERE g.stated <> g.booked)";

// An item of a group can be of a kind that no line of it is to blame for.
constexpr std::string_view of_group_items = R"(
INSERT INTO finding (kind, line, item, match, item_kind, item_shard, item_seq, authorization_id, stated, booked, difference,
                     currency, at)
SELECT f.kind, p.line, i.n, p.match, 1, i.shard, i.seq, i.authorization_id, i.amount, i.amount, 0, i.currency, i.at
  FROM pair AS p JOIN item AS i ON i.n = p.item
 CROSS JOIN LATERAL (VALUES (9::smallint, i.unasked), (11, i.over_captured)) AS f (kind, holds)
 WHERE p.method IN (4, 5, 6) AND f.holds)";

constexpr std::string_view of_fees = R"(
INSERT INTO finding (kind, line, item, match, item_kind, item_shard, item_seq, authorization_id, stated, booked, difference,
                     currency, at, expected_fee)
SELECT 8, f.line, f.item, f.match, CASE WHEN f.seq IS NOT NULL THEN 1 END, f.shard, f.seq, f.authorization_id,
       -f.fee, -f.expected, f.expected - f.fee, f.currency, f.at, f.expected
  FROM (SELECT l.n AS line, i.n AS item, p.match, i.shard, i.seq, i.authorization_id, coalesce(l.fee, 0) AS fee, l.currency,
               l.at, {fee} AS expected, l.kind AS line_kind
          FROM pair AS p JOIN line AS l ON l.n = p.line LEFT JOIN item AS i ON i.n = p.item) AS f
 WHERE abs(f.fee - f.expected) > {tolerance})";

// Nothing of ours is what the line states. It is a duplicate when another line is that already.
constexpr std::string_view of_lines = R"(
WITH alone AS MATERIALIZED (
  SELECT o.*, row_number() OVER (PARTITION BY reference, amount, currency ORDER BY n) AS nth
    FROM open_line AS o WHERE o.run_id = {run} AND o.status = 1
), same AS MATERIALIZED (
  SELECT i.*
    FROM item AS i JOIN (SELECT DISTINCT reference, amount, currency FROM alone) AS wanted USING (reference, amount, currency)
), taken AS MATERIALIZED (
  SELECT DISTINCT ON (reference, amount, currency) same.*
    FROM same LEFT JOIN pair ON pair.item = same.n
   WHERE same.is_taken OR pair.item IS NOT NULL
   ORDER BY reference, amount, currency, same.n
)
INSERT INTO finding (kind, line, item, item_kind, item_shard, item_seq, authorization_id, stated, booked, difference, currency, at,
                     expected_fee)
SELECT CASE WHEN i.n IS NOT NULL OR (l.nth > 1 AND l.reference IS NOT NULL) THEN 7 ELSE 1 END, l.n, i.n,
       CASE WHEN i.n IS NOT NULL THEN 1 END, i.shard, i.seq, coalesce(i.authorization_id, d.authorization_id), l.amount,
       i.amount, l.amount, l.currency, l.at, {fee}
  FROM alone AS l
  LEFT JOIN taken AS i USING (reference, amount, currency)
  LEFT JOIN LATERAL (
       SELECT authorization_id FROM authd.decision_history AS d
        WHERE d.message_id = l.auth AND d.program = {program} AND d.authorization_id IS NOT NULL
        ORDER BY d.decided_at LIMIT 1) AS d ON true)";

// No line states what we have booked.
constexpr std::string_view of_items = R"(
INSERT INTO finding (kind, item, item_kind, item_shard, item_seq, authorization_id, booked, difference, currency, at)
SELECT 2, i.n, 1, i.shard, i.seq, i.authorization_id, i.amount, -i.amount, i.currency, i.at
  FROM open_item AS i
 WHERE i.status = 1 AND NOT i.is_waiting AND i.at >= $1::timestamptz AND i.at < $2::timestamptz)";

// Approved, neither cleared nor given back, and overdue since this period. Where an earlier one
// ended sooner, since then; and not told already.
constexpr std::string_view of_authorizations = R"(
INSERT INTO finding (kind, item_kind, item_shard, item_seq, authorization_id, difference, currency, at, detail)
SELECT 10, 2, a.shard, a.id, a.id, 0, a.currency, a.opened_at, jsonb_build_object(
         'authorized_minor', greatest(approved_minor, confirmed_minor) + adjusted_minor - released_minor,
         'expired', a.closure = 4)
  FROM authd.authorization AS a
 WHERE a.program = $3 AND a.cleared_minor = 0 AND a.closure IN (1, 4)
   AND greatest(approved_minor, confirmed_minor) + adjusted_minor - released_minor > 0
   AND a.opened_at >= (SELECT least($1::timestamptz, max(period_to)) FROM authd.recon_run
                        WHERE supplier_id = $4::smallint AND state = 5) - interval '{clear_s} s'
   AND a.opened_at < $2::timestamptz - interval '{clear_s} s'
   AND NOT EXISTS (SELECT FROM authd.recon_discrepancy AS d WHERE d.item_shard = a.shard AND d.item_seq = a.id
                      AND d.item_kind = 2 AND d.supplier_id = $4::smallint))";

constexpr const char* ordered = R"(
CREATE TEMP TABLE found ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY line NULLS LAST, kind, item_shard, item_seq)::integer AS ord, finding.*,
       2::smallint AS state, NULL::smallint AS resolution, NULL::text AS rule, NULL::timestamptz AS waits_until
  FROM finding;
ANALYZE found)";

std::string word_of(std::string_view status) {
  std::string words = "CASE " + std::string(status);
  for (std::size_t i = 0; i < line_status_names.size(); ++i) {
    words += fmt::format(" WHEN {} THEN '{}'", i + 1, line_status_names[i]);
  }
  return words + " END";
}

// What a line says has moved, less what has moved here: money that failed or was given back has
// not.
constexpr std::string_view status_difference =
    "CASE WHEN o.status IN (3, 4) THEN 0 ELSE o.stated END"
    " - CASE WHEN o.booked_status = 4 THEN 0 ELSE o.stated END";

}  // namespace

core::Result<void, RunStop> find_discrepancies(RunSession& session, const Period& period) {
  const Supplier& supplier = session.supplier();
  store::Connection& work = session.work();
  AUTHD_TRY_VOID(work.exec(finding_table));
  AUTHD_TRY_VOID(session.allow_nested_loops(true));

  const std::string fee_of_item = sql_fee(supplier.fees, "i.amount", "l.kind", "l.currency");
  const std::string fee = fmt::format("CASE p.method WHEN 7 THEN {} ELSE {} END", fee_of_item,
                                      sql_fee(supplier.fees, "l.amount", "l.kind", "l.currency"));
  const std::string expected = fmt::format(
      "CASE p.method WHEN 7 THEN (sign(i.amount::numeric) * (abs(i.amount) - coalesce(l.fee, {},"
      " 0)))::bigint ELSE i.amount END",
      fee_of_item);
  AUTHD_TRY_VOID(
      work.exec(fmt::format(of_pairs, fmt::arg("expected", expected), fmt::arg("fee", fee),
                            fmt::arg("date_s", supplier.date_tolerance_s),
                            fmt::arg("status_difference", status_difference),
                            fmt::arg("word_of_status", word_of("o.status")),
                            fmt::arg("word_of_booked_status", word_of("o.booked_status")))));
  AUTHD_TRY_VOID(work.exec(fmt::format(of_groups, fmt::arg("stated", sql_minor("g.stated")),
                                       fmt::arg("booked", sql_minor("g.booked")),
                                       fmt::arg("difference", sql_minor("g.stated - g.booked")))));
  AUTHD_TRY_VOID(work.exec(std::string(of_group_items)));
  if (!supplier.fees.empty()) {
    AUTHD_TRY_VOID(work.exec(fmt::format(
        of_fees, fmt::arg("fee", fee),
        fmt::arg("tolerance",
                 sql_fee_tolerance(supplier.fees, "f.expected", "f.line_kind", "f.currency")))));
  }
  AUTHD_TRY_VOID(session.allow_nested_loops(false));
  AUTHD_TRY_VOID(work.exec(
      fmt::format(of_lines, fmt::arg("run", session.run()),
                  fmt::arg("program", sql_text(supplier.program.view())),
                  fmt::arg("fee", sql_fee(supplier.fees, "l.amount", "l.kind", "l.currency")))));
  AUTHD_TRY_VOID(work.exec(of_items.data(), PgParams().time(period.from).time(period.to)));
  if (supplier.books == Books::card) {
    const std::string overdue =
        fmt::format(of_authorizations, fmt::arg("clear_s", supplier.clear_within_s));
    AUTHD_TRY_VOID(work.exec(overdue.c_str(), PgParams()
                                                  .time(period.from)
                                                  .time(period.to)
                                                  .text(supplier.program.view())
                                                  .number(session.supplier_id())));
  }
  AUTHD_TRY_VOID(work.exec(ordered));
  return {};
}

}  // namespace authd::recon
