#include "authd/api/referral_program_row.h"

#include "authd/api/referral_sql.h"

namespace authd::api {

using core::Unexpected;
using store::PgParams;
using Kind = Problem::Kind;

std::string referral_program_sql() {
  return "json_build_object('program', p.program, 'currency', p.currency, 'zone', p.zone,"
         " 'payout_from', p.payout_from, 'payout_at', to_char(p.payout_at, 'HH24:MI'),"
         " 'payout_minimum_minor', p.payout_minimum_minor, 'requires_kyc', p.requires_kyc,"
         " 'claim_within_s', p.claim_within_s, 'review_day_minor', p.review_day_minor,"
         " 'velocity_per_day', p.velocity_per_day, 'invitations_per_day', p.invitations_per_day,"
         " 'invitation_again_days', p.invitation_again_days,"
         " 'pause', (SELECT json_build_object('since', " +
         sql_time("r.paused_at") +
         ", 'by', r.paused_by, 'reason', r.reason) FROM authd.referral_pause AS r"
         " WHERE r.program = p.program AND r.resumed_at IS NULL), 'changed_at', " +
         sql_time("p.changed_at") + ", 'version', p.version)::text";
}

PgParams key_of_program(const Call& call) { return PgParams().text(call.text("program")); }

core::Result<std::optional<ReferralProgram>, Problem> lock_program(const Call& call,
                                                                   store::Connection& connection) {
  const auto name = call.text("program");
  if (name.size() > referral_program_size_max || !call.caller.may_see(name)) {
    return Unexpected{Problem(Kind::not_found)};
  }
  AUTHD_TRY(found, connection.exec_prepared("referral_program_lock", key_of_program(call)));
  if (found.rows() == 0) return std::optional<ReferralProgram>();
  ReferralProgram program;
  program.program = found.text(0, 0);
  program.currency = found.text(0, 1);
  program.zone = found.text(0, 2);
  program.payout_from = found.text(0, 3);
  program.version = found.number<std::int32_t>(0, 4);
  program.rests = found.number<std::int8_t>(0, 5) != 0;
  return std::optional<ReferralProgram>(std::move(program));
}

core::Result<ReferralProgram, Problem> lock_known_program(const Call& call,
                                                          store::Connection& connection) {
  AUTHD_TRY(found, lock_program(call, connection));
  if (!found) return Unexpected{Problem(Kind::not_found)};
  return std::move(*found);
}

std::vector<Statement> referral_program_statements() {
  return {{"referral_program_lock",
           "SELECT p.program, p.currency::text, p.zone, to_char(p.payout_from, 'YYYY-MM-DD'),"
           " p.version, EXISTS (SELECT FROM authd.referral_pause AS r"
           " WHERE r.program = p.program AND r.resumed_at IS NULL)"
           " FROM authd.referral_program AS p WHERE p.program = $1 FOR NO KEY UPDATE OF p"},
          {referral_program_statement,
           "SELECT " + referral_program_sql() +
               ", 0::bigint, p.program, p.version FROM authd.referral_program AS p"
               " WHERE p.program = $1"}};
}

}  // namespace authd::api
