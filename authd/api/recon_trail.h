// The audit trail of a supplier, and whether it and the outcome of a run are as they were written.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource recon_trail_resource();

}  // namespace authd::api
