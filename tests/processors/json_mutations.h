// Every way in which one member of a JSON value can be gone, null or of another type.

#pragma once

#include <boost/json.hpp>
#include <functional>
#include <string>

namespace authd::test {

// Calls `check` with the whole value for each member (and element) of it in turn and each change of
// that one, until it returns false. `what` names the change: "/transactions/0/token gone".
void for_each_mutation(
    boost::json::value whole,
    const std::function<bool(const std::string& what, const boost::json::value& whole)>& check);

}  // namespace authd::test
