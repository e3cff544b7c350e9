// What the schemes share: the bounds of secrets and of header fields.

#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "authd/processors/authentication.h"

namespace authd::processors {

inline constexpr std::size_t secrets_max = 2;
inline constexpr std::size_t secret_bytes_max = 512;  // Marqeta: custom headers of 500 characters
inline constexpr std::size_t field_bytes_max = 1'024;

// no_secret, too_many_secrets; then of each: blank_secret, control_character, too_long.
core::Result<void, SchemeError> check_secrets(std::span<const std::string> secrets);

bool is_blank(std::string_view text) noexcept;
bool has_control(std::string_view text) noexcept;

// The value of the only field of this name, of at most field_bytes_max bytes.
core::Result<std::string_view, AuthenticationFault> required_field(const Fields& fields,
                                                                   std::string_view name) noexcept;

}  // namespace authd::processors
