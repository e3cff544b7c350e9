// What the commands of reconciliation have in common.

#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "authd/config/config.h"
#include "store/postgres/connection.h"

namespace authd::commands {

struct ReconDesk {
  Config config;
  store::Connection::Options options;  // of further connections
  store::Connection connection;        // has taken on authd_recon
};

// Nothing, and lines on standard error, when the configuration has no [reconciliation], or
// PostgreSQL does not answer.
std::optional<ReconDesk> recon_desk(const std::filesystem::path& config_file);

// Who runs the command, as the audit trail names them.
std::string operator_name();

// One run with its figures, as it is printed; nothing when there is none of this number.
core::Result<std::optional<boost::json::object>, store::PgError> run_json(
    store::Connection& connection, std::int64_t run);

// The newest runs, without what takes many words.
core::Result<std::vector<boost::json::object>, store::PgError> newest_runs(
    store::Connection& connection, const std::string& supplier, std::int32_t count);

std::string run_text(const boost::json::object& run);

// A value as text that does not steer a terminal, whatever a supplier has named its file.
std::string printable(const boost::json::value& value);

int failed(const store::PgError& error);  // says so; exit_failed

}  // namespace authd::commands
