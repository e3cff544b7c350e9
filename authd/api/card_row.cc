#include "authd/api/card_row.h"

#include "authd/api/json_values.h"
#include "authd/api/percent.h"
#include "authd/api/rfc3339.h"
#include "store/postgres/read_rows.h"
#include "store/postgres/utf8.h"

namespace authd::api {

namespace json = boost::json;

const std::string card_row_columns =
    "program, token, account_id, status, active_from, expires_at, locked_to, version, changed_at";

core::Result<CardRow, Problem> read_card_row(const store::PgResult& result, int row) {
  store::PgRow in(result, row);
  CardRow r;
  core::Card& card = r.card;
  card.program = in.identifier<core::ProgramId>(0);
  card.token = in.identifier<core::CardToken>(1);
  card.account = in.numbered<core::AccountId>(2);
  card.status = in.enumerator(3, core::CardStatus::closed);
  card.active_from = in.time(4);
  card.expires_at = in.time(5);
  card.locked_to = in.identifier_or_empty<decltype(card.locked_to)>(6);
  r.version = in.number<std::int32_t>(7);
  r.changed_at = in.time(8);
  if (!in.ok()) return core::Unexpected{store::unexpected("a card cannot be read")};
  return r;
}

json::object card_json(const CardRow& row) {
  const core::Card& card = row.card;
  std::string scratch;  // acquirers send merchant ids in any bytes
  json::object object;
  object["program"] = card.program.view();
  object["token"] = card.token.view();
  object["account"] = card.account.value;
  object["status"] = card_status_names[static_cast<std::size_t>(card.status) - 1];
  object["active_from"] = to_rfc3339(card.active_from);
  object["expires_at"] = to_rfc3339(card.expires_at);
  object["locked_to"] = text_or_null(store::clean_utf8(card.locked_to.view(), scratch));
  object["version"] = row.version;
  object["changed_at"] = to_rfc3339(row.changed_at);
  return object;
}

std::string card_path(const core::Card& card) {
  return "/v1/cards/" + percent_encoded(card.program.view()) + "/" +
         percent_encoded(card.token.view());
}

}  // namespace authd::api
