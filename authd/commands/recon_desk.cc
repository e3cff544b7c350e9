#include "authd/commands/recon_desk.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>

#include "authd/recon/words.h"
#include "authd/commands/commands.h"
#include "authd/daemon/postgres_options.h"
#include "authd/errors/describe.h"
#include "authd/recon/engine/run_queue.h"

namespace authd::commands {

namespace json = boost::json;
using store::PgError;

namespace {

// Of a run's row `r` and its supplier's `s`.
constexpr const char* short_fields =
    "'run', r.id, 'supplier', s.name, 'state', (string_to_array($1::text, ','))[r.state],"
    " 'file', r.file_name, 'requested_at', r.requested_at, 'lines', r.lines,"
    " 'matched_lines', r.matched_lines, 'discrepancies', r.discrepancies,"
    " 'exceptions', r.exceptions";
constexpr const char* further_fields =
    ", 'error', r.error, 'duplicate_of', r.duplicate_of, 'requested_by', r.requested_by,"
    " 'path', r.file_path, 'bytes', r.file_bytes, 'sha256', encode(r.file_sha256, 'hex'),"
    " 'started_at', r.started_at, 'finished_at', r.finished_at,"
    " 'period_from', r.period_from, 'period_to', r.period_to, 'bad_lines', r.bad_lines,"
    " 'items', r.items, 'matched_items', r.matched_items, 'auto_resolved', r.auto_resolved,"
    " 'waiting', r.waiting, 'parse_us', r.parse_us, 'match_us', r.match_us,"
    " 'discrepancy_us', r.discrepancy_us, 'audit_us', r.audit_us,"
    " 'outcome_sha256', encode(r.outcome_sha256, 'hex'),"
    " 'stage', (SELECT p.stage FROM authd.recon_progress AS p WHERE p.run_id = r.id),"
    " 'found', (SELECT json_agg(json_build_object("
    "     'kind', (string_to_array($2::text, ','))[f.kind], 'currency', f.currency,"
    "     'found', f.found, 'auto_resolved', f.auto_resolved,"
    "     'difference_minor', f.difference_minor) ORDER BY f.kind, f.currency)"
    "   FROM authd.recon_run_figure AS f WHERE f.run_id = r.id)";
constexpr const char* tables =
    " FROM authd.recon_run AS r JOIN authd.recon_supplier AS s ON s.id = r.supplier_id";

template <class Words>
std::string list_of(const Words& words) {
  std::string text;
  for (const std::string_view word : words) text += (text.empty() ? "" : ",") + std::string(word);
  return text;
}

json::object parsed(std::string_view text) {
  boost::system::error_code failed;
  json::value value = json::parse(text, failed);
  return value.is_object() ? std::move(value.get_object()) : json::object();
}

std::string found_text(const json::value& found) {
  std::string text;
  const json::array* const list = found.if_array();
  for (const json::value& kind : list == nullptr ? json::array() : *list) {
    const json::object& of = kind.as_object();
    text += fmt::format("  {:<30} {} {}, by rules {}, difference {} {}\n", printable(of.at("kind")),
                        printable(of.at("found")), "found", printable(of.at("auto_resolved")),
                        printable(of.at("difference_minor")), printable(of.at("currency")));
  }
  return text;
}

}  // namespace

int failed(const PgError& error) {
  std::fprintf(stderr, "%s\n", describe(error).c_str());
  return exit_failed;
}

std::optional<ReconDesk> recon_desk(const std::filesystem::path& config_file) {
  auto config = configured(config_file);
  if (!config) return std::nullopt;
  if (!config->reconciliation || !config->postgres) {
    std::fprintf(stderr, "%s: there is no [reconciliation] table\n", config_file.c_str());
    return std::nullopt;
  }
  store::Connection::Options options = connection_options(*config->postgres, "authd recon");
  options.statement_timeout = std::chrono::hours(12);  // digests of millions of rows
  auto connection = recon::connect_for_recon(options);
  if (!connection) {
    failed(connection.error());
    return std::nullopt;
  }
  return ReconDesk{std::move(*config), std::move(options), std::move(*connection)};
}

std::string operator_name() {
  const char* const user = std::getenv("USER");
  const std::string name = user == nullptr ? "" : std::string(user).substr(0, 80);
  return name.empty() ? "operator" : "operator:" + name;
}

core::Result<std::optional<json::object>, PgError> run_json(store::Connection& connection,
                                                            std::int64_t run) {
  const std::string statement =
      fmt::format("SELECT json_build_object({}{})::text{} WHERE r.id = $3", short_fields,
                  further_fields, tables);
  AUTHD_TRY(found, connection.exec(statement.c_str(), store::PgParams()
                                                          .text(list_of(recon::run_state_names))
                                                          .text(list_of(recon::discrepancy_names))
                                                          .number(run)));
  if (found.rows() == 0) return std::optional<json::object>();
  return std::optional(parsed(found.text(0, 0)));
}

core::Result<std::vector<json::object>, PgError> newest_runs(store::Connection& connection,
                                                             const std::string& supplier,
                                                             std::int32_t count) {
  const std::string statement = fmt::format(
      "SELECT json_build_object({})::text{} WHERE $2::text IN ('', s.name)"
      " ORDER BY r.id DESC LIMIT $3::int4",
      short_fields, tables);
  AUTHD_TRY(
      found,
      connection.exec(
          statement.c_str(),
          store::PgParams().text(list_of(recon::run_state_names)).text(supplier).number(count)));
  std::vector<json::object> runs;
  for (int row = 0; row < found.rows(); ++row) runs.push_back(parsed(found.text(row, 0)));
  return runs;
}

std::string printable(const json::value& value) {
  std::string text = value.is_string() ? std::string(std::string_view(value.get_string()))
                                       : json::serialize(value);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  return text;
}

std::string run_text(const json::object& run) {
  std::string text;
  for (const auto& [key, value] : run) {
    if (value.is_null()) continue;
    if (key == "found") {
      text += found_text(value);
    } else {
      text += fmt::format("{:<16} {}\n", std::string_view(key), printable(value));
    }
  }
  return text;
}

}  // namespace authd::commands
