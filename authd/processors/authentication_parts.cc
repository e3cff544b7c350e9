#include "authd/processors/authentication_parts.h"

#include <algorithm>

namespace authd::processors {

namespace {}  // namespace

bool is_blank(std::string_view text) noexcept {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool has_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

core::Result<void, SchemeError> check_secrets(std::span<const std::string> secrets) {
  if (secrets.empty()) return core::Unexpected{SchemeError::no_secret};
  if (secrets.size() > secrets_max) return core::Unexpected{SchemeError::too_many_secrets};
  for (const std::string& secret : secrets) {
    if (is_blank(secret)) return core::Unexpected{SchemeError::blank_secret};
    if (has_control(secret)) return core::Unexpected{SchemeError::control_character};
    if (secret.size() > secret_bytes_max) return core::Unexpected{SchemeError::too_long};
  }
  return {};
}

core::Result<std::string_view, AuthenticationFault> required_field(const Fields& fields,
                                                                   std::string_view name) noexcept {
  const auto value = fields.field(name);
  if (!value) return core::Unexpected{AuthenticationFault::missing};
  if (value->size() > field_bytes_max) return core::Unexpected{AuthenticationFault::too_long};
  return *value;
}

}  // namespace authd::processors
