// /v1/referrals/cases: what people have to look at before it is paid, and their decisions.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource referral_cases_resource();

}  // namespace authd::api
