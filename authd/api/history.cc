#include "authd/api/history.h"

#include "authd/api/entry_row.h"
#include "authd/api/json_values.h"
#include "authd/api/newest_first.h"
#include "authd/api/rfc3339.h"
#include "authd/api/wallet.h"
#include "core/rows.h"
#include "store/postgres/read_rows.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using store::Connection;
using store::PgParams;

constexpr std::array<std::string_view, 12> transaction_members{
    "booked_at", "kind",          "posted",   "held",      "card",  "merchant",
    "message",   "authorization", "transfer", "reference", "shard", "sequence"};
constexpr std::array<std::string_view, 12> hold_members{
    "kind",       "status", "held",          "authorized", "cleared", "opened_at",
    "expires_at", "card",   "authorization", "transfer",   "shard",   "sequence"};
constexpr std::array<std::string_view, 2> hold_states{"open", "all"};

std::string transactions(std::string_view of_card) {
  const std::string wanted =
      "($2::smallint = 0 OR e.kind = $2) AND e.booked_at >= $3 AND e.booked_at < $4"
      " AND (e.booked_at, e.shard, e.seq) < ($5::timestamptz, $6::integer, $7::bigint)" +
      std::string(of_card);
  const std::string order = "ORDER BY e.booked_at DESC, e.shard DESC, e.seq DESC";
  return entry_select(wanted, order + " LIMIT $8", order);
}

// An expiry or a late answer names no card; its authorization does.
constexpr std::string_view of_card =
    " AND EXISTS (SELECT FROM authd.decision_history AS d WHERE d.shard = e.shard"
    "    AND d.seq = e.seq AND d.decided_at = e.booked_at AND d.card_token = $9"
    " UNION ALL SELECT FROM authd.event_history AS v LEFT JOIN authd.authorization AS a"
    "    ON a.shard = v.shard AND a.id = v.authorization_id WHERE v.shard = e.shard"
    "    AND v.seq = e.seq AND v.booked_at = e.booked_at"
    "    AND coalesce(v.card_token, a.card_token) = $9)";

// What authorizations and reserved transfers hold, or have held.
std::string holds(std::string_view authorizations, std::string_view transfers) {
  return "SELECT * FROM ("
         "SELECT 1::smallint AS kind, closure AS status, held_minor,"
         " greatest(approved_minor, confirmed_minor) + adjusted_minor AS authorized_minor,"
         " cleared_minor, opened_at, expires_at, program, card_token, key AS id, shard, id AS seq"
         " FROM authd.authorization WHERE account_id = $1 AND " +
         std::string(authorizations) +
         " UNION ALL SELECT 2::smallint, status, CASE WHEN status IN (1, 2) THEN amount_minor ELSE "
         "0 END,"
         " amount_minor, CASE WHEN posted_at IS NULL THEN 0 ELSE amount_minor END, requested_at,"
         " NULL, program, NULL, id, shard, begun_seq"
         " FROM authd.transfer WHERE from_account_id = $1 AND reserve AND " +
         std::string(transfers) +
         ") AS h WHERE opened_at >= $2 AND opened_at < $3"
         " AND (opened_at, shard, seq) < ($4::timestamptz, $5::integer, $6::bigint)"
         " ORDER BY opened_at DESC, shard DESC, seq DESC LIMIT $7";
}

std::vector<Statement> statements() {
  return {{"account_transactions", transactions("")},
          {"account_transactions_card", transactions(of_card)},
          {"account_holds_open", holds("held_minor > 0", "status IN (1, 2)")},
          {"account_holds_all",
           holds("(approved_minor > 0 OR confirmed_minor > 0 OR held_minor > 0)", "status <> 5")}};
}

json::object transaction_json(const EntryRow& entry, std::string_view currency) {
  json::object object;
  object["booked_at"] = to_rfc3339(entry.booked_at);
  object["kind"] = entry.kind;
  object["posted"] = amount_json(entry.posted_minor, currency);
  object["held"] = amount_json(entry.held_minor, currency);
  object["card"] = card_json(entry.card_program, entry.card);
  object["merchant"] = merchant_json(entry.merchant);
  object["message"] = text_or_null(entry.message);
  object["authorization"] = text_or_null(entry.authorization);
  object["transfer"] = text_or_null(entry.transfer);
  object["reference"] = text_or_null(entry.reference);
  object["shard"] = entry.shard;
  object["sequence"] = entry.sequence;
  return object;
}

