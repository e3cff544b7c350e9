#include "authd/commands/referral_desk.h"

#include <cstdio>

#include "authd/commands/commands.h"
#include "authd/daemon/postgres_options.h"
#include "authd/errors/describe.h"
#include "authd/referral/session.h"

namespace authd::commands {

std::optional<ReferralDesk> referral_desk(const std::filesystem::path& config_file) {
  auto config = configured(config_file);
  if (!config) return std::nullopt;
  if (!config->postgres) {
    std::fprintf(stderr, "%s: there is no [postgres] table\n", config_file.c_str());
    return std::nullopt;
  }
  store::Connection::Options options = connection_options(*config->postgres, "authd referral");
  auto connection = referral::connect_for_referral(options);
  if (!connection) {
    std::fprintf(stderr, "%s\n", describe(connection.error()).c_str());
    return std::nullopt;
  }
  return ReferralDesk{std::move(*config), std::move(options), std::move(*connection)};
}

}  // namespace authd::commands
