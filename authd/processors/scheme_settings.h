// SchemeSettings: one scheme of authentication as data, so that the configuration can hold it, the
// endpoints check by it, and the simulator sign by it.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "authd/processors/authentication.h"
#include "authd/processors/authentication_schemes.h"

namespace authd::processors {

enum class SchemeKind : std::uint8_t {
  basic = 1,
  static_header = 2,
  client_certificate = 3,
  stripe_signature = 4,
  standard_webhooks = 5,
  adyen_hmac = 6,
  marqeta_signature = 7,
};

// What a scheme does not use is ignored.
struct SchemeSettings {
  SchemeKind kind = SchemeKind::basic;
  std::vector<std::string> secrets;  // passwords, values or keys, see authentication_schemes.h
  std::string username;              // basic
  std::string field;                 // static_header: the name of the field
  std::vector<std::string> names;    // client_certificate: one of them must be in it
  std::chrono::seconds tolerance = signature_tolerance_default;  // signatures with a time
  MarqetaSignatureOptions marqeta{};
};

// The word for configuration and metrics: "stripe_signature".
std::string_view name(SchemeKind kind) noexcept;

core::Result<SchemePointer, SchemeError> make_scheme(const SchemeSettings& settings);

// Asked in this order.
core::Result<Authentication, SchemeError> make_authentication(
    const std::vector<SchemeSettings>& schemes);

}  // namespace authd::processors
