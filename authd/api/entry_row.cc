#include "authd/api/entry_row.h"

#include <fmt/format.h>

#include "authd/api/json_values.h"

namespace authd::api {

namespace {

namespace json = boost::json;

// Of a transfer between two wallets the credited one is the other account. What begins a transfer
// is booked by the record that began it, a wire's later steps are found by theirs.
constexpr const char* text = R"(
WITH entry AS MATERIALIZED (
  SELECT * FROM (
    (SELECT booked_at, shard, seq, kind, account_id FROM authd.journal_entry_history AS e
      WHERE account_id = $1 AND {wanted} {order})
    UNION ALL
    (SELECT booked_at, shard, seq, kind, account_id FROM authd.journal_entry_history AS e
      WHERE other_account_id = $1 AND {wanted} {order})) AS e {order})
SELECT e.booked_at, e.shard, e.seq, e.kind, p.posted, p.held,
       coalesce(d.program, CASE WHEN coalesce(v.card_token, a.card_token) <> '' THEN v.program END),
       coalesce(d.card_token, v.card_token, a.card_token),
       coalesce(d.merchant_name, v.merchant_name), coalesce(d.merchant_id, v.merchant_id),
       coalesce(d.merchant_country, v.merchant_country),
       coalesce(d.merchant_mcc, v.merchant_mcc, 0), coalesce(d.message_id, v.notice_id, v.about),
       a.key, t.id, coalesce(td.reference, c.reference)
  FROM entry AS e
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(amount_minor), 0)::bigint AS posted,
              coalesce(sum(amount_minor) FILTER (WHERE book = 2), 0)::bigint AS held
         FROM authd.posting_history AS leg
        WHERE leg.shard = e.shard AND leg.seq = e.seq AND leg.booked_at = e.booked_at
          AND leg.account_id = $1 AND leg.book IN (1, 2)) AS p
  LEFT JOIN authd.decision_history AS d
         ON d.shard = e.shard AND d.seq = e.seq AND d.decided_at = e.booked_at
  LEFT JOIN authd.event_history AS v
         ON v.shard = e.shard AND v.seq = e.seq AND v.booked_at = e.booked_at
  LEFT JOIN authd.authorization AS a
         ON a.shard = e.shard AND a.id = coalesce(d.authorization_id, v.authorization_id)
  LEFT JOIN LATERAL (
       (SELECT id, program, mirrored FROM authd.transfer
         WHERE from_account_id = e.account_id AND requested_at = e.booked_at
           AND begun_seq = e.seq AND shard = e.shard)
       UNION ALL
       (SELECT id, program, mirrored FROM authd.transfer
         WHERE to_account_id = e.account_id AND requested_at = e.booked_at
           AND begun_seq = e.seq AND shard = e.shard)
       UNION ALL
       (SELECT id, program, mirrored FROM authd.transfer
         WHERE from_account_id = e.account_id AND begun_seq < e.seq AND shard = e.shard
           AND kind = 5 AND (changed_seq = e.seq OR posted_at = e.booked_at)
         ORDER BY changed_seq = e.seq DESC)
       LIMIT 1) AS t ON e.kind BETWEEN 10 AND 19
  LEFT JOIN authd.transfer_detail AS td ON (td.id, td.program) = (t.id, t.program)
  LEFT JOIN authd.credit AS c
         ON c.id = CASE WHEN t.mirrored AND t.id ~ '^[0-9]{{1,18}}$' THEN t.id::bigint END
 {found})";

}  // namespace

std::string entry_select(std::string_view wanted, std::string_view order, std::string_view found) {
  return fmt::format(text, fmt::arg("wanted", wanted), fmt::arg("order", order),
                     fmt::arg("found", found));
}

core::Result<EntryRow, Problem> read_entry(const store::PgResult& result, int row) {
  EntryRow entry;
  entry.booked_at = result.time(row, 0);
  entry.shard = result.number<std::int32_t>(row, 1);
  entry.sequence = result.number<std::int64_t>(row, 2);
  const auto kind = result.number<std::int16_t>(row, 3);
  if (kind < 1 || static_cast<std::size_t>(kind) > entry_kinds.size()) {
    return core::Unexpected{store::unexpected("an entry of no known kind")};
  }
  entry.kind = entry_kinds[static_cast<std::size_t>(kind) - 1];
  entry.posted_minor = result.number<std::int64_t>(row, 4);
  entry.held_minor = result.number<std::int64_t>(row, 5);
  entry.card_program = result.text(row, 6);
  entry.card = result.text(row, 7);
  entry.merchant.name = result.text(row, 8);
  entry.merchant.id = result.text(row, 9);
  entry.merchant.country = result.text(row, 10);
  entry.merchant.mcc = result.number<std::int32_t>(row, 11);
  entry.message = result.text(row, 12);
  entry.authorization = result.text(row, 13);
  entry.transfer = result.text(row, 14);
  entry.reference = result.text(row, 15);
  return entry;
}

json::value merchant_json(const Merchant& merchant) {
  const bool known = merchant.mcc != 0 || !merchant.name.empty() || !merchant.id.empty() ||
                     !merchant.country.empty();
  if (!known) return nullptr;
  const std::string mcc = merchant.mcc == 0 ? "" : fmt::format("{:04}", merchant.mcc);
  return json::object{{"name", text_or_null(merchant.name)},
                      {"id", text_or_null(merchant.id)},
                      {"mcc", text_or_null(mcc)},
                      {"country", text_or_null(merchant.country)}};
}

json::value card_json(std::string_view program, std::string_view token) {
  if (token.empty()) return nullptr;
  return json::object{{"program", program}, {"token", token}};
}

}  // namespace authd::api
