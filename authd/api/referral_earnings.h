// /v1/referrals/members/{holder}/earnings: what a member has earned, row by row.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource referral_earnings_resource();

}  // namespace authd::api
