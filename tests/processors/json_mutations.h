// Every way in which one member of a JSON text can be gone, null or of another type.

#pragma once

#include <functional>
#include <string>

namespace authd::test {

// Calls `check` with the whole text for each member (and element) of it in turn and each change of
// that one, until it returns false. `what` names the change: "/transactions/0/token gone". Numbers
// keep their digits.
void for_each_mutation(
    const std::string& text,
    const std::function<bool(const std::string& what, const std::string& text)>& check);

}  // namespace authd::test
