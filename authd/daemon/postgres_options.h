// How the configuration's [postgres] table becomes a connection.

#pragma once

#include <string>

#include "authd/config/config.h"
#include "store/postgres/connection.h"

namespace authd {

store::Connection::Options connection_options(const PostgresConfig& config,
                                              const std::string& application_name);

// The mirror's replication slot.
std::string slot_name(const Config& config);

}  // namespace authd
