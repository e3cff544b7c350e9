#include "authd/daemon/daemon.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include "authd/config/time_zones.h"
#include "authd/daemon/postgres_options.h"
#include "authd/daemon/record_configuration.h"
#include "authd/daemon/storage_options.h"
#include "authd/daemon/wall_clock.h"
#include "authd/errors/describe.h"
#include "authd/load/control_definition.h"
#include "store/postgres/bootstrap.h"

namespace authd {

namespace {

constexpr int exit_fatal = 70;  // EX_SOFTWARE of sysexits.h
constexpr unsigned admin_connections_max = 64;
constexpr std::size_t admin_header_bytes_max = 8 * 1024;

// Nothing more is written, answered or tidied up: whoever starts next recovers.
[[noreturn]] void die(const std::string& what) {
  spdlog::critical("{}; stopping at once", what);
  spdlog::shutdown();
  std::_Exit(exit_fatal);
}

std::vector<core::ProgramId> program_ids(const Config& config) {
  std::vector<core::ProgramId> ids;
  for (const ProgramConfig& program : config.programs) ids.push_back(program.program.id);
  return ids;
}

net::ServerOptions server_options(const ServerConfig& config, const Endpoint& endpoint) {
  net::ServerOptions options;
  options.address = boost::asio::ip::make_address(endpoint.address);
  options.port = endpoint.port;
  options.header_time_max = config.header_timeout;
  options.body_time_max = config.body_timeout;
  options.idle_time_max = config.idle_timeout;
  options.write_time_max = config.write_timeout;
  return options;
}

// Reads an empty state from the ledger; keeps the reason when that fails.
class LedgerImport {
 public:
  explicit LedgerImport(const Config& config) : config_(config) {}

  std::optional<core::Sequence> operator()(const store::ImportRow& sink) {
    auto options = connection_options(*config_.postgres, "authd bootstrap");
    options.statement_timeout = std::chrono::minutes(30);  // it reads whole tables
    auto connection = store::Connection::connect(options);
    if (!connection) return fail(connection.error());
    std::uint64_t rows = 0;
    const store::BootstrapOptions bootstrap_options{
        .shard = static_cast<std::int32_t>(config_.state.shard), .now = wall_clock_now()};
    const auto complete =
        store::bootstrap(*connection, bootstrap_options, [&](const core::Row& row) {
          note_zones(row);
          sink(row);
          ++rows;
        });
    if (!complete) return fail(complete.error().postgres);
    for (const core::ZoneName& name : missing_zones_) {
      const auto zone = load_time_zone(name.view());
      if (!zone) {
        error_ =
            fmt::format("a limit is in time zone {}, which the system does not know", name.view());
        return std::nullopt;
      }
      sink(*zone);
    }
    spdlog::info("bootstrap rows={} complete_up_to={}", rows, complete->value);
    return *complete;
  }
  const std::string& error() const noexcept { return error_; }

 private:
  // Limits may have come into the ledger together with the names of their zones alone. Control sets
  // come before zones.
  void note_zones(const core::Row& row) {
    if (const auto* const zone = std::get_if<core::TimeZone>(&row))
      missing_zones_.erase(zone->name);
    const auto* const set = std::get_if<core::ControlSet>(&row);
    if (set == nullptr) return;
    for (const core::Control& control : set->controls) {
      const auto* const limit = std::get_if<core::Limit>(&control.check);
      if (limit != nullptr && !limit->window.zone.empty()) {
        missing_zones_.insert(limit->window.zone);
      }
    }
  }
  std::optional<core::Sequence> fail(const store::PgError& error) {
    error_ = describe(error);
    return std::nullopt;
  }

