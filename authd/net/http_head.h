// Head: the request line and fields of one HTTP request, let through by the header gate.
//
// A proxy in front and this server must agree on where a request ends, or a peer can smuggle one
// request inside another. Beast's parser checks the grammar of RFC 9112 but is lenient where
// proxies disagree (lists of equal lengths, obs-fold, a length next to chunks), so the gate refuses
// on the raw bytes everything a processor has no reason to send. Refusals are ranked as they are
// listed at parse_head and check_route.
//
// Threads: values. Lifetime: a Head views the bytes it was parsed from; rebase() follows them when
// they move. Cost: one pass of ours, one of Beast's; nothing is allocated.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "authd/net/refusal.h"
#include "core/result.h"

namespace authd::net {

enum class Method : std::uint8_t {
  other = 0,
  get = 1,
  head = 2,
  post = 3,
  put = 4,
  patch = 5,
  del = 6
};

class MethodSet {
 public:
  constexpr MethodSet() = default;
  template <class... Methods>
  constexpr explicit MethodSet(Methods... methods) : bits_((bit(methods) | ...)) {}

  // Method::other is never in a set.
  constexpr bool contains(Method method) const noexcept {
    return method != Method::other && (bits_ & bit(method)) != 0;
  }

 private:
  static constexpr unsigned bit(Method method) noexcept {
    return 1U << static_cast<unsigned>(method);
  }

  unsigned bits_ = 0;
};

// "GET, POST": the value of an Allow field.
std::string to_string(MethodSet methods);

enum class Http10 : std::uint8_t {
  refused = 0,
  probes = 1,  // GET and HEAD, without a Host if they like: load balancers and old monitors
};

struct HeadRules {
  std::size_t header_bytes_max = 8'192;  // request line and fields, with the empty line
  std::size_t fields_max = 64;
  Http10 http_1_0 = Http10::refused;
};

// What the route that a request named takes.
struct RouteRules {
  MethodSet methods;
  std::uint64_t body_bytes_max = 0;
};

class Head {
 public:
  Method method() const noexcept { return method_; }
  std::string_view target() const noexcept { return raw_.substr(target_begin_, target_size_); }
  std::string_view path() const noexcept { return raw_.substr(target_begin_, path_size_); }
  std::string_view query() const noexcept;  // what follows the first '?', not decoded

  // The value of the only field of this name (given in any case), without surrounding blanks;
  // nothing when there is none, and nothing when there are several: a verifier must not choose one.
  // O(header).
  std::optional<std::string_view> field(std::string_view name) const noexcept;

  bool has_content_length() const noexcept { return has_content_length_; }
  std::uint64_t content_length() const noexcept { return content_length_; }  // 0 when not given
  bool keep_alive() const noexcept { return keep_alive_; }
  bool expects_continue() const noexcept { return expects_continue_; }
  int minor_version() const noexcept { return minor_version_; }
  std::size_t size() const noexcept { return raw_.size(); }  // bytes, with the empty line

  // The bytes have moved to `raw`, unchanged.
  void rebase(const char* raw) noexcept { raw_ = {raw, raw_.size()}; }

 private:
  friend class HeadParser;

  std::string_view raw_;
  std::uint64_t content_length_ = 0;
  std::size_t target_begin_ = 0;
  std::size_t target_size_ = 0;
  std::size_t path_size_ = 0;
  std::size_t fields_begin_ = 0;
  Method method_ = Method::other;
  int minor_version_ = 1;
  bool has_content_length_ = false;
  bool keep_alive_ = true;
  bool expects_continue_ = false;
};

// Where the header in front of `bytes` ends, past its empty line; 0 when the end is not there yet.
// `searched` bytes are known to hold no end.
std::size_t find_head_end(std::string_view bytes, std::size_t searched) noexcept;

// `raw` ends with the first empty line (CRLF CRLF). In this order: too long → header_too_long; bare
// CR, bare LF, NUL, obs-fold, a blank before a colon, a broken request line → malformed; →
// http_version; → target; too many fields → header_too_long; → transfer_encoding; → content_length;
// anything else Beast refuses → malformed; → host; → expectation.
core::Result<Head, Refusal> parse_head(std::string_view raw, const HeadRules& rules);

// In this order: method; length_required (POST, PUT, PATCH); body_not_allowed (GET, HEAD);
// body_too_long.
core::Result<void, Refusal> check_route(const Head& head, const RouteRules& rules) noexcept;

}  // namespace authd::net
