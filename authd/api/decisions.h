// Decisions: every request that a processor sent, how it was answered, and why.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource decisions_resource();

}  // namespace authd::api
