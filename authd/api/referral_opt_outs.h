// /v1/referrals/opt-outs: numbers that want no invitations.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource referral_opt_outs_resource();

}  // namespace authd::api
