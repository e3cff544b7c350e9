#include "store/postgres/migrate.h"

namespace authd::store {

namespace {

using core::Unexpected;
using Code = MigrationError::Code;

// Any number that nobody else uses as an advisory lock in this database.
constexpr std::int64_t advisory_lock = 0x61757468'64000001;  // "authd", 1

MigrationError failed(const PgError& error, std::int32_t version = 0) {
  return {Code::postgres, version, error};
}

// A session's advisory lock is let go with the session at the latest.
class Lock {
 public:
  static core::Result<Lock, PgError> take(Connection& connection) {
    AUTHD_TRY_VOID(
        connection.exec("SELECT pg_advisory_lock($1)", PgParams().number(advisory_lock)));
    return Lock(connection);
  }
  Lock(Lock&& other) noexcept : connection_(std::exchange(other.connection_, nullptr)) {}
  Lock& operator=(Lock&&) = delete;
  ~Lock() {
    if (connection_ == nullptr) return;
    static_cast<void>(
        connection_->exec("SELECT pg_advisory_unlock($1)", PgParams().number(advisory_lock))
            .has_value());
  }

 private:
  explicit Lock(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

core::Result<void, PgError> create_book_keeping(Connection& connection) {
  AUTHD_TRY_VOID(
      connection.exec("CREATE SCHEMA IF NOT EXISTS authd;"
                      "CREATE TABLE IF NOT EXISTS authd.schema_migration ("
                      "  version integer NOT NULL PRIMARY KEY, name text NOT NULL,"
                      "  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),"
                      "  applied_at timestamptz NOT NULL DEFAULT now())"));
  return {};
}

// Whether what the database has is a beginning of `wanted`; how long a beginning.
core::Result<std::size_t, MigrationError> check_applied(Connection& connection,
                                                        std::span<const Migration> wanted) {
  PgColumns given{PgType::int32, PgType::text};
  for (const Migration& migration : wanted) {
    given.number(migration.version);
    given.text(migration.sql);
  }
  auto applied = connection.exec(
      "SELECT version, sha256 = sha256(convert_to(given.sql, 'UTF8')) FROM authd.schema_migration"
      " LEFT JOIN unnest($1::int4[], $2::text[]) AS given(version, sql) USING (version)"
      " ORDER BY version",
      PgParams().columns(given));
  if (!applied) return Unexpected{failed(applied.error())};
  for (int row = 0; row < applied->rows(); ++row) {
    const auto version = applied->number<std::int32_t>(row, 0);
    if (applied->is_null(row, 1)) return Unexpected{MigrationError{Code::newer, version}};
    if (version != row + 1) return Unexpected{MigrationError{Code::gap, row + 1}};
    if (applied->number<std::int8_t>(row, 1) == 0) {
      return Unexpected{MigrationError{Code::changed, version}};
    }
  }
  return static_cast<std::size_t>(applied->rows());
}

core::Result<void, PgError> apply(Connection& connection, const Migration& migration) {
  AUTHD_TRY(transaction, Transaction::begin(connection));
  AUTHD_TRY_VOID(connection.exec(std::string(migration.sql)));
  AUTHD_TRY_VOID(connection.exec(
      "INSERT INTO authd.schema_migration (version, name, sha256)"
      " SELECT $1::int4, $2::text, sha256(convert_to($3::text, 'UTF8'))",
      PgParams().number(migration.version).text(migration.name).text(migration.sql)));
  return transaction.commit();
}

}  // namespace

std::string_view name(MigrationError::Code code) noexcept {
  switch (code) {
    case Code::postgres: return "postgres";
    case Code::changed: return "changed after it was applied";
    case Code::newer: return "newer than this program";
    case Code::gap: return "missing below later ones";
  }
  return "unknown";
}

core::Result<std::vector<std::int32_t>, MigrationError> migrate(Connection& connection,
                                                                std::span<const Migration> wanted) {
  auto lock = Lock::take(connection);
  if (!lock) return Unexpected{failed(lock.error())};
  if (auto created = create_book_keeping(connection); !created) {
    return Unexpected{failed(created.error())};
  }
  AUTHD_TRY(applied, check_applied(connection, wanted));
  std::vector<std::int32_t> versions;
  for (const Migration& migration : wanted.subspan(applied)) {
    if (auto done = apply(connection, migration); !done) {
      return Unexpected{failed(done.error(), migration.version)};
    }
    versions.push_back(migration.version);
  }
  return versions;
}

core::Result<std::int32_t, PgError> schema_version(Connection& connection) {
  AUTHD_TRY(table, connection.exec("SELECT to_regclass('authd.schema_migration') IS NOT NULL",
                                   PgParams()));
  if (table.number<std::int8_t>(0, 0) == 0) return 0;
  AUTHD_TRY(version, connection.exec("SELECT coalesce(max(version), 0) FROM authd.schema_migration",
                                     PgParams()));
  return version.number<std::int32_t>(0, 0);
}

}  // namespace authd::store
