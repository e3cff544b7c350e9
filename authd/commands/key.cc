#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "authd/api/key_table.h"
#include "authd/api/rfc3339.h"
#include "authd/commands/commands.h"
#include "authd/daemon/postgres_options.h"
#include "authd/daemon/wall_clock.h"
#include "authd/errors/describe.h"

namespace authd::commands {

namespace {

constexpr std::int64_t us_per_day = core::us_per_day;

std::optional<store::Connection> connect(const std::filesystem::path& config_file) {
  const auto config = configured(config_file);
  if (!config) return std::nullopt;
  if (!config->postgres) {
    std::fprintf(stderr, "%s: there is no [postgres] table: keys are kept there\n",
                 config_file.c_str());
    return std::nullopt;
  }
  auto connection = store::Connection::connect(connection_options(*config->postgres, "authd key"));
  if (connection) return std::move(*connection);
  std::fprintf(stderr, "%s\n", describe(connection.error()).c_str());
  return std::nullopt;
}

// Who runs the command, for the record of changes.
std::string operator_name() {
  const char* const user = std::getenv("USER");
  return user != nullptr && *user != '\0' ? std::string("operator:") + user : "operator";
}

int failed(const api::KeyError& error) {
  switch (error.code) {
    case api::KeyError::Code::postgres:
      std::fprintf(stderr, "%s\n", describe(error.postgres).c_str());
      break;
    case api::KeyError::Code::too_many:
      std::fprintf(stderr, "two keys of this program and name are active: revoke one first\n");
      break;
    case api::KeyError::Code::unknown:
      std::fprintf(stderr, "there is no key with this prefix\n");
      break;
  }
  return exit_failed;
}

// Nothing, and a line on standard error, when one of the words is no scope.
std::optional<std::vector<api::Scope>> scopes_of(const std::vector<std::string>& words) {
  std::vector<api::Scope> scopes;
  for (const std::string& word : words) {
    if (word == "all") {
      for (std::uint8_t i = 1; i <= api::scope_max; ++i) {
        scopes.push_back(static_cast<api::Scope>(i));
      }
      continue;
    }
    const auto scope = api::scope_named(word);
    if (!scope) {
      std::fprintf(stderr, "%s is no scope: there are all", word.c_str());
      for (std::uint8_t i = 1; i <= api::scope_max; ++i) {
        std::fprintf(stderr, " %s", std::string(name(static_cast<api::Scope>(i))).c_str());
      }
      std::fprintf(stderr, "\n");
      return std::nullopt;
    }
    scopes.push_back(*scope);
  }
  return scopes;
}

std::string time_or(const std::optional<core::Timestamp>& at, const char* otherwise) {
  return at ? api::to_rfc3339(*at) : otherwise;
}

}  // namespace

int key_create(const std::filesystem::path& config_file, const KeyArguments& arguments) {
  const auto scopes = scopes_of(arguments.scopes);
  if (!scopes) return exit_cannot_start;
  auto connection = connect(config_file);
  if (!connection) return exit_cannot_start;
  api::NewKey wanted{arguments.program, arguments.name, *scopes, operator_name(), std::nullopt};
  if (arguments.days > 0) {
    wanted.expires_at = core::Timestamp{wall_clock_now().unix_us + arguments.days * us_per_day};
  }
  const auto made = api::create_key(*connection, wanted);
  if (!made) return failed(made.error());
  std::fprintf(stderr, "key %s of %s, expires %s; it is shown this once:\n", made->prefix.c_str(),
               arguments.program.empty() ? "every program" : arguments.program.c_str(),
               time_or(wanted.expires_at, "never").c_str());
  std::printf("%s\n", made->key.c_str());
  return exit_ok;
}

int key_list(const std::filesystem::path& config_file) {
  auto connection = connect(config_file);
  if (!connection) return exit_cannot_start;
  const auto keys = api::list_keys(*connection);
  if (!keys) return failed(keys.error());
  const core::Timestamp now = wall_clock_now();
  for (const api::StoredKey& key : *keys) {
    std::string scopes;
    for (const std::string& scope : key.scopes) scopes += (scopes.empty() ? "" : ",") + scope;
    std::printf("%s\t%s\tprogram=%s\tname=%s\tscopes=%s\texpires=%s\tlast_used=%s\n",
                key.prefix.c_str(), key.is_active(now) ? "active" : "ended",
                key.program.empty() ? "every" : key.program.c_str(), key.name.c_str(),
                scopes.c_str(), time_or(key.expires_at, "never").c_str(),
                time_or(key.last_used_at, "never").c_str());
  }
  return exit_ok;
}

int key_revoke(const std::filesystem::path& config_file, const std::string& prefix) {
  auto connection = connect(config_file);
  if (!connection) return exit_cannot_start;
  const auto revoked = api::revoke_key(*connection, prefix, operator_name());
  if (!revoked) return failed(revoked.error());
  std::printf("revoked %s\n", prefix.c_str());
  return exit_ok;
}

}  // namespace authd::commands
