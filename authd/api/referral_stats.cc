#include "authd/api/referral_stats.h"

#include "authd/api/referral_member_row.h"
#include "authd/api/referral_sql.h"

namespace authd::api {

namespace {

constexpr std::array<std::string_view, 14> members{
    "holder", "program", "earned",  "reversed", "adjusted",       "net", "paid", "sources",
    "levels", "pending", "payable", "held",     "next_payout_on", "caps"};

std::string amount(const std::string& minor) { return sql_amount(minor, "p.currency"); }

std::string levels_sql() {
  std::string list;
  for (const char* level : {"1", "2", "3"}) {
    const std::string of = std::string("s.level_") + level;
    list += list.empty() ? "" : ", ";
    list += std::string("json_build_object('level', ") + level + ", 'net', " +
            amount(of + "_minor") + ", 'members', " + of + "_members)";
  }
  return "json_build_array(" + list + ")";
}

// What a cap of the terms in force allows, and what has used it up.
std::string cap_sql(const std::string& cap, const char* span, const char* starts_on) {
  return "json_build_object('cap', " + amount("t." + cap) + ", 'used', " +
         amount(std::string("coalesce((SELECT g.granted_minor FROM authd.referral_period AS g"
                            " WHERE g.holder_id = m.holder_id AND g.span = ") +
                span + " AND g.starts_on = " + starts_on + "), 0)") +
         ")";
}

// Dues by what they wait for; those that a confirmed case has voided are 0.
std::string open_sql() {
  const auto sum = [](const char* name, const char* which) {
    return std::string("coalesce(sum(d.amount_minor) FILTER (WHERE ") + which +
           "), 0)::bigint AS " + name;
  };
  return "SELECT " + sum("held", "k.state = 1") + ", " +
         sum("pending", "k.state IS DISTINCT FROM 1 AND d.payable_on > clock.today") + ", " +
         sum("payable", "k.state IS DISTINCT FROM 1 AND d.payable_on <= clock.today") +
         " FROM authd.referral_due AS d LEFT JOIN authd.referral_case AS k"
         " ON k.id = d.case_id AND d.case_id <> 0"
         " WHERE d.holder_id = m.holder_id AND d.payout_id IS NULL";
}

std::string select() {
  return "SELECT json_build_object('holder', m.holder_id, 'program', m.program, 'earned', " +
         amount("s.earned_minor") + ", 'reversed', " + amount("s.reversed_minor") +
         ", 'adjusted', " + amount("s.adjusted_minor") + ", 'net', " + amount("s.net_minor") +
         ", 'paid', " + amount("s.paid_minor") + ", 'sources', s.sources, 'levels', " +
         levels_sql() + ", 'pending', " + amount("open.pending") + ", 'payable', " +
         amount("open.payable") + ", 'held', " + amount("open.held") +
         ", 'next_payout_on', CASE WHEN NOT EXISTS (SELECT FROM authd.referral_pause AS r"
         " WHERE r.program = m.program AND r.resumed_at IS NULL) THEN greatest(p.payout_from,"
         " clock.today, (SELECT max(r.day) + 1 FROM authd.referral_payout_run AS r"
         " WHERE r.program = m.program AND r.finished_at IS NOT NULL)) END,"
         " 'caps', json_build_object('day', " +
         cap_sql("cap_day_minor", "1", "clock.today") + ", 'month', " +
         cap_sql("cap_month_minor", "2", "date_trunc('month', clock.today)::date") +
         "))::text, m.holder_id, m.program, NULL::integer FROM authd.referral_member AS m"
         " JOIN authd.referral_program AS p ON p.program = m.program"
         " JOIN authd.referral_stat AS s ON s.holder_id = m.holder_id"
         " CROSS JOIN LATERAL (SELECT (now() AT TIME ZONE p.zone)::date AS today) AS clock"
         " CROSS JOIN LATERAL (" +
         open_sql() +
         ") AS open LEFT JOIN LATERAL (SELECT * FROM (SELECT v.* FROM authd.referral_terms AS v"
         " WHERE v.program = m.program AND v.starts_at <= now() ORDER BY v.version DESC LIMIT 1)"
         " AS latest WHERE latest.ends_at IS NULL OR latest.ends_at > now()) AS t ON true"
         " WHERE m.holder_id = $1";
}

Outcome show_stats(const Call& call, const store::PgResult& found) {
  return show_referral(call, found, members);
}

}  // namespace

Resource referral_stats_resource() {
  return {{{net::Method::get, "/v1/referrals/members/{holder:id}/stats", "getReferralStats",
            Scope::referrals_read, Lookup{"referral_stats", key_of_member, show_stats}}},
          {{"referral_stats", select()}}};
}

}  // namespace authd::api
