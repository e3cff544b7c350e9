// A claim: a member says whose code brought him.
//
// What looks like one person with several accounts opens a case, under which others earn from him
// until somebody has decided on it; the claim itself is answered all the same.

#pragma once

#include <string>
#include <vector>

#include "authd/api/body_reader.h"
#include "authd/api/call.h"

namespace authd::api {

struct ReferralClaim {
  std::string_view field;  // of the body, that the code stood in: a literal
  std::string code;
  std::string device;   // SHA-256, or empty: it said nothing, and what is known of him counts
  std::string address;  // likewise
};

// Reads "device" and "address". They are stored as hashes; `program` is known later, see hash_of().
struct ClaimInputs {
  std::string device;
  std::string address;
};
ClaimInputs read_claim_inputs(BodyReader& body);
std::string referral_hash(std::string_view program, std::string_view value);  // empty of an empty

// Takes the locks that a claim needs: before the member's row is locked.
core::Result<void, Problem> lock_claims(store::Connection& connection, std::string_view program);

core::Result<void, Problem> claim_inviter(store::Connection& connection, std::int64_t holder,
                                          const ReferralClaim& claim);

std::vector<Statement> referral_claim_statements();

}  // namespace authd::api
