// JsonWalk: reads a JSON body once from its first byte to its last and takes the fields of a table
// from it.
//
// simdjson's On-Demand API checks only what is asked for. The walk asks for everything: a body that
// it accepts is valid JSON (RFC 8259) in valid UTF-8 throughout, with no more than depth_max
// containers inside each other. Beyond that it refuses, since two readers may understand
// differently what it says or one may not be allowed to hold it,
//  - a field of the table given twice;
//  - a key with an escape, in an object of which the table names a field;
//  - an integer of more than 19 digits (18 when negative), an exponent of more than two digits;
//  - what looks like a PAN in a string, a key or a number, except in fields of Digits::identifier.
//
// Threads: one JsonWalk for each. Allocates only when it is made, never when it runs. Errors: see
// ParseFault.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "authd/processors/json_fields.h"
#include "authd/processors/parse_error.h"
#include "core/result.h"

namespace authd::processors {

// A body with padding_bytes readable bytes behind its end, whatever they hold.
struct PaddedBody {
  static constexpr std::size_t padding_bytes = 64;
  std::string_view bytes;
};

enum class JsonType : std::uint8_t { absent, null, boolean, number, string, array, object };

// A value as it stands in the body: the text of a string without its escapes, or the digits of a
// number.
struct JsonValue {
  JsonType type = JsonType::absent;
  std::string_view text;  // empty for containers
};

class JsonWalk {
 public:
  static constexpr std::size_t depth_max = 16;

  // Longer bodies are refused. Takes about 6 × body_bytes_max bytes.
  explicit JsonWalk(std::size_t body_bytes_max);
  ~JsonWalk();
  JsonWalk(JsonWalk&&) noexcept;
  JsonWalk& operator=(JsonWalk&&) noexcept;

  // Sets values[i] for every field i of the table. Texts are valid until the next run and as long
  // as the body. One pass: O(bytes).
  core::Result<void, ParseError> run(PaddedBody body, JsonTable table, std::span<JsonValue> values);

  // The same, and `on_element(i)` after each element of an array of the table, where i is its field
  // ("fees.[]"): what `values` has below i is that element's. What stands behind the array in the
  // body has not been read yet.
  using OnElement = std::function<void(std::size_t field)>;
  core::Result<void, ParseError> run(PaddedBody body, JsonTable table, std::span<JsonValue> values,
                                     const OnElement& on_element);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace authd::processors
