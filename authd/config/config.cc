#include "authd/config/config.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

#include "authd/config/program_reader.h"
#include "authd/config/referral_reader.h"
#include "authd/config/secrets.h"
#include "authd/config/supplier_reader.h"
#include "authd/config/table_reader.h"
#include "authd/config/time_zones.h"

namespace authd {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t hour_ms = 3'600'000;

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view address = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (address.starts_with('[') && address.ends_with(']'))
    address = address.substr(1, address.size() - 2);
  Endpoint endpoint{std::string(address), 0};
  std::array<unsigned char, sizeof(in6_addr)> parsed{};
  if (inet_pton(AF_INET, endpoint.address.c_str(), parsed.data()) != 1 &&
      inet_pton(AF_INET6, endpoint.address.c_str(), parsed.data()) != 1) {
    return std::nullopt;
  }
  if (port.empty() || port.size() > 5 ||
      port.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  const unsigned long number = std::strtoul(std::string(port).c_str(), nullptr, 10);
  if (number > 65'535) return std::nullopt;
  endpoint.port = static_cast<std::uint16_t>(number);
  return endpoint;
}

Endpoint endpoint(TableReader& in, std::string_view key, const Endpoint& fallback) {
  if (!in.has(key)) return fallback;
  const std::string text = in.text(key, "");
  const auto parsed = parse_endpoint(text);
  if (!parsed)
    in.refuse(key,
              "must be address:port with a numeric address, e.g. 127.0.0.1:8080 or [::1]:8080");
  return parsed.value_or(fallback);
}

std::optional<TlsConfig> read_tls(TableReader& listener, const std::filesystem::path& base) {
  auto in = listener.reader("tls");
  if (!in) return std::nullopt;
  TlsConfig c;
  c.certificate = base / in->required_text("certificate");
  c.key = base / in->required_text("key");
  if (in->has("client_ca")) c.client_ca = base / in->required_text("client_ca");
  c.handshake_timeout = in->duration("handshake_timeout_ms", c.handshake_timeout, 10, hour_ms);
  in->refuse_unknown_keys();
  return c;
}

bool is_loopback(const Endpoint& endpoint) {
  return endpoint.address.starts_with("127.") || endpoint.address == "::1";
}

// Whoever can read what passes can read credentials, and change amounts.
void require_encryption(TableReader& in, const Endpoint& listen,
                        const std::optional<TlsConfig>& tls) {
  const bool plain_http = in.boolean("plain_http", false);
  if (!tls && !plain_http && !is_loopback(listen)) {
    in.refuse("listen",
              "is not a loopback address: give a tls table, or plain_http = true where something "
              "in front of authd encrypts");
  }
  if (tls && plain_http) in.refuse("plain_http", "contradicts the tls table");
}

ServerConfig read_server(TableReader in, const std::filesystem::path& base) {
  ServerConfig c;
  c.listen = endpoint(in, "listen", c.listen);
  c.tls = read_tls(in, base);
  require_encryption(in, c.listen, c.tls);
  c.admin_listen = endpoint(in, "admin_listen", c.admin_listen);
  c.network_threads = in.number("network_threads", c.network_threads, 1, 64);
  c.header_timeout = in.duration("header_timeout_ms", c.header_timeout, 10, hour_ms);
  c.body_timeout = in.duration("body_timeout_ms", c.body_timeout, 10, hour_ms);
  c.idle_timeout = in.duration("idle_timeout_ms", c.idle_timeout, 10, hour_ms);
  c.write_timeout = in.duration("write_timeout_ms", c.write_timeout, 10, hour_ms);
  c.stop_grace = in.duration("stop_grace_ms", c.stop_grace, 0, hour_ms);
  c.connections_max = in.number("connections_max", c.connections_max, 1, 1'000'000);
  c.connections_per_peer_max =
      in.number("connections_per_peer_max", c.connections_per_peer_max, 1, 1'000'000);
  c.body_bytes_max = in.number("body_bytes_max", c.body_bytes_max, 1'024, 65'536);
  in.refuse_unknown_keys();
  return c;
}

StateConfig read_state(TableReader in, const std::filesystem::path& base) {
  constexpr std::int64_t mib = 1 << 20;
  StateConfig c;
  c.directory = base / in.required_text("directory");
  c.shard = in.number("shard", c.shard, 1, 1'000'000);
  c.segment_bytes = static_cast<std::size_t>(in.integer("segment_mib", 256, 1, 4'096) * mib);
  c.retention = hours(in.integer("retention_days", 7, 0, 3'650) * 24);
  c.map_bytes = static_cast<std::size_t>(in.integer("map_mib", 65'536, 16, 16'777'216) * mib);
  c.overlay_rows_max = in.number("overlay_rows_max", c.overlay_rows_max, 1'000, 100'000'000);
  c.checkpoint_rows = in.number("checkpoint_rows", c.checkpoint_rows, 100, 100'000'000);
  c.checkpoint_interval = in.duration("checkpoint_interval_s", c.checkpoint_interval, 1, 3'600);
  c.disk_used_percent_max = in.number("disk_used_percent_max", c.disk_used_percent_max, 1, 99);
  if (c.checkpoint_rows >= c.overlay_rows_max)
    in.refuse("checkpoint_rows", "must be below overlay_rows_max");
  in.refuse_unknown_keys();
  return c;
}

SequencerConfig read_sequencer(TableReader in) {
  SequencerConfig c;
  c.queue_max = in.number("queue_max", c.queue_max, 1, 1'000'000);
  c.batch_max = in.number("batch_max", c.batch_max, 1, 4'096);
  in.refuse_unknown_keys();
  return c;
}

PostgresConfig read_postgres(TableReader in, const std::filesystem::path& base) {
  PostgresConfig c;
  c.conninfo = in.required_text("conninfo");
  if (c.conninfo.find("://") != std::string::npos)
    in.refuse("conninfo", "must be key=value pairs, not a URI");
  if (c.conninfo.find("password=") != std::string::npos) {
    in.refuse("conninfo", "must not hold the password: use password_file or password_env");
  }
  Secrets secrets(in, base);
  if (in.has("password_file"))
    secrets.from_file("password_file", in.required_text("password_file"));
  if (in.has("password_env"))
    secrets.from_environment("password_env", in.required_text("password_env"));
  const std::vector<std::string> found = secrets.take();
  if (found.size() > 1) in.refuse("password_env", "give either password_file or password_env");
  if (!found.empty()) c.password = found.front();
  c.batch_records = in.number("batch_records", c.batch_records, 1, 100'000);
  c.connect_timeout = in.duration("connect_timeout_ms", c.connect_timeout, 1'000, hour_ms);
  c.statement_timeout = in.duration("statement_timeout_ms", c.statement_timeout, 100, hour_ms);
  c.mirror = in.boolean("mirror", c.mirror);
  c.slot = in.text("slot", c.slot);
  const auto is_slot_char = [](char ch) {
    return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '_';
  };
  if (c.slot.size() > 63 || !std::all_of(c.slot.begin(), c.slot.end(), is_slot_char)) {
    in.refuse("slot", "must be at most 63 of a-z 0-9 _, as PostgreSQL names replication slots");
  }
  in.refuse_unknown_keys();
  return c;
}

ApiConfig read_api(TableReader in, const std::filesystem::path& base) {
  ApiConfig c;
  c.listen = endpoint(in, "listen", c.listen);
  c.tls = read_tls(in, base);
  require_encryption(in, c.listen, c.tls);
  c.network_threads = in.number("network_threads", c.network_threads, 1, 64);
  c.connections_min = in.number("connections_min", c.connections_min, 1, 1'000);
  c.connections_max = in.number("connections_max", c.connections_max, 1, 1'000);
  c.acquire_timeout = in.duration("acquire_timeout_ms", c.acquire_timeout, 1, hour_ms);
  c.statement_timeout = in.duration("statement_timeout_ms", c.statement_timeout, 1, hour_ms);
  c.apply_timeout = in.duration("apply_timeout_ms", c.apply_timeout, 1, hour_ms);
  c.body_bytes_max = in.number("body_bytes_max", c.body_bytes_max, 1'024, 1'048'576);
  if (c.connections_min > c.connections_max)
    in.refuse("connections_min", "must not be above connections_max");
  in.refuse_unknown_keys();
  return c;
}

ArchiveConfig read_archive(TableReader in, const std::filesystem::path& base) {
  constexpr std::int64_t months_max = 1'200;
  ArchiveConfig c;
  c.directory = base / in.required_text("directory");
  c.hot_months = in.number("hot_months", c.hot_months, 1, months_max);
  c.warm_months = in.number("warm_months", c.warm_months, 1, months_max);
  c.cold_months = in.number("cold_months", c.cold_months, 1, months_max);
  c.delete_after_months = in.number("delete_after_months", c.delete_after_months, 1, months_max);
  c.restored_days = in.number("restored_days", c.restored_days, 0, 3'650);
  if (c.warm_months < c.hot_months) in.refuse("warm_months", "must not be below hot_months");
  if (c.cold_months < c.warm_months) in.refuse("cold_months", "must not be below warm_months");
  if (c.delete_after_months < c.cold_months)
    in.refuse("delete_after_months", "must not be below cold_months");
  in.refuse_unknown_keys();
  return c;
}

ReadinessConfig read_readiness(TableReader in) {
  ReadinessConfig c;
  c.drain_lag_max = in.duration("drain_lag_s_max", c.drain_lag_max, 1, 1'000'000);
  c.drain_lag_records_max =
      in.number("drain_lag_records_max", c.drain_lag_records_max, 1, 1'000'000'000'000);
  in.refuse_unknown_keys();
  return c;
}

AuditConfig read_audit(TableReader in) {
  AuditConfig c;
  c.interval = std::chrono::hours(
      in.number<std::int64_t>("interval_hours", c.interval.count(), 0, 24 * 365));
  in.refuse_unknown_keys();
  return c;
}

LogConfig read_log(TableReader in) {
  constexpr std::array<std::string_view, 6> levels{"trace", "debug", "info",
                                                   "warn",  "error", "off"};
  LogConfig c;
  c.level = in.text("level", c.level);
  if (std::find(levels.begin(), levels.end(), c.level) == levels.end()) {
    in.refuse("level", "must be one of trace, debug, info, warn, error, off");
  }
  in.refuse_unknown_keys();
  return c;
}

// Each zone that a program uses, once.
std::vector<core::TimeZone> zones_of(const std::vector<ProgramConfig>& programs) {
  std::vector<core::TimeZone> zones;
  for (const ProgramConfig& program : programs) {
    const core::ZoneName& name = program.program.zone;
    const bool known = std::any_of(zones.begin(), zones.end(), [&name](const core::TimeZone& zone) {
      return zone.name == name;
    });
    auto zone = known ? std::nullopt : load_time_zone(name.view());
    if (zone) zones.push_back(*std::move(zone));
  }
  return zones;
}

std::vector<ProgramConfig> read_programs(TableReader& in, const ProgramContext& context) {
  std::vector<ProgramConfig> programs;
  for (TableReader& reader : in.readers("program")) {
    ProgramConfig program = read_program(reader, context);
    const bool taken = std::any_of(
        programs.begin(), programs.end(),
        [&program](const ProgramConfig& other) { return other.program.id == program.program.id; });
    if (taken && !program.program.id.empty()) reader.refuse("id", "stands twice");
    programs.push_back(std::move(program));
  }
  if (programs.empty()) in.refuse("program", "is required: add at least one [[program]]");
  return programs;
}

Config read_config(const toml::table& root, const std::filesystem::path& base,
                   std::vector<ConfigError>& errors) {
  TableReader in(root, "", errors);
  const toml::table empty;
  const auto section = [&](std::string_view key) {
    const toml::table* const table = in.table(key);
    return TableReader(table != nullptr ? *table : empty, std::string(key), errors);
  };
  Config c;
  c.server = read_server(section("server"), base);
  if (!in.has("state"))
    in.refuse("state", "is required: it names the directory of journal and snapshot");
  else
    c.state = read_state(section("state"), base);
  c.sequencer = read_sequencer(section("sequencer"));
  if (in.has("postgres")) c.postgres = read_postgres(section("postgres"), base);
  if (in.has("api")) {
    c.api = read_api(section("api"), base);
    if (!in.has("postgres")) in.refuse("api", "needs [postgres]: it shows and changes the ledger");
  }
  if (in.has("archive")) {
    c.archive = read_archive(section("archive"), base);
    if (!in.has("postgres"))
      in.refuse("archive", "needs [postgres]: it moves months of the ledger");
  }
  c.readiness = read_readiness(section("readiness"));
  c.audit = read_audit(section("audit"));
  c.log = read_log(section("log"));

  const ProgramContext context{in.has("postgres") ? Ledger::postgres : Ledger::none,
                               c.server.tls && !c.server.tls->client_ca.empty(), base};
  c.programs = read_programs(in, context);
  c.zones = zones_of(c.programs);
  if (in.has("reconciliation")) {
    auto reconciliation = section("reconciliation");
    c.reconciliation = read_reconciliation(reconciliation, base, c.programs);
    if (!in.has("postgres"))
      in.refuse("reconciliation", "needs [postgres]: what is stated is matched with the ledger");
  }
  if (in.has("referral")) {
    auto referral = section("referral");
    c.referral = read_referral(referral, base);
    if (!in.has("postgres"))
      in.refuse("referral", "needs [postgres]: what is earned follows the ledger");
  }
  in.refuse_unknown_keys();
  return c;
}

}  // namespace

std::string ConfigError::text(std::string_view file) const {
  std::string result(file);
  if (line != 0) result += ":" + std::to_string(line);
  if (!key.empty()) result += ": " + key;
  return result + ": " + message;
}

core::Result<Config, std::vector<ConfigError>> load_config(const std::filesystem::path& file) {
  std::vector<ConfigError> errors;
  if (!std::ifstream(file)) {
    errors.push_back({0, "", "cannot be read"});
    return core::Unexpected{errors};
  }
  const auto base = std::filesystem::absolute(file).parent_path();
  try {
    const toml::table root = toml::parse_file(file.string());
    Config config = read_config(root, base, errors);
    if (errors.empty()) return config;
  } catch (const toml::parse_error& error) {
    errors.push_back({error.source().begin.line, "", std::string(error.description())});
  }
  return core::Unexpected{errors};
}

}  // namespace authd
