// StateLoader: sets up accounts, cards and controls in the state itself, as records of its journal.
// For a shard without a ledger; with one that is their home.
//
// Accounts and cards that exist are left as they are and counted, so a load that broke off is
// simply repeated. A control is created or edited. The time zone that a limit names is recorded
// before it, as the system's tz database has it.
//
// Threads: the one that owns the storage. Errors: sentences for the operator.

#pragma once

#include <vector>

#include "authd/load/load_report.h"
#include "authd/load/openings.h"
#include "store/state/storage.h"

namespace authd {

class StateLoader {
 public:
  // `storage` outlives the loader.
  explicit StateLoader(store::Storage& storage) : storage_(storage) {}

  // `now` may stand still or go back: time in the journal does not. After an error the command has
  // changed nothing.
  core::Result<void, std::string> add(const SetUpCommand& command, core::Timestamp now);

  // Makes durable what was added; call it last, after an error too.
  core::Result<void, std::string> flush();

  const LoadReport& report() const noexcept { return report_; }

 private:
  core::Result<core::Setup, std::string> apply(const core::Command& command, core::Timestamp now);
  core::Result<void, std::string> define_zone(const core::ZoneName& name, core::Timestamp now);

  store::Storage& storage_;
  core::Applied applied_;
  std::vector<std::byte> payload_;
  core::Timestamp last_at_ = storage_.last_record_at();
  std::vector<core::ZoneName> defined_;  // by this load
  LoadReport report_;
};

}  // namespace authd
