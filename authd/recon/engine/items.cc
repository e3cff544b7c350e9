#include "authd/recon/engine/items.h"

#include <fmt/format.h>

#include "authd/recon/engine/sql.h"

namespace authd::recon {

namespace {

// The legs of an entry in the books of the network. Most entries of a period are wanted at once, or
// a few of any time.
constexpr std::string_view legs_within = R"(
  JOIN (SELECT shard, seq, booked_at, min(currency) AS currency, -sum(amount_minor)::bigint AS amount
          FROM authd.posting_history
         WHERE book IN (4, 6) AND booked_at >= $3::timestamptz AND booked_at < $4::timestamptz
         GROUP BY shard, seq, booked_at) AS p USING (shard, seq, booked_at))";
constexpr std::string_view legs_each = R"(
 CROSS JOIN LATERAL (
       SELECT min(currency) AS currency, -sum(amount_minor)::bigint AS amount FROM authd.posting_history AS leg
        WHERE leg.shard = v.shard AND leg.seq = v.seq AND leg.booked_at = v.booked_at AND book IN (4, 6)
       HAVING count(*) > 0) AS p)";

// 8 cleared, 9 refunded, 11 charged back, 12 chargeback reversed.
constexpr std::string_view card_items = R"(
  SELECT v.shard, v.seq, p.amount, v.booked_at AS at, v.authorization_id, p.currency, 1::smallint AS status,
         v.kind = 8 AND (v.unasked OR v.authorization_id IS NULL) AS unasked, v.over_captured,
         v.notice_id AS reference
    FROM authd.event_history AS v {legs}
   WHERE v.program = $1 AND v.kind IN (8, 9, 11, 12) AND {{wanted}})";

// 1 reserved, 2 sent, 3 posted, 4 returned. Declined ones have moved nothing.
constexpr std::string_view transfer_items = R"(
  SELECT t.shard, t.begun_seq AS seq, CASE WHEN t.from_account_id IS NULL THEN t.amount_minor ELSE -t.amount_minor END AS amount,
         t.requested_at AS at, NULL::bigint AS authorization_id, t.currency,
         CASE t.status WHEN 3 THEN 1 WHEN 4 THEN 4 ELSE 2 END::smallint AS status, false AS unasked, false AS over_captured,
         t.id AS reference
    FROM authd.transfer AS t
   WHERE t.program = $1 AND t.status <> 5 AND t.kind IN ({kinds}) AND {{wanted}})";

std::string found_items(const Supplier& supplier, std::string_view legs) {
  if (supplier.books == Books::card) return fmt::format(card_items, fmt::arg("legs", legs));
  std::string kinds;
  for (const core::TransferKind kind : supplier.transfer_kinds) {
    kinds += (kinds.empty() ? "" : ", ") + std::to_string(static_cast<int>(kind));
  }
  return fmt::format(transfer_items, fmt::arg("kinds", kinds.empty() ? "0" : kinds));
}

constexpr std::string_view insert = R"(
INSERT INTO item
SELECT (SELECT coalesce(max(n), 0) FROM item) + row_number() OVER (ORDER BY f.at, f.shard, f.seq),
       f.shard, f.seq, f.amount, f.at, f.authorization_id, f.currency, f.status, m.id IS NOT NULL, {waiting},
       f.unasked, f.over_captured, f.reference
  FROM ({found}) AS f
  LEFT JOIN authd.recon_match AS m
         ON m.item_shard = f.shard AND m.item_seq = f.seq AND m.item_kind = 1 AND m.supplier_id = $2::smallint AND m.ended_at IS NULL
{filter})";

// Whether an earlier run waits for it. Few are waited for.
constexpr std::string_view is_waiting =
    "EXISTS (SELECT FROM authd.recon_discrepancy AS d WHERE d.item_shard = f.shard AND d.item_seq "
    "= f.seq"
    " AND d.item_kind = 1 AND d.state = 1 AND d.kind = 2 AND d.supplier_id = $2::smallint)";

constexpr std::string_view is_new =
    " WHERE NOT EXISTS (SELECT FROM item WHERE item.shard = f.shard AND item.seq = f.seq)";

