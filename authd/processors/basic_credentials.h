// BasicCredentials: the user name and the one or two passwords with which a processor may call us
// (HTTP Basic, RFC 7617).
//
// Two passwords are active while one replaces the other. Only SHA-256 digests of "user:password"
// are kept and compared, in constant time and always all of them: neither the length nor the
// beginning of a password nor which one matched shows in the time.
//
// Threads: accepts() from any number of threads at once. Errors: configuration errors only; a wrong
// header is a plain no.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace authd::processors {

enum class CredentialsError : std::uint8_t {
  blank_user = 1,
  blank_password = 2,
  no_password = 3,
  too_many_passwords = 4,
  colon_in_user = 5,      // cannot be told from the end of the user name
  control_character = 6,  // RFC 7617, section 2
  too_long = 7,           // user and password together
};
std::string_view name(CredentialsError error) noexcept;

class BasicCredentials {
 public:
  static constexpr std::size_t passwords_max = 2;
  static constexpr std::size_t bytes_max = 256;  // "user:password"

  static core::Result<BasicCredentials, CredentialsError> create(
      std::string_view user, std::span<const std::string> passwords);

  // `header` is the value of Authorization: "Basic " and strict base64 (RFC 4648, section 4:
  // padded, no line breaks, no stray bits).
  bool accepts(std::string_view header) const noexcept;

 private:
  using Digest = std::array<unsigned char, 32>;

  BasicCredentials() = default;

  std::array<Digest, passwords_max> digests_{};  // with one password, twice the same
};

}  // namespace authd::processors
