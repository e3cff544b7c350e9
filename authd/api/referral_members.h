// /v1/referrals/members: who takes part, with which code, and by whom he was invited.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource referral_members_resource();

}  // namespace authd::api
