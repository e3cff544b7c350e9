// A member as the API shows it, and as changes need it.

#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "authd/api/call.h"
#include "authd/referral/words.h"

namespace authd::api {

inline constexpr std::array<std::string_view, 13> referral_member_members{
    "holder", "program",      "code",      "inviter",    "status",     "status_reason", "account",
    "case",   "is_link_void", "joined_at", "invited_at", "changed_at", "version"};

// Shows the member with the number $1, see referral_sql.h.
inline constexpr const char* referral_member_statement = "referral_member_get";

struct ReferralMember {
  std::int64_t holder = 0;
  std::string program;
  std::string currency;  // of the program
  std::int32_t version = 0;
  referral::MemberStatus status = referral::MemberStatus::active;
  std::int64_t account = 0;  // 0: none was chosen
};

store::PgParams key_of_member(const Call& call);  // the {holder} of the path

// The member that the path names; not_found when he is not there or another program's. Locked until
// the transaction ends, or as he is.
core::Result<ReferralMember, Problem> lock_referral_member(const Call& call,
                                                           store::Connection& connection);
core::Result<ReferralMember, Problem> find_referral_member(const Call& call,
                                                           store::Connection& connection);

Outcome answer_member(store::Connection& connection, std::int64_t holder, int status = 200);

std::vector<Statement> referral_member_statements();

}  // namespace authd::api
