#include "store/audit/rebuild.h"

#include <fmt/format.h>

#include <cstdio>
#include <functional>

#include "authd/audit/audit_errors.h"
#include "authd/commands/commands.h"
#include "authd/daemon/ledger_import.h"
#include "authd/daemon/storage_options.h"
#include "authd/daemon/wall_clock.h"
#include "authd/explain/words.h"

namespace authd::commands {

namespace {

// "replaced-2026-11-21T13:20:48.123456Z": no other rebuild has the same.
std::string name_for_replaced() { return "replaced-" + explain::utc(wall_clock_now()); }

void print(const store::RebuildReport& report) {
  fmt::print("{} rows from the ledger, complete up to record {}\n", report.rows,
             report.drained.value);
  switch (report.journal) {
    case store::JournalFate::kept:
      fmt::print("the journal goes on, {} records beyond the ledger\n",
                 report.last.value - report.drained.value);
      break;
    case store::JournalFate::begun:
      fmt::print("there was no journal: a new one begins with record {}\n",
                 report.drained.value + 1);
      break;
    case store::JournalFate::overtaken:
      fmt::print("the ledger had more than the journal: a new one begins with record {}\n",
                 report.drained.value + 1);
      break;
    case store::JournalFate::given_up:
      fmt::print("LOST: records {} to {}; a new journal begins with record {}\n",
                 report.lost_from.value, report.lost_to.value, report.drained.value + 1);
      break;
  }
}

}  // namespace

int rebuild(const std::filesystem::path& config_file, const RebuildArguments& arguments) {
  const auto config = configured(config_file);
  if (!config) return exit_cannot_start;
  if (!config->postgres) {
    std::fputs("there is no [postgres] in the configuration: nothing to rebuild the state from\n",
               stderr);
    return exit_cannot_start;
  }
  LedgerImport import(*config);
  const auto report = store::rebuild(
      {storage_options(*config), arguments.journal, arguments.accept_loss, name_for_replaced()},
      std::ref(import));
  if (!report) {
    std::fprintf(stderr, "%s\n", describe(report.error(), import.error()).c_str());
    const bool in_use = report.error().code == store::RebuildError::Code::storage &&
                        report.error().storage.code == store::StorageError::Code::in_use;
    return in_use ? exit_cannot_start : exit_failed;
  }
  print(*report);
  return exit_ok;
}

}  // namespace authd::commands
