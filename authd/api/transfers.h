// Transfers: what was moved on request, or could not be.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource transfers_resource();

}  // namespace authd::api
