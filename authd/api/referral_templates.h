// /v1/referrals/programs/{program}/templates: the texts of invitations.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource referral_templates_resource();

}  // namespace authd::api
