// An invitation as the API shows it: never the whole number.

#pragma once

#include <array>
#include <string>
#include <string_view>

namespace authd::api {

inline constexpr std::array<std::string_view, 14> referral_invitation_members{
    "id",       "holder",     "program", "template", "state",    "phone_end",  "text",
    "attempts", "created_at", "next_at", "sent_at",  "ended_at", "gateway_id", "error"};

// The object of authd.referral_invitation `v`, as text.
std::string referral_invitation_sql();

}  // namespace authd::api
