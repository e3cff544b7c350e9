// /v1/referrals/receipts: what the gateway reports of the messages that it was given.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource referral_receipts_resource();

}  // namespace authd::api
