// /v1/referrals/adjustments: what people give to members or take from them.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource referral_adjustments_resource();

}  // namespace authd::api
