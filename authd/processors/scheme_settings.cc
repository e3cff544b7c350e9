#include "authd/processors/scheme_settings.h"

#include <utility>

namespace authd::processors {

std::string_view name(SchemeKind kind) noexcept {
  switch (kind) {
    case SchemeKind::basic: return "basic";
    case SchemeKind::static_header: return "static_header";
    case SchemeKind::client_certificate: return "client_certificate";
    case SchemeKind::stripe_signature: return "stripe_signature";
    case SchemeKind::standard_webhooks: return "standard_webhooks";
    case SchemeKind::adyen_hmac: return "adyen_hmac";
    case SchemeKind::marqeta_signature: return "marqeta_signature";
  }
  return "unknown";
}

core::Result<SchemePointer, SchemeError> make_scheme(const SchemeSettings& settings) {
  switch (settings.kind) {
    case SchemeKind::basic: return basic_scheme(settings.username, settings.secrets);
    case SchemeKind::static_header: return static_header_scheme(settings.field, settings.secrets);
    case SchemeKind::client_certificate: return client_certificate_scheme(settings.names);
    case SchemeKind::stripe_signature:
      return stripe_signature_scheme(settings.secrets, settings.tolerance);
    case SchemeKind::standard_webhooks:
      return standard_webhooks_scheme(settings.secrets, settings.tolerance);
    case SchemeKind::adyen_hmac: return adyen_hmac_scheme(settings.secrets);
    case SchemeKind::marqeta_signature:
      return marqeta_signature_scheme(settings.secrets, settings.marqeta);
  }
  return core::Unexpected{SchemeError::no_scheme};
}

core::Result<Authentication, SchemeError> make_authentication(
    const std::vector<SchemeSettings>& schemes) {
  std::vector<SchemePointer> made;
  for (const SchemeSettings& settings : schemes) {
    AUTHD_TRY(scheme, make_scheme(settings));
    made.push_back(std::move(scheme));
  }
  return Authentication::create(std::move(made));
}

}  // namespace authd::processors
