// The document that describes this API, ops/openapi.yaml, as part of the program.

#pragma once

#include <string_view>

#include "authd/api/call.h"

namespace authd::api {

std::string_view openapi_yaml();

Resource openapi_resource();  // GET /openapi.yaml, for everyone

}  // namespace authd::api
