#include <cstdio>

#include "authd/commands/commands.h"

namespace authd::commands {

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
  std::printf("%s: ok, %zu program(s), %s\n", config_file.c_str(), config->programs.size(),
              config->postgres ? "ledger in PostgreSQL" : "no ledger");
  return exit_ok;
}

}  // namespace authd::commands
