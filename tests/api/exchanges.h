// Every request and answer of the tests, for validate_exchanges: the document is checked against
// what the API really takes and says.

#pragma once

#include <string>

#include "tests/api/api_fixture.h"

namespace authd::test {

void write_down(const std::string& method, const std::string& target, const std::string& body,
                const ApiAnswer& answer);

}  // namespace authd::test
