// /v1/referrals/members/{holder}/invitations: by SMS. They are queued here and sent by others.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource referral_invitations_resource();

}  // namespace authd::api
