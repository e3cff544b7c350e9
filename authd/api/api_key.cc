#include "authd/api/api_key.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>

#include "authd/api/base64url.h"
#include "core/assert.h"

namespace authd::api {

namespace {

constexpr std::string_view scheme = "authd_";
constexpr std::size_t prefix_size = 12;
constexpr std::size_t secret_size = 43;
constexpr std::string_view prefix_alphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::string_view hexadecimal = "0123456789abcdef";

template <std::size_t Size>
std::array<unsigned char, Size> random_bytes() {
  std::array<unsigned char, Size> bytes{};
  const bool random = RAND_bytes(bytes.data(), int{Size}) == 1;
  AUTHD_ASSERT(random);  // only fails without an operating system's source
  return bytes;
}

}  // namespace

Digest sha256(std::string_view bytes) {
  Digest digest;
  const bool done = SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                           reinterpret_cast<unsigned char*>(digest.data())) != nullptr;
  AUTHD_ASSERT(done);  // only fails without a SHA-256 in the library
  return digest;
}

bool same_digest(const Digest& digest, store::Bytes stored) noexcept {
  return stored.size() == digest.size() &&
         CRYPTO_memcmp(digest.data(), stored.data(), digest.size()) == 0;
}

NewSecret make_secret() {
  NewSecret made;
  for (const unsigned char byte : random_bytes<prefix_size>()) {
    made.prefix += prefix_alphabet[byte % prefix_alphabet.size()];
  }
  const auto secret = random_bytes<32>();
  made.key.append(scheme).append(made.prefix).append("_");
  made.key += to_base64url({reinterpret_cast<const char*>(secret.data()), secret.size()});
  made.digest = sha256(made.key);
  return made;
}

std::optional<std::string_view> prefix_of(std::string_view key) {
  if (key.size() != scheme.size() + prefix_size + 1 + secret_size) return std::nullopt;
  if (!key.starts_with(scheme) || key[scheme.size() + prefix_size] != '_') return std::nullopt;
  const std::string_view prefix = key.substr(scheme.size(), prefix_size);
  if (prefix.find_first_not_of(prefix_alphabet) != std::string_view::npos) return std::nullopt;
  if (!from_base64url(key.substr(key.size() - secret_size))) return std::nullopt;
  return prefix;
}

std::optional<std::string_view> bearer_key(std::string_view authorization) noexcept {
  constexpr std::string_view bearer = "bearer ";
  const bool matches =
      authorization.size() > bearer.size() &&
      std::equal(bearer.begin(), bearer.end(), authorization.begin(), [](char a, char b) {
        return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
      });
  if (!matches) return std::nullopt;
  authorization.remove_prefix(bearer.size());
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  return authorization;
}

std::string random_request_id() {
  std::string text;
  for (const unsigned char byte : random_bytes<16>()) {
    text += hexadecimal[byte >> 4U];
    text += hexadecimal[byte & 15U];
  }
  return text;
}

}  // namespace authd::api
