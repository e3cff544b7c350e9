// The command line of `authd recon run` and what looks at its runs.

#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "authd/commands/simulate_options.h"

namespace authd::commands {

// Adds them to `authd recon`. `config_file` is read when the command runs.
void add_recon_runs(CLI::App& recon, const AddSubcommand& add, const std::string& config_file);

}  // namespace authd::commands
