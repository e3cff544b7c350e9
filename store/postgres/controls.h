// Controls on their way into authd.spend_control: of each the last change.
//
// The change itself is core's: what comes in here is the owner's set after it, with version and
// counter given.

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/apply.h"
#include "store/format/keys.h"
#include "store/postgres/connection.h"

namespace authd::store {

// A control as JSON for people: the ledger keeps it beside what a state is rebuilt from. Empty:
// none. What is no JSON text would be refused by PostgreSQL.
using ControlDefinition =
    std::function<std::string(const core::Owner& owner, const core::Control& control)>;

// The record of the change; shard 0 for one that PostgreSQL alone knows of.
struct ControlSource {
  std::int32_t shard = 0;
  core::Sequence sequence;
  core::Timestamp at;
};

class Controls {
 public:
  // `set` holds the control of `command` as it is now. False when it does not.
  [[nodiscard]] bool changed(const core::SetControl& command, const core::ControlSet& set,
                             const ControlSource& source, const ControlDefinition& definition);
  void changed(const core::RemoveControl& command, const ControlSource& source);

  core::Result<void, PgError> write(Connection& connection);
  void clear() noexcept { changes_.clear(); }

 private:
  struct Change {
    core::Owner owner;
    std::optional<core::Control> control;  // nothing: as the ledger has it
    std::string definition;
    bool removed = false;
    ControlSource source;
  };

  core::Result<void, PgError> write_set(Connection& connection);
  core::Result<void, PgError> write_removed(Connection& connection);

  std::map<std::pair<RowKey, core::ControlId>, Change> changes_;
};

}  // namespace authd::store
