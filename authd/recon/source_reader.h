// Descriptions of sources in TOML, see ops/sources/generic.toml for every key.

#pragma once

#include <filesystem>
#include <vector>

#include "authd/config/config.h"
#include "authd/recon/source.h"
#include "core/result.h"

namespace authd::recon {

// All errors that were found, each with its key and line.
core::Result<Source, std::vector<ConfigError>> load_source(const std::filesystem::path& file);

}  // namespace authd::recon
