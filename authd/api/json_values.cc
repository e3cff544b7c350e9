#include "authd/api/json_values.h"

#include "authd/api/rfc3339.h"

namespace authd::api {

namespace json = boost::json;

json::object amount_json(std::int64_t minor, std::string_view currency) {
  return {{"minor", minor}, {"currency", currency}};
}

json::value time_or_null(const std::optional<core::Timestamp>& at) {
  return at ? json::value(to_rfc3339(*at)) : json::value(nullptr);
}

json::value text_or_null(std::string_view text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

}  // namespace authd::api
