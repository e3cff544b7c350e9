// authd recon list, show, cancel, verify: what is known about runs, and whether it is still what
// was written.

#include <boost/json/serialize.hpp>
#include <cstdio>

#include "authd/commands/commands.h"
#include "authd/commands/recon_desk.h"
#include "authd/recon/engine/run_queue.h"

namespace authd::commands {

namespace json = boost::json;
using store::PgError;

namespace {

int no_run(std::int64_t run) {
  std::fprintf(stderr, "there is no run %lld\n", static_cast<long long>(run));
  return exit_failed;
}

// Says what it finds; whether all is as it was.
core::Result<bool, PgError> verify_trail(store::Connection& connection, std::int16_t supplier,
                                         const std::string& name) {
  AUTHD_TRY(broken, connection.exec("SELECT number, why FROM authd.recon_broken($1::int2)",
                                    store::PgParams().number(supplier)));
  if (broken.rows() > 0) {
    std::printf("%s: the audit trail is broken at %lld: %s\n", name.c_str(),
                static_cast<long long>(broken.number<std::int64_t>(0, 0)),
                std::string(broken.text(0, 1)).c_str());
    return false;
  }
  AUTHD_TRY(rows, connection.exec("SELECT count(*) FROM authd.recon_trail WHERE supplier_id = $1",
                                  store::PgParams().number(supplier)));
  std::printf("%s: %lld rows of the audit trail are as they were written\n", name.c_str(),
              static_cast<long long>(rows.number<std::int64_t>(0, 0)));
  return true;
}

core::Result<bool, PgError> verify_outcomes(store::Connection& connection, std::int16_t supplier,
                                            const std::string& name) {
  AUTHD_TRY(runs, connection.exec("SELECT id FROM authd.recon_run"
                                  " WHERE supplier_id = $1 AND state = 5 ORDER BY id",
                                  store::PgParams().number(supplier)));
  int different = 0;
  for (int row = 0; row < runs.rows(); ++row) {
    const auto run = runs.number<std::int64_t>(row, 0);
    AUTHD_TRY(same, connection.exec("SELECT (authd.recon_outcome_digest(id) IS NOT DISTINCT FROM"
                                    " outcome_sha256)::int4 FROM authd.recon_run WHERE id = $1",
                                    store::PgParams().number(run)));
    if (same.rows() == 1 && same.number<std::int32_t>(0, 0) != 0) continue;
    ++different;
    std::printf("%s: run %lld: its matches are not what it had made\n", name.c_str(),
                static_cast<long long>(run));
  }
  std::printf("%s: matches of %d of %d runs are as they were made\n", name.c_str(),
              runs.rows() - different, runs.rows());
  return different == 0;
}

core::Result<bool, PgError> verify(store::Connection& connection,
                                   const store::PgResult& suppliers) {
  bool is_intact = true;
  for (int row = 0; row < suppliers.rows(); ++row) {
    const auto id = suppliers.number<std::int16_t>(row, 0);
    const std::string name(suppliers.text(row, 1));
    AUTHD_TRY(is_trail_intact, verify_trail(connection, id, name));
    AUTHD_TRY(are_outcomes_intact, verify_outcomes(connection, id, name));
    is_intact = is_intact && is_trail_intact && are_outcomes_intact;
  }
  return is_intact;
}

}  // namespace

int recon_list(const std::filesystem::path& config_file, const ReconListArguments& arguments) {
  auto desk = recon_desk(config_file);
  if (!desk) return exit_cannot_start;
  const auto runs = newest_runs(desk->connection, arguments.supplier, arguments.count);
  if (!runs) return failed(runs.error());
  for (const json::object& run : *runs) {
    if (arguments.json) {
      std::printf("%s\n", json::serialize(run).c_str());
      continue;
    }
    std::string line;
    for (const auto& [key, value] : run) {
      if (value.is_null()) continue;
      line +=
          (line.empty() ? "" : "\t") + std::string(std::string_view(key)) + "=" + printable(value);
    }
    std::printf("%s\n", line.c_str());
  }
  return exit_ok;
}

int recon_show(const std::filesystem::path& config_file, std::int64_t run, bool as_json) {
  auto desk = recon_desk(config_file);
  if (!desk) return exit_cannot_start;
  const auto found = run_json(desk->connection, run);
  if (!found) return failed(found.error());
  if (!*found) return no_run(run);
  std::printf("%s",
              as_json ? (json::serialize(**found) + "\n").c_str() : run_text(**found).c_str());
  return exit_ok;
}

int recon_cancel(const std::filesystem::path& config_file, std::int64_t run) {
  auto desk = recon_desk(config_file);
  if (!desk) return exit_cannot_start;
  const auto asked = recon::request_cancel(desk->connection, run, operator_name());
  if (!asked) return failed(asked.error());
  if (*asked) return exit_ok;
  std::fprintf(stderr, "there is no run %lld that goes on\n", static_cast<long long>(run));
  return exit_failed;
}

int recon_verify(const std::filesystem::path& config_file, const std::string& supplier) {
  auto desk = recon_desk(config_file);
  if (!desk) return exit_cannot_start;
  const auto suppliers = desk->connection.exec(
      "SELECT id, name FROM authd.recon_supplier"
      " WHERE $1::text IN ('', name) ORDER BY name",
      store::PgParams().text(supplier));
  if (!suppliers) return failed(suppliers.error());
  if (suppliers->rows() == 0 && !supplier.empty()) {
    std::fprintf(stderr, "the ledger knows no supplier %s\n", supplier.c_str());
    return exit_failed;
  }
  const auto is_intact = verify(desk->connection, *suppliers);
  if (!is_intact) return failed(is_intact.error());
  return *is_intact ? exit_ok : exit_failed;
}

}  // namespace authd::commands
