// Whose controls a path is about.

#pragma once

#include <vector>

#include "authd/api/call.h"
#include "core/control.h"

namespace authd::api {

// An owner behind those whose controls apply to it too: its program, its account.
using Owners = std::vector<core::Owner>;

// By the parameters of the path: {program}, {account}, or {program} and {token}. not_found unless
// it is there and the caller may see it. An account that he may not see does not stand before its
// card.
core::Result<Owners, Problem> owners_of(const Call& call, store::Connection& connection,
                                        core::Level level);

std::vector<Statement> control_owner_statements();

}  // namespace authd::api
