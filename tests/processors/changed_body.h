// A body of a fixture in which single members are changed.

#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace authd::test {

// tests/fixtures/<name>: "lithic/decline/01-gateway-asa-request.json".
std::string fixture_body(std::string_view name);

struct BodyChange {
  std::string pointer;  // RFC 6901: "/events/0/amount"; what is not there is made
  std::string json;     // as it stands then, 4275.0 and 1e3 included; empty: the member is left out
};
std::string changed(const std::string& body, std::initializer_list<BodyChange> changes);

}  // namespace authd::test
