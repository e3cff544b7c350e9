// BodyReader: strict, typed, bounded reading of a JSON body. All that is wrong is named at once,
// each field with its path ("amount.minor").
//
// A field that is given as null counts as removed where that is allowed, and is refused elsewhere.
// After an error the values returned are placeholders.

#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "authd/api/call.h"
#include "core/money.h"
#include "core/time.h"

namespace authd::api {

enum class Need : std::uint8_t {
  required = 1,
  optional = 2,   // may be missing, but not null
  removable = 3,  // may be missing, and null
};

template <class T>
struct Field {
  bool given = false;      // null counts
  std::optional<T> value;  // none: missing, null, or wrong
};

class BodyReader {
 public:
  BodyReader(const boost::json::object& object, std::string path, std::vector<FieldError>& errors)
      : object_(object), path_(std::move(path)), errors_(errors) {}

  struct TextSize {  // in characters
    std::size_t min = 1;
    std::size_t max = 0;
  };
  Field<std::string> text(std::string_view name, TextSize size, Need need);
  Field<std::string> token(std::string_view name, std::size_t size_max,
                           Need need);  // visible ASCII
  Field<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max, Need need);
  Field<bool> flag(std::string_view name, Need need);
  Field<core::Timestamp> time(std::string_view name, Need need);

  // {"minor": 1250, "currency": "EUR"}: from `min` to 2^53 − 1 minor units.
  Field<core::Money> amount(std::string_view name, std::int64_t min, Need need);

  // One of `names`, whose positions are the numbers 1, 2, 3, … of Enum.
  template <class Enum>
  Field<Enum> enumerator(std::string_view name, std::span<const std::string_view> names,
                         Need need) {
    const Field<std::size_t> found = position(name, names, need);
    if (!found.value) return {found.given, std::nullopt};
    return {found.given, static_cast<Enum>(*found.value)};
  }

  // Reads the object under a name; false when it is missing or something else.
  bool object(std::string_view name, Need need, const std::function<void(BodyReader&)>& read);

  // Reads each object of the list under a name: 1 to `count_max` of them.
  void objects(std::string_view name, std::size_t count_max,
               const std::function<void(BodyReader&)>& read);

  void refuse(std::string_view name, std::string message);
  void refuse_unknown_fields();  // call last

 private:
  // The value under a name, which is known from now on. Null unless there is a value to be read;
  // says so when there must be one.
  const boost::json::value* find(std::string_view name, Need need, bool& given);
  Field<std::size_t> position(std::string_view name, std::span<const std::string_view> names,
                              Need need);
  bool read_member(std::string_view name, const boost::json::value& value,
                   const std::function<void(BodyReader&)>& read);

  const boost::json::object& object_;
  std::string path_;  // of this object; empty: the whole body
  std::vector<FieldError>& errors_;
  std::set<std::string_view> known_;
};

// The body of a call: application/json, an object, without repeated fields.
core::Result<boost::json::object, Problem> body_object(const Call& call);

// Of a POST whose path says everything: no body, or an empty object.
core::Result<void, Problem> expect_no_fields(const Call& call);

// The body without unknown fields. `read` takes a BodyReader& and returns what it read.
core::Result<void, Problem> read_object(const Call& call,
                                        const std::function<void(BodyReader&)>& read);

template <class Function>
core::Result<std::invoke_result_t<Function&, BodyReader&>, Problem> read_body(const Call& call,
                                                                              Function read) {
  std::optional<std::invoke_result_t<Function&, BodyReader&>> value;
  AUTHD_TRY_VOID(read_object(call, [&](BodyReader& reader) { value = read(reader); }));
  return std::move(*value);
}

}  // namespace authd::api
