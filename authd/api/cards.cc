#include "authd/api/cards.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <initializer_list>

#include "authd/api/body_reader.h"
#include "authd/api/card_row.h"
#include "authd/api/page.h"
#include "authd/api/precondition.h"
#include "authd/api/program_member.h"
#include "authd/processors/card_number.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::CardStatus;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

std::vector<Statement> statements() {
  const std::string select = "SELECT " + card_row_columns + " FROM authd.card WHERE ";
  const std::string page =
      " AND ($2::smallint = 0 OR status = $2) AND (program, token) > ($3, $4)"
      " ORDER BY program, token LIMIT $5";
  const std::string returning = " WHERE program = $1 AND token = $2 RETURNING " + card_row_columns;
  return {
      {"card_account", "SELECT program FROM authd.account WHERE id = $1"},
      // Locked: it is not closed before it has the card.
      {"card_account_lock", "SELECT program, status FROM authd.account WHERE id = $1 FOR SHARE"},
      {"card_insert",
       "INSERT INTO authd.card (program, token, account_id, status, active_from, expires_at)"
       " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING " +
           card_row_columns},
      {"card_get", select + "program = $1 AND token = $2"},
      {"card_lock", select + "program = $1 AND token = $2 FOR NO KEY UPDATE"},
      {"card_update", "UPDATE authd.card SET active_from = $3, expires_at = $4" + returning},
      {"card_status", "UPDATE authd.card SET status = $3" + returning},
      {"card_list", select + "$1::text = ''" + page},
      {"card_list_program", select + "program = $1" + page},
      {"card_list_account", select + "($1::text = '' OR program = $1) AND account_id = $6" + page},
  };
}

Answer answer_with(const CardRow& row, int status) {
  Answer answer;
  answer.status = status;
  answer.body = json::serialize(card_json(row));
  answer.etag = std::to_string(row.version);
  return answer;
}

PgParams key_of(const CardRow& row) {
  PgParams params;
  params.text(row.card.program.view()).text(row.card.token.view());
  return params;
}

// The card that the path names, if there is one and the caller may see it.
PgParams key_of_card(const Call& call) {
  return PgParams().text(call.text("program")).text(call.text("token"));
}

core::Result<CardRow, Problem> read_found(const Call& call, const store::PgResult& found) {
  if (found.rows() == 0 || !call.caller.may_see(call.text("program"))) {
    return Unexpected{Problem(Kind::not_found)};
  }
  return read_card_row(found, 0);
}

core::Result<CardRow, Problem> find_card(const Call& call, Connection& connection,
                                         const char* statement) {
  AUTHD_TRY(found, connection.exec_prepared(statement, key_of_card(call)));
  return read_found(call, found);
}

void read_validity(BodyReader& body, core::Card& card, Need need) {
  const auto active_from = body.time("active_from", Need::optional);
  const auto expires_at = body.time("expires_at", need);
  card.active_from = active_from.value.value_or(card.active_from);
  card.expires_at = expires_at.value.value_or(card.expires_at);
  if ((active_from.value || expires_at.value) && card.expires_at <= card.active_from) {
    body.refuse("expires_at", "must be after active_from");
  }
}

core::Card read_new_card(BodyReader& body, const Call& call) {
  constexpr std::array<std::string_view, 2> first_statuses{"active", "inactive"};
  core::Card card;
  card.program = core::ProgramId::from(read_program(body, call)).value_or(card.program);
  const auto token = body.token("token", core::CardToken::size_max, Need::required);
  if (token.value && processors::holds_card_number(*token.value)) {
    body.refuse("token", "looks like a card number: only the processor's token is kept here");
  }
  card.token = core::CardToken::from(token.value.value_or("")).value_or(card.token);
  card.account.value = body.integer("account", 1, integer_max, Need::required).value.value_or(0);
  card.status = body.enumerator<CardStatus>("status", first_statuses, Need::optional)
                    .value.value_or(CardStatus::inactive);
  read_validity(body, card, Need::required);
  return card;
}

