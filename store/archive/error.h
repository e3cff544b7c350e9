// ArchiveError: why a step of the archive was not done.

#pragma once

#include <cstdint>
#include <filesystem>

#include "store/archive/month.h"
#include "store/postgres/connection.h"

namespace authd::store {

struct ArchiveError {
  enum class Code : std::uint8_t {
    postgres = 1,       // see `postgres`
    running = 2,        // another archive command is at work
    busy = 3,           // others use the tables all the time: nothing was changed, try again
    needed = 4,         // `count` rows belong to authorizations or messages the state keeps
    file = 5,           // see `path` and `system_error`
    missing = 6,        // `path` is not there
    corrupt = 7,        // `path` is not what the manifest says
    changed = 8,        // the rows of PostgreSQL are not those of the files: nothing was dropped
    not_cold = 9,       // there is nothing to restore
    deleted = 10,       // its files were deleted for their age
    late_records = 11,  // records came after it was exported: run the archive first
  };
  Code code = Code::postgres;
  PgError postgres{};
  std::filesystem::path path{};
  int system_error = 0;  // an errno
  Month month{};         // 0: of no one month
  std::int64_t count = 0;
};

inline ArchiveError postgres_failed(const PgError& error) { return {.postgres = error}; }
inline ArchiveError month_error(ArchiveError::Code code, Month month) {
  return {.code = code, .month = month};
}

template <class T = void>
using Archived = core::Result<T, ArchiveError>;

// As AUTHD_TRY and AUTHD_TRY_VOID, for a Result<…, PgError>.
#define AUTHD_TRY_SQL(name, result_expression)                                                \
  auto name##_result = (result_expression);                                                   \
  if (!name##_result)                                                                         \
    return ::authd::core::Unexpected{::authd::store::postgres_failed(name##_result.error())}; \
  auto& name = *name##_result

#define AUTHD_TRY_SQL_VOID(result_expression)                                                \
  do {                                                                                       \
    auto sql_result = (result_expression);                                                   \
    if (!sql_result)                                                                         \
      return ::authd::core::Unexpected{::authd::store::postgres_failed(sql_result.error())}; \
  } while (false)

}  // namespace authd::store
