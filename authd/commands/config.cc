#include <cstdio>

#include "authd/commands/commands.h"
#include "authd/daemon/postgres_options.h"
#include "authd/daemon/tls_listener.h"
#include "authd/errors/describe.h"
#include "store/mirror/check_server.h"
#include "store/postgres/migrate.h"

namespace authd::commands {

namespace {

// Whether the listeners could be opened with the certificates that they name.
bool has_usable_certificates(const std::filesystem::path& file, const Config& config) {
  bool usable = true;
  const auto check = [&](const std::optional<TlsConfig>& tls, std::string_view listener) {
    const auto loaded = load_tls(tls, listener);
    if (loaded) return;
    std::fprintf(stderr, "%s: %s\n", file.c_str(), loaded.error().c_str());
    usable = false;
  };
  check(config.server.tls, "server");
  if (config.api) check(config.api->tls, "api");
  return usable;
}

// What the server that the configuration names lacks. A server that is away is no mistake of the
// configuration.
int check_server(const std::filesystem::path& file, const Config& config) {
  auto connection =
      store::Connection::connect(connection_options(*config.postgres, "authd check-config"));
  if (!connection) {
    std::printf("%s: the ledger was not checked: %s\n", file.c_str(),
                describe(connection.error()).c_str());
    return exit_ok;
  }
  const auto version = store::schema_version(*connection);
  const std::int32_t wanted = store::migrations().back().version;
  if (version && *version != wanted) {
    std::fprintf(stderr, "%s: the ledger's schema has version %d, not %d: run authd migrate\n",
                 file.c_str(), *version, wanted);
    return exit_failed;
  }
  if (!config.postgres->mirror) return exit_ok;
  const auto findings = store::check_server(*connection, slot_name(config), "authd");
  if (!findings) {
    std::fprintf(stderr, "%s: %s\n", file.c_str(), describe(findings.error()).c_str());
    return exit_failed;
  }
  int code = exit_ok;
  for (const store::ServerFinding& finding : *findings) {
    std::fprintf(stderr, "%s: %s: %s\n", file.c_str(), finding.is_warning() ? "warning" : "error",
                 store::describe(finding).c_str());
    if (!finding.is_warning()) code = exit_failed;
  }
  return code;
}

}  // namespace

std::optional<Config> configured(const std::filesystem::path& file) {
  auto config = load_config(file);
  if (config) return *std::move(config);
  for (const ConfigError& error : config.error())
    std::fprintf(stderr, "%s\n", error.text(file.string()).c_str());
  return std::nullopt;
}

int check_config(const std::filesystem::path& config_file) {
  const auto config = configured(config_file);
  if (!config) return exit_cannot_start;
  if (!has_usable_certificates(config_file, *config)) return exit_failed;
  std::printf("%s: ok, %zu program(s), %s\n", config_file.c_str(), config->programs.size(),
              config->postgres ? "ledger in PostgreSQL" : "no ledger");
  return config->postgres ? check_server(config_file, *config) : exit_ok;
}

}  // namespace authd::commands
