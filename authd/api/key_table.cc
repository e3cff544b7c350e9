#include "authd/api/key_table.h"

#include <algorithm>

namespace authd::api {

namespace {

using core::Unexpected;
using store::Connection;
using store::PgColumns;
using store::PgError;
using store::PgParams;
using store::PgResult;
using store::PgType;
using store::Transaction;

constexpr const char* columns =
    "SELECT id, coalesce(program, ''), name, prefix, array_to_string(scopes, ' '), created_by,"
    " created_at, expires_at, revoked_at, last_used_at, hash FROM authd.api_key ";

KeyError failed(PgError error) { return {KeyError::Code::postgres, std::move(error)}; }

std::optional<core::Timestamp> optional_time(const PgResult& result, int row, int column) {
  if (result.is_null(row, column)) return std::nullopt;
  return result.time(row, column);
}

std::vector<std::string> split_at_blanks(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

StoredKey read_key(const PgResult& result, int row) {
  StoredKey key;
  key.id = result.number<std::int64_t>(row, 0);
  key.program = result.text(row, 1);
  key.name = result.text(row, 2);
  key.prefix = result.text(row, 3);
  key.scopes = split_at_blanks(result.text(row, 4));
  key.created_by = result.text(row, 5);
  key.created_at = result.time(row, 6);
  key.expires_at = optional_time(result, row, 7);
  key.revoked_at = optional_time(result, row, 8);
  key.last_used_at = optional_time(result, row, 9);
  const store::Bytes digest = store::bytes_of(result.text(row, 10));
  AUTHD_ASSERT(digest.size() == key.digest.size());  // a constraint of the table
  std::copy(digest.begin(), digest.end(), key.digest.begin());
  return key;
}

core::Result<void, PgError> act_as(Connection& connection, std::string_view actor) {
  AUTHD_TRY_VOID(
      connection.exec("SELECT set_config('authd.actor', $1, true)", PgParams().text(actor)));
  return {};
}

// Locks out others that count the same keys until the transaction ends.
core::Result<std::int64_t, PgError> count_active(Connection& connection, const NewKey& wanted) {
  const std::string lock = "api_key " + wanted.program + " " + wanted.name;
  AUTHD_TRY_VOID(connection.exec("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
                                 PgParams().text(lock)));
  AUTHD_TRY(counted,
            connection.exec("SELECT count(*) FROM authd.api_key WHERE coalesce(program, '') = $1"
                            " AND name = $2 AND revoked_at IS NULL"
                            " AND (expires_at IS NULL OR expires_at > now())",
                            PgParams().text(wanted.program).text(wanted.name)));
  return counted.number<std::int64_t>(0, 0);
}

core::Result<void, PgError> insert(Connection& connection, const NewKey& wanted,
                                   const NewSecret& made) {
  PgColumns scopes{PgType::text};
  for (const Scope scope : wanted.scopes) scopes.text(name(scope));
  PgParams params;
  params.text(wanted.program).text(wanted.name).text(made.prefix).bytes(made.digest);
  params.columns(scopes).text(wanted.created_by);
  params.time(wanted.expires_at.value_or(core::Timestamp{0}));  // PgParams has no null
  AUTHD_TRY_VOID(connection.exec(
      "INSERT INTO authd.api_key (program, name, prefix, hash, scopes, created_by, expires_at)"
      " VALUES (nullif($1, ''), $2, $3, $4::bytea, $5::text[], $6,"
      "         nullif($7::timestamptz, 'epoch'))",
      params));
  return {};
}

core::Result<bool, PgError> create_unless_too_many(Connection& connection, const NewKey& wanted,
                                                   const NewSecret& made) {
  AUTHD_TRY(transaction, Transaction::begin(connection));
  AUTHD_TRY_VOID(act_as(connection, wanted.created_by));
  AUTHD_TRY(active, count_active(connection, wanted));
  if (active >= active_keys_max) return false;
  AUTHD_TRY_VOID(insert(connection, wanted, made));
  AUTHD_TRY_VOID(transaction.commit());
  return true;
}

core::Result<bool, PgError> revoke(Connection& connection, std::string_view prefix,
                                   std::string_view revoked_by) {
  AUTHD_TRY(transaction, Transaction::begin(connection));
  AUTHD_TRY_VOID(act_as(connection, revoked_by));
  AUTHD_TRY(found,
            connection.exec("UPDATE authd.api_key SET revoked_at = coalesce(revoked_at, now())"
                            " WHERE prefix = $1",
                            PgParams().text(prefix)));
  const bool known = found.affected() > 0;
  AUTHD_TRY_VOID(transaction.commit());
  return known;
}

}  // namespace

core::Result<NewSecret, KeyError> create_key(Connection& connection, const NewKey& wanted) {
  NewSecret made = make_secret();
  const auto created = create_unless_too_many(connection, wanted, made);
  if (!created) return Unexpected{failed(created.error())};
  if (!*created) return Unexpected{KeyError{KeyError::Code::too_many}};
  return made;
}

core::Result<void, KeyError> revoke_key(Connection& connection, std::string_view prefix,
                                        std::string_view revoked_by) {
  const auto revoked = revoke(connection, prefix, revoked_by);
  if (!revoked) return Unexpected{failed(revoked.error())};
  if (!*revoked) return Unexpected{KeyError{KeyError::Code::unknown}};
  return {};
}

core::Result<std::vector<StoredKey>, KeyError> list_keys(Connection& connection) {
  const std::string statement = std::string(columns) + "ORDER BY program NULLS FIRST, name, id";
  const auto rows = connection.exec(statement.c_str(), PgParams());
  if (!rows) return Unexpected{failed(rows.error())};
  std::vector<StoredKey> keys;
  for (int row = 0; row < rows->rows(); ++row) keys.push_back(read_key(*rows, row));
  return keys;
}

core::Result<std::optional<StoredKey>, PgError> find_key(Connection& connection,
                                                         std::string_view prefix) {
  const std::string statement = std::string(columns) + "WHERE prefix = $1";
  AUTHD_TRY(found, connection.exec(statement.c_str(), PgParams().text(prefix)));
  if (found.rows() == 0) return std::optional<StoredKey>();
  return std::optional<StoredKey>(read_key(found, 0));
}

core::Result<void, PgError> note_use(Connection& connection, std::int64_t id) {
  AUTHD_TRY_VOID(
      connection.exec("UPDATE authd.api_key SET last_used_at = now() WHERE id = $1"
                      " AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')",
                      PgParams().number(id)));
  return {};
}

}  // namespace authd::api
