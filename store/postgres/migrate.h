// Migrations: the ledger's schema as numbered SQL files, compiled in and applied in order.
//
// authd.schema_migration remembers what was applied, with the SHA-256 of its text. A file that was
// applied is never edited again: change the schema with another one.
//
// Safe to run from several processes at once: an advisory lock lets one after the other.

#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "store/postgres/connection.h"

namespace authd::store {

struct Migration {
  std::int32_t version;  // 1, 2, 3, … without gaps
  std::string_view name;
  std::string_view sql;
};

// Those of this program, ascending.
std::span<const Migration> migrations() noexcept;

struct MigrationError {
  enum class Code : std::uint8_t {
    postgres = 1,  // see `postgres`
    changed = 2,   // `version` was applied with another text
    newer = 3,     // the database has `version`, which this program does not know
    gap = 4,       // `version` was never applied, but later ones were
  };
  Code code;
  std::int32_t version = 0;
  PgError postgres{};
};
std::string_view name(MigrationError::Code code) noexcept;

// Applies what is missing, each migration in a transaction of its own. Returns what was applied
// now; after an error, the migrations before `version` are in place.
core::Result<std::vector<std::int32_t>, MigrationError> migrate(
    Connection& connection, std::span<const Migration> wanted = migrations());

// The highest version applied; 0 when the database holds no ledger.
core::Result<std::int32_t, PgError> schema_version(Connection& connection);

}  // namespace authd::store
