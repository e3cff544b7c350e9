#include "authd/processors/basic_credentials.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <optional>

#include "core/assert.h"

namespace authd::processors {

namespace {

using core::Unexpected;

constexpr unsigned char not_base64 = 255;

constexpr auto base64_values = [] {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<unsigned char, 256> values{};
  values.fill(not_base64);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<unsigned char>(i);
  }
  return values;
}();

unsigned base64_value(char c) noexcept { return base64_values[static_cast<unsigned char>(c)]; }

struct Decoded {
  std::array<unsigned char, BasicCredentials::bytes_max> bytes;
  std::size_t size = 0;
};

// Nothing unless `text` is the one canonical encoding of at most bytes_max bytes. OpenSSL's decoder
// skips blanks and ignores what follows the padding.
std::optional<Decoded> decode_base64(std::string_view text) noexcept {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  if (text.size() * 3 / 4 > BasicCredentials::bytes_max) return std::nullopt;

  Decoded decoded;
  unsigned bits = 0;
  unsigned bit_count = 0;
  for (const char c : text) {
    const unsigned value = base64_value(c);
    if (value == not_base64) return std::nullopt;
    bits = (bits << 6U) | value;
    bit_count += 6;
    if (bit_count < 8) continue;
    bit_count -= 8;
    decoded.bytes[decoded.size++] = static_cast<unsigned char>(bits >> bit_count);
    bits &= (1U << bit_count) - 1;
  }
  if (bits != 0) return std::nullopt;  // stray bits behind the last byte
  return decoded;
}

std::array<unsigned char, 32> sha256(const void* bytes, std::size_t size) noexcept {
  std::array<unsigned char, 32> digest;
  const bool done =
      SHA256(static_cast<const unsigned char*>(bytes), size, digest.data()) != nullptr;
  AUTHD_ASSERT(done);  // only fails without a SHA-256 in the library
  return digest;
}

bool has_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool is_blank(std::string_view text) noexcept {
  return text.find_first_not_of(' ') == std::string_view::npos;
}

// "Basic" in any case and one or more spaces (RFC 9110, section 11.4), removed from the front.
bool take_scheme(std::string_view& header) noexcept {
  constexpr std::string_view scheme = "basic";
  if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return false;
  const bool matches = std::equal(scheme.begin(), scheme.end(), header.begin(), [](char a, char b) {
    return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
  });
  header.remove_prefix(scheme.size());
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return matches;
}

}  // namespace

std::string_view name(CredentialsError error) noexcept {
  switch (error) {
    case CredentialsError::blank_user: return "the user name is blank";
    case CredentialsError::blank_password: return "a password is blank";
    case CredentialsError::no_password: return "there is no password";
    case CredentialsError::too_many_passwords: return "there are more than two passwords";
    case CredentialsError::colon_in_user: return "the user name holds a colon";
    case CredentialsError::control_character:
      return "the user name or a password holds a control character";
    case CredentialsError::too_long: return "user name and password are too long";
  }
  return "unknown";
}

core::Result<BasicCredentials, CredentialsError> BasicCredentials::create(
    std::string_view user, std::span<const std::string> passwords) {
  if (is_blank(user)) return Unexpected{CredentialsError::blank_user};
  if (user.find(':') != std::string_view::npos) return Unexpected{CredentialsError::colon_in_user};
  if (passwords.empty()) return Unexpected{CredentialsError::no_password};
  if (passwords.size() > passwords_max) return Unexpected{CredentialsError::too_many_passwords};

  BasicCredentials credentials;
  for (std::size_t i = 0; i < passwords_max; ++i) {
    const std::string& password = passwords[std::min(i, passwords.size() - 1)];
    if (is_blank(password)) return Unexpected{CredentialsError::blank_password};
    std::string pair(user);
    pair += ':';
    pair += password;
    if (has_control(pair)) return Unexpected{CredentialsError::control_character};
    if (pair.size() > bytes_max) return Unexpected{CredentialsError::too_long};
    credentials.digests_[i] = sha256(pair.data(), pair.size());
    OPENSSL_cleanse(pair.data(), pair.size());
  }
  return credentials;
}

bool BasicCredentials::accepts(std::string_view header) const noexcept {
  if (!take_scheme(header)) return false;
  auto decoded = decode_base64(header);
  if (!decoded) return false;
  const Digest digest = sha256(decoded->bytes.data(), decoded->size);
  OPENSSL_cleanse(decoded->bytes.data(), decoded->bytes.size());

  int differing = 0;  // counts, so that the second comparison is always made
  for (const Digest& expected : digests_) {
    differing += CRYPTO_memcmp(digest.data(), expected.data(), expected.size()) != 0 ? 1 : 0;
  }
  return differing < static_cast<int>(passwords_max);
}

}  // namespace authd::processors
