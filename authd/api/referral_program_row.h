// A program with referral as the API shows it, and as changes find it.

#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authd/api/call.h"

namespace authd::api {

inline constexpr std::array<std::string_view, 15> referral_program_members{"program",
                                                                           "currency",
                                                                           "zone",
                                                                           "payout_from",
                                                                           "payout_at",
                                                                           "payout_minimum_minor",
                                                                           "requires_kyc",
                                                                           "claim_within_s",
                                                                           "review_day_minor",
                                                                           "velocity_per_day",
                                                                           "invitations_per_day",
                                                                           "invitation_again_days",
                                                                           "pause",
                                                                           "changed_at",
                                                                           "version"};

// Shows the program named $1, see referral_sql.h.
inline constexpr const char* referral_program_statement = "referral_program_get";
std::string referral_program_sql();  // the object of authd.referral_program `p`, as text

struct ReferralProgram {
  std::string program;
  std::string currency;
  std::string zone;
  std::string payout_from;
  std::int32_t version = 0;
  bool rests = false;
};

store::PgParams key_of_program(const Call& call);  // the {program} of the path

// The program of the path, locked until the transaction ends. Nothing: it has no referral.
// not_found when it is none that the caller may see.
core::Result<std::optional<ReferralProgram>, Problem> lock_program(const Call& call,
                                                                   store::Connection& connection);
// not_found without referral as well.
core::Result<ReferralProgram, Problem> lock_known_program(const Call& call,
                                                          store::Connection& connection);

std::vector<Statement> referral_program_statements();

}  // namespace authd::api
