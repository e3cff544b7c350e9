// Stripe's signature.
//
//   Stripe-Signature: t=1700000000,v1=<hex>[,v1=<hex>…][,v0=<hex>]
//
// v1 is HMAC-SHA256 of t, '.' and the raw body; there are several while a secret is rotated at
// Stripe. Other items are for others. Stripe's libraries let any future t pass and take the last of
// several; here the tolerance goes both ways, and two times are malformed.

#include "authd/processors/authentication_schemes.h"
#include "authd/processors/signature.h"

namespace authd::processors {

namespace {

// Nothing unless there is one t.
std::optional<std::string_view> time_of(std::string_view field) noexcept {
  std::optional<std::string_view> time;
  int times = 0;
  for_each_pair(field, ',', '=', [&](std::string_view name, std::string_view value) {
    if (name != "t") return;
    time = value;
    ++times;
  });
  return times == 1 ? time : std::nullopt;
}

class StripeSignature final : public Scheme {
 public:
  StripeSignature(HmacKeys keys, std::chrono::seconds tolerance)
      : keys_(std::move(keys)), tolerance_(tolerance) {}

  std::string_view name() const noexcept override { return "stripe_signature"; }

  core::Result<void, AuthenticationFault> check(const Received& received) const noexcept override {
    AUTHD_TRY(field, required_field(received.fields, "Stripe-Signature"));
    const auto time = time_of(field);
    const auto signed_at = unix_seconds(time.value_or(""));
    if (!signed_at) return core::Unexpected{AuthenticationFault::malformed};

    SignatureCheck signatures(keys_, Encoding::hex, {*time, ".", received.body});
    for_each_pair(field, ',', '=', [&](std::string_view name, std::string_view value) {
      if (name == "v1") signatures.offer(value);
    });
    AUTHD_TRY_VOID(signatures.verdict());
    return check_age(*signed_at, received.now, tolerance_);
  }

 private:
  HmacKeys keys_;
  std::chrono::seconds tolerance_;
};

}  // namespace

core::Result<SchemePointer, SchemeError> stripe_signature_scheme(
    std::span<const std::string> secrets, std::chrono::seconds tolerance) {
  AUTHD_TRY_VOID(check_tolerance(tolerance));
  AUTHD_TRY(keys, HmacKeys::create(Hash::sha256, SecretForm::text, secrets));
  return SchemePointer(std::make_unique<StripeSignature>(std::move(keys), tolerance));
}

}  // namespace authd::processors
