#include "authd/net/refusal.h"

#include <array>

#include "core/assert.h"

namespace authd::net {

namespace {

struct Entry {
  Refusal refusal;
  int status;
  std::string_view name;
  std::string_view explanation;
};

// In the order of the enumerators.
constexpr std::array<Entry, refusal_max> entries{{
    {Refusal::malformed, 400, "malformed", "The request header does not follow RFC 9112."},
    {Refusal::target, 400, "target", "The request target must be a path of visible ASCII."},
    {Refusal::host, 400, "host", "Exactly one Host field is required."},
    {Refusal::content_length, 400, "content_length",
     "Content-Length must be given once, in plain digits."},
    {Refusal::body_not_allowed, 400, "body_not_allowed", "GET and HEAD take no body."},
    {Refusal::method, 405, "method", "This path does not take this method."},
    {Refusal::header_timeout, 408, "header_timeout", "The request header took too long."},
    {Refusal::body_timeout, 408, "body_timeout", "The request body took too long."},
    {Refusal::length_required, 411, "length_required", "A body needs a Content-Length."},
    {Refusal::body_too_long, 413, "body_too_long", "The body is longer than this path takes."},
    {Refusal::expectation, 417, "expectation", "Only 100-continue can be expected."},
    {Refusal::header_too_long, 431, "header_too_long", "The request header is too long."},
    {Refusal::service_failed, 500, "service_failed", "The request could not be served."},
    {Refusal::transfer_encoding, 501, "transfer_encoding",
     "Transfer-Encoding is not supported; send a Content-Length."},
    {Refusal::connections_total, 503, "connections_total", "Too many connections."},
    {Refusal::connections_per_peer, 503, "connections_per_peer",
     "Too many connections from this address."},
    {Refusal::http_version, 505, "http_version", "Only HTTP/1.1 is supported."},
    {Refusal::tls_handshake, 400, "tls_handshake", "TLS was not agreed upon."},
}};

constexpr bool in_order() noexcept {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (static_cast<std::size_t>(entries[i].refusal) != i + 1) return false;
  }
  return true;
}
static_assert(in_order());

const Entry& entry(Refusal refusal) noexcept {
  const auto number = static_cast<std::size_t>(refusal);
  AUTHD_ASSERT(number >= 1 && number <= entries.size());
  return entries[number - 1];
}

}  // namespace

int status(Refusal refusal) noexcept { return entry(refusal).status; }
std::string_view name(Refusal refusal) noexcept { return entry(refusal).name; }
std::string_view explanation(Refusal refusal) noexcept { return entry(refusal).explanation; }

}  // namespace authd::net