Outcome register_card(const Call& call, Connection& connection) {
  AUTHD_TRY(card, read_body(call, [&](BodyReader& body) { return read_new_card(body, call); }));
  AUTHD_TRY(account,
            connection.exec_prepared("card_account_lock", PgParams().number(card.account.value)));
  if (account.rows() == 0 || !call.caller.may_see(account.text(0, 0))) {
    return Unexpected{wrong_field("account", "is not known")};
  }
  if (account.number<std::int16_t>(0, 1) == static_cast<int>(core::AccountStatus::closed)) {
    return Unexpected{Problem(Kind::wrong_state, "The account is closed, and stays so.")};
  }
  PgParams params;
  params.text(card.program.view()).text(card.token.view()).number(card.account.value);
  params.number(static_cast<std::int16_t>(card.status));
  params.time(card.active_from).time(card.expires_at);
  AUTHD_TRY(created, connection.exec_prepared("card_insert", params));
  if (created.rows() == 0) {
    return Unexpected{Problem(Kind::already_exists, "The token is registered in this program.")};
  }
  AUTHD_TRY(row, read_card_row(created, 0));
  Answer answer = answer_with(row, 201);
  answer.location = card_path(row.card);
  answer.mirrored = true;
  return answer;
}

Outcome show_card(const Call& call, const store::PgResult& found) {
  QueryReader query(call.head.query());
  const auto fields = FieldSelection::read(query, card_members);
  AUTHD_TRY_VOID(query.finish());
  AUTHD_TRY(row, read_found(call, found));
  json::object object = card_json(row);
  fields.apply(object);
  Answer answer = answer_with(row, 200);
  answer.body = json::serialize(object);
  return answer;
}

Problem wrong_status(const CardRow& row) {
  if (row.card.status == CardStatus::closed) {
    return Problem(Kind::wrong_state, "The card is closed, and stays so.");
  }
  const std::string_view status = card_status_names[static_cast<std::size_t>(row.card.status) - 1];
  return Problem(Kind::wrong_state, "The card is " + std::string(status) + ".");
}

Outcome change_card(const Call& call, Connection& connection) {
  AUTHD_TRY(row, find_card(call, connection, "card_lock"));
  AUTHD_TRY_VOID(check_version(call, row.version));
  if (row.card.status == CardStatus::closed) return Unexpected{wrong_status(row)};
  AUTHD_TRY_VOID(
      read_object(call, [&](BodyReader& body) { read_validity(body, row.card, Need::optional); }));
  PgParams params = key_of(row);
  params.time(row.card.active_from).time(row.card.expires_at);
  AUTHD_TRY(changed, connection.exec_prepared("card_update", params));
  AUTHD_TRY(now, read_card_row(changed, 0));
  Answer answer = answer_with(now, 200);
  answer.mirrored = true;
  return answer;
}

// The row is written even if it has this status already: who asks for it waits until the state
// heeds it, also when an earlier request has given up waiting.
Outcome set_status(const Call& call, Connection& connection, CardStatus to,
                   std::initializer_list<CardStatus> from) {
  AUTHD_TRY_VOID(expect_no_fields(call));
  AUTHD_TRY(row, find_card(call, connection, "card_lock"));
  const CardStatus status = row.card.status;
  if (status != to && std::find(from.begin(), from.end(), status) == from.end()) {
    return Unexpected{wrong_status(row)};
  }
  PgParams params = key_of(row);
  params.number(static_cast<std::int16_t>(to));
  AUTHD_TRY(changed, connection.exec_prepared("card_status", params));
  AUTHD_TRY(now, read_card_row(changed, 0));
  Answer answer = answer_with(now, 200);
  answer.mirrored = true;
  return answer;
}

