// Signatures of nothing but the body, in a field of their own.
//
//   HmacSignature: <base64 of HMAC-SHA256>                     Adyen
//   X-Marqeta-Signature: <hex of HMAC-SHA256 or HMAC-SHA1>     Marqeta
//
// There is no time in them: a request that was seen once passes for ever, and only its message id
// tells that it is old.

#include "authd/processors/authentication_schemes.h"
#include "authd/processors/signature.h"

namespace authd::processors {

namespace {

class SignatureOfBody final : public Scheme {
 public:
  // Both names are of static storage.
  SignatureOfBody(std::string_view name, std::string_view field_name, Encoding encoding,
                  HmacKeys keys)
      : name_(name), field_name_(field_name), encoding_(encoding), keys_(std::move(keys)) {}

  std::string_view name() const noexcept override { return name_; }

  core::Result<void, AuthenticationFault> check(const Received& received) const noexcept override {
    AUTHD_TRY(field, required_field(received.fields, field_name_));
    SignatureCheck signatures(keys_, encoding_, {received.body});
    signatures.offer(field);
    return signatures.verdict();
  }

 private:
  std::string_view name_;
  std::string_view field_name_;
  Encoding encoding_;
  HmacKeys keys_;
};

}  // namespace

core::Result<SchemePointer, SchemeError> adyen_hmac_scheme(std::span<const std::string> secrets) {
  AUTHD_TRY(keys, HmacKeys::create(Hash::sha256, SecretForm::hex, secrets));
  return SchemePointer(std::make_unique<SignatureOfBody>("adyen_hmac", "HmacSignature",
                                                         Encoding::base64, std::move(keys)));
}

core::Result<SchemePointer, SchemeError> marqeta_signature_scheme(
    std::span<const std::string> secrets, MarqetaSignatureOptions options) {
  AUTHD_TRY(keys, HmacKeys::create(options.hash, SecretForm::text, secrets));
  return SchemePointer(std::make_unique<SignatureOfBody>("marqeta_signature", "X-Marqeta-Signature",
                                                         options.encoding, std::move(keys)));
}

}  // namespace authd::processors
