// /v1/referrals/programs/{program}/terms: what is earned for what, in versions that never change.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource referral_terms_resource();

}  // namespace authd::api