Outcome activate_card(const Call& call, Connection& connection) {
  return set_status(call, connection, CardStatus::active, {CardStatus::inactive});
}
Outcome freeze_card(const Call& call, Connection& connection) {
  return set_status(call, connection, CardStatus::frozen, {CardStatus::active});
}
Outcome unfreeze_card(const Call& call, Connection& connection) {
  return set_status(call, connection, CardStatus::active, {CardStatus::frozen});
}
Outcome close_card(const Call& call, Connection& connection) {
  return set_status(call, connection, CardStatus::closed,
                    {CardStatus::active, CardStatus::inactive, CardStatus::frozen});
}

// Cards by program and token. Of a program that the caller may not see there are none.
Outcome list(const Call& call, Connection& connection, QueryReader& query,
             const std::optional<std::int64_t>& account) {
  const TextPage page = read_text_page(query, call, 2);
  const auto fields = FieldSelection::read(query, card_members);
  const auto status = static_cast<std::int16_t>(query.position("status", card_status_names));
  auto program = query.text("program", core::ProgramId::size_max);
  if (!program && !call.caller.program.empty()) program = call.caller.program;
  AUTHD_TRY_VOID(query.finish());
  if (program && !call.caller.may_see(*program)) return page_answer(call, {}, {});

  PgParams params;
  params.text(program.value_or("")).number(status);
  params.text(page.after[0]).text(page.after[1]).number(page.limit + 1);
  if (account) params.number(*account);
  AUTHD_TRY(found, connection.exec_prepared(account   ? "card_list_account"
                                            : program ? "card_list_program"
                                                      : "card_list",
                                            params));
  json::array items;
  std::vector<std::string> last;
  for (int i = 0; i < found.rows() && i < page.limit; ++i) {
    AUTHD_TRY(row, read_card_row(found, i));
    json::object object = card_json(row);
    fields.apply(object);
    items.push_back(std::move(object));
    if (found.rows() > page.limit) {
      last = {std::string(row.card.program.view()), std::string(row.card.token.view())};
    }
  }
  return text_page_answer(call, std::move(items), last);
}

Outcome list_cards(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const auto account = query.integer("account", 1, integer_max);
  return list(call, connection, query, account);
}

Outcome list_account_cards(const Call& call, Connection& connection) {
  AUTHD_TRY(account,
            connection.exec_prepared("card_account", PgParams().number(call.id("account"))));
  if (account.rows() == 0 || !call.caller.may_see(account.text(0, 0))) {
    return Unexpected{Problem(Kind::not_found)};
  }
  QueryReader query(call.head.query());
  return list(call, connection, query, call.id("account"));
}

}  // namespace

Resource cards_resource() {
  using net::Method;
  const Scope read = Scope::cards_read;
  const Scope write = Scope::cards_write;
  return {{{Method::post, "/v1/cards", "registerCard", write, Change{register_card}},
           {Method::get, "/v1/cards", "listCards", read, Read{list_cards}},
           {Method::get, "/v1/cards/{program:token}/{token:token}", "getCard", read,
            Lookup{"card_get", key_of_card, show_card}},
           {Method::patch, "/v1/cards/{program:token}/{token:token}", "changeCard", write,
            Change{change_card}},
           {Method::post, "/v1/cards/{program:token}/{token:token}/activate", "activateCard", write,
            Change{activate_card}},
           {Method::post, "/v1/cards/{program:token}/{token:token}/freeze", "freezeCard", write,
            Change{freeze_card}},
           {Method::post, "/v1/cards/{program:token}/{token:token}/unfreeze", "unfreezeCard", write,
            Change{unfreeze_card}},
           {Method::post, "/v1/cards/{program:token}/{token:token}/close", "closeCard", write,
            Change{close_card}},
           {Method::get, "/v1/accounts/{account:id}/cards", "listAccountCards", read,
            Read{list_account_cards}}},
          statements()};
}

}  // namespace authd::api
