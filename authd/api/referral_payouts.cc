#include "authd/api/referral_payouts.h"

#include <algorithm>

#include "authd/api/referral_sql.h"

namespace authd::api {

namespace {

using store::Connection;
using store::PgParams;

constexpr std::array<std::string_view, 6> payout_members{"id",      "day",    "amount",
                                                         "account", "credit", "paid_at"};
constexpr std::array<std::string_view, 5> due_members{"payable_on", "amount", "earnings", "case",
                                                      "state"};

// Days as numbers, which cursors are made of.
std::string number_of(const std::string& day) {
  return "(" + day + " - '1970-01-01'::date)::bigint";
}
std::string day_of(const std::string& number) {
  return "'1970-01-01'::date + " + number + "::bigint::integer";
}

std::string payouts_sql() {
  return referral_list_sql(
      "SELECT " + number_of("o.day") +
          " AS day, json_build_object('id', o.id, 'day', o.day, 'amount', " +
          sql_amount("o.amount_minor", "p.currency") +
          ", 'account', o.account_id, 'credit', o.credit_id, 'paid_at', " + sql_time("o.paid_at") +
          ")::text AS object FROM authd.referral_payout AS o WHERE o.holder_id = m.holder_id"
          " AND o.day < " +
          day_of("$2") + " ORDER BY o.day DESC LIMIT $3",
      "item.day", "item.day DESC");
}

std::string dues_sql() {
  return referral_list_sql(
      "SELECT " + number_of("d.payable_on") +
          " AS day, d.case_id AS under, json_build_object('payable_on', d.payable_on, 'amount', " +
          sql_amount("d.amount_minor", "p.currency") +
          ", 'earnings', d.earnings, 'case', nullif(d.case_id, 0), 'state', CASE"
          " WHEN k.state = 1 THEN 'held' WHEN k.state = 3 THEN 'void'"
          " WHEN d.payable_on > (now() AT TIME ZONE p.zone)::date THEN 'pending'"
          " ELSE 'payable' END)::text AS object FROM authd.referral_due AS d"
          " LEFT JOIN authd.referral_case AS k ON k.id = d.case_id AND d.case_id <> 0"
          " WHERE d.holder_id = m.holder_id AND d.payout_id IS NULL"
          " AND (d.payable_on, d.case_id) > (" +
          day_of("$2") + ", $3::bigint) ORDER BY d.payable_on, d.case_id LIMIT $4",
      "item.day, item.under", "item.day, item.under");
}

// A day's number within what PostgreSQL can add to a date, whatever a made-up cursor says.
std::int64_t bounded(std::int64_t day) {
  constexpr std::int64_t far = 2'000'000;
  return std::clamp(day, -far / 4, far);
}

Outcome list_payouts(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 1);
  const auto fields = FieldSelection::read(query, payout_members);
  AUTHD_TRY_VOID(query.finish());
  PgParams params;
  params.number(call.id("holder"));
  params.number(bounded(page.after.empty() ? INT64_MAX : page.after[0])).number(page.limit + 1);
  AUTHD_TRY(found, connection.exec_prepared("referral_payouts", params));
  return answer_referral_list(call, found, page, fields);
}

Outcome list_dues(const Call& call, Connection& connection) {
  constexpr int keys = 2;
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, keys);
  const auto fields = FieldSelection::read(query, due_members);
  AUTHD_TRY_VOID(query.finish());
  PgParams params;
  params.number(call.id("holder"));
  params.number(bounded(page.after.empty() ? INT64_MIN : page.after[0]));
  params.number(page.after.empty() ? std::int64_t{0} : page.after[1]).number(page.limit + 1);
  AUTHD_TRY(found, connection.exec_prepared("referral_dues", params));
  return answer_referral_list(call, found, page, fields, keys);
}

}  // namespace

Resource referral_payouts_resource() {
  using net::Method;
  return {{{Method::get, "/v1/referrals/members/{holder:id}/payouts", "listReferralPayouts",
            Scope::referrals_read, Read{list_payouts}},
           {Method::get, "/v1/referrals/members/{holder:id}/dues", "listReferralDues",
            Scope::referrals_read, Read{list_dues}}},
          {{"referral_payouts", payouts_sql()}, {"referral_dues", dues_sql()}}};
}

}  // namespace authd::api
