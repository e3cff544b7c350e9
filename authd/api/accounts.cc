#include "authd/api/accounts.h"

#include <boost/json/serialize.hpp>

#include "authd/api/account_row.h"
#include "authd/api/body_reader.h"
#include "authd/api/json_values.h"
#include "authd/api/page.h"
#include "authd/api/precondition.h"
#include "authd/api/program_member.h"
#include "authd/api/rfc3339.h"
#include "authd/daemon/wall_clock.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::AccountStatus;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr BodyReader::TextSize name_size{1, 100};
constexpr std::size_t currency_size = 3;

std::vector<Statement> statements() {
  const std::string from =
      " FROM authd.account JOIN authd.balance ON balance.account_id = account.id WHERE ";
  const std::string select = "SELECT " + account_row_columns + from;
  const std::string page =
      " AND ($2::smallint = 0 OR account.status = $2)"
      " AND ($3::text = '' OR account.currency::text = $3)"
      " AND account.id > $4 ORDER BY account.id LIMIT $5";
  const std::string updated =
      " FROM authd.balance WHERE account.id = $1 AND balance.account_id = account.id RETURNING " +
      account_row_columns;
  const std::string set_members =
      "UPDATE authd.account SET name = nullif($2, ''), overdraft_minor = $3, minimum_minor = $4";
  return {
      {"account_holder", "SELECT program FROM authd.holder WHERE id = $1 FOR SHARE"},
      {"account_insert",
       "INSERT INTO authd.account (program, holder_id, name, currency, status, overdraft_minor,"
       " minimum_minor) VALUES ($1, nullif($2::bigint, 0), nullif($3, ''), $4::text, 1, $5, $6)"
       " RETURNING " +
           new_account_row_columns},
      {"account_get", select + "account.id = $1"},
      {"account_lock", select + "account.id = $1 FOR NO KEY UPDATE OF account"},
      {"account_update", set_members + updated},
      {"account_update_holder", set_members + ", holder_id = $5" + updated},
      {"account_status", "UPDATE authd.account SET status = $2" + updated},
      {"account_list", select + "$1::text = ''" + page},
      {"account_list_program", select + "account.program = $1" + page},
      {"account_list_holder",
       select + "($1::text = '' OR account.program = $1) AND account.holder_id = $6" + page},
      {"account_balance_at", "SELECT posted_minor, held_minor FROM authd.balance_as_of($1, $2)"},
  };
}

Answer answer_with(const AccountRow& row, int status) {
  Answer answer;
  answer.status = status;
  answer.body = json::serialize(account_json(row));
  answer.etag = std::to_string(row.version);
  return answer;
}

PgParams key_of_account(const Call& call) { return PgParams().number(call.id("account")); }

// The account that was found, if there is one and the caller may see it.
core::Result<AccountRow, Problem> read_found(const Call& call, const store::PgResult& found) {
  if (found.rows() == 0) return Unexpected{Problem(Kind::not_found)};
  AUTHD_TRY(row, read_account_row(found, 0));
  if (!call.caller.may_see(row.program)) return Unexpected{Problem(Kind::not_found)};
  return std::move(row);
}

core::Result<AccountRow, Problem> find_account(const Call& call, Connection& connection,
                                               const char* statement) {
  AUTHD_TRY(found, connection.exec_prepared(statement, key_of_account(call)));
  return read_found(call, found);
}

// The program of a holder. Locks him before the account that he gets: a change of his KYC status,
// which reaches his accounts, takes the locks in this order too.
core::Result<std::string, Problem> program_of_holder(const Call& call, Connection& connection,
                                                     std::int64_t holder) {
  AUTHD_TRY(found, connection.exec_prepared("account_holder", PgParams().number(holder)));
  if (found.rows() == 0 || !call.caller.may_see(found.text(0, 0))) {
    return Unexpected{wrong_field("holder", "is not known")};
  }
  return std::string(found.text(0, 0));
}

// What a body says about an account, put over what is known of it.
void read_members(BodyReader& body, AccountRow& row) {
  const auto holder = body.integer("holder", 1, integer_max, Need::optional);
  if (holder.value) row.holder = holder.value;
  const auto name = body.text("name", name_size, Need::removable);
  if (name.given) row.name = name.value.value_or("");
  const auto overdraft = body.integer("overdraft_minor", 0, integer_max, Need::optional);
  const auto minimum = body.integer("minimum_minor", 0, integer_max, Need::optional);
  row.account.overdraft_minor = overdraft.value.value_or(row.account.overdraft_minor);
  row.account.minimum_minor = minimum.value.value_or(row.account.minimum_minor);
}

