#include "authd/simulate/random/json_object.h"

#include "authd/processors/json_text.h"

namespace authd::simulate::random {

namespace {

std::string quoted(std::string_view text) {
  std::string json;
  processors::append_string(json, text);
  return json;
}

}  // namespace

JsonObject& JsonObject::raw(std::string_view key, std::string_view json) {
  if (!members_.empty()) members_ += ',';
  members_ += quoted(key);
  members_ += ':';
  members_ += json;
  return *this;
}

JsonObject& JsonObject::text(std::string_view key, std::string_view value) {
  return raw(key, quoted(value));
}

JsonObject& JsonObject::integer(std::string_view key, std::int64_t value) {
  return raw(key, std::to_string(value));
}

JsonObject& JsonObject::flag(std::string_view key, bool value) {
  return raw(key, value ? "true" : "false");
}

JsonObject& JsonObject::null(std::string_view key) { return raw(key, "null"); }

JsonObject& JsonObject::text_or_null(std::string_view key, std::string_view value) {
  return value.empty() ? null(key) : text(key, value);
}

JsonObject& JsonObject::object(std::string_view key, const JsonObject& value) {
  return raw(key, value.str());
}

JsonObject& JsonObject::array(std::string_view key, const JsonArray& value) {
  return raw(key, value.str());
}

JsonArray& JsonArray::add_raw(std::string_view json) {
  if (!elements_.empty()) elements_ += ',';
  elements_ += json;
  return *this;
}

JsonArray& JsonArray::add(const JsonObject& element) { return add_raw(element.str()); }

JsonArray& JsonArray::add_text(std::string_view element) { return add_raw(quoted(element)); }

}  // namespace authd::simulate::random
