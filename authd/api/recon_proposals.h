// Money that settles an exception: written off, or taken from or given to an account. Above the
// supplier's limit two people do it: one proposes, another one decides.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource recon_proposals_resource();

}  // namespace authd::api
