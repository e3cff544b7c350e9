// How the configuration's [postgres] table becomes a connection.

#pragma once

#include <string>

#include "authd/config/config.h"
#include "store/postgres/connection.h"

namespace authd {

store::Connection::Options connection_options(const PostgresConfig& config,
                                              const std::string& application_name);

}  // namespace authd
