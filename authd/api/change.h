// run_change: a change as one transaction, in the name of the caller.
//
//   begin, say who it is (authd.change_log names him), claim the idempotency key of a POST,
//   the handler, the transaction's id if the mirror has to be waited for, store the answer, commit

#pragma once

#include <string>
#include <vector>

#include "authd/api/call.h"

namespace authd::api {

// Rolled back unless it answers. When the connection is lost at the commit nobody knows whether it
// took effect: the problem is `unavailable`, and the same idempotency key finds out.
Outcome run_change(const Call& call, store::Connection& connection, const Change& change);

// "key:<prefix>": who it is, where changes are recorded.
std::string actor_of(const Call& call);

std::vector<Statement> change_statements();

}  // namespace authd::api
