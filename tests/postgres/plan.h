// What a statement reads, as its plan tells.

#pragma once

#include <cstdint>
#include <string>

#include "store/postgres/connection.h"

namespace authd::test {

// The rows of that part of the plan that reads most of them, with those it reads in vain.
// `execution`: "EXECUTE name (…)" of what was prepared on this connection.
std::int64_t most_rows(store::Connection& connection, const std::string& execution);

}  // namespace authd::test
