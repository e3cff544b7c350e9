// Statement: what was posted on an account in a stretch of time, with the balance before, after and
// in between; as JSON, or as CSV for spreadsheets.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource statement_resource();

}  // namespace authd::api
