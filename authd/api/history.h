// History: what was booked on an account, and what holds its money.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource history_resource();

}  // namespace authd::api
