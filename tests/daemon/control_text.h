// Spend controls and other JSON as tests write it.

#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "authd/load/control_definition.h"
#include "authd/load/strict_json.h"

namespace authd::test {

// Single quotes stand for double ones.
inline std::string quoted(std::string text) {
  for (char& c : text) c = c == '\'' ? '"' : c;
  return text;
}

inline core::Result<core::SetControl, std::string> parse_control_text(const std::string& text) {
  const auto json = parse_strict_json(text);
  if (!json) return core::Unexpected{json.error()};
  return parse_control(json->as_object());
}

}  // namespace authd::test