  const Config& config_;
  std::set<core::ZoneName> missing_zones_;
  std::string error_;
};

}  // namespace

core::Result<std::unique_ptr<Daemon>, std::string> Daemon::start(Config config) {
  auto daemon = std::unique_ptr<Daemon>(new Daemon(std::move(config)));
  AUTHD_TRY_VOID(daemon->open_storage());
  daemon->watch();
  AUTHD_TRY_VOID(daemon->open_ports());
  return daemon;
}

Daemon::Daemon(Config config) : config_(std::move(config)), metrics_(program_ids(config_)) {}

Daemon::~Daemon() { stop(); }

core::Result<void, std::string> Daemon::open_storage() {
  LedgerImport import(config_);
  const store::Storage::Import from_ledger = std::ref(import);
  auto storage = store::Storage::open(storage_options(config_),
                                      config_.postgres ? from_ledger : store::Storage::Import{});
  if (!storage) {
    const bool import_failed = storage.error().code == store::StorageError::Code::import;
    return core::Unexpected{describe(storage.error()) +
                            (import_failed ? ": " + import.error() : "")};
  }
  storage_ = std::move(*storage);
  drained_sequence_ = storage_->opened_at().drained.value;
  const store::JournalScan& recovered = storage_->journal().recovered();
  if (recovered.torn_bytes > 0) {
    spdlog::warn(
        "journal: removed a torn tail bytes={} records={}; nothing in it had been answered",
        recovered.torn_bytes, recovered.torn_records);
  }
  spdlog::info("state open next_sequence={} snapshot={} replayed={}",
               storage_->journal().next_sequence().value, storage_->opened_at().applied.value,
               storage_->replayed_records());

  AUTHD_TRY_VOID(record_configuration(*storage_, config_, wall_clock_now()));

  checkpointer_ = std::make_unique<store::Checkpointer>(storage_->snapshot(), storage_->opened_at(),
                                                        store::Checkpointer::Options{});
  sequencer_ = std::make_unique<Sequencer>(
      Sequencer::Environment{*storage_, *checkpointer_, exposure_, metrics_, drained_sequence_,
                             [this] { return mirror_age(); }, die},
      Sequencer::Options{config_.sequencer.queue_max, config_.sequencer.batch_max,
                         config_.state.overlay_rows_max, config_.state.checkpoint_rows,
                         config_.state.checkpoint_interval});
  if (config_.postgres) start_drain();
  return {};
}

core::Result<void, std::string> Daemon::open_ports() {
  auto endpoint = ProcessorEndpoint::create(config_, *sequencer_, metrics_);
  if (!endpoint) return core::Unexpected{endpoint.error()};
  processor_endpoint_ = std::make_unique<ProcessorEndpoint>(std::move(*endpoint));
  admin_endpoint_ = std::make_unique<AdminEndpoint>([this] { return status(); }, metrics_);

  net::ServerOptions options = server_options(config_.server, config_.server.listen);
  options.threads = static_cast<unsigned>(config_.server.network_threads);
  options.connections_max = static_cast<std::size_t>(config_.server.connections_max);
  options.connections_per_peer_max =
      static_cast<std::size_t>(config_.server.connections_per_peer_max);
  auto processors = net::Server::start(*processor_endpoint_, options);
  if (!processors) {
    return core::Unexpected{fmt::format("server.listen {}:{}: {}", config_.server.listen.address,
                                        config_.server.listen.port, processors.error().message())};
  }
  processor_server_ = std::move(*processors);

  net::ServerOptions admin_options = server_options(config_.server, config_.server.admin_listen);
  admin_options.connections_max = admin_connections_max;
  admin_options.head = {admin_header_bytes_max, 64, net::Http10::probes};
  auto admin = net::Server::start(*admin_endpoint_, admin_options);
  if (!admin) {
    return core::Unexpected{fmt::format("server.admin_listen {}:{}: {}",
                                        config_.server.admin_listen.address,
                                        config_.server.admin_listen.port, admin.error().message())};
  }
  admin_server_ = std::move(*admin);
  spdlog::info("serving {}:{} admin {}:{}", config_.server.listen.address, port(),
               config_.server.admin_listen.address, admin_port());
  return {};
}

void Daemon::stop() {
  if (processor_server_) processor_server_->stop(config_.server.stop_grace);
  if (sequencer_) sequencer_->stop();
  if (drain_) drain_->stop();
  if (admin_server_) admin_server_->stop(std::chrono::milliseconds(100));
}

void Daemon::pause_drain(bool paused) {
  if (!drain_) return;
  drain_->pause(paused);
  spdlog::info("drain {}", paused ? "paused" : "resumed");
}

void Daemon::watch() {
  struct statvfs disk {};
  if (statvfs(config_.state.directory.c_str(), &disk) == 0 && disk.f_blocks > 0) {
    const auto used = disk.f_blocks - disk.f_bfree;
    const auto usable =
        used + disk.f_bavail;  // what df calls Use%: blocks kept for root count as neither
    disk_used_percent_ = static_cast<unsigned>((used * 100 + usable - 1) / usable);
  }
  const unsigned limit = config_.state.disk_used_percent_max;
  const bool full = disk_used_percent_ > limit || storage_->snapshot().used_percent() > limit ||
                    storage_->journal().next_segment_error();
  sequencer_->refuse_for_storage(full);
  prune_journal();
}

void Daemon::prune_journal() {
  const std::uint64_t applied = checkpointer_->status().applied.value;
  const std::uint64_t needed =
      config_.postgres ? std::min(applied, drained_sequence_.load()) : applied;
  const auto retention =
      std::chrono::duration_cast<std::chrono::microseconds>(config_.state.retention);
  const auto pruned =
      storage_->journal().prune({needed + 1}, {wall_clock_now().unix_us - retention.count()});
  if (!pruned) {
    spdlog::error("{}", describe(pruned.error()));
  } else if (*pruned > 0) {
    spdlog::info("journal: deleted {} segments", *pruned);
  }
}

// How long PostgreSQL has not been heard of. Until it was for the first time, since the start.
std::chrono::microseconds Daemon::mirror_age() const {
  const auto age = std::chrono::steady_clock::now().time_since_epoch() -
                   std::chrono::microseconds(ledger_heard_us_.load(std::memory_order_relaxed));
  return std::chrono::duration_cast<std::chrono::microseconds>(age);
}

void Daemon::hear_of_ledger() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  ledger_heard_us_ = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

void Daemon::start_drain() {
  store::Drain::Options options;
  options.connection = connection_options(*config_.postgres, "authd drain");
  options.batch_records_max = config_.postgres->batch_records;
  options.counted_from = {storage_->journal().next_sequence().value - 1};
  options.remembered_mark = storage_->opened_at().drained;
  options.control_definition = control_text;
  options.on_drained = [this](core::Sequence drained) { drained_sequence_ = drained.value; };
  options.on_heard = [this] { hear_of_ledger(); };
  hear_of_ledger();
  drain_ = std::make_unique<store::Drain>(storage_->journal(), exposure_, std::move(options));
  drain_->start();
}

LedgerStatus Daemon::drain_status() const {
  const store::DrainStatus drain = drain_->status();
  LedgerStatus status;
  status.state = name(drain.state);
  status.failing = drain.state >= store::DrainState::history_missing;
  status.drained = drain.drained;
  const std::uint64_t journaled = storage_->journal().durable().sequence().value;
  status.lag_records = journaled - std::min(journaled, drain.drained.value);
  if (status.lag_records > 0 && drain.oldest_undrained) {
    const auto age =
        std::chrono::microseconds(wall_clock_now().unix_us - drain.oldest_undrained->unix_us);
    status.lag =
        std::max(std::chrono::seconds(0), std::chrono::duration_cast<std::chrono::seconds>(age));
  }
  status.last_error = drain.last_error;
  return status;
}

Status Daemon::status() const {
  Status status;
  status.version = AUTHD_VERSION;
  status.shard = config_.state.shard;
  status.uptime =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - started_);
  status.journaled = storage_->journal().durable().sequence();
  status.journal_segments = storage_->journal().segments();
  status.queue_depth = sequencer_->queue_depth();
  status.overlay_rows = sequencer_->overlay_rows();
  status.overlay_rows_max = config_.state.overlay_rows_max;
  const store::Checkpointer::Status checkpoint = checkpointer_->status();
  status.applied = checkpoint.applied;
  status.checkpoints = checkpoint.checkpoints;
  status.checkpoint_failures = checkpoint.failures;
  status.checkpoint_duration = checkpoint.last_duration;
  if (checkpoint.failing) status.checkpoint_error = describe(*checkpoint.failing);
  status.map_used_percent = storage_->snapshot().used_percent();
  status.disk_used_percent = disk_used_percent_;
  status.disk_used_percent_max = config_.state.disk_used_percent_max;
  status.connections = processor_server_->connections();
  status.exposure = exposure_.snapshot();
  if (drain_) status.drain = drain_status();
  status.not_ready = why_not_ready(status);
  return status;
}

