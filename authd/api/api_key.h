// API keys: authd_<prefix>_<secret>, shown once when they are made and stored as a digest.
//
//   prefix   12 characters of a-z and 2-7, random: names the key in tables, logs and lists
//   secret   43 characters of base64url: 256 random bits
//
// The digest is SHA-256 over the whole text. A secret of 256 random bits needs no slow hash.

#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "store/format/bytes.h"

namespace authd::api {

using Digest = std::array<std::byte, 32>;

Digest sha256(std::string_view bytes);

// In a time that does not depend on where they differ. False unless `stored` has 32 bytes.
bool same_digest(const Digest& digest, store::Bytes stored) noexcept;

struct NewSecret {
  std::string prefix;
  std::string key;  // the whole text; never stored or logged
  Digest digest;
};
NewSecret make_secret();

// The prefix of a well-formed key; a view into `key`.
std::optional<std::string_view> prefix_of(std::string_view key);

// The key of "Authorization: Bearer <key>" (RFC 6750; the scheme in any case).
std::optional<std::string_view> bearer_key(std::string_view authorization) noexcept;

// 128 random bits in hexadecimal digits, for requests without an id of their own.
std::string random_request_id();

}  // namespace authd::api
