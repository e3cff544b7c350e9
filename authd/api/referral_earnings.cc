#include "authd/api/referral_earnings.h"

#include "authd/api/json_values.h"
#include "authd/api/referral_sql.h"
#include "authd/api/rfc3339.h"
#include "authd/referral/words.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using store::Connection;
using store::PgParams;
using store::PgResult;

constexpr std::array<std::string_view, 13> members{
    "id",         "kind",  "level",     "amount",     "from",   "source", "entry",
    "adjustment", "terms", "booked_at", "payable_on", "payout", "case"};

// Of the newest before $2, at most $3, those that are asked for. The conditions stand in a CASE, of
// which the planner knows nothing: it would take them for so selective that it read and sorted all
// that the member has ever earned, instead of going down the index until there are enough.
constexpr const char* page_sql = R"(
SELECT e.* FROM authd.referral_earning AS e WHERE e.holder_id = m.holder_id AND e.id < $2
   AND CASE WHEN ($4::smallint = 0 OR e.kind = $4) AND ($5::smallint = 0 OR e.level = $5)
             AND e.booked_at >= $6 AND e.booked_at < $7 AND ($8::bigint = 0 OR e.from_id = $8)
            THEN true ELSE false END
 ORDER BY e.id DESC LIMIT $3)";

std::string list_sql() {
  const std::string rows = std::string("SELECT e.kind AS object, e.*, d.payable_on, d.payout_id,") +
                           " d.case_id, t.version, s.source_kind, s.amount_minor AS of_minor,"
                           " s.reversed_minor FROM (" +
                           page_sql +
                           ") AS e JOIN authd.referral_due AS d ON d.id = e.due_id"
                           " LEFT JOIN authd.referral_terms AS t ON t.id = e.terms_id"
                           " LEFT JOIN authd.referral_source AS s"
                           " ON s.shard = e.source_shard AND s.seq = e.source_seq";
  return referral_list_sql(
      rows, "item.id", "item.id DESC",
      ", p.currency::text, nullif(item.level, 0)::bigint, item.amount_minor, item.from_id,"
      " item.source_shard, item.source_seq, item.source_kind, item.of_minor, item.reversed_minor,"
      " CASE WHEN item.source_shard > 0 AND item.entry_seq > 0 THEN item.entry_seq END,"
      " CASE WHEN item.source_shard = 0 THEN item.source_seq END, item.version::bigint,"
      " item.booked_at, item.payable_on::text, item.payout_id, nullif(item.case_id, 0)");
}

// What list_sql() selects.
namespace column {
// clang-format off
enum : int {
  kind, id, program, currency, level, amount, from,
  source_shard, source_seq, source_kind, source_amount, source_reversed,
  entry, adjustment, terms, booked_at, payable_on, payout, case_id
};
// clang-format on
}  // namespace column

json::value number_json(const PgResult& found, int row, int column) {
  const auto number = found.optional(row, column);
  return number ? json::value(*number) : json::value(nullptr);
}

json::value word_json(const PgResult& found, int row, int column,
                      std::span<const std::string_view> words) {
  const auto place = static_cast<std::size_t>(found.number<std::int16_t>(row, column)) - 1;
  return place < words.size() ? json::value(words[place]) : json::value(nullptr);
}

json::object amount_json(const PgResult& found, int row, int column) {
  return api::amount_json(found.number<std::int64_t>(row, column),
                          found.text(row, column::currency));
}

json::value source_json(const PgResult& found, int row) {
  if (found.is_null(row, column::source_kind)) return nullptr;
  json::object source;
  source["shard"] = found.number<std::int32_t>(row, column::source_shard);
  source["sequence"] = found.number<std::int64_t>(row, column::source_seq);
  source["kind"] = word_json(found, row, column::source_kind, referral::source_kind_names);
  source["amount"] = amount_json(found, row, column::source_amount);
  source["reversed"] = amount_json(found, row, column::source_reversed);
  return source;
}

core::Result<json::object, Problem> earning_json(const PgResult& found, int row) {
  json::object earning;
  earning["id"] = found.number<std::int64_t>(row, column::id);
  earning["kind"] = word_json(found, row, column::kind, referral::earning_kind_names);
  earning["level"] = number_json(found, row, column::level);
  earning["amount"] = amount_json(found, row, column::amount);
  earning["from"] = found.number<std::int64_t>(row, column::from);
  earning["source"] = source_json(found, row);
  earning["entry"] = number_json(found, row, column::entry);
  earning["adjustment"] = number_json(found, row, column::adjustment);
  earning["terms"] = number_json(found, row, column::terms);
  earning["booked_at"] = to_rfc3339(found.time(row, column::booked_at));
  earning["payable_on"] = found.text(row, column::payable_on);
  earning["payout"] = number_json(found, row, column::payout);
  earning["case"] = number_json(found, row, column::case_id);
  return earning;
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
  return answer_referral_list(call, found, page, fields, 1, earning_json);
}

}  // namespace

Resource referral_earnings_resource() {
  return {{{net::Method::get, "/v1/referrals/members/{holder:id}/earnings", "listReferralEarnings",
            Scope::referrals_read, Read{list_earnings}}},
          {{"referral_earnings", list_sql()}}};
}

}  // namespace authd::api