AccountRow read_new_account(BodyReader& body, const Call& call) {
  AccountRow row;
  row.program = read_program(body, call, Need::optional);
  read_members(body, row);
  const auto alpha = body.text("currency", {currency_size, currency_size}, Need::required);
  const auto currency = alpha.value ? core::Currency::from_alpha(*alpha.value) : std::nullopt;
  if (alpha.value && !currency) body.refuse("currency", "must be a currency of ISO 4217");
  row.account.currency = currency.value_or(core::Currency());
  if (row.program.empty() && !row.holder) {
    body.refuse("program", "is required where no holder is named");
  }
  return row;
}

Outcome create_account(const Call& call, Connection& connection) {
  AUTHD_TRY(wanted,
            read_body(call, [&](BodyReader& body) { return read_new_account(body, call); }));
  if (wanted.holder) {
    AUTHD_TRY(program, program_of_holder(call, connection, *wanted.holder));
    if (!wanted.program.empty() && wanted.program != program) {
      return Unexpected{wrong_field("holder", "is of another program")};
    }
    wanted.program = program;
  }
  PgParams params;
  params.text(wanted.program).number(wanted.holder.value_or(0)).text(wanted.name);
  params.text(wanted.account.currency.alpha());
  params.number(wanted.account.overdraft_minor).number(wanted.account.minimum_minor);
  AUTHD_TRY(created, connection.exec_prepared("account_insert", params));
  AUTHD_TRY(row, read_account_row(created, 0));
  Answer answer = answer_with(row, 201);
  answer.location = "/v1/accounts/" + std::to_string(row.account.id.value);
  answer.mirrored = true;
  return answer;
}

Outcome show_account(const Call& call, const store::PgResult& found) {
  QueryReader query(call.head.query());
  const auto fields = FieldSelection::read(query, account_members);
  AUTHD_TRY_VOID(query.finish());
  AUTHD_TRY(row, read_found(call, found));
  json::object object = account_json(row);
  fields.apply(object);
  Answer answer = answer_with(row, 200);
  answer.body = json::serialize(object);
  return answer;
}

// Of an earlier moment the books tell what was posted and held, and nothing else.
core::Result<json::object, Problem> balances_before(Connection& connection,
                                                    const core::Account& account,
                                                    core::Timestamp at) {
  PgParams params;
  params.number(account.id.value).time(at);
  const auto found = connection.exec_prepared("account_balance_at", params);
  if (!found && found.error().state() == "55000") {  // see authd.balance_as_of
    return Unexpected{
        Problem(Kind::wrong_state,
                "Entries of that time are in archive files, which must be restored first.")};
  }
  if (!found) return Unexpected{found.error()};
  if (found->rows() == 0) {
    return Unexpected{Problem(Kind::not_found, "The account had not been opened yet.")};
  }
  const std::string_view currency = account.currency.alpha();
  return json::object{{"posted", amount_json(found->number<std::int64_t>(0, 0), currency)},
                      {"held", amount_json(found->number<std::int64_t>(0, 1), currency)},
                      {"pending", nullptr},
                      {"available", nullptr}};
}

Outcome get_balance(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const core::Timestamp now = wall_clock_now();
  const auto as_of = query.time("as_of");
  if (as_of && *as_of > now) query.refuse("as_of", "must not be in the future");
  AUTHD_TRY_VOID(query.finish());
  AUTHD_TRY(row, find_account(call, connection, "account_get"));
  json::object body = balances_json(row.account);
  if (as_of) {
    AUTHD_TRY(then, balances_before(connection, row.account, *as_of));
    body = std::move(then);
  }
  body["account"] = row.account.id.value;
  body["as_of"] = to_rfc3339(as_of.value_or(now));
  Answer answer;
  answer.body = json::serialize(body);
  return answer;
}

Outcome change_account(const Call& call, Connection& connection) {
  AccountRow wanted;  // of these members alone, to know the holder before the account is locked
  AUTHD_TRY_VOID(read_object(call, [&](BodyReader& body) { read_members(body, wanted); }));
  std::string program;
  if (wanted.holder) {
    AUTHD_TRY(of_holder, program_of_holder(call, connection, *wanted.holder));
    program = of_holder;
  }
  AUTHD_TRY(row, find_account(call, connection, "account_lock"));
  AUTHD_TRY_VOID(check_version(call, row.version));
  if (row.account.status == AccountStatus::closed) {
    return Unexpected{Problem(Kind::wrong_state, "The account is closed, and stays so.")};
  }
  if (wanted.holder && program != row.program) {
    return Unexpected{wrong_field("holder", "is of another program")};
  }
  AUTHD_TRY_VOID(read_object(call, [&](BodyReader& body) { read_members(body, row); }));
  if (!row.account.available_minor()) {
    return Unexpected{wrong_field("overdraft_minor", "is too much for this balance")};
  }
  PgParams params;
  params.number(row.account.id.value).text(row.name);
  params.number(row.account.overdraft_minor).number(row.account.minimum_minor);
  if (wanted.holder) params.number(*wanted.holder);
  AUTHD_TRY(changed, connection.exec_prepared(
                         wanted.holder ? "account_update_holder" : "account_update", params));
  AUTHD_TRY(now, read_account_row(changed, 0));
  Answer answer = answer_with(now, 200);
  answer.mirrored = true;
  return answer;
}

