// An audit of a state whose daemon does not run, and what both kinds have in common.

#pragma once

#include <string>

#include "authd/config/config.h"
#include "store/audit/audit.h"

namespace authd {

// Everything that the configuration says; journal and mirror_has_reached are the caller's.
// `config` has a ledger.
store::AuditOptions audit_options(const Config& config);

struct OfflineAuditError {
  bool in_use = false;  // a daemon has the state: ask it
  std::string text;
};

// Changes nothing. What PostgreSQL owns is compared only where nothing is left for the mirror to
// take over.
core::Result<store::AuditReport, OfflineAuditError> audit_offline(
    const Config& config, const std::function<void(store::AuditStep, std::uint64_t)>& progress);

}  // namespace authd
