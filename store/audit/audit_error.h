// AuditError: why an audit, a look at the whole state or a rebuild did not come to a result.

#pragma once

#include <cstdint>

#include "store/format/rows.h"
#include "store/journal/error.h"
#include "store/postgres/connection.h"
#include "store/state/snapshot.h"

namespace authd::store {

struct AuditError {
  enum class Code : std::uint8_t {
    snapshot = 1,       // the copy of the snapshot could not be made or read: see snapshot
    journal = 2,        // see journal
    record = 3,         // a record does not decode: see format and sequence
    postgres = 4,       // see postgres
    drain_behind = 5,   // the ledger ends at `drained`, before the snapshot does, at `sequence`
    mirror_behind = 6,  // the mirror did not get as far as PostgreSQL in time
    other_server = 7,   // the mirror has followed another server than the one that was asked
    stopped = 8,        // asked to stop
  };
  Code code = Code::stopped;
  SnapshotError snapshot{};
  JournalError journal{};
  FormatError format{};
  PgError postgres{};
  core::Sequence sequence{};
  core::Sequence drained{};
};

inline AuditError audit_error(AuditError::Code code) {
  AuditError error;
  error.code = code;
  return error;
}
inline AuditError audit_error(const SnapshotError& cause) {
  AuditError error = audit_error(AuditError::Code::snapshot);
  error.snapshot = cause;
  return error;
}
inline AuditError audit_error(const JournalError& cause) {
  AuditError error = audit_error(AuditError::Code::journal);
  error.journal = cause;
  return error;
}
inline AuditError audit_error(FormatError cause, core::Sequence sequence) {
  AuditError error = audit_error(AuditError::Code::record);
  error.format = cause;
  error.sequence = sequence;
  return error;
}
inline AuditError audit_error(const PgError& cause) {
  const bool stopped = cause.code == PgError::Code::interrupted;
  AuditError error = audit_error(stopped ? AuditError::Code::stopped : AuditError::Code::postgres);
  error.postgres = cause;
  return error;
}

// AUTHD_TRY with the error of another kind as an AuditError.
#define AUTHD_AUDIT_TRY(name, expression)                                                 \
  auto name##_result = (expression);                                                      \
  if (!name##_result)                                                                     \
    return ::authd::core::Unexpected{::authd::store::audit_error(name##_result.error())}; \
  auto& name = *name##_result

#define AUTHD_AUDIT_TRY_VOID(expression)                                                 \
  do {                                                                                   \
    if (const auto try_result = (expression); !try_result)                               \
      return ::authd::core::Unexpected{::authd::store::audit_error(try_result.error())}; \
  } while (false)

}  // namespace authd::store
