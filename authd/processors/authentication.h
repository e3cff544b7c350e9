// Authentication: how the processor behind an endpoint proves who it is, on the header fields and
// the raw bytes of the body, before anything of them is parsed.
//
// An endpoint has one or more schemes (authentication_schemes.h) and believes a request only when
// every one of them does. There is no "verify if present": what a scheme reads and does not find is
// a refusal. The peer is told none of the reasons, a metric is.
//
// Schemes are asked in order and the first refusal ends it, so a cheap one in front spares the
// signature of a stranger's body. Within a scheme every secret is always tried, and secrets and
// signatures are compared in constant time.
//
// A signature with a time keeps old requests out, not those of the last minutes: that a request
// which is sent again changes nothing is the work of its message id.
//
// Threads: check() from any number at once. Errors: configuration errors are SchemeErrors, found
// when a scheme is made.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace authd::processors {

// The header fields of one request, read where they lie.
class Fields {
 public:
  // `head` outlives it and offers field(name), noexcept: the value of the only field of this name,
  // given in any case, without surrounding blanks; nothing when there is none or there are several.
  template <class Head>
  explicit Fields(const Head& head) noexcept
      : head_(&head), field_([](const void* of, std::string_view name) noexcept {
          return static_cast<const Head*>(of)->field(name);
        }) {}
  template <class Head>
  explicit Fields(const Head&& head) = delete;

  std::optional<std::string_view> field(std::string_view name) const noexcept {
    return field_(head_, name);
  }

 private:
  const void* head_;
  std::optional<std::string_view> (*field_)(const void*, std::string_view) noexcept;
};

struct Received {
  Fields fields;
  std::string_view body;  // as it came, all of it
  core::Timestamp now;
  std::span<const std::string> certificate_names{};  // of the peer's, verified; empty: none shown
};

enum class AuthenticationFault : std::uint8_t {
  missing = 1,    // no such field, or several; no certificate
  too_long = 2,   // a field
  malformed = 3,  // a field, or nothing in it has the form of a signature
  mismatch = 4,   // not with any of the secrets
  stale = 5,      // rightly signed, too long ago
  future = 6,     // rightly signed, too far ahead of our clock
};

// The word for a metric: "missing".
std::string_view name(AuthenticationFault fault) noexcept;

struct AuthenticationError {
  std::string_view scheme;  // of static storage
  AuthenticationFault fault;
  friend bool operator==(const AuthenticationError&, const AuthenticationError&) = default;
};

class Scheme {
 public:
  virtual ~Scheme() = default;

  // The word for a metric: "stripe_signature". Of static storage.
  virtual std::string_view name() const noexcept = 0;

  virtual core::Result<void, AuthenticationFault> check(
      const Received& received) const noexcept = 0;
};

using SchemePointer = std::unique_ptr<const Scheme>;

enum class SchemeError : std::uint8_t {
  no_scheme = 1,
  no_secret = 2,
  too_many_secrets = 3,
  blank_secret = 4,
  control_character = 5,  // most often the line feed at the end of a file
  blanks_around = 6,      // no header field can bring them
  too_long = 7,
  not_base64 = 8,
  not_hex = 9,
  field_name = 10,
  tolerance = 11,
  unavailable = 12,  // this OpenSSL is not allowed the hash
  blank_user = 13,
  colon_in_user = 14,  // cannot be told from the end of the user name
  no_name = 15,        // of a certificate
};

// For people: "a secret is blank".
std::string_view name(SchemeError error) noexcept;

class Authentication {
 public:
  // Refuses an empty list: it would believe everybody.
  static core::Result<Authentication, SchemeError> create(std::vector<SchemePointer> schemes);

  // The error is that of the first scheme that refuses.
  core::Result<void, AuthenticationError> check(const Received& received) const noexcept;

 private:
  explicit Authentication(std::vector<SchemePointer> schemes) : schemes_(std::move(schemes)) {}

  std::vector<SchemePointer> schemes_;
};

}  // namespace authd::processors
