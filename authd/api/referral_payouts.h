// /v1/referrals/members/{holder}/payouts and …/dues: what a member was paid, and what he is owed.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource referral_payouts_resource();

}  // namespace authd::api
