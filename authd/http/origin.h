// Origin: where a server is, "https://authd.example:8443".

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace authd::http {

struct Origin {
  bool encrypted = false;
  std::string host;  // a name or an address; IPv6 without brackets
  std::uint16_t port = 0;

  std::string host_field() const;  // "[::1]:8443"
  std::string text() const;        // "https://[::1]:8443"
};

// Scheme, host and port and nothing else; without a port that of the scheme. The error says what is
// wrong with `url`.
core::Result<Origin, std::string> parse_origin(std::string_view url);

struct Url {
  Origin origin;
  std::string target;  // path and query: "/v1/messages?from=authd", "/" for nothing
};

// http or https, without user, password and fragment.
core::Result<Url, std::string> parse_url(std::string_view url);

}  // namespace authd::http
