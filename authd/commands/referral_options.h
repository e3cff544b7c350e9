// The command line of `authd referral`.

#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "authd/commands/simulate_options.h"

namespace authd::commands {

// Adds it to the commands. `config_file` is read when the command runs.
void add_referral(CLI::App& app, const AddSubcommand& add, const std::string& config_file);

}  // namespace authd::commands
