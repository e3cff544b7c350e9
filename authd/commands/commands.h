// The subcommands of authd. Each returns the process's exit code: 0 done, 1 failed or not as it
// should be, 2 cannot start (configuration, state directory, port).

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "authd/config/config.h"
#include "store/journal/segment.h"

namespace authd::commands {

inline constexpr int exit_ok = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_cannot_start = 2;

// Loads the configuration; prints every error and returns nothing when there is one.
std::optional<Config> configured(const std::filesystem::path& file);

// Where the journal of the configured shard lies.
store::JournalDirectory journal_directory(const Config& config);

struct ExplainArguments {
  std::string token;    // the id of a message, a notice or a life cycle
  std::string program;  // empty: any
  bool json = false;
};

struct ReplayArguments {
  std::string base;  // a snapshot's directory; empty: none
  bool json = false;
};

int check_config(const std::filesystem::path& config_file);
int serve(const std::filesystem::path& config_file);
int migrate(const std::filesystem::path& config_file);
int load(const std::filesystem::path& config_file,
         const std::filesystem::path& openings_file);  // "-": standard input
int journal_verify(const std::filesystem::path& config_file);
int journal_dump(const std::filesystem::path& config_file, std::uint64_t from_sequence);
int explain(const std::filesystem::path& config_file, const ExplainArguments& arguments);
int replay(const std::filesystem::path& config_file, const ReplayArguments& arguments);
int status(const std::filesystem::path& config_file);

}  // namespace authd::commands
