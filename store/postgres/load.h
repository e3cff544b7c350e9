// Loader: sets up accounts, cards and spend controls in the ledger, in batches.
//
// Takes the commands that a state takes, and applies them by the same rules (core::apply) to what
// the ledger has: accounts and cards that exist are left as they are, a control is created or
// edited, a change states every value. Each batch is one transaction: all of it is kept or none, so
// a load that broke off is simply repeated.
//
// The counters of controls that are loaded here are named by authd.counter_seq.

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/apply.h"
#include "store/postgres/controls.h"

namespace authd::store {

struct LoadError {
  enum class Code : std::uint8_t {
    postgres = 1,  // see `postgres`
    refused = 2,   // the command at `position` by `setup`; nothing of its batch is kept
  };
  Code code;
  PgError postgres{};
  std::uint64_t position = 0;  // counts the commands added, from 0
  core::Setup setup = core::Setup::done;
};

// One batch by itself, inside the caller's transaction, which is of no use after an error. Returns
// what has become of each command.
core::Result<std::vector<core::Setup>, LoadError> apply_to_ledger(
    Connection& connection, std::span<const core::Command> commands, core::Timestamp now,
    const ControlDefinition& control_definition);

class Loader {
 public:
  struct Options {
    std::size_t batch_commands = 10'000;
    core::Timestamp now;                        // of what is opened and changed
    ControlDefinition control_definition = {};  // what people see of a control

    // What has become of each command, in order, once its batch is kept.
    std::function<void(const core::Command&, core::Setup)> on_loaded = {};
  };

  // `connection` outlives the loader, and nobody else uses it meanwhile.
  Loader(Connection& connection, Options options)
      : connection_(connection), options_(std::move(options)) {}

  // OpenAccount, IssueCard, ChangeAccount, ChangeCard, SetControl or RemoveControl. That the tz
  // database has the zone of a limit is the caller's business. Every batch_commands-th call writes
  // a batch.
  core::Result<void, LoadError> add(core::Command command);

  // Writes what is left.
  core::Result<void, LoadError> finish();

 private:
  Connection& connection_;
  const Options options_;
  std::vector<core::Command> commands_;
  std::uint64_t position_ = 0;  // of the batch's first command
};

}  // namespace authd::store
