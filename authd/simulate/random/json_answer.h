// JsonAnswer: the values of an answer by their path, "jit_funding.amount", each with its type and
// as it was written, so that no digit of an amount is lost.
//
// Paths lead through objects; the elements of arrays are "[]", of which the last counts. A key that
// stands twice makes it no answer.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace authd::simulate::random {

class JsonAnswer {
 public:
  enum class Type : std::uint8_t { text, number, flag, null };
  struct Value {
    Type type = Type::null;
    std::string written;  // of a text: without quotes and escapes; of a flag: "true", "false"
  };

  // Nothing when it is not one JSON object.
  static std::optional<JsonAnswer> parse(std::string_view body);

  // Nothing when it is not there or of another type.
  std::optional<std::string> text(std::string_view path) const;
  std::optional<std::string> number(std::string_view path) const;
  std::optional<std::int64_t> integer(std::string_view path) const;
  std::optional<bool> flag(std::string_view path) const;

  bool has(std::string_view path) const { return values_.find(path) != values_.end(); }

 private:
  std::optional<std::string> written(std::string_view path, Type type) const;

  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace authd::simulate::random
