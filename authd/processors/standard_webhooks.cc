// Standard Webhooks, version 1.0.0, the symmetric signatures: Lithic and others.
//
//   webhook-id: msg_2KWPBgLlAfxdpx2AI54pPJ85f4W
//   webhook-timestamp: 1700000000
//   webhook-signature: v1,<base64> v1,<base64> v1a,<base64>
//
// v1 is HMAC-SHA256 of the id, '.', the timestamp, '.' and the raw body; there are several while a
// secret is rotated. v1a is asymmetric, and for others.

#include <algorithm>

#include "authd/processors/authentication_schemes.h"
#include "authd/processors/signature.h"

namespace authd::processors {

namespace {

// Visible ASCII without '.': with one, the end of the id could be taken for the timestamp, and the
// timestamp for the beginning of the body, under the same signature.
bool is_id(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return c > 0x20 && c < 0x7F && c != '.'; });
}

class StandardWebhooks final : public Scheme {
 public:
  StandardWebhooks(HmacKeys keys, std::chrono::seconds tolerance)
      : keys_(std::move(keys)), tolerance_(tolerance) {}

  std::string_view name() const noexcept override { return "standard_webhooks"; }

  core::Result<void, AuthenticationFault> check(const Received& received) const noexcept override {
    AUTHD_TRY(id, required_field(received.fields, "webhook-id"));
    AUTHD_TRY(time, required_field(received.fields, "webhook-timestamp"));
    AUTHD_TRY(field, required_field(received.fields, "webhook-signature"));
    const auto signed_at = unix_seconds(time);
    if (!is_id(id) || !signed_at) return core::Unexpected{AuthenticationFault::malformed};

    SignatureCheck signatures(keys_, Encoding::base64, {id, ".", time, ".", received.body});
    for_each_pair(field, ' ', ',', [&](std::string_view version, std::string_view value) {
      if (version == "v1") signatures.offer(value);
    });
    AUTHD_TRY_VOID(signatures.verdict());
    return check_age(*signed_at, received.now, tolerance_);
  }

 private:
  HmacKeys keys_;
  std::chrono::seconds tolerance_;
};

}  // namespace

core::Result<SchemePointer, SchemeError> standard_webhooks_scheme(
    std::span<const std::string> secrets, std::chrono::seconds tolerance) {
  AUTHD_TRY_VOID(check_tolerance(tolerance));
  AUTHD_TRY(keys, HmacKeys::create(Hash::sha256, SecretForm::whsec_base64, secrets));
  return SchemePointer(std::make_unique<StandardWebhooks>(std::move(keys), tolerance));
}

}  // namespace authd::processors
