// A request and an answer of HTTP/1.1 as the client (client.h) sends and reads them.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace authd::http {

struct Field {
  std::string name;
  std::string value;
};

// Host, User-Agent, Content-Length and Connection are the client's, and Content-Type
// (application/json) is when `fields` has none.
struct Request {
  bool is_post = true;  // otherwise GET
  std::string target;   // "/v1/accounts"
  std::vector<Field> fields;
  std::string body;
};

struct Answer {
  int status = 0;
  std::string fields;  // the header lines, each ended by CRLF
  std::string body;
};

// Names of fields are the same in any case.
bool is_same_name(std::string_view a, std::string_view b) noexcept;

// The value of the first field of this name.
std::optional<std::string_view> field_of(std::string_view fields, std::string_view name);

}  // namespace authd::http
