#include "authd/api/statement.h"

#include "authd/api/query_reader.h"
#include "authd/api/statement_format.h"

namespace authd::api {

namespace {

using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr std::int64_t movements_max = 20'000;
constexpr std::array<std::string_view, 2> formats{"json", "csv"};

// Balances as of a time are those before it, so a statement over [from, to) opens with the one as
// of `from` and closes with the one as of `to`.
std::vector<Statement> statements() {
  const std::string order = "ORDER BY e.booked_at, e.shard, e.seq";
  return {{"statement_balance", "SELECT posted_minor FROM authd.balance_as_of($1, $2)"},
          {"statement_archived",
           "SELECT EXISTS (SELECT FROM authd.archive_file WHERE dropped_at IS NOT NULL"
           " AND month::timestamp AT TIME ZONE 'UTC' < $2::timestamptz"
           " AND (month + interval '1 month') AT TIME ZONE 'UTC' > $1::timestamptz)"},
          {"statement_movements", entry_select("e.booked_at >= $2 AND e.booked_at < $3", order,
                                               "WHERE p.posted <> 0 " + order + " LIMIT $4")}};
}

struct Period {
  core::Timestamp from;
  core::Timestamp to;
  bool csv = false;
};
core::Result<Period, Problem> read_query(const Call& call) {
  QueryReader query(call.head.query());
  const auto from = query.time("from");
  const auto to = query.time("to");
  const auto format = query.position("format", formats);
  if (!from) query.refuse("from", "is required");
  if (!to) query.refuse("to", "is required");
  if (from && to && *to <= *from) query.refuse("to", "must be after from");
  AUTHD_TRY_VOID(query.finish());
  const bool accepted = prefers_csv(call.head.field("Accept").value_or(""));
  return Period{*from, *to, format == 0 ? accepted : format == 2};
}

// 0 before the account was opened.
core::Result<std::int64_t, Problem> balance_as_of(Connection& connection, std::int64_t account,
                                                  core::Timestamp at) {
  AUTHD_TRY(found,
            connection.exec_prepared("statement_balance", PgParams().number(account).time(at)));
  return found.rows() == 0 ? 0 : found.optional(0, 0).value_or(0);
}

core::Result<void, Problem> refuse_archived(Connection& connection, const Period& period) {
  PgParams params;
  params.time(period.from).time(period.to);
  AUTHD_TRY(archived, connection.exec_prepared("statement_archived", params));
  if (archived.number<std::int8_t>(0, 0) == 0) return {};
  return Unexpected{
      Problem(Kind::wrong_state,
              "Entries of that time are in archive files, which must be restored first.")};
}

Problem does_not_add_up() {
  Problem problem(Kind::internal);
  problem.cause = "a statement whose movements do not lead from its opening to its closing balance";
  return problem;
}

core::Result<AccountStatement, Problem> read_statement(const Call& call, Connection& connection,
                                                       const Period& period) {
  AUTHD_TRY(wallet, find_wallet(call, connection, call.id("account")));
  AUTHD_TRY_VOID(refuse_archived(connection, period));
  AccountStatement statement{wallet, period.from, period.to, 0, 0, {}};
  AUTHD_TRY(opening, balance_as_of(connection, wallet.account, period.from));
  AUTHD_TRY(closing, balance_as_of(connection, wallet.account, period.to));
  statement.opening_minor = opening;
  statement.closing_minor = closing;
  PgParams params;
  params.number(wallet.account).time(period.from).time(period.to).number(movements_max + 1);
  AUTHD_TRY(found, connection.exec_prepared("statement_movements", params));
  if (found.rows() > movements_max) {
    return Unexpected{Problem(Kind::invalid_request,
                              "There are more than 20000 movements: ask for"
                              " a shorter time.")};
  }
  std::int64_t balance = opening;
  for (int row = 0; row < found.rows(); ++row) {
    AUTHD_TRY(entry, read_entry(found, row));
    const auto after = core::checked_add(balance, entry.posted_minor);
    if (!after) return Unexpected{does_not_add_up()};
    balance = *after;
    statement.movements.push_back({std::move(entry), balance});
  }
  if (balance != closing) return Unexpected{does_not_add_up()};
  return statement;
}

Outcome get_statement(const Call& call, Connection& connection) {
  AUTHD_TRY(period, read_query(call));
  // One moment for all of it: entries are booked meanwhile.
  AUTHD_TRY(transaction, store::Transaction::begin(
                             connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  AUTHD_TRY(statement, read_statement(call, connection, period));
  AUTHD_TRY_VOID(transaction.commit());
  Answer answer;
  if (period.csv) answer.content_type = "text/csv; charset=utf-8";
  answer.body = period.csv ? to_csv(statement) : to_json(statement);
  return answer;
}

}  // namespace

Resource statement_resource() {
  return {{{net::Method::get, "/v1/accounts/{account:id}/statement", "getStatement",
            Scope::accounts_read, Read{get_statement}}},
          statements()};
}

}  // namespace authd::api
