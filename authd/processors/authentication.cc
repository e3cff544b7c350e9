#include "authd/processors/authentication.h"

#include <algorithm>

namespace authd::processors {

std::string_view name(AuthenticationFault fault) noexcept {
  switch (fault) {
    case AuthenticationFault::missing: return "missing";
    case AuthenticationFault::too_long: return "too_long";
    case AuthenticationFault::malformed: return "malformed";
    case AuthenticationFault::mismatch: return "mismatch";
    case AuthenticationFault::stale: return "stale";
    case AuthenticationFault::future: return "future";
  }
  return "unknown";
}

std::string_view name(SchemeError error) noexcept {
  switch (error) {
    case SchemeError::no_scheme: return "there is no way to authenticate";
    case SchemeError::no_secret: return "there is no secret";
    case SchemeError::too_many_secrets: return "there are more than two secrets";
    case SchemeError::blank_secret: return "a secret is blank";
    case SchemeError::control_character: return "a secret holds a control character";
    case SchemeError::blanks_around: return "a value begins or ends with a blank";
    case SchemeError::too_long: return "a secret is too long";
    case SchemeError::not_base64: return "a secret is not padded base64";
    case SchemeError::not_hex: return "a secret is not hexadecimal";
    case SchemeError::field_name: return "not the name of a header field";
    case SchemeError::tolerance: return "the tolerance is not 1 to 3600 seconds";
    case SchemeError::unavailable: return "OpenSSL does not offer the hash";
    case SchemeError::blank_user: return "the user name is blank";
    case SchemeError::colon_in_user: return "the user name holds a colon";
    case SchemeError::no_name: return "there is no name for the certificate";
  }
  return "unknown";
}

core::Result<Authentication, SchemeError> Authentication::create(
    std::vector<SchemePointer> schemes) {
  if (schemes.empty()) return core::Unexpected{SchemeError::no_scheme};
  AUTHD_ASSERT(std::none_of(schemes.begin(), schemes.end(),
                            [](const SchemePointer& scheme) { return scheme == nullptr; }));
  return Authentication(std::move(schemes));
}

core::Result<void, AuthenticationError> Authentication::check(
    const Received& received) const noexcept {
  for (const SchemePointer& scheme : schemes_) {
    const auto checked = scheme->check(received);
    if (!checked) return core::Unexpected{AuthenticationError{scheme->name(), checked.error()}};
  }
  return {};
}

}  // namespace authd::processors
