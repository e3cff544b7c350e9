#include "authd/daemon/postgres_options.h"

#include <memory>
#include <string_view>

#include "store/mirror/slot.h"

namespace authd {

namespace {

// A value of a libpq connection string (PostgreSQL documentation, section "Connection Strings").
std::string quoted(const std::string& value) {
  std::string result = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') result += '\\';
    result += c;
  }
  return result + "'";
}

// The database that libpq connects to: named, or in the environment, or after the user.
std::string database_of(const std::string& conninfo) {
  const auto value_of = [](PQconninfoOption* options, std::string_view keyword) {
    for (auto* option = options; option != nullptr && option->keyword != nullptr; ++option) {
      if (option->keyword == keyword && option->val != nullptr) return std::string(option->val);
    }
    return std::string();
  };
  using Options = std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)>;
  const Options given(PQconninfoParse(conninfo.c_str(), nullptr), PQconninfoFree);
  const Options defaults(PQconndefaults(), PQconninfoFree);
  for (const std::string_view keyword : {"dbname", "user"}) {
    for (const Options* const options : {&given, &defaults}) {
      if (std::string value = value_of(options->get(), keyword); !value.empty()) return value;
    }
  }
  return {};
}

}  // namespace

store::Connection::Options connection_options(const PostgresConfig& config,
                                              const std::string& application_name) {
  store::Connection::Options options;
  options.conninfo = config.conninfo;
  if (!config.password.empty()) options.conninfo += " password=" + quoted(config.password);
  options.application_name = application_name;
  options.connect_timeout = config.connect_timeout;
  options.statement_timeout = config.statement_timeout;
  return options;
}

std::string slot_name(const Config& config) {
  if (!config.postgres->slot.empty()) return config.postgres->slot;
  return store::default_slot_name(database_of(config.postgres->conninfo),
                                  static_cast<std::int32_t>(config.state.shard));
}

}  // namespace authd
