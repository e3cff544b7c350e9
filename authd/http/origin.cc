#include "authd/http/origin.h"

#include <algorithm>
#include <charconv>

namespace authd::http {

namespace {

using core::Unexpected;

constexpr std::string_view host_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
constexpr std::string_view ipv6_characters = "0123456789abcdefABCDEF:.";

// RFC 3986, section 3.3 and 3.4: path and query.
constexpr std::string_view target_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@%/?";

bool consists_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

// 0: none.
std::uint16_t port_of(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, port);
  return error == std::errc() && read == end ? port : std::uint16_t{0};
}

}  // namespace

std::string Origin::host_field() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Origin::text() const { return (encrypted ? "https://" : "http://") + host_field(); }

core::Result<Origin, std::string> parse_origin(std::string_view url) {
  constexpr std::string_view http = "http://";
  constexpr std::string_view https = "https://";
  constexpr std::uint16_t http_port = 80;
  constexpr std::uint16_t https_port = 443;
  const auto wrong = [url](const char* what) {
    return Unexpected{"\"" + std::string(url) + "\": " + what};
  };

  Origin origin;
  origin.encrypted = url.starts_with(https);
  if (!origin.encrypted && !url.starts_with(http))
    return wrong("must begin with http:// or https://");
  std::string_view rest = url.substr(origin.encrypted ? https.size() : http.size());
  if (rest.find_first_of("/?#@") != std::string_view::npos)
    return wrong("only scheme, host and port, such as https://localhost:8443");

  const bool is_ipv6 = rest.starts_with('[');
  const std::size_t host_end = is_ipv6 ? rest.find(']') : rest.find(':');
  if (is_ipv6 && host_end == std::string_view::npos) return wrong("the bracket is not closed");
  const std::string_view host = is_ipv6 ? rest.substr(1, host_end - 1) : rest.substr(0, host_end);
  if (!consists_of(host, is_ipv6 ? ipv6_characters : host_characters))
    return wrong("the host must be a name or an address");
  origin.host = host;
  rest.remove_prefix(is_ipv6 ? host_end + 1 : host.size());

  origin.port = origin.encrypted ? https_port : http_port;
  if (rest.empty()) return origin;
  origin.port = rest.starts_with(':') ? port_of(rest.substr(1)) : std::uint16_t{0};
  if (origin.port == 0) return wrong("the port must be 1 to 65535");
  return origin;
}

core::Result<Url, std::string> parse_url(std::string_view url) {
  constexpr std::string_view after_scheme = "://";
  const std::size_t scheme_end = std::min(url.find(after_scheme), url.size());
  const std::size_t host_begin = std::min(scheme_end + after_scheme.size(), url.size());
  const std::size_t host_end = std::min(url.find_first_of("/?#", host_begin), url.size());
  AUTHD_TRY(origin, parse_origin(url.substr(0, host_end)));
  const std::string_view target = url.substr(host_end);
  if (!target.empty() && !consists_of(target, target_characters))
    return Unexpected{"\"" + std::string(url) + "\": the path has characters that need an escape"};
  return Url{origin, (target.starts_with('/') ? "" : "/") + std::string(target)};
}

}  // namespace authd::http
