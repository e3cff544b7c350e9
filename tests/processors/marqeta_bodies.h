// Bodies for the tests of Marqeta's adapter: the fixtures, and a short purchase of which single
// fields can be changed.

#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "authd/processors/marqeta.h"

namespace authd::test {

struct GatewayFixture {
  std::string name;  // "a-auth-full-clearing/01-gateway-authorization"
  std::string body;
  boost::json::object expected;  // its entry in `messages` of expected.json
};

// Every gateway request of tests/fixtures/marqeta, in the order of their names. Read
// once.
const std::vector<GatewayFixture>& gateway_fixtures();

// A purchase of 42.75 USD in which the value at each path is replaced by raw JSON, added, or (empty
// JSON) left out. Replacing an object drops what was in it.
struct Change {
  std::string path;
  std::string json;
};
std::string purchase(std::initializer_list<Change> changes = {});

// The same in gpa_order_unload instead of gpa_order.
std::string credit(std::initializer_list<Change> changes = {});

// The same as one transaction of a webhook, in state PENDING.
std::string transaction(std::initializer_list<Change> changes = {});
std::string webhook(std::initializer_list<std::string> transactions);

core::Result<processors::Question, processors::ParseError> parse(std::string_view body);

// The adapter's answer.
processors::Reply reply_to(const processors::Question& question, const core::Answer& answer);

}  // namespace authd::test
