#include "authd/api/idempotency.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "authd/api/api_key.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::PgParams;

// What the key stands for.
Digest hash_of(const Call& call) {
  std::string request = net::to_string(net::MethodSet(call.head.method()));
  request.append("\n").append(call.head.path()).append("\n").append(call.body);
  return sha256(request);
}

// The parts of an answer beside its status and body. Those of ours are always readable.
std::string fields_of(const Answer& answer) {
  json::object fields;
  if (!answer.etag.empty()) fields["etag"] = answer.etag;
  if (!answer.location.empty()) fields["location"] = answer.location;
  if (answer.mirrored) fields["transaction"] = answer.transaction;
  return json::serialize(fields);
}

std::string text_of(const json::object& fields, std::string_view name) {
  const json::value* const value = fields.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(std::string_view(value->get_string()))
                                                : std::string();
}

void read_fields(std::string_view text, Answer& answer) {
  boost::system::error_code error;
  const json::value parsed = json::parse({text.data(), text.size()}, error);
  const json::object* const fields = error ? nullptr : parsed.if_object();
  if (fields == nullptr) return;
  answer.etag = text_of(*fields, "etag");
  answer.location = text_of(*fields, "location");
  if (const json::value* const transaction = fields->if_contains("transaction")) {
    answer.mirrored = true;
    answer.transaction = transaction->to_number<std::uint64_t>(error);
  }
}

}  // namespace

bool is_idempotency_key(std::string_view text) noexcept {
  return !text.empty() && text.size() <= idempotency_key_size_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

core::Result<std::optional<Answer>, Problem> claim_key(const Call& call,
                                                       store::Connection& connection) {
  // A key has no blank in it, so that no two pairs give the same text.
  const std::string lock = "idempotency " + call.caller.program + " " + call.idempotency_key;
  AUTHD_TRY(locked, connection.exec_prepared("api_idempotency_lock", PgParams().text(lock)));
  if (locked.number<std::int8_t>(0, 0) == 0) {
    return Unexpected{Problem(Problem::Kind::idempotency_key_in_use)};
  }
  // A statement of its own: what it sees was committed before the lock was let go.
  AUTHD_TRY(found, connection.exec_prepared(
                       "api_idempotency_find",
                       PgParams().text(call.caller.program).text(call.idempotency_key)));
  if (found.rows() == 0) return std::optional<Answer>();
  if (!same_digest(hash_of(call), store::bytes_of(found.text(0, 0)))) {
    return Unexpected{Problem(Problem::Kind::idempotency_key_reused)};
  }
  Answer answer;
  answer.status = found.number<std::int16_t>(0, 1);
  answer.body = found.text(0, 2);
  read_fields(found.text(0, 3), answer);
  return std::optional<Answer>(std::move(answer));
}

core::Result<void, Problem> store_answer(const Call& call, const Answer& answer,
                                         store::Connection& connection) {
  PgParams params;
  params.text(call.caller.program).text(call.idempotency_key).bytes(hash_of(call));
  params.number(static_cast<std::int16_t>(answer.status));
  params.text(answer.body).text(fields_of(answer));
  AUTHD_TRY_VOID(connection.exec_prepared("api_idempotency_store", params));
  return {};
}

std::vector<Statement> idempotency_statements() {
  return {
      {"api_idempotency_lock", "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 1))"},
      {"api_idempotency_find",
       "SELECT request_hash, status, body, headers FROM authd.idempotency"
       " WHERE program = $1 AND key = $2"},
      {"api_idempotency_store",
       "INSERT INTO authd.idempotency (program, key, request_hash, status, body, headers)"
       " VALUES ($1, $2, $3, $4, $5, $6)"},
  };
}

}  // namespace authd::api
