// How secrets and signatures are made and written: the hash below HMAC, and hexadecimal and base64,
// each strictly.
//
// OpenSSL's base64 decoder skips blanks and takes padding anywhere, and would let two texts stand
// for one signature; here a text that is not the one canonical encoding is refused.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace authd::processors {

enum class Hash : std::uint8_t { sha256 = 1, sha1 = 2, either = 3 };

enum class Encoding : std::uint8_t {
  hex = 1,     // either case
  base64 = 2,  // RFC 4648, section 4: padded, no line breaks, no stray bits
};

// Bytes in place, as many as a secret has at most.
struct ShortBytes {
  static constexpr std::size_t size_max = 512;

  std::array<unsigned char, size_max> bytes{};
  std::size_t size = 0;

  std::span<const unsigned char> view() const noexcept { return {bytes.data(), size}; }
};

// Nothing when `text` is empty, too long or not the encoding of anything.
std::optional<ShortBytes> decode(Encoding encoding, std::string_view text) noexcept;

}  // namespace authd::processors
