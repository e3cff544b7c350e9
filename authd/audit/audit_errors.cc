#include "authd/audit/audit_errors.h"

#include <fmt/format.h>

#include <system_error>

#include "authd/errors/describe.h"

namespace authd {

std::string describe(const store::AuditError& error) {
  using Code = store::AuditError::Code;
  switch (error.code) {
    case Code::snapshot: return "copy of the " + describe(error.snapshot);
    case Code::journal: return describe(error.journal);
    case Code::record:
      return fmt::format("journal: record {} is {}; `authd journal verify` checks the rest",
                         error.sequence.value, store::name(error.format));
    case Code::postgres: return describe(error.postgres);
    case Code::drain_behind:
      return fmt::format(
          "the ledger ends with record {}, the state's snapshot with record {}: the drain has to "
          "catch up first",
          error.drained.value, error.sequence.value);
    case Code::mirror_behind:
      return "the mirror has not taken over in time what PostgreSQL has committed";
    case Code::other_server:
      return "the state follows another PostgreSQL server than the one that is configured";
    case Code::stopped: return "stopped";
  }
  return "unknown error";
}

std::string describe(const store::RebuildError& error, const std::string& import) {
  using Code = store::RebuildError::Code;
  switch (error.code) {
    case Code::storage: {
      const bool of_import = error.storage.code == store::StorageError::Code::import;
      return describe(error.storage) + (of_import && !import.empty() ? ": " + import : "");
    }
    case Code::gap:
      return fmt::format(
          "records {} to {} are neither in the ledger nor in the journal: whatever was answered in "
          "them and after them is lost with --accept-loss, which begins a new journal; --journal "
          "DIR takes one that has them",
          error.from.value, error.to.value);
    case Code::files:
      return fmt::format("{}: {}", error.path.string(),
                         std::system_category().message(error.system_error));
    case Code::readback: return "the new snapshot does not read back: " + describe(error.storage);
  }
  return "unknown error";
}

}  // namespace authd
