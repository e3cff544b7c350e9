// The command line of `authd simulate`.

#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace authd::commands {

// Adds a subcommand that runs the function, and has the option of the configuration file.
using AddSubcommand =
    std::function<CLI::App*(CLI::App&, const char*, const char*, std::function<int()>)>;

// `config_file` is read when the command runs.
void add_simulate(CLI::App& app, const AddSubcommand& add, const std::string& config_file);

}  // namespace authd::commands
