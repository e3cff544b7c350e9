#include "authd/api/problem.h"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace authd::api {

namespace {

namespace json = boost::json;
using Kind = Problem::Kind;

struct Entry {
  Kind kind;
  int status;
  std::string_view name;
  std::string_view title;
};

// In the order of the enumerators.
constexpr std::array<Entry, problem_kind_max + 1> entries{{
    {Kind::invalid_request, 400, "invalid-request", "The request cannot be understood."},
    {Kind::unauthenticated, 401, "unauthenticated", "A valid API key is required."},
    {Kind::missing_scope, 403, "missing-scope", "The API key may not do this."},
    {Kind::not_found, 404, "not-found", "There is no such object."},
    {Kind::method_not_allowed, 405, "method-not-allowed", "This path does not take this method."},
    {Kind::idempotency_key_in_use, 409, "idempotency-key-in-use",
     "Another request with this idempotency key is still running."},
    {Kind::reference_taken, 409, "reference-taken", "Another object has this reference."},
    {Kind::version_mismatch, 412, "version-mismatch",
     "The object has been changed since it was read."},
    {Kind::unsupported_media_type, 415, "unsupported-media-type",
     "The body is not of the media type that is taken here."},
    {Kind::validation, 422, "validation", "Fields of the body are not as they must be."},
    {Kind::idempotency_key_reused, 422, "idempotency-key-reused",
     "This idempotency key was used with another request."},
    {Kind::precondition_required, 428, "precondition-required",
     "A change needs If-Match with the version that was read."},
    {Kind::internal, 500, "internal", "The request failed for a reason of ours."},
    {Kind::unavailable, 503, "unavailable", "The database cannot be reached in time."},
    {Kind::not_applied_yet, 503, "not-applied-yet",
     "The change is stored and will be applied, but decisions do not heed it yet."},
    {Kind::declined, 409, "declined", "The money was not moved."},
    {Kind::wrong_state, 409, "wrong-state", "The object is in a state that does not allow this."},
    {Kind::overloaded, 503, "overloaded", "Too much is waiting. Nothing was done."},
    {Kind::already_exists, 409, "already-exists", "There is such an object already."},
    {Kind::not_empty, 409, "not-empty", "The account has money, owes some or awaits some."},
    {Kind::too_many, 409, "too-many", "There cannot be more of these objects."},
    {Kind::rate_limited, 429, "rate-limited", "That is too many in this time."},
}};

constexpr bool in_order() noexcept {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (static_cast<std::size_t>(entries[i].kind) != i) return false;
  }
  return true;
}
static_assert(in_order());

const Entry& entry(Kind kind) noexcept { return entries[static_cast<std::size_t>(kind)]; }

// Classes of SQLSTATE after which the same statement may succeed: connections, rollbacks forced by
// others, resources, the operator (time-outs and restarts).
bool may_pass(std::string_view sqlstate) noexcept {
  for (const std::string_view passing : {"08", "40", "53", "55", "57"}) {
    if (sqlstate.starts_with(passing)) return true;
  }
  return false;
}

Kind kind_of(const store::PgError& error) noexcept {
  using Code = store::PgError::Code;
  switch (error.code) {
    case Code::connect:
    case Code::lost:
    case Code::timeout:
    case Code::interrupted: return Kind::unavailable;
    case Code::server: return may_pass(error.state()) ? Kind::unavailable : Kind::internal;
    case Code::conninfo:
    case Code::unexpected: return Kind::internal;
  }
  return Kind::internal;
}

}  // namespace

Problem::Problem(const store::PgError& error) : kind(kind_of(error)), cause(error.message) {}

int status(Kind kind) noexcept { return entry(kind).status; }
std::string_view name(Kind kind) noexcept { return entry(kind).name; }
std::string_view title(Kind kind) noexcept { return entry(kind).title; }

Problem wrong_field(std::string field, std::string message) {
  Problem problem(Kind::validation);
  problem.errors.push_back({std::move(field), std::move(message)});
  return problem;
}

std::string to_json(const Problem& problem, std::string_view instance,
                    std::string_view request_id) {
  const Entry& known = entry(problem.kind);
  json::object body;
  body["type"] = "https://authd.dev/problems/" + std::string(known.name);
  body["title"] = known.title;
  body["status"] = known.status;
  if (!problem.detail.empty()) body["detail"] = problem.detail;
  body["instance"] = instance;
  body["request_id"] = request_id;
  if (!problem.errors.empty()) {
    json::array errors;
    for (const FieldError& error : problem.errors) {
      errors.push_back(json::object{{"field", error.field}, {"message", error.message}});
    }
    body["errors"] = std::move(errors);
  }
  for (const auto& member : problem.members) body.insert(member);
  return json::serialize(body);
}

}  // namespace authd::api
