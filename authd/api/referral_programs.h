// /v1/referrals/programs: whose holders can refer others, and on which conditions.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource referral_programs_resource();

}  // namespace authd::api
