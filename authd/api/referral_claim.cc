#include "authd/api/referral_claim.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "authd/api/api_key.h"
#include "authd/api/referral_sql.h"
#include "authd/referral/words.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using referral::CaseKind;
using store::Connection;
using store::PgParams;

constexpr std::size_t input_bytes_max = 200;

std::string read_input(BodyReader& body, std::string_view name) {
  std::string text = body.text(name, {1, input_bytes_max}, Need::optional).value.value_or("");
  if (text.size() > input_bytes_max) body.refuse(name, "must have at most 200 bytes");
  return text;
}

// What is known about a claim when it is judged.
struct Facts {
  std::string program;
  std::int64_t inviter = 0;  // 0: nobody has the code
  bool is_invited = false;
  bool rests = false;
  bool is_too_old = false;
  bool is_inviter_suspended = false;
  bool is_too_fast = false;
  std::int64_t same_device = 0;  // the first who has it; 0: nobody
  std::int64_t same_address = 0;
};

core::Result<Facts, Problem> find_facts(Connection& connection, std::int64_t holder,
                                        const ReferralClaim& claim) {
  PgParams params;
  params.number(holder).text(claim.code);
  params.bytes(store::bytes_of(claim.device)).bytes(store::bytes_of(claim.address));
  AUTHD_TRY(found, connection.exec_prepared("referral_claim_facts", params));
  if (found.rows() == 0) return Unexpected{Problem(Problem::Kind::not_found)};
  Facts facts;
  facts.program = found.text(0, 0);
  facts.inviter = found.number<std::int64_t>(0, 1);
  facts.is_invited = found.number<std::int8_t>(0, 2) != 0;
  facts.rests = found.number<std::int8_t>(0, 3) != 0;
  facts.is_too_old = found.number<std::int8_t>(0, 4) != 0;
  facts.is_inviter_suspended = found.number<std::int8_t>(0, 5) != 0;
  facts.is_too_fast = found.number<std::int8_t>(0, 6) != 0;
  facts.same_device = found.number<std::int64_t>(0, 7);
  facts.same_address = found.number<std::int64_t>(0, 8);
  return facts;
}

core::Result<void, Problem> judge(const Facts& facts, std::int64_t holder, std::string_view field) {
  if (facts.is_invited) {
    return Unexpected{refused("already_invited", "The member has an inviter, for good.")};
  }
  if (facts.rests) return Unexpected{refused("resting", "The program's referral rests.")};
  if (facts.inviter == 0) {
    return Unexpected{wrong_field(std::string(field), "is nobody's code")};
  }
  if (facts.inviter == holder) {
    return Unexpected{wrong_field(std::string(field), "is the member's own")};
  }
  if (facts.is_too_old) {
    return Unexpected{refused("too_old", "The holder is too old to be invited.")};
  }
  if (facts.is_inviter_suspended) {
    return Unexpected{refused("inviter_suspended", "Whose code it is, is suspended.")};
  }
  return {};
}

struct Suspicion {
  std::int16_t kind = 0;  // 0: none
  json::object detail;
};

Suspicion suspicion_of(const Facts& facts) {
  const auto of = [&](CaseKind kind, std::int64_t other) {
    Suspicion suspicion{static_cast<std::int16_t>(kind), {{"inviter", facts.inviter}}};
    if (other != 0) suspicion.detail["shared_with"] = other;
    return suspicion;
  };
  if (facts.same_device != 0) return of(CaseKind::device, facts.same_device);
  if (facts.same_address != 0) return of(CaseKind::address, facts.same_address);
  if (facts.is_too_fast) return of(CaseKind::velocity, 0);
  return {};
}

// Of those who have a hash: the inviter, or whom he invited. The sum keeps the planner from looking
// for the least number by reading members in order.
std::string shared_sql(const std::string& column, const std::string& parameter) {
  return "coalesce((SELECT min(o.holder_id + 0) FROM authd.referral_member AS o"
         " WHERE o.program = m.program AND o." +
         column + " = coalesce(nullif(" + parameter + "::bytea, ''), m." + column +
         ") AND o.holder_id <> m.holder_id"
         " AND (o.holder_id = i.holder_id OR o.inviter_id = i.holder_id)), 0)";
}

}  // namespace