// As far as the ledger knows. What is booked later, a clearing for instance, is booked on a closed
// account too.
bool is_empty(const core::Account& account) noexcept {
  return account.posted_minor == 0 && account.held_minor == 0 && account.pending_credit_minor == 0;
}

// The row is written even if it has this status already: who asks for it waits until the state
// heeds it, also when an earlier request has given up waiting.
template <AccountStatus to>
Outcome set_status(const Call& call, Connection& connection) {
  AUTHD_TRY_VOID(expect_no_fields(call));
  AUTHD_TRY(row, find_account(call, connection, "account_lock"));
  const bool closed = row.account.status == AccountStatus::closed;
  if (closed && to != AccountStatus::closed) {
    return Unexpected{Problem(Kind::wrong_state, "The account is closed, and stays so.")};
  }
  if (!closed && to == AccountStatus::closed && !is_empty(row.account)) {
    return Unexpected{Problem(Kind::not_empty)};
  }
  PgParams params;
  params.number(row.account.id.value).number(static_cast<std::int16_t>(to));
  AUTHD_TRY(changed, connection.exec_prepared("account_status", params));
  AUTHD_TRY(now, read_account_row(changed, 0));
  Answer answer = answer_with(now, 200);
  answer.mirrored = true;
  return answer;
}

Outcome list_accounts(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 1);
  const auto fields = FieldSelection::read(query, account_members);
  const auto holder = query.integer("holder", 1, integer_max);
  const auto status = static_cast<std::int16_t>(query.position("status", account_status_names));
  const auto currency = query.text("currency", currency_size);
  auto program = query.text("program", core::ProgramId::size_max);
  if (!program && !call.caller.program.empty()) program = call.caller.program;
  AUTHD_TRY_VOID(query.finish());
  // Of another program there is nothing to be seen.
  if (program && !call.caller.may_see(*program)) return page_answer(call, {}, {});

  PgParams params;
  params.text(program.value_or("")).number(status).text(currency.value_or(""));
  params.number(page.after.empty() ? std::int64_t{0} : page.after[0]).number(page.limit + 1);
  if (holder) params.number(*holder);
  AUTHD_TRY(found, connection.exec_prepared(holder    ? "account_list_holder"
                                            : program ? "account_list_program"
                                                      : "account_list",
                                            params));
  json::array items;
  std::vector<std::int64_t> last;
  for (int i = 0; i < found.rows() && i < page.limit; ++i) {
    AUTHD_TRY(row, read_account_row(found, i));
    json::object object = account_json(row);
    fields.apply(object);
    items.push_back(std::move(object));
    if (found.rows() > page.limit) last = {row.account.id.value};
  }
  return page_answer(call, std::move(items), last);
}

}  // namespace

Resource accounts_resource() {
  using net::Method;
  const Scope read = Scope::accounts_read;
  const Scope write = Scope::accounts_write;
  return {
      {{Method::post, "/v1/accounts", "createAccount", write, Change{create_account}},
       {Method::get, "/v1/accounts", "listAccounts", read, Read{list_accounts}},
       {Method::get, "/v1/accounts/{account:id}", "getAccount", read,
        Lookup{"account_get", key_of_account, show_account}},
       {Method::patch, "/v1/accounts/{account:id}", "changeAccount", write, Change{change_account}},
       {Method::get, "/v1/accounts/{account:id}/balance", "getBalance", read, Read{get_balance}},
       {Method::post, "/v1/accounts/{account:id}/freeze", "freezeAccount", write,
        Change{set_status<AccountStatus::frozen>}},
       {Method::post, "/v1/accounts/{account:id}/unfreeze", "unfreezeAccount", write,
        Change{set_status<AccountStatus::active>}},
       {Method::post, "/v1/accounts/{account:id}/close", "closeAccount", write,
        Change{set_status<AccountStatus::closed>}}},
      statements()};
}

}  // namespace authd::api
