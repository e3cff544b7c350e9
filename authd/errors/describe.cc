#include "authd/errors/describe.h"

#include <fmt/format.h>
#include <lmdb.h>

#include <system_error>

namespace authd {

namespace {

std::string system_text(int number) { return std::generic_category().message(number); }

}  // namespace

std::string describe(core::Setup refusal) {
  using core::Setup;
  switch (refusal) {
    case Setup::account_unknown: return "the account does not exist";
    case Setup::card_unknown: return "the card does not exist";
    case Setup::zone_unknown: return "the time zone is not in the state";
    case Setup::too_many:
      return fmt::format("its owner has {} controls already", core::ControlSet::controls_max);
    case Setup::invalid: return "a value is out of its bounds, alone or together with the others";
    case Setup::done:
    case Setup::unchanged:
    case Setup::exists:
    case Setup::control_unknown: break;
  }
  return std::string(core::name(refusal));
}

std::string describe(const store::JournalError& error) {
  std::string text = fmt::format("journal: {}", store::name(error.fault));
  if (error.segment != 0)
    text += fmt::format(" in segment-{:08}.journal at offset {}", error.segment, error.offset);
  if (error.sequence.value != 0) text += fmt::format(", record {}", error.sequence.value);
  if (error.system_error != 0) text += ": " + system_text(error.system_error);
  return text;
}

std::string describe(const store::SnapshotError& error) {
  std::string text = fmt::format("snapshot {}", store::name(error.code));
  if (error.lmdb != 0) text += fmt::format(": {}", mdb_strerror(error.lmdb));
  return text;
}

std::string describe(const store::StorageError& error) {
  using Code = store::StorageError::Code;
  switch (error.code) {
    case Code::directory: return "state directory: " + system_text(error.system_error);
    case Code::in_use: return "state directory: another authd is using it";
    case Code::journal: return describe(error.journal);
    case Code::snapshot:
      return describe(error.snapshot) +
             "; `authd rebuild` makes a new one from PostgreSQL and the journal";
    case Code::record:
      return fmt::format("journal: record {} is {}; `authd journal verify` checks the rest",
                         error.sequence.value, store::name(error.format));
    case Code::journal_behind:
      return fmt::format(
          "journal: it ends before record {}, which the snapshot holds: segments are missing",
          error.sequence.value);
    case Code::import: return "the state could not be read from PostgreSQL";
    case Code::rebuild_unfinished:
      return "state directory: a rebuild was cut short; repeat `authd rebuild`";
  }
  return "unknown error";
}

std::string describe(const store::PgError& error) {
  std::string text = fmt::format("PostgreSQL: {}", store::name(error.code));
  if (!error.state().empty()) text += fmt::format(" (SQLSTATE {})", error.state());
  if (!error.message.empty()) text += ": " + error.message;
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string describe(const store::MigrationError& error) {
  if (error.code == store::MigrationError::Code::postgres) {
    return error.version == 0
               ? describe(error.postgres)
               : fmt::format("migration {}: {}", error.version, describe(error.postgres));
  }
  return fmt::format("migration {}: {}", error.version, store::name(error.code));
}

}  // namespace authd
