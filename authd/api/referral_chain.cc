#include "authd/api/referral_chain.h"

#include "authd/api/page.h"
#include "authd/api/referral_sql.h"
#include "authd/referral/words.h"

namespace authd::api {

namespace {

using store::Connection;
using store::PgParams;

constexpr std::array<std::string_view, 2> directions{"up", "down"};
constexpr std::array<std::string_view, 7> members{
    "level", "holder", "inviter", "status", "joined_at", "invited_at", "is_link_void"};

std::string object_sql(const std::string& level) {
  return "json_build_object('level', " + level +
         ", 'holder', o.holder_id, 'inviter', o.inviter_id, 'status', " +
         sql_word("o.status", referral::member_status_names) + ", 'joined_at', " +
         sql_time("o.joined_at") + ", 'invited_at', " + sql_time("o.invited_at") +
         ", 'is_link_void', o.is_link_void)::text AS object";
}

// The level is the key; the other two are there because the list has three.
std::string up_sql() {
  return referral_list_sql(
      "WITH RECURSIVE above AS (SELECT 1 AS level, m.inviter_id AS id UNION ALL"
      " SELECT a.level + 1, x.inviter_id FROM above AS a"
      " JOIN authd.referral_member AS x ON x.holder_id = a.id WHERE a.level < " +
          std::to_string(referral::level_max) + ") SELECT " + object_sql("a.level") +
          ", a.level::bigint AS one, 0::bigint AS two, 0::bigint AS three FROM above AS a"
          " JOIN authd.referral_member AS o ON o.holder_id = a.id"
          " WHERE a.level > $2::bigint ORDER BY a.level LIMIT $3",
      "item.one, item.two, item.three", "item.one");
}

// The way down to a member names his place: a page reads on along the index of inviters on every
// level, and begins in the middle of the one where the page before has ended.
std::string down_sql(int level) {
  std::string from = "authd.referral_member AS l1";
  std::string where = "l1.inviter_id = m.holder_id AND l1.holder_id >= $2::bigint";
  std::string path = "l1.holder_id";
  std::string same = "l1.holder_id = $2::bigint";
  for (int i = 2; i <= level; ++i) {
    const std::string l = "l" + std::to_string(i);
    const std::string begin = "$" + std::to_string(i + 1) + "::bigint";
    from += " JOIN authd.referral_member AS " + l + " ON " + l + ".inviter_id = l" +
            std::to_string(i - 1) + ".holder_id AND " + l + ".holder_id >= CASE WHEN " + same +
            " THEN " + begin + " ELSE 0 END";
    path += ", " + l + ".holder_id";
    same += " AND " + l + ".holder_id = " + begin;
  }
  const std::string last = "l" + std::to_string(level);
  where += " AND NOT (" + same + ")";
  std::string keys = path;
  for (int i = level; i < referral::level_max; ++i) keys += ", 0::bigint";
  return referral_list_sql("SELECT " + object_sql(std::to_string(level)) +
                               ", page.one, page.two, page.three FROM (SELECT " + last +
                               ".holder_id AS id, " + keys + " FROM " + from + " WHERE " + where +
                               " ORDER BY " + path + " LIMIT $" + std::to_string(level + 2) +
                               ") AS page(id, one, two, three)"
                               " JOIN authd.referral_member AS o ON o.holder_id = page.id",
                           "item.one, item.two, item.three", "item.one, item.two, item.three");
}

std::vector<Statement> statements() {
  return {{"referral_chain_up", up_sql()},
          {"referral_chain_down_1", down_sql(1)},
          {"referral_chain_down_2", down_sql(2)},
          {"referral_chain_down_3", down_sql(3)}};
}

Outcome list_chain(const Call& call, Connection& connection) {
  constexpr int keys = referral::level_max;
  constexpr std::array<const char*, referral::level_max> down{
      "referral_chain_down_1", "referral_chain_down_2", "referral_chain_down_3"};
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, keys);
  const auto fields = FieldSelection::read(query, members);
  const bool goes_down = query.position("direction", directions) == 2;
  const auto level = query.integer("level", 1, referral::level_max);
  if (level && !goes_down) query.refuse("level", "is for the direction down");
  AUTHD_TRY_VOID(query.finish());
  PgParams params;
  params.number(call.id("holder"));
  const auto levels = static_cast<std::size_t>(goes_down ? level.value_or(1) : 1);
  for (std::size_t i = 0; i < levels; ++i) {
    params.number(page.after.empty() ? std::int64_t{0} : page.after[i]);
  }
  params.number(page.limit + 1);
  const auto* const statement = goes_down ? down[levels - 1] : "referral_chain_up";
  AUTHD_TRY(found, connection.exec_prepared(statement, params));
  return answer_referral_list(call, found, page, fields, keys);
}

}  // namespace

Resource referral_chain_resource() {
  return {{{net::Method::get, "/v1/referrals/members/{holder:id}/chain", "listReferralChain",
            Scope::referrals_read, Read{list_chain}}},
          statements()};
}

}  // namespace authd::api
