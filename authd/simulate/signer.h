// Signer: proves to an endpoint that a body comes from its processor, as the processor would: the
// header fields that processors::Authentication believes under the same settings.
//
// Where two secrets are given, because one replaces the other, the first signs. A client
// certificate is shown by the connection and adds no field.
//
// Threads: sign() from any number at once. Errors: a secret that no scheme takes, when it is made.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authd/http/message.h"
#include "authd/processors/scheme_settings.h"
#include "authd/processors/signature.h"

namespace authd::simulate {

class Signer {
 public:
  static core::Result<Signer, processors::SchemeError> create(
      const std::vector<processors::SchemeSettings>& schemes);

  // The same body gets the same webhook-id, which receivers may tell repetitions by.
  std::vector<http::Field> sign(std::string_view body, std::int64_t now_unix_s) const;

 private:
  struct Scheme {
    processors::SchemeSettings settings;
    std::optional<processors::HmacKeys> keys;  // of those that sign
  };

  Signer() = default;

  std::vector<Scheme> schemes_;
};

}  // namespace authd::simulate
