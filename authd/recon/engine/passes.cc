#include "authd/recon/engine/passes.h"

#include <fmt/format.h>

#include "authd/recon/engine/sql.h"

namespace authd::recon {

namespace {

using core::Unexpected;

// Lines and items with the same keys are compared each with each: beyond so many pairs they are
// left to people, who cannot tell them apart either.
constexpr int pairs_of_key_max = 10'000;

std::string_view column(Key key) noexcept {
  switch (key) {
    case Key::reference: return "reference";
    case Key::authorization: return "auth";
    case Key::card: return "card";
    case Key::merchant: return "merchant";
    case Key::account: return "account";
    case Key::batch: return "batch";
    case Key::day: break;
  }
  return "day";
}

std::string columns(const std::vector<Key>& keys) {
  std::string list;
  for (const Key key : keys) list += (list.empty() ? "" : ", ") + std::string(column(key));
  return list;
}

// Money that moved, or is about to; what failed is matched by its reference alone.
constexpr std::string_view is_money = "status IN (1, 2)";

// What two rows must have in common, how far apart they are, and how far they may be. Rows that are
// far apart are worse; of rows alike the first ones go together.
struct Likeness {
  std::string same;   // columns
  std::string apart;  // bigint, ≥ 0; null: not at all
  std::string at_most = "9223372036854775807";
  std::string_view among = "true";
};

Likeness likeness(const Pass& pass, const Supplier& supplier) {
  const std::string difference = sql_minor("abs(l.amount::numeric - i.amount)");
  switch (pass.method) {
    case Method::reference: return {"reference, amount, currency", "0"};
    case Method::reference_tolerance:
      return {"reference, currency", difference, sql_tolerance(pass.tolerance, "i.amount")};
    case Method::amount_window:
      return {"amount, currency, " + columns(pass.same),
              "abs(extract(epoch FROM l.at - i.at) * 1000000)::bigint",
              std::to_string(pass.window_s * core::us_per_s), is_money};
    case Method::net_of_fee: {
      const std::string expected = fmt::format(
          "coalesce(l.fee, {})", sql_fee(supplier.fees, "i.amount", "l.kind", "l.currency"));
      return {
          "reference, currency",
          sql_minor(fmt::format(
              "abs(l.amount::numeric - sign(i.amount::numeric) * (abs(i.amount) - {}))", expected)),
          sql_tolerance(pass.tolerance, "i.amount"), is_money};
    }
    case Method::currency: {
      const std::string converted =
          sql_converted(supplier.rates, "l.amount", "l.currency", "i.currency");
      return {"reference", sql_minor(fmt::format("abs({}::numeric - i.amount)", converted)),
              sql_tolerance(pass.tolerance, "i.amount"), is_money};
    }
    case Method::one_to_many:
    case Method::many_to_one:
    case Method::many_to_many:
    case Method::reference_only:
    case Method::manual: break;
  }
  return {"reference", fmt::format("CASE WHEN l.currency = i.currency THEN {} ELSE {} END",
                                   difference, core::minor_units_max)};
}

// Rows that have all of the columns.
std::string have_all(std::string_view columns) { return fmt::format("num_nulls({}) = 0", columns); }

// Pairs that could be, with how far apart they are.
std::string candidates(const Likeness& alike) {
  return fmt::format(R"(
TRUNCATE candidate;
WITH l AS MATERIALIZED (SELECT *, count(*) OVER (PARTITION BY {same}) AS alike FROM open_line WHERE {among} AND {have_all}),
     i AS MATERIALIZED (SELECT *, count(*) OVER (PARTITION BY {same}) AS alike FROM open_item WHERE {among} AND {have_all})
INSERT INTO candidate (line, item, apart)
SELECT line, item, apart
  FROM (SELECT l.n AS line, i.n AS item, {apart} AS apart, {at_most} AS at_most
          FROM l JOIN i USING ({same}) WHERE l.alike * i.alike <= {pairs_max}) AS pairs
 WHERE apart <= at_most)",
                     fmt::arg("same", alike.same), fmt::arg("among", alike.among),
                     fmt::arg("have_all", have_all(alike.same)), fmt::arg("apart", alike.apart),
                     fmt::arg("at_most", alike.at_most), fmt::arg("pairs_max", pairs_of_key_max));
}

// A line and an item that prefer each other to all others go together. In every round the nearest
// pair of all does, so that it comes to an end.
std::string settle_round(const Pass& pass) {
  return fmt::format(R"(
WITH of_line AS (SELECT DISTINCT ON (line) line, item FROM candidate ORDER BY line, apart, item),
     of_item AS (SELECT DISTINCT ON (item) item, line FROM candidate ORDER BY item, apart, line),
     settled AS (
       INSERT INTO pair (match, line, item, method, confidence)
       SELECT line, line, item, {}, {} FROM of_line JOIN of_item USING (line, item)
       RETURNING line, item)
DELETE FROM candidate WHERE line IN (SELECT line FROM settled) OR item IN (SELECT item FROM settled))",
                     static_cast<int>(pass.method), pass.confidence);
}

