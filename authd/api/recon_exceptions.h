// Exceptions: listed, shown with everything about them, and exported.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

inline constexpr std::int64_t exported_rows_max = 50'000;

Resource recon_exceptions_resource();

}  // namespace authd::api
