// /v1/referrals/members/{holder}/stats: a member's sums, kept by those who change them.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource referral_stats_resource();

}  // namespace authd::api
