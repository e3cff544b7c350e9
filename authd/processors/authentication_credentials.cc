// The schemes that say nothing about the body: Basic and a static header.

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "authd/processors/authentication_parts.h"
#include "authd/processors/authentication_schemes.h"

namespace authd::processors {

namespace {

using Checked = core::Result<void, AuthenticationFault>;

class BasicScheme final : public Scheme {
 public:
  explicit BasicScheme(const BasicCredentials& credentials) : credentials_(credentials) {}

  std::string_view name() const noexcept override { return "basic"; }

  Checked check(const Received& received) const noexcept override {
    AUTHD_TRY(authorization, required_field(received.fields, "Authorization"));
    if (!credentials_.accepts(authorization))
      return core::Unexpected{AuthenticationFault::mismatch};
    return {};
  }

 private:
  BasicCredentials credentials_;
};

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

Digest sha256(std::string_view text) noexcept {
  Digest digest;
  const bool done = SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                           digest.data()) != nullptr;
  AUTHD_ASSERT(done);  // only fails without a SHA-256 in the library
  return digest;
}

// Keeps and compares digests: the time shows neither the length nor the beginning of a value.
class StaticHeaderScheme final : public Scheme {
 public:
  StaticHeaderScheme(std::string_view field_name, std::span<const std::string> values)
      : field_name_(field_name) {
    for (std::size_t i = 0; i < digests_.size(); ++i) {
      digests_[i] = sha256(values[std::min(i, values.size() - 1)]);
    }
  }

  std::string_view name() const noexcept override { return "static_header"; }

  Checked check(const Received& received) const noexcept override {
    AUTHD_TRY(value, required_field(received.fields, field_name_));
    const Digest digest = sha256(value);
    unsigned matching = 0;  // counts, so that the second comparison is always made
    for (const Digest& expected : digests_) {
      matching += CRYPTO_memcmp(digest.data(), expected.data(), expected.size()) == 0 ? 1U : 0U;
    }
    if (matching == 0) return core::Unexpected{AuthenticationFault::mismatch};
    return {};
  }

 private:
  std::string field_name_;
  std::array<Digest, secrets_max> digests_;  // with one value, twice the same
};

// RFC 9110, section 5.6.2: a token.
bool is_field_name(std::string_view name) noexcept {
  constexpr std::string_view token_characters =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return !name.empty() && name.size() <= field_bytes_max &&
         name.find_first_not_of(token_characters) == std::string_view::npos;
}

}  // namespace

SchemePointer basic_scheme(const BasicCredentials& credentials) {
  return std::make_unique<BasicScheme>(credentials);
}

core::Result<SchemePointer, SchemeError> static_header_scheme(std::string_view field_name,
                                                              std::span<const std::string> values) {
  if (!is_field_name(field_name)) return core::Unexpected{SchemeError::field_name};
  AUTHD_TRY_VOID(check_secrets(values));
  for (const std::string& value : values) {
    if (value.front() == ' ' || value.back() == ' ')
      return core::Unexpected{SchemeError::blanks_around};
  }
  return SchemePointer(std::make_unique<StaticHeaderScheme>(field_name, values));
}

}  // namespace authd::processors
