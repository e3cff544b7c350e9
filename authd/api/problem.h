// Problem: why a request was not done, for the caller's program and for people (RFC 9457).
//
// The name is the stable part: callers tell problems apart by "type", which is made of it. Names
// and statuses are never changed; new ones are added. Details are for people and may change.

#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/postgres/connection.h"

namespace authd::api {

struct FieldError {
  std::string field;  // with its path: "amount.minor"
  std::string message;
};

struct Problem {
  enum class Kind : std::uint8_t {
    invalid_request = 0,          // 400: not JSON, an unknown query parameter, a broken cursor
    unauthenticated = 1,          // 401
    missing_scope = 2,            // 403
    not_found = 3,                // 404: nothing there, or another program's
    method_not_allowed = 4,       // 405
    idempotency_key_in_use = 5,   // 409: the first request with it is still running
    reference_taken = 6,          // 409
    version_mismatch = 7,         // 412
    unsupported_media_type = 8,   // 415
    validation = 9,               // 422: fields of the body, see errors
    idempotency_key_reused = 10,  // 422
    precondition_required = 11,   // 428
    internal = 12,                // 500
    unavailable = 13,             // 503: PostgreSQL is away or too busy; may be tried again
    not_applied_yet = 14,         // 503: stored, but decisions do not heed it yet
    declined = 15,                // 409: the money is not moved, see `reason` and `transfer`
    wrong_state = 16,             // 409: that does not follow the state it is in
    overloaded = 17,              // 503: the sequencer takes no more at the moment
    already_exists = 18,          // 409: under the name that was given
    not_empty = 19,               // 409: an account that has money cannot be closed
    too_many = 20,                // 409: an owner has all the controls that it can have
    rate_limited = 21,            // 429: later, see retry_after_s
  };

  Problem(Kind kind_, std::string detail_ = {}) : kind(kind_), detail(std::move(detail_)) {}
  // Statements that fail are no fault of the caller: unavailable where trying again may help, else
  // internal. The server's text goes to the log alone.
  Problem(const store::PgError& error);

  Kind kind;
  std::string detail;              // one sentence; empty: the title says all
  std::vector<FieldError> errors;  // of validation
  boost::json::object members;     // further ones of the body, of this kind of problem
  std::string cause;               // for the log
};
inline constexpr std::uint8_t problem_kind_max = 21;

int status(Problem::Kind kind) noexcept;
std::string_view name(Problem::Kind kind) noexcept;   // "missing-scope"
std::string_view title(Problem::Kind kind) noexcept;  // one sentence

// A field of the body is not as it must be, for a reason that the body alone does not tell.
Problem wrong_field(std::string field, std::string message);

inline constexpr std::string_view problem_content_type = "application/problem+json";

// The body of the answer. `instance` is the path that was asked for.
std::string to_json(const Problem& problem, std::string_view instance, std::string_view request_id);

}  // namespace authd::api
