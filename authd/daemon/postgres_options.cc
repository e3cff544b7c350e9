#include "authd/daemon/postgres_options.h"

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

}  // namespace authd