ClaimInputs read_claim_inputs(BodyReader& body) {
  ClaimInputs inputs;
  inputs.device = read_input(body, "device");
  inputs.address = read_input(body, "address");
  return inputs;
}

std::string referral_hash(std::string_view program, std::string_view value) {
  if (value.empty()) return {};
  const Digest digest = sha256(std::string(program) + "\n" + std::string(value));
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// First what earnings are written under: both change sums of members, in no order that they share;
// and what was booked before the claim has been seen by the worker without it, or will be with it.
core::Result<void, Problem> lock_claims(Connection& connection, std::string_view program) {
  AUTHD_TRY_VOID(connection.exec_prepared("referral_claim_lock", PgParams().text(program)));
  return {};
}

core::Result<void, Problem> claim_inviter(Connection& connection, std::int64_t holder,
                                          const ReferralClaim& claim) {
  AUTHD_TRY(facts, find_facts(connection, holder, claim));
  AUTHD_TRY_VOID(judge(facts, holder, claim.field));
  const Suspicion suspicion = suspicion_of(facts);
  PgParams params;
  params.number(holder).number(facts.inviter);
  params.bytes(store::bytes_of(claim.device)).bytes(store::bytes_of(claim.address));
  params.number(suspicion.kind).text(facts.program).text(json::serialize(suspicion.detail));
  const auto claimed = connection.exec_prepared("referral_claim", params);
  // The members' own guard: the one thing left that it refuses.
  if (!claimed && claimed.error().state() == "23514") {
    return Unexpected{
        refused("cycle", "Whose code it is, was invited by the member, over others.")};
  }
  if (!claimed) return Unexpected{claimed.error()};
  return {};
}

std::vector<Statement> referral_claim_statements() {
  return {
      {"referral_claim_lock",
       "SELECT authd.lock_earnings(),"
       " pg_advisory_xact_lock(hashtextextended('authd.referral_member ' || $1::text, 0))"},
      {"referral_claim_facts",
       "SELECT m.program, coalesce(i.holder_id, 0), m.inviter_id IS NOT NULL,"
       " EXISTS (SELECT FROM authd.referral_pause AS r"
       "   WHERE r.program = m.program AND r.resumed_at IS NULL),"
       " coalesce(now() - h.created_at > p.claim_within_s * interval '1 second', false),"
       " coalesce(i.status = 2, false),"
       " coalesce((SELECT count(*) FROM authd.referral_member AS c WHERE c.inviter_id = i.holder_id"
       "   AND c.invited_at > now() - interval '24 hours') >= p.velocity_per_day, false), " +
           shared_sql("device_hash", "$3") + ", " + shared_sql("address_hash", "$4") +
           " FROM authd.referral_member AS m JOIN authd.holder AS h ON h.id = m.holder_id"
           " JOIN authd.referral_program AS p ON p.program = m.program"
           " LEFT JOIN authd.referral_member AS i ON i.program = m.program AND i.code = $2"
           " WHERE m.holder_id = $1 FOR NO KEY UPDATE OF m"},
      {"referral_claim",
       "WITH opened AS (INSERT INTO authd.referral_case (holder_id, kind, program, detail)"
       " SELECT $1, $5, $6, $7::text::jsonb WHERE $5::smallint <> 0 RETURNING id)"
       " UPDATE authd.referral_member SET inviter_id = $2, invited_at = clock_timestamp(),"
       " case_id = coalesce((SELECT id FROM opened), 0),"
       " device_hash = coalesce(nullif($3::bytea, ''), device_hash),"
       " address_hash = coalesce(nullif($4::bytea, ''), address_hash) WHERE holder_id = $1"}};
}

}  // namespace authd::api
