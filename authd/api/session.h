// What a connection of the API's pool is before its first job: the role authd_api, which can do no
// more than the API's task whatever is wrong with a statement, and all statements prepared.

#pragma once

#include <functional>
#include <vector>

#include "authd/api/call.h"

namespace authd::api {

// For store::Pool::Options::on_connect. The connection's own role must be a member of authd_api.
std::function<core::Result<void, store::PgError>(store::Connection&)> session_preparer(
    const std::vector<Resource>& resources);

}  // namespace authd::api