std::vector<std::string> Daemon::why_not_ready(const Status& status) const {
  std::vector<std::string> why;
  if (status.disk_used_percent > status.disk_used_percent_max) {
    why.push_back(fmt::format("disk {} % used, limit {} %", status.disk_used_percent,
                              status.disk_used_percent_max));
  }
  if (status.map_used_percent > status.disk_used_percent_max) {
    why.push_back(fmt::format("snapshot map {} % used, limit {} %", status.map_used_percent,
                              status.disk_used_percent_max));
  }
  if (const auto error = storage_->journal().next_segment_error()) {
    why.push_back("the next segment of the " + describe(*error));
  }
  if (status.overlay_rows >= status.overlay_rows_max) {
    why.push_back(fmt::format("overlay at its bound of {} rows", status.overlay_rows_max));
  }
  if (!status.checkpoint_error.empty()) why.push_back("checkpoint: " + status.checkpoint_error);
  if (status.drain && status.drain->failing) why.push_back("drain " + status.drain->state);
  if (status.drain && status.drain->lag > config_.readiness.drain_lag_max) {
    why.push_back(fmt::format("drain lag {} s, limit {} s", status.drain->lag.count(),
                              config_.readiness.drain_lag_max.count()));
  }
  if (status.drain && status.drain->lag_records > config_.readiness.drain_lag_records_max) {
    why.push_back(fmt::format("drain lag {} records, limit {}", status.drain->lag_records,
                              config_.readiness.drain_lag_records_max));
  }
  return why;
}

}  // namespace authd
