// The schemes that say nothing about the body: Basic, a static header and a client's certificate.

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "authd/processors/authentication_parts.h"
#include "authd/processors/authentication_schemes.h"

namespace authd::processors {

namespace {

using Checked = core::Result<void, AuthenticationFault>;

constexpr std::size_t pair_bytes_max = ShortBytes::size_max / 3 * 3;  // what decode() decodes

// Equal but for the case of ASCII letters.
bool same_name(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [lower](char x, char y) { return lower(x) == lower(y); });
}

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

Digest sha256(const void* bytes, std::size_t size) noexcept {
  Digest digest;
  const bool done =
      SHA256(static_cast<const unsigned char*>(bytes), size, digest.data()) != nullptr;
  AUTHD_ASSERT(done);  // only fails without a SHA-256 in the library
  return digest;
}

// Digests are kept and compared, always all: the time shows neither the length nor the beginning of
// a secret, nor which one matched.
class SecretDigests {
 public:
  void set(std::size_t i, std::string_view secret) noexcept {
    digests_.at(i) = sha256(secret.data(), secret.size());
  }

  bool match(const void* bytes, std::size_t size) const noexcept {
    const Digest digest = sha256(bytes, size);
    unsigned matching = 0;  // counts, so that the second comparison is always made
    for (const Digest& expected : digests_) {
      matching += CRYPTO_memcmp(digest.data(), expected.data(), expected.size()) == 0 ? 1U : 0U;
    }
    return matching != 0;
  }

 private:
  std::array<Digest, secrets_max> digests_{};  // with one secret, twice the same
};

// "Basic" in any case and one or more spaces (RFC 9110, section 11.4), removed from the front.
bool take_scheme(std::string_view& header) noexcept {
  constexpr std::string_view scheme = "basic";
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return false;
  const bool matches = same_name(header.substr(0, scheme.size()), scheme);
  header.remove_prefix(scheme.size());
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return matches;
}

class BasicScheme final : public Scheme {
 public:
  explicit BasicScheme(const SecretDigests& pairs) : pairs_(pairs) {}

  std::string_view name() const noexcept override { return "basic"; }

  Checked check(const Received& received) const noexcept override {
    AUTHD_TRY(authorization, required_field(received.fields, "Authorization"));
    if (!take_scheme(authorization)) return core::Unexpected{AuthenticationFault::mismatch};
    auto pair = decode(Encoding::base64, authorization);
    if (!pair) return core::Unexpected{AuthenticationFault::mismatch};
    const bool matches = pairs_.match(pair->bytes.data(), pair->size);
    OPENSSL_cleanse(pair->bytes.data(), pair->bytes.size());
    if (!matches) return core::Unexpected{AuthenticationFault::mismatch};
    return {};
  }

 private:
  SecretDigests pairs_;  // "user:password"
};

class StaticHeaderScheme final : public Scheme {
 public:
  StaticHeaderScheme(std::string_view field_name, const SecretDigests& values)
      : field_name_(field_name), values_(values) {}

  std::string_view name() const noexcept override { return "static_header"; }

  Checked check(const Received& received) const noexcept override {
    AUTHD_TRY(value, required_field(received.fields, field_name_));
    if (!values_.match(value.data(), value.size()))
      return core::Unexpected{AuthenticationFault::mismatch};
    return {};
  }

 private:
  std::string field_name_;
  SecretDigests values_;
};

class ClientCertificateScheme final : public Scheme {
 public:
  explicit ClientCertificateScheme(std::span<const std::string> allowed_names)
      : allowed_names_(allowed_names.begin(), allowed_names.end()) {}

  std::string_view name() const noexcept override { return "client_certificate"; }

  Checked check(const Received& received) const noexcept override {
    if (received.certificate_names.empty()) return core::Unexpected{AuthenticationFault::missing};
    for (const std::string& shown : received.certificate_names) {
      const auto is_shown = [&shown](const std::string& name) { return same_name(shown, name); };
      if (std::any_of(allowed_names_.begin(), allowed_names_.end(), is_shown)) return {};
    }
    return core::Unexpected{AuthenticationFault::mismatch};
  }

 private:
  std::vector<std::string> allowed_names_;
};

// RFC 9110, section 5.6.2: a token.
bool is_field_name(std::string_view name) noexcept {
  constexpr std::string_view token_characters =
      "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return !name.empty() && name.size() <= field_bytes_max &&
         name.find_first_not_of(token_characters) == std::string_view::npos;
}

}  // namespace

core::Result<SchemePointer, SchemeError> basic_scheme(std::string_view user,
                                                      std::span<const std::string> passwords) {
  if (is_blank(user)) return core::Unexpected{SchemeError::blank_user};
  if (user.find(':') != std::string_view::npos) return core::Unexpected{SchemeError::colon_in_user};
  if (has_control(user)) return core::Unexpected{SchemeError::control_character};
  AUTHD_TRY_VOID(check_secrets(passwords));
  SecretDigests pairs;
  for (std::size_t i = 0; i < secrets_max; ++i) {
    std::string pair(user);
    pair += ':';
    pair += passwords[std::min(i, passwords.size() - 1)];
    if (pair.size() > pair_bytes_max) return core::Unexpected{SchemeError::too_long};
    pairs.set(i, pair);
    OPENSSL_cleanse(pair.data(), pair.size());
  }
  return SchemePointer(std::make_unique<BasicScheme>(pairs));
}

core::Result<SchemePointer, SchemeError> static_header_scheme(std::string_view field_name,
                                                              std::span<const std::string> values) {
  if (!is_field_name(field_name)) return core::Unexpected{SchemeError::field_name};
  AUTHD_TRY_VOID(check_secrets(values));
  for (const std::string& value : values) {
    if (value.front() == ' ' || value.back() == ' ')
      return core::Unexpected{SchemeError::blanks_around};
  }
  SecretDigests digests;
  for (std::size_t i = 0; i < secrets_max; ++i)
    digests.set(i, values[std::min(i, values.size() - 1)]);
  return SchemePointer(std::make_unique<StaticHeaderScheme>(field_name, digests));
}

core::Result<SchemePointer, SchemeError> client_certificate_scheme(
    std::span<const std::string> allowed_names) {
  if (allowed_names.empty()) return core::Unexpected{SchemeError::no_name};
  if (std::any_of(allowed_names.begin(), allowed_names.end(), is_blank))
    return core::Unexpected{SchemeError::no_name};
  return SchemePointer(std::make_unique<ClientCertificateScheme>(allowed_names));
}

}  // namespace authd::processors