core::Result<void, RunStop> match_nearest(RunSession& session, const Pass& pass) {
  store::Connection& work = session.work();
  AUTHD_TRY_VOID(work.exec(candidates(likeness(pass, session.supplier()))));
  for (;;) {
    AUTHD_TRY(settled, work.exec(settle_round(pass)));
    if (settled.affected() == 0) return {};
  }
}

std::string_view cardinality(Method method) noexcept {
  if (method == Method::one_to_many) return "l.rows > 1 AND i.rows = 1";
  if (method == Method::many_to_one) return "l.rows = 1 AND i.rows > 1";
  return "l.rows > 1 AND i.rows > 1";
}

// Groups whose sums fit, paired off in order.
std::string groups(const Pass& pass) {
  const std::string same = "currency, " + columns(pass.same);
  return fmt::format(
      R"(
WITH open_l AS (SELECT *, row_number() OVER (PARTITION BY {same} ORDER BY n) AS place FROM open_line WHERE {among} AND {have_all}),
     open_i AS (SELECT *, row_number() OVER (PARTITION BY {same} ORDER BY n) AS place FROM open_item WHERE {among} AND {have_all}),
     l AS (SELECT {same}, count(*) AS rows, sum(amount) AS amount, min(n) AS first FROM open_l GROUP BY {same}),
     i AS (SELECT {same}, count(*) AS rows, sum(amount) AS amount FROM open_i GROUP BY {same}),
     fits AS MATERIALIZED (
       SELECT {same}, l.first AS match FROM l JOIN i USING ({same})
        WHERE {cardinality} AND abs(l.amount - i.amount) <= {tolerance})
INSERT INTO pair (match, line, item, method, confidence)
SELECT match, sides.line, sides.item, {method}, {confidence}
  FROM fits JOIN (
       SELECT {same}, place, a.n AS line, b.n AS item FROM open_l AS a FULL JOIN open_i AS b USING ({same}, place)) AS sides
       USING ({same}))",
      fmt::arg("same", same), fmt::arg("among", is_money), fmt::arg("have_all", have_all(same)),
      fmt::arg("cardinality", cardinality(pass.method)),
      fmt::arg("tolerance", sql_tolerance(pass.tolerance, "i.amount")),
      fmt::arg("method", static_cast<int>(pass.method)), fmt::arg("confidence", pass.confidence));
}

bool is_of_groups(Method method) noexcept {
  return method == Method::one_to_many || method == Method::many_to_one ||
         method == Method::many_to_many;
}

}  // namespace

const char* const pair_tables = R"(
CREATE TEMP TABLE pair (match integer NOT NULL, line integer, item integer, method smallint NOT NULL, confidence smallint NOT NULL)
  ON COMMIT DROP;
CREATE TEMP TABLE candidate (line integer NOT NULL, item integer NOT NULL, apart bigint NOT NULL) ON COMMIT DROP)";

core::Result<void, RunStop> match_all_references(RunSession& session, const Pass& pass) {
  // Several with the same reference and amount go together in their order; settled ones first.
  AUTHD_TRY_VOID(session.work().exec(fmt::format(R"(
INSERT INTO pair (match, line, item, method, confidence)
SELECT l.n, l.n, i.n, {}, {}
  FROM (SELECT n, reference, amount, currency, row_number() OVER (PARTITION BY reference, amount, currency ORDER BY status, n) AS place
          FROM line WHERE reference IS NOT NULL) AS l
  JOIN (SELECT n, reference, amount, currency, row_number() OVER (PARTITION BY reference, amount, currency ORDER BY n) AS place
          FROM item WHERE reference IS NOT NULL AND NOT is_taken) AS i USING (reference, amount, currency, place))",
                                                 static_cast<int>(pass.method), pass.confidence)));
  return {};
}

core::Result<void, RunStop> match_open(RunSession& session, const Pass& pass) {
  store::Connection& work = session.work();
  if (is_of_groups(pass.method)) {
    AUTHD_TRY_VOID(work.exec(groups(pass)));
  } else {
    AUTHD_TRY_VOID(match_nearest(session, pass));
  }
  AUTHD_TRY_VOID(work.exec(fmt::format(
      "DELETE FROM open_line AS o USING pair WHERE pair.line = o.n AND pair.method = {0};"
      "DELETE FROM open_item AS o USING pair WHERE pair.item = o.n AND pair.method = {0}",
      static_cast<int>(pass.method))));
  return {};
}

}  // namespace authd::recon
