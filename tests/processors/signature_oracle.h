// Signed requests made the plain way, with OpenSSL's one-shot HMAC and its encoders, none of the
// code under test.

#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace authd::test {

inline std::string lower_case(std::string_view text) {
  std::string lowered(text);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lowered;
}

// The header fields of a request, found as net::Head finds them.
struct HeadFields {
  std::vector<std::pair<std::string, std::string>> all;

  std::optional<std::string_view> field(std::string_view name) const noexcept {
    std::optional<std::string_view> found;
    for (const auto& [field_name, value] : all) {
      if (lower_case(field_name) != lower_case(name)) continue;
      if (found) return std::nullopt;
      found = value;
    }
    return found;
  }

  std::string& value(std::string_view name) {
    return std::find_if(all.begin(), all.end(), [&](const auto& f) { return f.first == name; })
        ->second;
  }
};

inline std::string hmac(const EVP_MD* hash, std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(hash, key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &size);
  return {reinterpret_cast<const char*>(mac.data()), size};
}

inline std::string hmac_sha256(std::string_view key, std::string_view text) {
  return hmac(EVP_sha256(), key, text);
}

inline std::string hmac_sha1(std::string_view key, std::string_view text) {
  return hmac(EVP_sha1(), key, text);
}

inline std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += digits[static_cast<unsigned char>(c) >> 4U];
    text += digits[static_cast<unsigned char>(c) & 15U];
  }
  return text;
}

inline std::string base64(std::string_view bytes) {
  std::vector<unsigned char> text((bytes.size() + 2) / 3 * 4 + 1);
  const int size =
      EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  return {text.begin(), text.begin() + size};
}

inline std::string stripe_v1(std::string_view secret, std::string_view time,
                             std::string_view body) {
  return "v1=" + hex(hmac_sha256(secret, std::string(time) + "." + std::string(body)));
}

// `key` as bytes, not as "whsec_…".
inline std::string webhook_v1(std::string_view key, std::string_view id, std::string_view time,
                              std::string_view body) {
  const std::string text = std::string(id) + "." + std::string(time) + "." + std::string(body);
  return "v1," + base64(hmac_sha256(key, text));
}

}  // namespace authd::test
