#include "authd/processors/signature.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <charconv>

namespace authd::processors {

namespace {

using core::Unexpected;

constexpr std::chrono::seconds tolerance_max{3'600};
constexpr std::size_t seconds_digits_max = 12;  // some 30,000 years: microseconds fit 64 bits

core::Result<ShortBytes, SchemeError> key_of(SecretForm form, std::string_view secret) {
  constexpr std::string_view prefix = "whsec_";
  const std::string_view bare = secret.starts_with(prefix) ? secret.substr(prefix.size()) : secret;
  // "whsec_" alone is a template that was filled with nothing.
  if (is_blank(bare)) return Unexpected{SchemeError::blank_secret};

  if (form == SecretForm::text) {
    ShortBytes key;
    key.size = secret.size();
    std::copy(secret.begin(), secret.end(), key.bytes.begin());
    return key;
  }
  const bool is_hex = form == SecretForm::hex;
  const auto key = is_hex ? decode(Encoding::hex, secret) : decode(Encoding::base64, bare);
  if (!key) return Unexpected{is_hex ? SchemeError::not_hex : SchemeError::not_base64};
  return *key;
}

}  // namespace

void HmacKeys::Free::operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }

core::Result<HmacKeys, SchemeError> HmacKeys::create(Hash hash, SecretForm form,
                                                     std::span<const std::string> secrets) {
  static_assert(secret_bytes_max <= ShortBytes::size_max);
  AUTHD_TRY_VOID(check_secrets(secrets));
  HmacKeys keys;
  for (const std::string& secret : secrets) {
    AUTHD_TRY(key, key_of(form, secret));
    bool added = true;
    if (hash != Hash::sha1) added = keys.add("SHA256", key);
    if (hash != Hash::sha256) added = keys.add("SHA1", key) && added;
    OPENSSL_cleanse(key.bytes.data(), key.bytes.size());
    if (!added) return Unexpected{SchemeError::unavailable};
  }
  return keys;
}

bool HmacKeys::add(const char* digest, const ShortBytes& key) {
  const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> hmac(
      EVP_MAC_fetch(nullptr, "HMAC", nullptr), &EVP_MAC_free);
  Context context(hmac ? EVP_MAC_CTX_new(hmac.get()) : nullptr);
  if (!context) return false;
  std::string digest_name(digest);
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name.data(), 0),
      OSSL_PARAM_construct_end()};
  if (EVP_MAC_init(context.get(), key.bytes.data(), key.size, parameters.data()) != 1) return false;
  contexts_.push_back(std::move(context));
  return true;
}

ShortBytes HmacKeys::mac(std::size_t key,
                         std::initializer_list<std::string_view> parts) const noexcept {
  const Context context(EVP_MAC_CTX_dup(contexts_[key].get()));
  bool done = context != nullptr;
  for (const std::string_view part : parts) {
    done =
        done && EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(part.data()),
                               part.size()) == 1;
  }
  ShortBytes mac;
  done = done && EVP_MAC_final(context.get(), mac.bytes.data(), &mac.size, mac.bytes.size()) == 1;
  AUTHD_ASSERT(done);  // a prepared context only fails without memory
  return mac;
}

SignatureCheck::SignatureCheck(const HmacKeys& keys, Encoding encoding,
                               std::initializer_list<std::string_view> signed_parts) noexcept
    : expected_count_(keys.size()), encoding_(encoding) {
  for (std::size_t key = 0; key < expected_count_; ++key) {
    expected_[key] = keys.mac(key, signed_parts);
  }
}

void SignatureCheck::offer(std::string_view signature) noexcept {
  const auto given = decode(encoding_, signature);
  if (!given) return;
  for (std::size_t key = 0; key < expected_count_; ++key) {
    const ShortBytes& expected = expected_[key];
    if (given->size != expected.size) continue;  // the length of a hash is no secret
    formed_ += 1;
    matching_ +=
        CRYPTO_memcmp(given->bytes.data(), expected.bytes.data(), expected.size) == 0 ? 1U : 0U;
  }
}

core::Result<void, AuthenticationFault> SignatureCheck::verdict() const noexcept {
  if (formed_ == 0) return Unexpected{AuthenticationFault::malformed};
  if (matching_ == 0) return Unexpected{AuthenticationFault::mismatch};
  return {};
}

std::optional<std::int64_t> unix_seconds(std::string_view text) noexcept {
  const bool digits = !text.empty() && text.size() <= seconds_digits_max &&
                      text.find_first_not_of("0123456789") == std::string_view::npos;
  if (!digits || (text.front() == '0' && text.size() > 1)) return std::nullopt;
  std::int64_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return seconds;
}

core::Result<void, SchemeError> check_tolerance(std::chrono::seconds tolerance) noexcept {
  if (tolerance < std::chrono::seconds(1) || tolerance > tolerance_max)
    return Unexpected{SchemeError::tolerance};
  return {};
}

core::Result<void, AuthenticationFault> check_age(std::int64_t signed_at_unix_s,
                                                  core::Timestamp now,
                                                  std::chrono::seconds tolerance) noexcept {
  const std::int64_t age_s = core::floor_div(now.unix_us, core::us_per_s) - signed_at_unix_s;
  if (age_s > tolerance.count()) return Unexpected{AuthenticationFault::stale};
  if (age_s < -tolerance.count()) return Unexpected{AuthenticationFault::future};
  return {};
}

}  // namespace authd::processors
