#include "authd/simulate/signer.h"

#include <openssl/evp.h>

#include "core/assert.h"

namespace authd::simulate {

namespace {

using processors::Encoding;
using processors::Hash;
using processors::HmacKeys;
using processors::SchemeKind;
using processors::SchemeSettings;
using processors::SecretForm;
using processors::ShortBytes;

std::string hex(const ShortBytes& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes.view()) {
    text += digits[byte >> 4U];
    text += digits[byte & 0xFU];
  }
  return text;
}

std::string base64(const unsigned char* bytes, std::size_t size) {
  std::string text((size + 2) / 3 * 4 + 1, '\0');  // and the NUL that OpenSSL writes
  const int written =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size));
  text.resize(static_cast<std::size_t>(written));
  return text;
}

std::string base64(std::string_view bytes) {
  return base64(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::string encoded(Encoding encoding, const ShortBytes& mac) {
  return encoding == Encoding::hex ? hex(mac) : base64(mac.bytes.data(), mac.size);
}

void add_stripe(const HmacKeys& keys, std::string_view body, const std::string& now,
                std::vector<http::Field>& fields) {
  fields.push_back({"Stripe-Signature", "t=" + now + ",v1=" + hex(keys.mac(0, {now, ".", body}))});
}

void add_standard_webhooks(const HmacKeys& keys, std::string_view body, const std::string& now,
                           std::vector<http::Field>& fields) {
  constexpr std::size_t id_digits = 27;
  const std::string id = "msg_" + hex(keys.mac(0, {body})).substr(0, id_digits);
  const std::string signature = encoded(Encoding::base64, keys.mac(0, {id, ".", now, ".", body}));
  fields.push_back({"webhook-id", id});
  fields.push_back({"webhook-timestamp", now});
  fields.push_back({"webhook-signature", "v1," + signature});
}

// Nothing for a scheme that does not sign. `either` hash: the first of two keys is of SHA-256.
core::Result<std::optional<HmacKeys>, processors::SchemeError> keys_of(
    const SchemeSettings& settings) {
  Hash hash = Hash::sha256;
  SecretForm form = SecretForm::text;
  switch (settings.kind) {
    case SchemeKind::basic:
    case SchemeKind::static_header:
    case SchemeKind::client_certificate: return std::optional<HmacKeys>();
    case SchemeKind::stripe_signature: break;
    case SchemeKind::standard_webhooks: form = SecretForm::whsec_base64; break;
    case SchemeKind::adyen_hmac: form = SecretForm::hex; break;
    case SchemeKind::marqeta_signature: hash = settings.marqeta.hash; break;
  }
  AUTHD_TRY(keys, HmacKeys::create(hash, form, settings.secrets));
  return std::optional<HmacKeys>(std::move(keys));
}

}  // namespace

core::Result<Signer, processors::SchemeError> Signer::create(
    const std::vector<SchemeSettings>& schemes) {
  Signer signer;
  for (const SchemeSettings& settings : schemes) {
    // What could not be checked could not be signed either: a blank secret, a strange field name.
    AUTHD_TRY_VOID(processors::make_scheme(settings));
    AUTHD_TRY(keys, keys_of(settings));
    signer.schemes_.push_back({settings, std::move(keys)});
  }
  return signer;
}

std::vector<http::Field> Signer::sign(std::string_view body, std::int64_t now_unix_s) const {
  const std::string now = std::to_string(now_unix_s);
  std::vector<http::Field> fields;
  for (const Scheme& scheme : schemes_) {
    const SchemeSettings& settings = scheme.settings;
    switch (settings.kind) {
      case SchemeKind::basic: {
        const std::string credentials = settings.username + ":" + settings.secrets.front();
        fields.push_back({"Authorization", "Basic " + base64(credentials)});
        break;
      }
      case SchemeKind::static_header:
        fields.push_back({settings.field, settings.secrets.front()});
        break;
      case SchemeKind::client_certificate: break;
      case SchemeKind::stripe_signature: add_stripe(*scheme.keys, body, now, fields); break;
      case SchemeKind::standard_webhooks:
        add_standard_webhooks(*scheme.keys, body, now, fields);
        break;
      case SchemeKind::adyen_hmac:
        fields.push_back({"HmacSignature", encoded(Encoding::base64, scheme.keys->mac(0, {body}))});
        fields.push_back({"Protocol", "HmacSHA256"});
        break;
      case SchemeKind::marqeta_signature:
        fields.push_back({"X-Marqeta-Signature",
                          encoded(settings.marqeta.encoding, scheme.keys->mac(0, {body}))});
        break;
    }
  }
  return fields;
}

}  // namespace authd::simulate
