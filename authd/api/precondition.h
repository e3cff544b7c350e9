// If-Match: a change names the version that it is based on, so that of two who read the same
// version only the first changes it (RFC 9110 section 13.1.1).

#pragma once

#include <cstdint>
#include <string>

#include "authd/api/call.h"

namespace authd::api {

// precondition_required without If-Match; version_mismatch unless it names `version`.
core::Result<void, Problem> check_version(const Call& call, std::int64_t version);

}  // namespace authd::api