Outcome list_transactions(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const auto list = NewestFirst::read(query, call);
  const auto fields = FieldSelection::read(query, transaction_members);
  const auto kind = static_cast<std::int16_t>(query.position("kind", entry_kinds));
  const auto card = query.text("card", core::CardToken::size_max);
  AUTHD_TRY_VOID(query.finish());
  AUTHD_TRY(wallet, find_wallet(call, connection, call.id("account")));

  PgParams params;
  list.append_to(params.number(wallet.account).number(kind));
  if (card) params.text(*card);
  AUTHD_TRY(found, connection.exec_prepared(
                       card ? "account_transactions_card" : "account_transactions", params));
  json::array items;
  std::vector<std::int64_t> last;
  for (int row = 0; row < found.rows() && row < list.page.limit; ++row) {
    AUTHD_TRY(entry, read_entry(found, row));
    json::object object = transaction_json(entry, wallet.currency.alpha());
    fields.apply(object);
    items.push_back(std::move(object));
    if (found.rows() <= list.page.limit) continue;
    last = newest_first_key(entry.booked_at, entry.shard, entry.sequence);
  }
  return page_answer(call, std::move(items), last);
}

// Nothing when the row is not one of ours.
std::optional<json::object> hold_json(const store::PgResult& result, int row,
                                      std::string_view currency) {
  store::PgRow in(result, row);
  const bool is_card = in.number<std::int16_t>(0) == 1;
  const std::string_view status = is_card
                                      ? core::name(in.enumerator(1, core::closure_last))
                                      : core::name(in.enumerator(1, core::transfer_status_last));
  const std::string_view id = in.text(9);
  json::object object;
  object["kind"] = is_card ? "authorization" : "transfer";
  object["status"] = status;
  object["held"] = amount_json(in.minor(2), currency);
  object["authorized"] = amount_json(in.minor(3), currency);
  object["cleared"] = amount_json(in.minor(4), currency);
  object["opened_at"] = to_rfc3339(in.time(5));
  object["expires_at"] = in.is_null(6) ? json::value(nullptr) : json::value(to_rfc3339(in.time(6)));
  object["card"] = is_card ? card_json(in.text(7), in.text(8)) : json::value(nullptr);
  object["authorization"] = is_card ? json::value(id) : json::value(nullptr);
  object["transfer"] = is_card ? json::value(nullptr) : json::value(id);
  object["shard"] = in.number<std::int32_t>(10);
  object["sequence"] = in.minor(11);
  if (!in.ok()) return std::nullopt;
  return object;
}

Outcome list_holds(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const auto list = NewestFirst::read(query, call);
  const auto fields = FieldSelection::read(query, hold_members);
  const bool all = query.position("state", hold_states) == 2;
  AUTHD_TRY_VOID(query.finish());
  AUTHD_TRY(wallet, find_wallet(call, connection, call.id("account")));

  PgParams params;
  list.append_to(params.number(wallet.account));
  AUTHD_TRY(found,
            connection.exec_prepared(all ? "account_holds_all" : "account_holds_open", params));
  json::array items;
  std::vector<std::int64_t> last;
  for (int row = 0; row < found.rows() && row < list.page.limit; ++row) {
    auto object = hold_json(found, row, wallet.currency.alpha());
    if (!object) return core::Unexpected{store::unexpected("a hold that cannot be read")};
    fields.apply(*object);
    items.push_back(std::move(*object));
    if (found.rows() <= list.page.limit) continue;
    last = newest_first_key(found.time(row, 5), found.number<std::int32_t>(row, 10),
                            found.number<std::int64_t>(row, 11));
  }
  return page_answer(call, std::move(items), last);
}

}  // namespace

Resource history_resource() {
  using net::Method;
  return {{{Method::get, "/v1/accounts/{account:id}/transactions", "listTransactions",
            Scope::accounts_read, Read{list_transactions}},
           {Method::get, "/v1/accounts/{account:id}/holds", "listHolds", Scope::accounts_read,
            Read{list_holds}}},
          statements()};
}

}  // namespace authd::api
