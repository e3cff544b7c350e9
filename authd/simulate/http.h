// A request and an answer of HTTP/1.1 as the client (client.h) sends and reads them.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authd/simulate/life_cycle.h"

namespace authd::simulate {

struct Field {
  std::string name;
  std::string value;
};

// Host, Content-Type (application/json), Content-Length and Connection are the client's.
struct HttpRequest {
  bool is_post = true;  // otherwise GET
  std::string target;   // "/v1/accounts"
  std::vector<Field> fields;
  std::string body;
};

using HttpAnswer = Heard;

// The value of the first field of this name, given in any case.
std::optional<std::string_view> field_of(std::string_view fields, std::string_view name);

}  // namespace authd::simulate
