// LedgerImport: the rows of a new state, read from the ledger.
//
// The state may need time zones that the ledger knows by name alone: those come from the system.
//
// Threads: one. Errors: kept as a sentence for the operator.

#pragma once

#include <optional>
#include <set>
#include <string>

#include "authd/config/config.h"
#include "store/postgres/connection.h"
#include "store/state/storage.h"

namespace authd {

class LedgerImport {
 public:
  // `config` has a ledger and outlives this.
  explicit LedgerImport(const Config& config) : config_(config) {}

  // As store::Storage::Import; wrap it with std::ref.
  std::optional<core::Sequence> operator()(const store::ImportRow& sink);

  const std::string& error() const noexcept { return error_; }

 private:
  void note_zones(const core::Row& row);
  std::optional<core::Sequence> fail(const store::PgError& error);

  const Config& config_;
  std::set<core::ZoneName> missing_zones_;
  std::string error_;
};

}  // namespace authd
