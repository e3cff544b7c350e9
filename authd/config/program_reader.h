// One [[program]] table of the configuration: credentials of the processor and the policies of the
// program.

#pragma once

#include <filesystem>

#include "authd/config/config.h"
#include "authd/config/table_reader.h"

namespace authd {

// Whether there is a ledger: without one nothing can be behind it, so the policies about that are
// refused.
enum class Ledger : bool { none, postgres };

// Files are relative to `base`.
ProgramConfig read_program(TableReader& in, Ledger ledger, const std::filesystem::path& base);

}  // namespace authd
