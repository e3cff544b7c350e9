// What the signature schemes share: the keys, the comparison and the age.
//
// Every scheme signs with HMAC (RFC 2104); they differ in what is signed besides the body and in
// how it is written. Keys are set up once: a request costs the hash of its body per key, and a copy
// of the prepared context.
//
// Threads: HmacKeys from any number at once; a SignatureCheck belongs to one request.

#pragma once

#include <openssl/types.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authd/processors/authentication.h"
#include "authd/processors/authentication_parts.h"
#include "authd/processors/signature_encoding.h"

namespace authd::processors {

// How the key is written in a secret.
enum class SecretForm : std::uint8_t {
  text = 1,          // the bytes of the secret are the key
  hex = 2,           // either case
  whsec_base64 = 3,  // "whsec_", or nothing, and base64
};

class HmacKeys {
 public:
  static constexpr std::size_t size_max = 2 * secrets_max;  // of each secret, with either hash

  static core::Result<HmacKeys, SchemeError> create(Hash hash, SecretForm form,
                                                    std::span<const std::string> secrets);

  std::size_t size() const noexcept { return contexts_.size(); }

  // The MAC of the parts, one behind the other, with one of the keys.
  ShortBytes mac(std::size_t key, std::initializer_list<std::string_view> parts) const noexcept;

 private:
  struct Free {
    void operator()(EVP_MAC_CTX* context) const noexcept;
  };
  using Context = std::unique_ptr<EVP_MAC_CTX, Free>;

  HmacKeys() = default;
  bool add(const char* digest, const ShortBytes& key);

  std::vector<Context> contexts_;
};

// Whether one of the signatures of a request is right. All are compared with the MACs of all keys.
class SignatureCheck {
 public:
  SignatureCheck(const HmacKeys& keys, Encoding encoding,
                 std::initializer_list<std::string_view> signed_parts) noexcept;

  void offer(std::string_view signature) noexcept;

  // malformed when none that was offered has the form of a signature, mismatch when none is right.
  core::Result<void, AuthenticationFault> verdict() const noexcept;

 private:
  std::array<ShortBytes, HmacKeys::size_max> expected_;
  std::size_t expected_count_;
  Encoding encoding_;
  unsigned formed_ = 0;
  unsigned matching_ = 0;
};

// Calls visit(name, value) for "t=1,v1=2" with ',' and '=': items without the second are skipped.
template <class Visit>
void for_each_pair(std::string_view items, char between_items, char after_name, Visit visit) {
  while (!items.empty()) {
    const std::string_view item = items.substr(0, items.find(between_items));
    items.remove_prefix(item.size() == items.size() ? item.size() : item.size() + 1);
    const std::size_t name_size = item.find(after_name);
    if (name_size == std::string_view::npos) continue;
    visit(item.substr(0, name_size), item.substr(name_size + 1));
  }
}

// Unix seconds in decimal digits, written in the only way: what was signed is this text.
std::optional<std::int64_t> unix_seconds(std::string_view text) noexcept;

// Of the configuration: 1 to 3600 seconds.
core::Result<void, SchemeError> check_tolerance(std::chrono::seconds tolerance) noexcept;

// stale or future when more than `tolerance` lies between, in whole seconds.
core::Result<void, AuthenticationFault> check_age(std::int64_t signed_at_unix_s,
                                                  core::Timestamp now,
                                                  std::chrono::seconds tolerance) noexcept;

}  // namespace authd::processors
