// /v1/referrals/members/{holder}/chain: who is above a member, and who below.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource referral_chain_resource();

}  // namespace authd::api
