// Holders: whom accounts belong to, and whether they are known to the issuer (KYC).

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource holders_resource();

}  // namespace authd::api
