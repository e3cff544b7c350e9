#include "authd/api/referral_members.h"

#include "authd/api/body_reader.h"
#include "authd/api/change.h"
#include "authd/api/precondition.h"
#include "authd/api/referral_claim.h"
#include "authd/api/referral_code.h"
#include "authd/api/referral_member_row.h"
#include "authd/api/referral_sql.h"

namespace authd::api {

namespace {

using core::Unexpected;
using referral::MemberStatus;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

std::string read_code(BodyReader& body, std::string_view name, Need need) {
  const auto code = body.text(name, {1, 100}, need);
  if (code.value && !is_referral_code(*code.value)) {
    body.refuse(name, "must be 4 to 16 capital letters and digits");
  }
  return code.value.value_or("");
}

struct Wanted {
  std::int64_t holder = 0;
  std::int64_t account = 0;  // 0: none
  std::string code;          // empty: one is made
  std::string claims;        // empty: nobody's
  ClaimInputs inputs;
};

core::Result<Wanted, Problem> read_wanted(const Call& call) {
  return read_body(call, [](BodyReader& body) {
    Wanted wanted;
    wanted.holder = body.integer("holder", 1, integer_max, Need::required).value.value_or(0);
    wanted.account = body.integer("account", 1, integer_max, Need::optional).value.value_or(0);
    wanted.code = read_code(body, "code", Need::optional);
    wanted.claims = read_code(body, "claims", Need::optional);
    wanted.inputs = read_claim_inputs(body);
    return wanted;
  });
}

constexpr const char* wrong_account =
    "must be an account of the holder in the program's currency that is not closed";

// The program of the holder, who may become a member.
core::Result<std::string, Problem> program_of(const Call& call, Connection& connection,
                                              const Wanted& wanted) {
  AUTHD_TRY(found,
            connection.exec_prepared("referral_newcomer",
                                     PgParams().number(wanted.holder).number(wanted.account)));
  if (found.rows() == 0 || !call.caller.may_see(found.text(0, 0))) {
    return Unexpected{wrong_field("holder", "is not known")};
  }
  const auto is = [&](int column) { return found.number<std::int8_t>(0, column) != 0; };
  if (!is(1)) return Unexpected{refused("no_referral", "The holder's program has no referral.")};
  if (is(2)) return Unexpected{Problem(Kind::already_exists, "The holder is a member.")};
  if (!is(3)) return Unexpected{wrong_field("account", wrong_account)};
  return std::string(found.text(0, 0));
}

core::Result<std::string, Problem> code_of(Connection& connection, const std::string& program,
                                           const std::string& chosen) {
  if (chosen.empty()) return free_referral_code(connection, program, make_referral_code);
  AUTHD_TRY(taken,
            connection.exec_prepared("referral_code_taken", PgParams().text(program).text(chosen)));
  if (taken.rows() == 0) return chosen;
  return Unexpected{Problem(Kind::already_exists, "Another member has this code.")};
}

Outcome create_member(const Call& call, Connection& connection) {
  AUTHD_TRY(wanted, read_wanted(call));
  AUTHD_TRY(program, program_of(call, connection, wanted));
  AUTHD_TRY(code, code_of(connection, program, wanted.code));
  const std::string device = referral_hash(program, wanted.inputs.device);
  const std::string address = referral_hash(program, wanted.inputs.address);
  if (!wanted.claims.empty()) AUTHD_TRY_VOID(lock_claims(connection, program));
  PgParams params;
  params.number(wanted.holder).text(program).text(code).number(wanted.account);
  params.bytes(store::bytes_of(device)).bytes(store::bytes_of(address));
  const auto made = connection.exec_prepared("referral_member_insert", params);
  if (!made && made.error().state() == "23505") {
    return Unexpected{Problem(Kind::already_exists,
                              "Meanwhile the holder has become one, or the code was taken.")};
  }
  if (!made) return Unexpected{made.error()};
  if (!wanted.claims.empty()) {
    AUTHD_TRY_VOID(
        claim_inviter(connection, wanted.holder, {"claims", wanted.claims, device, address}));
  }
  AUTHD_TRY(answer, answer_member(connection, wanted.holder, 201));
  answer.location = "/v1/referrals/members/" + std::to_string(wanted.holder);
  return std::move(answer);
}

Outcome show_member(const Call& call, const store::PgResult& found) {
  return show_referral(call, found, referral_member_members);
}

Outcome claim(const Call& call, Connection& connection) {
  ClaimInputs inputs;
  AUTHD_TRY(code, read_body(call, [&](BodyReader& body) {
              inputs = read_claim_inputs(body);
              return read_code(body, "code", Need::required);
            }));
  AUTHD_TRY(member, find_referral_member(call, connection));
  AUTHD_TRY_VOID(lock_claims(connection, member.program));
  AUTHD_TRY_VOID(claim_inviter(connection, member.holder,
                               {"code", code, referral_hash(member.program, inputs.device),
                                referral_hash(member.program, inputs.address)}));
  return answer_member(connection, member.holder);
}

Outcome change_member(const Call& call, Connection& connection) {
  AUTHD_TRY(member, lock_referral_member(call, connection));
  AUTHD_TRY_VOID(check_version(call, member.version));
  AUTHD_TRY(account, read_body(call, [&](BodyReader& body) {
              const auto field = body.integer("account", 1, integer_max, Need::removable);
              return field.given ? field.value.value_or(0) : member.account;
            }));
  AUTHD_TRY(changed, connection.exec_prepared(
                         "referral_member_account",
                         PgParams().number(member.holder).number(account).text(member.currency)));
  if (changed.affected() == 0) return Unexpected{wrong_field("account", wrong_account)};
  return answer_member(connection, member.holder);
}

template <MemberStatus wanted>
Outcome set_status(const Call& call, Connection& connection) {
  AUTHD_TRY(reason, read_body(call, read_reason));
  AUTHD_TRY(member, lock_referral_member(call, connection));
  if (member.status == wanted) {
    const bool active = wanted == MemberStatus::active;
    return Unexpected{Problem(Kind::wrong_state, active ? "He is active." : "He is suspended.")};
  }
  PgParams params;
  params.number(member.holder).number(static_cast<std::int16_t>(wanted)).text(reason);
  AUTHD_TRY_VOID(connection.exec_prepared("referral_member_status", params));
  return answer_member(connection, member.holder);
}

std::vector<Statement> statements() {
  std::vector<Statement> all = referral_member_statements();
  for (const auto& some : {referral_claim_statements(), referral_code_statements()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  const std::string payable =
      "EXISTS (SELECT FROM authd.account AS a WHERE a.id = $2 AND a.status <> 3 AND a.holder_id = ";
  all.push_back({"referral_newcomer",
                 "SELECT h.program, p.program IS NOT NULL, EXISTS (SELECT FROM"
                 " authd.referral_member AS m WHERE m.holder_id = h.id), $2::bigint = 0 OR " +
                     payable +
                     "h.id AND a.currency = p.currency) FROM authd.holder AS h LEFT JOIN"
                     " authd.referral_program AS p ON p.program = h.program WHERE h.id = $1"});
  all.push_back({"referral_member_insert",
                 "INSERT INTO authd.referral_member (holder_id, program, code, account_id,"
                 " device_hash, address_hash) VALUES ($1, $2, $3, nullif($4::bigint, 0),"
                 " nullif($5::bytea, ''), nullif($6::bytea, ''))"});
  all.push_back({"referral_member_account",
                 "UPDATE authd.referral_member SET account_id = nullif($2::bigint, 0)"
                 " WHERE holder_id = $1 AND ($2::bigint = 0 OR " +
                     payable + "$1 AND a.currency = $3::text))"});
  all.push_back({"referral_member_status",
                 "UPDATE authd.referral_member SET status = $2, status_reason = $3"
                 " WHERE holder_id = $1"});
  return all;
}

}  // namespace

Resource referral_members_resource() {
  using net::Method;
  constexpr Scope write = Scope::referrals_write;
  constexpr Scope admin = Scope::referrals_admin;
  return {{{Method::post, "/v1/referrals/members", "createReferralMember", write,
            Change{create_member}},
           {Method::get, "/v1/referrals/members/{holder:id}", "getReferralMember",
            Scope::referrals_read, Lookup{referral_member_statement, key_of_member, show_member}},
           {Method::patch, "/v1/referrals/members/{holder:id}", "changeReferralMember", write,
            Change{change_member}},
           {Method::post, "/v1/referrals/members/{holder:id}/claim", "claimReferralCode", write,
            Change{claim}},
           {Method::post, "/v1/referrals/members/{holder:id}/suspend", "suspendReferralMember",
            admin, Change{set_status<MemberStatus::suspended>}},
           {Method::post, "/v1/referrals/members/{holder:id}/reinstate", "reinstateReferralMember",
            admin, Change{set_status<MemberStatus::active>}}},
          statements()};
}

}  // namespace authd::api
