// Money that is moved at once: top-ups, withdrawals and fees of an account, transfers between two.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource money_resource();

}  // namespace authd::api
