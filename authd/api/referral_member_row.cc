#include "authd/api/referral_member_row.h"

#include "authd/api/referral_sql.h"

namespace authd::api {

using core::Unexpected;
using store::PgParams;

namespace {

std::string object_sql() {
  return "json_build_object('holder', m.holder_id, 'program', m.program, 'code', m.code,"
         " 'inviter', m.inviter_id, 'status', " +
         sql_word("m.status", referral::member_status_names) +
         ", 'status_reason', m.status_reason, 'account', m.account_id, 'case', nullif(m.case_id, "
         "0),"
         " 'is_link_void', m.is_link_void, 'joined_at', " +
         sql_time("m.joined_at") + ", 'invited_at', " + sql_time("m.invited_at") +
         ", 'changed_at', " + sql_time("m.changed_at") + ", 'version', m.version)::text";
}

core::Result<ReferralMember, Problem> read_member(const Call& call, store::Connection& connection,
                                                  const char* statement) {
  AUTHD_TRY(found, connection.exec_prepared(statement, key_of_member(call)));
  if (found.rows() == 0 || !call.caller.may_see(found.text(0, 1))) {
    return Unexpected{Problem(Problem::Kind::not_found)};
  }
  ReferralMember member;
  member.holder = found.number<std::int64_t>(0, 0);
  member.program = found.text(0, 1);
  member.currency = found.text(0, 2);
  member.version = found.number<std::int32_t>(0, 3);
  member.status = static_cast<referral::MemberStatus>(found.number<std::int16_t>(0, 4));
  member.account = found.number<std::int64_t>(0, 5);
  return member;
}

}  // namespace

PgParams key_of_member(const Call& call) { return PgParams().number(call.id("holder")); }

core::Result<ReferralMember, Problem> lock_referral_member(const Call& call,
                                                           store::Connection& connection) {
  return read_member(call, connection, "referral_member_lock");
}

core::Result<ReferralMember, Problem> find_referral_member(const Call& call,
                                                           store::Connection& connection) {
  return read_member(call, connection, "referral_member_find");
}

Outcome answer_member(store::Connection& connection, std::int64_t holder, int status) {
  return answer_referral(connection, referral_member_statement, PgParams().number(holder), status);
}

std::vector<Statement> referral_member_statements() {
  const std::string find =
      "SELECT m.holder_id, m.program, p.currency::text, m.version, m.status,"
      " coalesce(m.account_id, 0) FROM authd.referral_member AS m"
      " JOIN authd.referral_program AS p ON p.program = m.program WHERE m.holder_id = $1";
  return {{"referral_member_find", find},
          {"referral_member_lock", find + " FOR NO KEY UPDATE OF m"},
          {referral_member_statement, "SELECT " + object_sql() +
                                          ", m.holder_id, m.program, m.version"
                                          " FROM authd.referral_member AS m"
                                          " WHERE m.holder_id = $1"}};
}

}  // namespace authd::api
