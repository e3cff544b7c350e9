#include "authd/api/transfers.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "authd/api/newest_first.h"
#include "authd/api/transfer_row.h"
#include "authd/api/wallet.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgParams;

constexpr std::array<std::string_view, 7> kinds{"top_up", "withdrawal", "fee",       "transfer",
                                                "wire",   "referral",   "correction"};
constexpr std::array<std::string_view, 5> statuses{"reserved", "sent", "posted", "returned",
                                                   "declined"};

constexpr std::string_view in_order =
    " ORDER BY t.requested_at DESC, t.shard DESC, t.begun_seq DESC";

// The newest before $6, $7, $8 that are wanted, at most $9: an index has each of `which` in this
// order. The filters stand in a CASE, so that the planner does not take them for so selective that
// it would rather read and sort everything.
std::string page_of(std::string_view which) {
  return fmt::format(
      "(SELECT t.* FROM authd.transfer AS t WHERE {} AND t.requested_at >= $4"
      " AND t.requested_at < $5"
      " AND (t.requested_at, t.shard, t.begun_seq) < ($6::timestamptz, $7::integer, $8::bigint)"
      " AND CASE WHEN ($2::smallint = 0 OR t.kind = $2) AND ($3::smallint = 0 OR t.status = $3)"
      " THEN true ELSE false END{} LIMIT $9)",
      which, in_order);
}

std::vector<Statement> statements() {
  const auto list = [](const std::string& pages) {
    return fmt::format("{}{} LIMIT $9", transfer_select(pages), in_order);
  };
  // Of every program there is one: its index has nothing across programs.
  const std::string of_all =
      "(WITH RECURSIVE programs AS (SELECT min(program) AS program FROM authd.transfer"
      " UNION ALL SELECT (SELECT min(t.program) FROM authd.transfer AS t"
      "   WHERE t.program > p.program) FROM programs AS p WHERE p.program IS NOT NULL)"
      " SELECT t.* FROM programs AS p CROSS JOIN LATERAL " +
      page_of("$1::text = '' AND t.program = p.program") + " AS t)";
  const std::string of_account = "(" + page_of("t.from_account_id = $1") + " UNION ALL " +
                                 page_of(
                                     "t.to_account_id = $1"
                                     " AND t.from_account_id IS DISTINCT FROM $1") +
                                 ")";
  return {
      // The caller's own first: ids of ours are unique, but everyone may name credits as he likes.
      {"transfer_get",
       transfer_select() + " WHERE t.id = $1 ORDER BY t.program = $2 DESC, t.program LIMIT 10"},
      {"transfer_list", list(of_all)},
      {"transfer_list_program", list(page_of("t.program = $1"))},
      {"transfer_list_account", list(of_account)},
  };
}

PgParams key_of_transfer(const Call& call) {
  return PgParams().text(call.text("transfer")).text(call.caller.program);
}

Outcome show_transfer(const Call& call, const store::PgResult& found) {
  QueryReader query(call.head.query());
  const auto fields = FieldSelection::read(query, transfer_members);
  AUTHD_TRY_VOID(query.finish());
  for (int row = 0; row < found.rows(); ++row) {
    AUTHD_TRY(transfer, read_transfer(found, row));
    if (!transfer.is_visible_to(call.caller)) continue;
    json::object object = transfer_json(transfer, call.caller);
    fields.apply(object);
    Answer answer;
    answer.body = json::serialize(object);
    return answer;
  }
  return Unexpected{Problem(Problem::Kind::not_found)};
}

Outcome list_transfers(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const auto list = NewestFirst::read(query, call);
  const auto fields = FieldSelection::read(query, transfer_members);
  const auto account = query.integer("account", 1, integer_max);
  const auto kind = static_cast<std::int16_t>(query.position("kind", kinds));
  const auto status = static_cast<std::int16_t>(query.position("status", statuses));
  AUTHD_TRY_VOID(query.finish());
  if (account) AUTHD_TRY_VOID(find_wallet(call, connection, *account));

  PgParams params;
  account ? params.number(*account) : params.text(call.caller.program);
  list.append_to(params.number(kind).number(status));
  const char* const of_program =
      call.caller.program.empty() ? "transfer_list" : "transfer_list_program";
  AUTHD_TRY(found,
            connection.exec_prepared(account ? "transfer_list_account" : of_program, params));
  json::array items;
  std::vector<std::int64_t> last;
  for (int row = 0; row < found.rows() && row < list.page.limit; ++row) {
    AUTHD_TRY(transfer, read_transfer(found, row));
    json::object object = transfer_json(transfer, call.caller);
    fields.apply(object);
    items.push_back(std::move(object));
    if (found.rows() <= list.page.limit) continue;
    last = newest_first_key(transfer.transfer.requested_at, transfer.shard,
                            static_cast<std::int64_t>(transfer.transfer.begun_by.value));
  }
  return page_answer(call, std::move(items), last);
}

}  // namespace

Resource transfers_resource() {
  using net::Method;
  return {{{Method::get, "/v1/transfers", "listTransfers", Scope::money_read, Read{list_transfers}},
           {Method::get, "/v1/transfers/{transfer:token}", "getTransfer", Scope::money_read,
            Lookup{"transfer_get", key_of_transfer, show_transfer}}},
          statements()};
}

}  // namespace authd::api
