#include "authd/api/referral_earnings.h"

#include "authd/api/referral_sql.h"
#include "authd/referral/words.h"

namespace authd::api {

namespace {

using store::Connection;
using store::PgParams;

constexpr std::array<std::string_view, 13> members{
    "id",         "kind",  "level",     "amount",     "from",   "source", "entry",
    "adjustment", "terms", "booked_at", "payable_on", "payout", "case"};

// Of the newest before $2, at most $3, those that are asked for.
std::string page_sql() {
  return "SELECT e.* FROM authd.referral_earning AS e WHERE e.holder_id = m.holder_id AND e.id < $2"
         " AND ($4::smallint = 0 OR e.kind = $4) AND ($5::smallint = 0 OR e.level = $5)"
         " AND e.booked_at >= $6 AND e.booked_at < $7 AND ($8::bigint = 0 OR e.from_id = $8)"
         " ORDER BY e.id DESC LIMIT $3";
}

std::string rows_sql() {
  return "SELECT e.id, json_build_object('id', e.id, 'kind', " +
         sql_word("e.kind", referral::earning_kind_names) +
         ", 'level', nullif(e.level, 0), 'amount', " + sql_amount("e.amount_minor", "p.currency") +
         ", 'from', e.from_id, 'source', CASE WHEN s.seq IS NOT NULL THEN"
         " json_build_object('shard', s.shard, 'sequence', s.seq, 'kind', " +
         sql_word("s.source_kind", referral::source_kind_names) + ", 'amount', " +
         sql_amount("s.amount_minor", "p.currency") + ", 'reversed', " +
         sql_amount("s.reversed_minor", "p.currency") +
         ") END, 'entry', CASE WHEN e.source_shard > 0 AND e.entry_seq > 0 THEN e.entry_seq END,"
         " 'adjustment', CASE WHEN e.source_shard = 0 THEN e.source_seq END,"
         " 'terms', t.version, 'booked_at', " +
         sql_time("e.booked_at") +
         ", 'payable_on', d.payable_on, 'payout', d.payout_id, 'case', nullif(d.case_id, 0))::text"
         " AS object FROM (" +
         page_sql() +
         ") AS e JOIN authd.referral_due AS d ON d.id = e.due_id"
         " LEFT JOIN authd.referral_terms AS t ON t.id = e.terms_id"
         " LEFT JOIN authd.referral_source AS s"
         " ON s.shard = e.source_shard AND s.seq = e.source_seq";
}

Outcome list_earnings(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 1);
  const auto fields = FieldSelection::read(query, members);
  const auto kind = query.position("kind", referral::earning_kind_names);
  const auto level = query.integer("level", 1, referral::level_max).value_or(0);
  const auto from = query.time("from").value_or(core::Timestamp{INT64_MIN});
  const auto to = query.time("to").value_or(core::Timestamp{INT64_MAX});
  const auto source = query.integer("source", 1, integer_max).value_or(0);
  if (to <= from) query.refuse("to", "must be after from");
  AUTHD_TRY_VOID(query.finish());
  PgParams params;
  params.number(call.id("holder")).number(page.after.empty() ? INT64_MAX : page.after[0]);
  params.number(page.limit + 1).number(static_cast<std::int16_t>(kind));
  params.number(static_cast<std::int16_t>(level)).time(from).time(to).number(source);
  AUTHD_TRY(found, connection.exec_prepared("referral_earnings", params));
  return answer_referral_list(call, found, page, fields);
}

}  // namespace

Resource referral_earnings_resource() {
  return {{{net::Method::get, "/v1/referrals/members/{holder:id}/earnings", "listReferralEarnings",
            Scope::referrals_read, Read{list_earnings}}},
          {{"referral_earnings", referral_list_sql(rows_sql(), "item.id", "item.id DESC")}}};
}

}  // namespace authd::api
