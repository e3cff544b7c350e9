// Numbers that invitations go to.

#pragma once

#include <string>
#include <string_view>

#include "authd/api/body_reader.h"
#include "authd/api/call.h"

namespace authd::api {

// A required E.164 number: "+", and 7 to 15 digits of which the first is not 0.
std::string read_phone(BodyReader& body);

// Of the rows about this number that are written, one transaction after the other.
core::Result<void, Problem> lock_phone(store::Connection& connection, std::string_view program,
                                       std::string_view phone);
std::vector<Statement> referral_phone_statements();

}  // namespace authd::api
