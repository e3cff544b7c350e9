#include "authd/api/referral_invitations.h"

#include "authd/api/referral_invitation_row.h"
#include "authd/api/referral_member_row.h"
#include "authd/api/referral_phone.h"
#include "authd/api/referral_sql.h"
#include "authd/referral/invitations/placeholders.h"
#include "authd/referral/invitations/queue.h"

namespace authd::api {

namespace {

using core::Unexpected;
using referral::InvitationState;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr std::size_t template_size_max = 32;

struct Wanted {
  std::string phone;
  std::string of_template;
};

// An inviter's invitations are counted one after the other, and so are those to a number: his row
// is locked, and the number.
struct Facts {
  bool rests = false;
  bool is_opted_out = false;
  bool is_invited = false;          // the number, some time ago
  std::int64_t retry_after_s = 0;   // until the inviter may send another one; 0: now
  std::optional<std::string> text;  // of the template, filled; nothing: there is none
};

core::Result<Facts, Problem> find_facts(Connection& connection, const ReferralMember& member,
                                        const Wanted& wanted) {
  PgParams params;
  params.number(member.holder).bytes(referral::phone_hash(member.program, wanted.phone));
  params.text(wanted.of_template);
  AUTHD_TRY(found, connection.exec_prepared("referral_invitation_facts", params));
  if (found.rows() == 0) return Unexpected{Problem(Kind::not_found)};
  Facts facts;
  facts.rests = found.number<std::int8_t>(0, 0) != 0;
  facts.is_opted_out = found.number<std::int8_t>(0, 1) != 0;
  facts.is_invited = found.number<std::int8_t>(0, 2) != 0;
  facts.retry_after_s = found.number<std::int64_t>(0, 3);
  if (!found.is_null(0, 4)) {
    facts.text = referral::fill_template(found.text(0, 4), found.text(0, 5), found.text(0, 6));
  }
  return facts;
}

core::Result<void, Problem> judge(const ReferralMember& member, const Facts& facts) {
  if (facts.rests) return Unexpected{refused("resting", "The program's referral rests.")};
  if (member.status == referral::MemberStatus::suspended) {
    return Unexpected{refused("inviter_suspended", "The member is suspended.")};
  }
  if (!facts.text) return Unexpected{wrong_field("template", "is none of the program's")};
  if (facts.is_opted_out) {
    return Unexpected{refused("opted_out", "Nobody may invite this number.")};
  }
  if (facts.is_invited) {
    return Unexpected{Problem(Kind::already_exists, "The number has been invited.")};
  }
  if (facts.retry_after_s > 0) {
    Problem problem(Kind::rate_limited, "The member has invited as many as he may in 24 hours.");
    problem.members["retry_after_s"] = facts.retry_after_s;
    return Unexpected{std::move(problem)};
  }
  return {};
}

Outcome invite(const Call& call, Connection& connection) {
  AUTHD_TRY(wanted, read_body(call, [](BodyReader& body) {
              return Wanted{
                  read_phone(body),
                  body.token("template", template_size_max, Need::required).value.value_or("")};
            }));
  AUTHD_TRY(member, lock_referral_member(call, connection));
  AUTHD_TRY_VOID(lock_phone(connection, member.program, wanted.phone));
  AUTHD_TRY(facts, find_facts(connection, member, wanted));
  AUTHD_TRY_VOID(judge(member, facts));
  PgParams params;
  params.number(member.holder).text(member.program).text(wanted.of_template).text(wanted.phone);
  params.bytes(referral::phone_hash(member.program, wanted.phone)).text(*facts.text);
  AUTHD_TRY(made, connection.exec_prepared("referral_invitation_insert", params));
  const auto id = made.number<std::int64_t>(0, 0);
  AUTHD_TRY(answer, answer_referral(connection, "referral_invitation_get",
                                    PgParams().number(member.holder).number(id), 202));
  answer.location = std::string(call.head.path()) + "/" + std::to_string(id);
  return std::move(answer);
}

PgParams key_of_invitation(const Call& call) {
  return PgParams().number(call.id("holder")).number(call.id("invitation"));
}

Outcome show_invitation(const Call& call, const store::PgResult& found) {
  return show_referral(call, found, referral_invitation_members);
}

Outcome list_invitations(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 1);
  const auto fields = FieldSelection::read(query, referral_invitation_members);
  const auto state = query.position("state", referral::invitation_state_names);
  AUTHD_TRY_VOID(query.finish());
  PgParams params;
  params.number(call.id("holder")).number(page.after.empty() ? INT64_MAX : page.after[0]);
  params.number(page.limit + 1).number(static_cast<std::int16_t>(state));
  AUTHD_TRY(found, connection.exec_prepared("referral_invitations", params));
  return answer_referral_list(call, found, page, fields);
}

// The state of the invitation of the path, which is locked.
core::Result<InvitationState, Problem> lock_invitation(const Call& call, Connection& connection) {
  AUTHD_TRY(found, connection.exec_prepared("referral_invitation_lock", key_of_invitation(call)));
  if (found.rows() == 0 || !call.caller.may_see(found.text(0, 0))) {
    return Unexpected{Problem(Kind::not_found)};
  }
  return static_cast<InvitationState>(found.number<std::int16_t>(0, 1));
}

Outcome cancel(const Call& call, Connection& connection) {
  AUTHD_TRY_VOID(expect_no_fields(call));
  AUTHD_TRY(state, lock_invitation(call, connection));
  if (state != InvitationState::queued) {
    return Unexpected{Problem(Kind::wrong_state, "Only one that is queued can be cancelled.")};
  }
  AUTHD_TRY_VOID(connection.exec_prepared("referral_invitation_cancel", key_of_invitation(call)));
  return answer_referral(connection, "referral_invitation_get", key_of_invitation(call));
}

Outcome retry(const Call& call, Connection& connection) {
  using referral::Requeued;
  AUTHD_TRY_VOID(expect_no_fields(call));
  AUTHD_TRY_VOID(lock_invitation(call, connection));
  AUTHD_TRY(done, referral::requeue(connection, call.id("invitation")));
  switch (done) {
    case Requeued::requeued: break;
    case Requeued::unknown: return Unexpected{Problem(Kind::not_found)};
    case Requeued::not_failed:
      return Unexpected{Problem(Kind::wrong_state, "Only one that has failed can be tried again.")};
    case Requeued::erased:
      return Unexpected{Problem(Kind::wrong_state, "Its number has been erased.")};
    case Requeued::opted_out:
      return Unexpected{refused("opted_out", "Nobody may invite this number.")};
  }
  return answer_referral(connection, "referral_invitation_get", key_of_invitation(call));
}

// The oldest of as many as he may send in 24 hours says when he may send the next one. Without a
// limit above 0 he may tomorrow as little as today, and is told to ask then.
std::string retry_after_sql() {
  return "CASE WHEN p.invitations_per_day = 0 THEN 86400 ELSE coalesce((SELECT"
         " greatest(ceil(extract(epoch FROM v.created_at + interval '24 hours' - now())), 0)"
         " FROM authd.referral_invitation AS v WHERE v.inviter_id = m.holder_id"
         " ORDER BY v.id DESC OFFSET greatest(p.invitations_per_day - 1, 0) LIMIT 1), 0)"
         " END::bigint";
}

std::vector<Statement> statements() {
  return {
      {"referral_invitation_facts",
       "SELECT EXISTS (SELECT FROM authd.referral_pause AS r WHERE r.program = m.program"
       " AND r.resumed_at IS NULL),"
       " EXISTS (SELECT FROM authd.referral_opt_out AS o WHERE o.program = m.program AND "
       "o.phone_hash = $2), EXISTS (SELECT FROM authd.referral_invitation AS v"
       " WHERE v.program = m.program AND v.phone_hash = $2 AND v.state NOT IN (5, 6)"
       " AND v.created_at > now() - p.invitation_again_days * interval '1 day'), " +
           retry_after_sql() +
           ", (SELECT t.body FROM authd.referral_template AS t"
           " WHERE t.program = m.program AND t.name = $3), h.name, m.code"
           " FROM authd.referral_member AS m"
           " JOIN authd.referral_program AS p ON p.program = m.program"
           " JOIN authd.holder AS h ON h.id = m.holder_id WHERE m.holder_id = $1"},
      {"referral_invitation_insert",
       "INSERT INTO authd.referral_invitation (inviter_id, program, template, phone, phone_hash,"
       " body) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id"},
      {"referral_invitation_get",
       "SELECT " + referral_invitation_sql() +
           ", v.id, v.program, NULL::integer FROM authd.referral_invitation AS v"
           " WHERE v.id = $2 AND v.inviter_id = $1"},
      {"referral_invitations",
       referral_list_sql("SELECT v.id, " + referral_invitation_sql() +
                             " AS object FROM authd.referral_invitation AS v"
                             " WHERE v.inviter_id = m.holder_id AND v.id < $2"
                             " AND ($4::smallint = 0 OR v.state = $4) ORDER BY v.id DESC LIMIT $3",
                         "item.id", "item.id DESC")},
      {"referral_invitation_lock",
       "SELECT v.program, v.state FROM authd.referral_invitation AS v"
       " WHERE v.id = $2 AND v.inviter_id = $1 FOR NO KEY UPDATE OF v"},
      {"referral_invitation_cancel",
       "UPDATE authd.referral_invitation SET state = 6, ended_at = now()"
       " WHERE id = $2 AND inviter_id = $1"}};
}

}  // namespace

// Holds the statements about numbers that others use as well.
Resource referral_invitations_resource() {
  using net::Method;
  std::vector<Statement> all = statements();
  for (Statement& statement : referral_phone_statements()) all.push_back(std::move(statement));
  constexpr std::string_view path = "/v1/referrals/members/{holder:id}/invitations";
  return {{{Method::post, path, "createReferralInvitation", Scope::referrals_write, Change{invite}},
           {Method::get, path, "listReferralInvitations", Scope::referrals_read,
            Read{list_invitations}},
           {Method::get, "/v1/referrals/members/{holder:id}/invitations/{invitation:id}",
            "getReferralInvitation", Scope::referrals_read,
            Lookup{"referral_invitation_get", key_of_invitation, show_invitation}},
           {Method::post, "/v1/referrals/members/{holder:id}/invitations/{invitation:id}/cancel",
            "cancelReferralInvitation", Scope::referrals_write, Change{cancel}},
           {Method::post, "/v1/referrals/members/{holder:id}/invitations/{invitation:id}/retry",
            "retryReferralInvitation", Scope::referrals_admin, Change{retry}}},
          std::move(all)};
}

}  // namespace authd::api