std::string place(const Supplier& supplier, std::string_view card, std::string_view transfers) {
  return std::string(supplier.books == Books::card ? card : transfers);
}

}  // namespace

const char* const item_table = R"(
CREATE TEMP TABLE item (
  n integer NOT NULL, shard integer NOT NULL, seq bigint NOT NULL, amount bigint NOT NULL, at timestamptz NOT NULL,
  authorization_id bigint, currency char(3) NOT NULL, status smallint NOT NULL, is_taken boolean NOT NULL,
  is_waiting boolean NOT NULL, unasked boolean NOT NULL, over_captured boolean NOT NULL, reference text COLLATE "C"
) ON COMMIT DROP)";

const char* const open_item_table = R"(
CREATE TEMP TABLE open_item (
  LIKE item, auth text COLLATE "C", card text COLLATE "C", merchant text COLLATE "C", account text COLLATE "C",
  batch text COLLATE "C", day date
) ON COMMIT DROP)";

std::string items_within(const Supplier& supplier) {
  const std::string wanted =
      place(supplier, "v.booked_at >= $3::timestamptz AND v.booked_at < $4::timestamptz",
            "t.requested_at >= $3::timestamptz AND t.requested_at < $4::timestamptz");
  const std::string found =
      fmt::format(fmt::runtime(found_items(supplier, legs_within)), fmt::arg("wanted", wanted));
  return fmt::format(insert, fmt::arg("waiting", is_waiting), fmt::arg("found", found),
                     fmt::arg("filter", ""));
}

std::string items_named(const Supplier& supplier) {
  const std::string names =
      "(SELECT DISTINCT reference FROM open_line WHERE reference IS NOT NULL)";
  const std::string wanted = place(supplier, "v.notice_id", "t.id") + " IN " + names;
  const std::string found =
      fmt::format(fmt::runtime(found_items(supplier, legs_each)), fmt::arg("wanted", wanted));
  return fmt::format(insert, fmt::arg("waiting", is_waiting), fmt::arg("found", found),
                     fmt::arg("filter", is_new));
}

std::string items_waiting(const Supplier& supplier) {
  const std::string waited_for =
      "(SELECT item_shard, item_seq FROM authd.recon_discrepancy WHERE state = 1 AND kind = 2"
      " AND item_kind = 1 AND supplier_id = $2::smallint)";
  const std::string wanted =
      place(supplier, "(v.shard, v.seq)", "(t.shard, t.begun_seq)") + " IN " + waited_for;
  const std::string found =
      fmt::format(fmt::runtime(found_items(supplier, legs_each)), fmt::arg("wanted", wanted));
  return fmt::format(insert, fmt::arg("waiting", "true"), fmt::arg("found", found),
                     fmt::arg("filter", is_new));
}

std::string open_items(const Supplier& supplier) {
  constexpr std::string_view card = R"(
INSERT INTO open_item
SELECT i.*, a.key, coalesce(v.card_token, a.card_token), v.merchant_id, v.account_id::text, a.key, {day}
  FROM rest_item AS i
  JOIN authd.event_history AS v ON v.shard = i.shard AND v.seq = i.seq AND v.booked_at = i.at
  LEFT JOIN authd.authorization AS a ON a.shard = i.shard AND a.id = i.authorization_id)";
  constexpr std::string_view transfers = R"(
INSERT INTO open_item
SELECT i.*, NULL, NULL, NULL, coalesce(t.from_account_id, t.to_account_id)::text, d.reference, {day}
  FROM rest_item AS i
  JOIN authd.transfer AS t ON t.id = i.reference AND t.program = {program}
  LEFT JOIN authd.transfer_detail AS d ON d.id = t.id AND d.program = t.program)";
  const std::string day =
      fmt::format("(i.at AT TIME ZONE {})::date", sql_text(supplier.source.zone.name.view()));
  if (supplier.books == Books::card) return fmt::format(card, fmt::arg("day", day));
  return fmt::format(transfers, fmt::arg("day", day),
                     fmt::arg("program", sql_text(supplier.program.view())));
}

}  // namespace authd::recon
