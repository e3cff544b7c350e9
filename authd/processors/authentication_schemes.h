// The schemes with which processors prove who they are. Formats on the wire are documented where
// they are read.
//
// Everywhere one secret is given, or two while one replaces the other: none, a third, a blank one,
// one with a control character or of more than 512 bytes is refused. A field of more than 1024
// bytes that a scheme reads is too long.
//
// Threads, errors: see authentication.h.

#pragma once

#include <chrono>
#include <span>
#include <string>
#include <string_view>

#include "authd/processors/authentication.h"
#include "authd/processors/signature_encoding.h"

namespace authd::processors {

// How far the time of a signature may be from ours, in whole seconds and both directions: 1 to
// 3600. Stripe's libraries take 0 for "never mind the time"; here it is refused.
inline constexpr std::chrono::seconds signature_tolerance_default{300};

// "basic": Authorization, RFC 7617. Anything but the right pair is a mismatch. User name and
// password together have at most 509 bytes.
core::Result<SchemePointer, SchemeError> basic_scheme(std::string_view user,
                                                      std::span<const std::string> passwords);

// "static_header": a field of our choice with a fixed value, compared byte by byte. For what a
// processor lets us add to its requests, best together with another scheme.
core::Result<SchemePointer, SchemeError> static_header_scheme(std::string_view field_name,
                                                              std::span<const std::string> values);

// "client_certificate": the peer has shown a certificate that the listener has verified, and one of
// its names (see certificate_names() of net/tls.h) is one of these, in either case.
core::Result<SchemePointer, SchemeError> client_certificate_scheme(
    std::span<const std::string> allowed_names);

// "stripe_signature": the whole secret is the key, with its "whsec_".
core::Result<SchemePointer, SchemeError> stripe_signature_scheme(
    std::span<const std::string> secrets,
    std::chrono::seconds tolerance = signature_tolerance_default);

// "standard_webhooks": what follows "whsec_", which may be left out, is the key in base64.
core::Result<SchemePointer, SchemeError> standard_webhooks_scheme(
    std::span<const std::string> secrets,
    std::chrono::seconds tolerance = signature_tolerance_default);

// "adyen_hmac": the secret is the key in hexadecimal. Documented for the webhooks; whether relayed
// authorisations are signed is not, so it is an option there.
core::Result<SchemePointer, SchemeError> adyen_hmac_scheme(std::span<const std::string> secrets);

// "marqeta_signature", of webhooks alone: the whole secret is the key.
//
// The hash is what the webhook's signature_algorithm says; `either` is for the two weeks after a
// change, in which old notifications are still sent again under the old one. Marqeta's example
// compares hexadecimal without saying so in words, hence the option of base64.
struct MarqetaSignatureOptions {
  Hash hash = Hash::sha256;
  Encoding encoding = Encoding::hex;
};
core::Result<SchemePointer, SchemeError> marqeta_signature_scheme(
    std::span<const std::string> secrets, MarqetaSignatureOptions options = {});

}  // namespace authd::processors
