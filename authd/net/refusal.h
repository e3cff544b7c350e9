// Refusal: why a request or a connection was turned away before any Service saw it.
//
// One value per thing that can be wrong, so that each is a metric of its own; several share an HTTP
// status. Every refusal closes the connection: after it the two sides may disagree about where the
// next request begins.

#pragma once

#include <cstdint>
#include <string_view>

namespace authd::net {

enum class Refusal : std::uint8_t {
  malformed = 1,           // 400: not the grammar of RFC 9112, or what only a smuggler would send
  target = 2,              // 400: not starting with '/' or not visible ASCII
  host = 3,                // 400: not exactly one Host
  content_length = 4,      // 400: several, or not plain digits
  body_not_allowed = 5,    // 400: a body with GET or HEAD
  method = 6,              // 405: not in the route's table
  header_timeout = 7,      // 408
  body_timeout = 8,        // 408
  length_required = 9,     // 411
  body_too_long = 10,      // 413
  expectation = 11,        // 417: anything but 100-continue
  header_too_long = 12,    // 431: too many bytes or too many fields
  service_failed = 13,     // 500: the Service threw, which only memory exhaustion should make it do
  transfer_encoding = 14,  // 501: any
  connections_total = 15,  // 503
  connections_per_peer = 16,  // 503
  http_version = 17,          // 505: not HTTP/1.1
  tls_handshake = 18,         // nobody to answer: it failed, or took too long
};
inline constexpr std::uint8_t refusal_max = 18;

int status(Refusal refusal) noexcept;
std::string_view name(
    Refusal refusal) noexcept;  // "content_length": metric label and "error" of the answer
std::string_view explanation(
    Refusal refusal) noexcept;  // one sentence for whoever reads the answer

}  // namespace authd::net
