// /v1/referrals/programs/{program}/payout-runs: what was paid on a day, and who could not be.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource referral_payout_runs_resource();

}  // namespace authd::api
