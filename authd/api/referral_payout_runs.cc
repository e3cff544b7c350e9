#include "authd/api/referral_payout_runs.h"

#include <algorithm>

#include "authd/api/referral_program_row.h"
#include "authd/api/referral_sql.h"
#include "authd/referral/words.h"

namespace authd::api {

namespace {

using core::Unexpected;
using store::Connection;
using store::PgParams;

constexpr std::array<std::string_view, 9> run_members{
    "day",         "started_at", "finished_at",    "requested_by", "paid",
    "paid_amount", "carried",    "carried_amount", "failed"};
constexpr std::array<std::string_view, 5> failure_members{"holder", "amount", "reason", "detail",
                                                          "failed_at"};

// Any day of a run: numbers of others are as far away as dates go here.
constexpr std::int64_t day_max = 2'000'000;

std::string runs_sql() {
  return "SELECT item.object, item.day, p.program FROM authd.referral_program AS p"
         " LEFT JOIN LATERAL (SELECT (r.day - '1970-01-01'::date)::bigint AS day,"
         " json_build_object('day', r.day, 'started_at', " +
         sql_time("r.started_at") + ", 'finished_at', " + sql_time("r.finished_at") +
         ", 'requested_by', r.requested_by, 'paid', r.paid, 'paid_amount', " +
         sql_amount("r.paid_minor", "p.currency") + ", 'carried', r.carried, 'carried_amount', " +
         sql_amount("r.carried_minor", "p.currency") +
         ", 'failed', r.failed)::text AS object FROM authd.referral_payout_run AS r"
         " WHERE r.program = p.program AND r.day < '1970-01-01'::date + $2::bigint::integer"
         " ORDER BY r.day DESC LIMIT $3) AS item ON true WHERE p.program = $1"
         " ORDER BY item.day DESC";
}

std::string failures_sql() {
  return "SELECT item.object, item.holder_id, p.program FROM authd.referral_program AS p"
         " JOIN authd.referral_payout_run AS r ON r.program = p.program AND r.day = $4::text::date"
         " LEFT JOIN LATERAL (SELECT f.holder_id, json_build_object('holder', f.holder_id,"
         " 'amount', " +
         sql_amount("f.amount_minor", "p.currency") + ", 'reason', " +
         sql_word("f.reason", referral::payout_failure_names) +
         ", 'detail', f.detail,"
         " 'failed_at', " +
         sql_time("f.failed_at") +
         ")::text AS object FROM authd.referral_payout_failure AS f"
         " WHERE f.program = p.program AND f.day = r.day AND f.holder_id > $2"
         " ORDER BY f.holder_id LIMIT $3) AS item ON true WHERE p.program = $1"
         " ORDER BY item.holder_id";
}

Outcome list_runs(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 1);
  const auto fields = FieldSelection::read(query, run_members);
  AUTHD_TRY_VOID(query.finish());
  PgParams params = key_of_program(call);
  params.number(std::clamp(page.after.empty() ? day_max : page.after[0], std::int64_t{0}, day_max));
  AUTHD_TRY(found, connection.exec_prepared("referral_payout_runs", params.number(page.limit + 1)));
  return answer_referral_list(call, found, page, fields);
}

Outcome list_failures(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 1);
  const auto fields = FieldSelection::read(query, failure_members);
  AUTHD_TRY_VOID(query.finish());
  if (!is_date(call.text("day"))) return Unexpected{Problem(Problem::Kind::not_found)};
  PgParams params = key_of_program(call);
  params.number(page.after.empty() ? std::int64_t{0} : page.after[0]).number(page.limit + 1);
  AUTHD_TRY(found,
            connection.exec_prepared("referral_payout_failures", params.text(call.text("day"))));
  return answer_referral_list(call, found, page, fields);
}

}  // namespace

Resource referral_payout_runs_resource() {
  using net::Method;
  return {{{Method::get, "/v1/referrals/programs/{program:token}/payout-runs",
            "listReferralPayoutRuns", Scope::referrals_admin, Read{list_runs}},
           {Method::get, "/v1/referrals/programs/{program:token}/payout-runs/{day:token}/failures",
            "listReferralPayoutFailures", Scope::referrals_admin, Read{list_failures}}},
          {{"referral_payout_runs", runs_sql()}, {"referral_payout_failures", failures_sql()}}};
}

}  // namespace authd::api
