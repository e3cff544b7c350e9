#include "authd/api/decisions.h"

#include <boost/json/serialize.hpp>

#include "authd/api/decision_row.h"
#include "authd/api/newest_first.h"
#include "authd/api/wallet.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr std::array<std::string_view, 2> outcomes{"approved", "declined"};

// Of cards: a decision that moved no money names the account by its card alone.
std::string list_of(std::string_view cards) {
  const std::string order = " ORDER BY d.decided_at DESC, d.shard DESC, d.seq DESC LIMIT $7";
  return decision_columns +
         " FROM authd.card AS c JOIN authd.account AS w ON w.id = c.account_id"
         " CROSS JOIN LATERAL (SELECT * FROM authd.decision_history AS d"
         " WHERE d.program = c.program AND d.card_token = c.token"
         " AND ($1::smallint = 0 OR (d.reason = 0) = ($1 = 1))"
         " AND d.decided_at >= $2 AND d.decided_at < $3"
         " AND (d.decided_at, d.shard, d.seq) < ($4::timestamptz, $5::integer, $6::bigint)" +
         order + ") AS d" + decision_joins + " WHERE " + std::string(cards) + order;
}

std::vector<Statement> statements() {
  return {{"decision_get", decision_columns +
                               " FROM authd.decision_history AS d"
                               " LEFT JOIN authd.card AS c"
                               " ON (c.program, c.token) = (d.program, d.card_token)"
                               " LEFT JOIN authd.account AS w ON w.id = c.account_id" +
                               decision_joins +
                               " WHERE d.program = $1 AND d.message_id = $2"
                               " ORDER BY d.decided_at LIMIT 1"},
          {"decision_card",
           "SELECT w.program FROM authd.card AS c JOIN authd.account AS w ON w.id = c.account_id"
           " WHERE c.program = $1 AND c.token = $2"},
          {"decision_list_account", list_of("c.account_id = $8")},
          {"decision_list_card", list_of("c.program = $8 AND c.token = $9")}};
}

Outcome get_authorization(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const auto fields = FieldSelection::read(query, decision_members);
  AUTHD_TRY_VOID(query.finish());
  PgParams params;
  params.text(call.text("program")).text(call.text("message"));
  AUTHD_TRY(found, connection.exec_prepared("decision_get", params));
  if (found.rows() == 0) return Unexpected{Problem(Kind::not_found)};
  AUTHD_TRY(decision, read_decision(found, 0));
  const bool of_account = decision.account != 0 && call.caller.may_see(decision.account_program);
  if (!call.caller.may_see(decision.program) && !of_account) {
    return Unexpected{Problem(Kind::not_found)};
  }
  json::object object = decision_json(decision);
  fields.apply(object);
  Answer answer;
  answer.body = json::serialize(object);
  return answer;
}

// What the query asks for.
struct Wanted {
  NewestFirst list;
  FieldSelection fields;
  std::int16_t outcome = 0;  // position in outcomes, from 1; 0: any
};
core::Result<Wanted, Problem> read_query(const Call& call) {
  QueryReader query(call.head.query());
  Wanted wanted{NewestFirst::read(query, call), FieldSelection::read(query, decision_members),
                static_cast<std::int16_t>(query.position("outcome", outcomes))};
  AUTHD_TRY_VOID(query.finish());
  return wanted;
}

Outcome page_of(const Call& call, const Wanted& wanted, const store::PgResult& found) {
  json::array items;
  std::vector<std::int64_t> last;
  for (int row = 0; row < found.rows() && row < wanted.list.page.limit; ++row) {
    AUTHD_TRY(decision, read_decision(found, row));
    json::object object = decision_json(decision);
    wanted.fields.apply(object);
    items.push_back(std::move(object));
    if (found.rows() <= wanted.list.page.limit) continue;
    last = newest_first_key(decision.decided_at, decision.shard, decision.sequence);
  }
  return page_answer(call, std::move(items), last);
}

Outcome list_of_account(const Call& call, Connection& connection) {
  AUTHD_TRY(wanted, read_query(call));
  AUTHD_TRY(wallet, find_wallet(call, connection, call.id("account")));
  PgParams params;
  wanted.list.append_to(params.number(wanted.outcome));
  params.number(wallet.account);
  AUTHD_TRY(found, connection.exec_prepared("decision_list_account", params));
  return page_of(call, wanted, found);
}

Outcome list_of_card(const Call& call, Connection& connection) {
  AUTHD_TRY(wanted, read_query(call));
  const std::string_view program = call.text("program");
  PgParams card;
  card.text(program).text(call.text("token"));
  AUTHD_TRY(owner, connection.exec_prepared("decision_card", card));
  if (owner.rows() == 0 ||
      (!call.caller.may_see(program) && !call.caller.may_see(owner.text(0, 0)))) {
    return Unexpected{Problem(Kind::not_found)};
  }
  PgParams params;
  wanted.list.append_to(params.number(wanted.outcome));
  params.text(program).text(call.text("token"));
  AUTHD_TRY(found, connection.exec_prepared("decision_list_card", params));
  return page_of(call, wanted, found);
}

}  // namespace

Resource decisions_resource() {
  using net::Method;
  return {{{Method::get, "/v1/authorizations/{program:token}/{message:token}", "getAuthorization",
            Scope::decisions_read, Read{get_authorization}},
           {Method::get, "/v1/accounts/{account:id}/authorizations", "listAccountAuthorizations",
            Scope::decisions_read, Read{list_of_account}},
           {Method::get, "/v1/cards/{program:token}/{token:token}/authorizations",
            "listCardAuthorizations", Scope::decisions_read, Read{list_of_card}}},
          statements()};
}

}  // namespace authd::api
