// The subcommands of authd. Each returns the process's exit code: 0 done, 1 failed or not as it
// should be, 2 cannot start (configuration, state directory, port).

#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// The JSON object that the running daemon answers with on its admin listener; otherwise what the
// system or the other side said. Waits as long as the daemon does.
core::Result<boost::json::object, std::string> ask_daemon(const Endpoint& admin,
                                                          std::string_view method,
                                                          std::string_view path);

struct ExplainArguments {
  std::string token;    // the id of a message, a notice or a life cycle
  std::string program;  // empty: any
  bool json = false;
};

struct ReplayArguments {
  std::string base;  // a snapshot's directory; empty: none
  bool json = false;
};

struct KeyArguments {
  std::string program;  // empty: every program
  std::string name;
  std::vector<std::string> scopes;  // "all" or names of scopes
  std::int64_t days = 0;            // until it expires; 0: never
};

struct AuditArguments {
  bool json = false;
};

struct RebuildArguments {
  std::string journal;       // a directory of segments; empty: the state's own
  bool accept_loss = false;  // of records that neither the ledger nor the journal has
};

struct SimulateArguments {
  std::vector<std::string> programs;  // empty: all
  std::string server;                 // URL; empty: of the configuration
  std::string api;                    // likewise
  std::string api_key_file;           // empty: the environment's AUTHD_API_KEY
  std::string ca;
  std::string client_certificate;
  std::string client_key;
  std::uint32_t connections = 8;
  std::uint32_t messages_per_s = 0;  // 0: as many as there are
  std::uint32_t duplicates_percent = 0;
  std::uint32_t reordered_percent = 0;
  std::uint32_t late_percent = 0;
  std::uint32_t lost_percent = 0;
  std::optional<std::uint64_t> seed;
  std::uint32_t settle_s = 30;
  bool json = false;
  std::string path;                   // of the fixtures, or the file
  std::uint32_t times = 1;            // fixtures
  std::uint64_t life_cycles = 1'000;  // random, as all that follow
  std::uint32_t accounts = 100;
  std::string currency = "USD";
  std::int64_t balance_minor = 100'000;
};

struct ReconPreviewArguments {
  std::string file;
  std::string source;    // the file that describes it; empty: the configured supplier's
  std::string supplier;  // one of the configuration; empty: it is not read
  std::size_t lines = 20;
};

struct ReconRunArguments {
  std::string file;
  std::string supplier;
  std::string from;  // RFC 3339; empty: as the file's lines say
  std::string to;
  bool quiet = false;
  bool json = false;
};

struct ReconListArguments {
  std::string supplier;  // empty: all
  std::int32_t count = 20;
  bool json = false;
};

struct ReferralPayoutArguments {
  std::string program;  // empty: all
  std::string date;  // YYYY-MM-DD
  bool dry_run = false;
  bool quiet = false;
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
int key_create(const std::filesystem::path& config_file, const KeyArguments& arguments);
int key_list(const std::filesystem::path& config_file);
int key_revoke(const std::filesystem::path& config_file, const std::string& prefix);
int status(const std::filesystem::path& config_file);
int audit(const std::filesystem::path& config_file, const AuditArguments& arguments);
int rebuild(const std::filesystem::path& config_file, const RebuildArguments& arguments);
int simulate_fixtures(const std::filesystem::path& config_file, const SimulateArguments& arguments);
int simulate_random(const std::filesystem::path& config_file, const SimulateArguments& arguments);
int simulate_file(const std::filesystem::path& config_file, const SimulateArguments& arguments);
int archive_run(const std::filesystem::path& config_file, bool dry_run);
int archive_status(const std::filesystem::path& config_file);
int archive_verify(const std::filesystem::path& config_file,
                   const std::string& month);  // "2024-03"; empty: all
int archive_restore(const std::filesystem::path& config_file, const std::string& month);
int recon_preview(const std::filesystem::path& config_file, const ReconPreviewArguments& arguments);
int recon_run(const std::filesystem::path& config_file, const ReconRunArguments& arguments);
int recon_list(const std::filesystem::path& config_file, const ReconListArguments& arguments);
int recon_show(const std::filesystem::path& config_file, std::int64_t run, bool as_json);
int recon_cancel(const std::filesystem::path& config_file, std::int64_t run);
int recon_verify(const std::filesystem::path& config_file,
                 const std::string& supplier);  // empty: all
int referral_payout(const std::filesystem::path& config_file,
                    const ReferralPayoutArguments& arguments);
int referral_status(const std::filesystem::path& config_file, bool as_json);

}  // namespace authd::commands
