// JsonObject and JsonArray: bodies composed member by member, in the order of the calls.
//
// Numbers are written as the caller has them, so that every digit stays: "42.75" and "10.0" are
// what a processor sends, and a floating-point number in between would make 4.275E1 of it.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace authd::simulate::random {

class JsonArray;

class JsonObject {
 public:
  JsonObject& text(std::string_view key, std::string_view value);  // valid UTF-8
  JsonObject& integer(std::string_view key, std::int64_t value);
  JsonObject& flag(std::string_view key, bool value);
  JsonObject& null(std::string_view key);
  JsonObject& object(std::string_view key, const JsonObject& value);
  JsonObject& array(std::string_view key, const JsonArray& value);

  // Empty becomes null.
  JsonObject& text_or_null(std::string_view key, std::string_view value);

  // JSON already: "42.75".
  JsonObject& raw(std::string_view key, std::string_view json);

  std::string str() const { return '{' + members_ + '}'; }

 private:
  std::string members_;
};

class JsonArray {
 public:
  JsonArray& add(const JsonObject& element);
  JsonArray& add_text(std::string_view element);
  JsonArray& add_raw(std::string_view json);

  std::string str() const { return '[' + elements_ + ']'; }

 private:
  std::string elements_;
};

}  // namespace authd::simulate::random
