// Config: what the operator decides, read once at start from a TOML file.
//
// Every key is documented in ops/authd.example.toml, which a test loads. Keys that are missing take
// the defaults below; keys that are unknown, of the wrong type or out of bounds are errors that
// name the key and the line. Secrets stand in files or environment variables, never in the file
// itself.

#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "authd/processors/adapters.h"
#include "authd/processors/scheme_settings.h"
#include "authd/recon/supplier.h"
#include "authd/referral/settings.h"
#include "core/result.h"
#include "core/rows.h"

namespace authd {

struct Endpoint {
  std::string address;  // numeric IPv4 or IPv6 address
  std::uint16_t port = 0;
};

// Of an encrypted listener.
struct TlsConfig {
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::filesystem::path client_ca;  // empty: no client certificates
  std::chrono::milliseconds handshake_timeout{5'000};
};

struct ServerConfig {
  Endpoint listen{"127.0.0.1", 8080};        // processors
  std::optional<TlsConfig> tls;              // of `listen`; without it plain HTTP
  Endpoint admin_listen{"127.0.0.1", 9090};  // metrics, health, status
  int network_threads = 1;
  std::chrono::milliseconds header_timeout{5'000};
  std::chrono::milliseconds body_timeout{5'000};
  std::chrono::milliseconds idle_timeout{75'000};
  std::chrono::milliseconds write_timeout{5'000};
  std::chrono::milliseconds stop_grace{5'000};
  int connections_max = 4'096;
  int connections_per_peer_max = 1'024;
  std::size_t body_bytes_max = 65'536;
};

struct StateConfig {
  std::filesystem::path directory;
  std::uint32_t shard = 1;
  std::size_t segment_bytes = std::size_t{256} << 20;
  std::chrono::hours retention{24 * 7};  // of journal segments that are drained and checkpointed
  std::size_t map_bytes = std::size_t{64} << 30;
  std::size_t overlay_rows_max = 2'000'000;
  std::size_t checkpoint_rows = 400'000;
  std::chrono::seconds checkpoint_interval{10};
  unsigned disk_used_percent_max = 80;
};

struct SequencerConfig {
  std::size_t queue_max = 8'192;  // requests waiting for a decision
  std::size_t batch_max = 512;    // decisions under one flush
};

struct PostgresConfig {
  std::string conninfo;  // libpq connection string, without the password
  std::string password;  // from password_file or password_env; empty when none is needed
  std::size_t batch_records = 4'096;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds statement_timeout{30'000};
  bool mirror = true;  // take over what is changed in the ledger while the daemon runs
  std::string slot;    // its replication slot; empty: named after database and shard
};

// The wallet API.
struct ApiConfig {
  Endpoint listen{"127.0.0.1", 8081};
  std::optional<TlsConfig> tls;
  int network_threads = 1;
  std::size_t connections_min = 5;  // to PostgreSQL
  std::size_t connections_max = 20;
  std::chrono::milliseconds acquire_timeout{1'000};     // for one of them
  std::chrono::milliseconds statement_timeout{10'000};  // of one statement
  std::chrono::milliseconds apply_timeout{5'000};  // for the state or the ledger to have a change
  std::size_t body_bytes_max = 65'536;
};

// `authd archive`: months are counted from a month's end.
struct ArchiveConfig {
  std::filesystem::path directory;
  int hot_months = 3;
  int warm_months = 12;
  int cold_months = 84;  // from then on files may be kept elsewhere
  int delete_after_months = 120;
  int restored_days = 30;
};

struct ReadinessConfig {
  std::chrono::seconds drain_lag_max{300};
  std::uint64_t drain_lag_records_max = 5'000'000;
};

// The comparison of the state with the ledger.
struct AuditConfig {
  std::chrono::hours interval{24};  // 0: only when asked for
};

struct LogConfig {
  std::string level = "info";
};

struct ProgramConfig {
  core::Program program;
  processors::AdapterOptions adapter;
  // How the processor proves who it is on each endpoint; valid, and at least one scheme.
  std::vector<processors::SchemeSettings> authorizations;
  std::vector<processors::SchemeSettings> events;
  std::chrono::milliseconds answer_within{100};  // after it a request is declined as too late
  bool until_ledger = false;  // durability = "ledger": answers wait for the ledger's commit
};

struct Config {
  ServerConfig server;
  StateConfig state;
  SequencerConfig sequencer;
  std::optional<PostgresConfig>
      postgres;  // without it authd runs on its journal and snapshot alone
  std::optional<ArchiveConfig> archive;
  std::optional<ApiConfig> api;  // without it there is none
  std::optional<recon::Suppliers> reconciliation;
  std::optional<referral::Settings> referral;
  ReadinessConfig readiness;
  AuditConfig audit;
  LogConfig log;
  std::vector<ProgramConfig> programs;
  std::vector<core::TimeZone> zones;  // each that a program uses, once
};

struct ConfigError {
  std::uint32_t line = 0;  // 1-based; 0 when no place in the file is to blame
  std::string key;         // "program[0].time_zone"; empty for errors of syntax
  std::string message;

  std::string text(std::string_view file) const;  // "authd.toml:12: program[0].time_zone: …"
};

// All errors that were found, not only the first. Relative paths in the file are relative to its
// directory.
core::Result<Config, std::vector<ConfigError>> load_config(const std::filesystem::path& file);

}  // namespace authd
