// The "program" of a new object: that of the caller's key, or, with a key of all programs, the one
// that the body names.

#pragma once

#include <string>

#include "authd/api/body_reader.h"

namespace authd::api {

// Callers of one program need not name it, and cannot name another. `need`: of the others. Empty
// when it is not given.
std::string read_program(BodyReader& body, const Call& call, Need need = Need::required);

}  // namespace authd::api
