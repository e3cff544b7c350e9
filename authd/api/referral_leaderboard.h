// /v1/referrals/leaderboard: who has earned most.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource referral_leaderboard_resource();

}  // namespace authd::api
