#include "authd/api/referral_cases.h"

#include "authd/api/change.h"
#include "authd/api/referral_sql.h"
#include "authd/referral/words.h"

namespace authd::api {

namespace {

using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr std::array<std::string_view, 13> members{
    "id",        "program",    "holder",     "kind",   "state",  "day",     "held",
    "opened_at", "decided_at", "decided_by", "reason", "detail", "earnings"};

// What waits for a case that is open.
std::string object_sql(const std::string& more) {
  return "json_build_object('id', c.id, 'program', c.program, 'holder', c.holder_id, 'kind', " +
         sql_word("c.kind", referral::case_kind_names) + ", 'state', " +
         sql_word("c.state", referral::case_state_names) + ", 'day', c.day, 'held', " +
         sql_amount("held.minor", "p.currency") + ", 'opened_at', " + sql_time("c.opened_at") +
         ", 'decided_at', " + sql_time("c.decided_at") +
         ", 'decided_by', c.decided_by, 'reason', c.reason, 'detail', c.detail" + more + ")::text";
}

std::string joins_sql() {
  return " JOIN authd.referral_program AS p ON p.program = c.program CROSS JOIN LATERAL"
         " (SELECT coalesce(sum(d.amount_minor), 0)::bigint AS minor FROM authd.referral_due AS d"
         " WHERE d.case_id = c.id AND d.case_id <> 0 AND d.payout_id IS NULL AND c.state = 1)"
         " AS held ";
}

// By what happened to them: a row a kind.
std::string earnings_sql() {
  return ", 'earnings', (SELECT coalesce(json_agg(json_build_object('kind', " +
         sql_word("s.kind", referral::earning_kind_names) + ", 'count', s.count, 'amount', " +
         sql_amount("s.minor", "p.currency") +
         ") ORDER BY s.kind), '[]') FROM (SELECT e.kind, count(*) AS count,"
         " sum(e.amount_minor)::bigint AS minor FROM authd.referral_due AS d"
         " JOIN authd.referral_earning AS e ON e.due_id = d.id"
         " WHERE d.case_id = c.id AND d.case_id <> 0 GROUP BY e.kind) AS s)";
}

PgParams key_of_case(const Call& call) { return PgParams().number(call.id("case")); }

Outcome show_case(const Call& call, const store::PgResult& found) {
  return show_referral(call, found, members);
}

Outcome list_cases(const Call& call, Connection& connection) {
  constexpr std::size_t open = 1;
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 1);
  const auto fields = FieldSelection::read(query, std::span(members).first(members.size() - 1));
  const auto program = query.text("program", referral_program_size_max);
  const auto state = query.position("state", referral::case_state_names);
  const auto kind = query.position("kind", referral::case_kind_names);
  AUTHD_TRY_VOID(query.finish());
  if (program && !call.caller.may_see(*program)) return page_answer(call, {}, {});
  const std::string of = program.value_or(call.caller.program);
  PgParams params;
  params.number(page.after.empty() ? INT64_MAX : page.after[0]).number(page.limit + 1);
  params.number(static_cast<std::int16_t>(kind));
  if (state != open) params.number(static_cast<std::int16_t>(state));
  if (!of.empty()) params.text(of);
  const char* const statement =
      of.empty()      ? state == open ? "referral_cases_open_all" : "referral_cases_all"
      : state == open ? "referral_cases_open"
                      : "referral_cases";
  AUTHD_TRY(found, connection.exec_prepared(statement, params));
  return answer_page(call, found, page, fields);
}

template <bool is_fraud>
Outcome decide(const Call& call, Connection& connection) {
  AUTHD_TRY(reason, read_body(call, read_reason));
  AUTHD_TRY(found, connection.exec_prepared("referral_case_program", key_of_case(call)));
  if (found.rows() == 0 || !call.caller.may_see(found.text(0, 0))) {
    return Unexpected{Problem(Kind::not_found)};
  }
  PgParams params = key_of_case(call);
  params.number(std::int16_t{is_fraud ? 1 : 0}).text(actor_of(call)).text(reason);
  AUTHD_TRY(decided, connection.exec_prepared("referral_decide", params));
  if (decided.number<std::int8_t>(0, 0) == 0) {
    return Unexpected{Problem(Kind::wrong_state, "It has been decided.")};
  }
  return answer_referral(connection, "referral_case_get", key_of_case(call));
}

std::vector<Statement> statements() {
  // First the page, so that sums are those of its cases alone.
  const auto list = [](const std::string& where) {
    return "SELECT " + object_sql("") +
           ", c.id FROM (SELECT * FROM authd.referral_case AS c WHERE c.id < $1"
           " AND ($3::smallint = 0 OR c.kind = $3) AND " +
           where + " ORDER BY c.id DESC LIMIT $2) AS c" + joins_sql() + "ORDER BY c.id DESC";
  };
  const std::string any = "($4::smallint = 0 OR c.state = $4)";
  return {{"referral_case_get", "SELECT " + object_sql(earnings_sql()) +
                                    ", c.id, c.program, NULL::integer"
                                    " FROM authd.referral_case AS c" +
                                    joins_sql() + "WHERE c.id = $1"},
          {"referral_case_program", "SELECT program FROM authd.referral_case WHERE id = $1"},
          {"referral_cases", list("c.program = $5 AND " + any)},
          {"referral_cases_all", list(any)},
          {"referral_cases_open", list("c.program = $4 AND c.state = 1")},
          {"referral_cases_open_all", list("c.state = 1")},
          {"referral_decide", "SELECT authd.referral_decide($1, $2::smallint <> 0, $3, $4)"}};
}

}  // namespace

Resource referral_cases_resource() {
  using net::Method;
  constexpr Scope admin = Scope::referrals_admin;
  return {{{Method::get, "/v1/referrals/cases", "listReferralCases", admin, Read{list_cases}},
           {Method::get, "/v1/referrals/cases/{case:id}", "getReferralCase", admin,
            Lookup{"referral_case_get", key_of_case, show_case}},
           {Method::post, "/v1/referrals/cases/{case:id}/clear", "clearReferralCase", admin,
            Change{decide<false>}},
           {Method::post, "/v1/referrals/cases/{case:id}/confirm", "confirmReferralCase", admin,
            Change{decide<true>}}},
          statements()};
}

}  // namespace authd::api
