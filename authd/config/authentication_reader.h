// The [[program.authentication]] tables: how the processor of a program proves who it is, on each
// of its endpoints.

#pragma once

#include <filesystem>

#include "authd/config/config.h"
#include "authd/config/table_reader.h"

namespace authd {

// Sets `c.authorizations` and `c.events`. Files are relative to `base`; a scheme by certificate is
// refused where no `client_ca` verifies them.
void read_authentication(TableReader& program, const std::filesystem::path& base,
                         bool certificates_verified, ProgramConfig& c);

}  // namespace authd
