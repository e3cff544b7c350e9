#include "authd/api/referral_leaderboard.h"

#include "authd/api/referral_sql.h"

namespace authd::api {

namespace {

using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr std::array<std::string_view, 3> spans{"day", "month", "all"};
constexpr std::int64_t limit_max = 100;
constexpr std::int64_t limit_default = 10;

// Those who have earned something, the lower number first where two have earned the same.
std::string select(const std::string& starts_on, const std::string& best) {
  return "SELECT json_build_object('program', p.program, 'span', $2::text, 'starts_on', " +
         starts_on +
         ", 'items', coalesce((SELECT json_agg(json_build_object('rank', b.rank, 'holder',"
         " b.holder_id, 'net', " +
         sql_amount("b.net_minor", "p.currency") +
         ") ORDER BY b.rank) FROM (SELECT row_number() OVER (ORDER BY x.net_minor DESC,"
         " x.holder_id) AS rank, x.holder_id, x.net_minor FROM (" +
         best +
         " ORDER BY net_minor DESC, holder_id LIMIT $4) AS x) AS b), '[]'))::text"
         " FROM authd.referral_program AS p CROSS JOIN LATERAL (SELECT"
         " coalesce(nullif($3, '')::date, (now() AT TIME ZONE p.zone)::date) AS day) AS c"
         " WHERE p.program = $1";
}

std::vector<Statement> statements() {
  const std::string start =
      "CASE $2::text WHEN 'day' THEN c.day"
      " ELSE date_trunc('month', c.day)::date END";
  return {{"referral_leaders_of_span",
           select(start,
                  "SELECT holder_id, net_minor FROM authd.referral_period WHERE program = p.program"
                  " AND span = CASE $2::text WHEN 'day' THEN 1 ELSE 2 END AND starts_on = " +
                      start + " AND net_minor > 0")},
          {"referral_leaders",
           select("NULL::date",
                  "SELECT holder_id, net_minor FROM authd.referral_stat WHERE program = p.program"
                  " AND net_minor > 0")}};
}

Outcome show_leaders(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  auto program = query.text("program", referral_program_size_max);
  if (!program && !call.caller.program.empty()) program = call.caller.program;
  if (!program) query.refuse("program", "is required with a key of all programs");
  const std::size_t wanted = query.position("span", spans);
  const std::string_view span = spans[wanted == 0 ? spans.size() - 1 : wanted - 1];
  const auto on = read_date(query, "on");
  if (on && span == "all") query.refuse("on", "is for a day or a month");
  const auto limit = query.integer("limit", 1, limit_max).value_or(limit_default);
  AUTHD_TRY_VOID(query.finish());
  if (!call.caller.may_see(*program)) return Unexpected{Problem(Kind::not_found)};
  PgParams params;
  params.text(*program).text(span).text(on.value_or("")).number(limit);
  AUTHD_TRY(found, connection.exec_prepared(
                       span == "all" ? "referral_leaders" : "referral_leaders_of_span", params));
  if (found.rows() == 0) return Unexpected{Problem(Kind::not_found)};
  Answer answer;
  answer.body = found.text(0, 0);
  return answer;
}

}  // namespace

Resource referral_leaderboard_resource() {
  return {{{net::Method::get, "/v1/referrals/leaderboard", "getReferralLeaderboard",
            Scope::referrals_read, Read{show_leaders}}},
          statements()};
}

}  // namespace authd::api
