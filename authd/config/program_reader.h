// One [[program]] table of the configuration: its processor, how that authenticates, and the
// policies of the program.

#pragma once

#include <filesystem>

#include "authd/config/config.h"
#include "authd/config/table_reader.h"

namespace authd {

// Whether there is a ledger: without one nothing can be behind it, so the policies about that are
// refused.
enum class Ledger : bool { none, postgres };

// What a program's table is read against.
struct ProgramContext {
  Ledger ledger = Ledger::none;
  bool certificates_verified = false;  // of clients, by the processors' listener
  std::filesystem::path base;          // of relative paths
};

ProgramConfig read_program(TableReader& in, const ProgramContext& context);

}  // namespace authd
