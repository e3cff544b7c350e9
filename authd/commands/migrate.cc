#include "store/postgres/migrate.h"

#include <cstdio>

#include "authd/commands/commands.h"
#include "authd/daemon/postgres_options.h"
#include "authd/errors/describe.h"
#include "store/mirror/slot.h"

namespace authd::commands {

namespace {

int create_slot(const Config& config) {
  const std::string slot = slot_name(config);
  const auto created =
      store::ensure_slot(connection_options(*config.postgres, "authd migrate"), slot);
  if (!created) {
    std::fprintf(stderr, "the mirror's replication slot %s: %s\n", slot.c_str(),
                 describe(created.error()).c_str());
    return exit_failed;
  }
  if (*created) std::printf("created replication slot %s\n", slot.c_str());
  return exit_ok;
}

}  // namespace

int migrate(const std::filesystem::path& config_file) {
  const auto config = configured(config_file);
  if (!config) return exit_cannot_start;
  if (!config->postgres) {
    std::fprintf(stderr, "%s: there is no [postgres] table: nothing to migrate\n",
                 config_file.c_str());
    return exit_cannot_start;
  }
  auto connection =
      store::Connection::connect(connection_options(*config->postgres, "authd migrate"));
  if (!connection) {
    std::fprintf(stderr, "%s\n", describe(connection.error()).c_str());
    return exit_failed;
  }
  const auto applied = store::migrate(*connection);
  if (!applied) {
    std::fprintf(stderr, "%s\n", describe(applied.error()).c_str());
    return exit_failed;
  }
  for (const std::int32_t version : *applied) std::printf("applied migration %d\n", version);
  if (applied->empty()) std::printf("the schema is up to date\n");
  return config->postgres->mirror ? create_slot(*config) : exit_ok;
}

}  // namespace authd::commands
