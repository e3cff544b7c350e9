// What a connection of the API's pool is before its first job: the role authd_api, which can do no
// more than the API's task whatever is wrong with a statement, no number given out again that the
// state knows, and all statements prepared.
//
// A restore of the database to an earlier point breaks every connection: whoever takes a number
// after it has passed here.

#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "authd/api/call.h"
#include "store/postgres/numbers.h"

namespace authd::api {

// The highest numbers that the state knows. Nothing: that is not known yet, and nobody is served.
// Called on the pool's threads; may wait for a moment.
using StateNumbers = std::function<std::optional<store::Numbers>()>;

// For store::Pool::Options::on_connect. The connection's own role must be a member of authd_api.
std::function<core::Result<void, store::PgError>(store::Connection&)> session_preparer(
    const std::vector<Resource>& resources, StateNumbers numbers);

}  // namespace authd::api
