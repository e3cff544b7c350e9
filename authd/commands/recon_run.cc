// authd recon run: one file, reconciled now.

#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <cstdio>
#include <system_error>

#include "authd/api/rfc3339.h"
#include "authd/commands/commands.h"
#include "authd/commands/recon_performance.h"
#include "authd/recon/engine/supplier_table.h"

namespace authd::commands {

namespace fs = std::filesystem;
namespace json = boost::json;
using recon::QueueError;
using recon::RunState;
using store::PgError;

namespace {

// What is to be queued. Nothing, and a line on standard error, when the arguments do not say so.
std::optional<recon::NewRun> wanted_run(const ReconRunArguments& arguments) {
  recon::NewRun run;
  run.supplier = arguments.supplier;
  run.origin = recon::RunOrigin::command_line;
  run.requested_by = operator_name();
  std::error_code failed;
  const fs::path file = fs::canonical(arguments.file, failed);
  if (failed) {
    std::fprintf(stderr, "%s: %s\n", arguments.file.c_str(), failed.message().c_str());
    return std::nullopt;
  }
  run.file_path = file.string();
  run.file_name = fs::path(arguments.file).filename().string();
  if (arguments.from.empty() != arguments.to.empty()) {
    std::fputs("--from and --to are given together\n", stderr);
    return std::nullopt;
  }
  if (arguments.from.empty()) return run;
  run.from = api::from_rfc3339(arguments.from);
  run.to = api::from_rfc3339(arguments.to);
  if (run.from && run.to && *run.from < *run.to) return run;
  std::fputs(
      "--from and --to are times such as 2026-11-01T00:00:00+02:00, the first before the"
      " second\n",
      stderr);
  return std::nullopt;
}

// A daemon that has not been started since the supplier was configured has not written it yet.
core::Result<std::int64_t, PgError> enqueue(ReconDesk& desk, const recon::NewRun& run) {
  auto id = recon::enqueue(desk.connection, run);
  if (!id && id.error().code != QueueError::Code::postgres) {
    AUTHD_TRY_VOID(recon::sync_suppliers(desk.connection, *desk.config.reconciliation));
    id = recon::enqueue(desk.connection, run);
  }
  if (id) return *id;
  if (id.error().code == QueueError::Code::postgres) return core::Unexpected{id.error().postgres};
  return core::Unexpected{store::unexpected("the ledger does not know the supplier")};
}

int report(ReconDesk& desk, std::int64_t id, RunState state, bool as_json) {
  const auto run = run_json(desk.connection, id);
  if (!run) return failed(run.error());
  if (!*run) return exit_failed;
  std::printf("%s", as_json ? (json::serialize(**run) + "\n").c_str() : run_text(**run).c_str());
  const json::value* const first = (*run)->if_contains("duplicate_of");
  if (state == RunState::refused && first != nullptr && !first->is_null()) {
    std::fprintf(stderr, "the file was reconciled before: run %s\n",
                 json::serialize(*first).c_str());
  }
  const json::value* const exceptions = (*run)->if_contains("exceptions");
  const bool has_exceptions = exceptions != nullptr && *exceptions != json::value(0);
  return state == RunState::done && !has_exceptions ? exit_ok : exit_failed;
}

}  // namespace

int recon_run(const fs::path& config_file, const ReconRunArguments& arguments) {
  const auto run = wanted_run(arguments);
  if (!run) return exit_cannot_start;
  auto desk = recon_desk(config_file);
  if (!desk) return exit_cannot_start;
  const recon::Supplier* const supplier = desk->config.reconciliation->find(arguments.supplier);
  if (supplier == nullptr) {
    std::fprintf(stderr, "%s: there is no [[reconciliation.supplier]] \"%s\"\n",
                 config_file.c_str(), arguments.supplier.c_str());
    return exit_cannot_start;
  }
  const auto id = enqueue(*desk, *run);
  if (!id) return failed(id.error());
  spdlog::set_level(spdlog::level::off);  // what becomes of the run is printed
  ReconProgressPrinter printer(arguments.quiet);
  ReconPerformance performance(*desk, *supplier, printer);
  const auto state = performance.perform(*id);
  printer.end();
  if (state) return report(*desk, *id, *state, arguments.json);
  std::fprintf(stderr,
               "run %lld is not finished: a daemon, or `authd recon run` of another file,"
               " goes on with it\n",
               static_cast<long long>(*id));
  return failed(state.error());
}

}  // namespace authd::commands
