#include "authd/daemon/daemon.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "authd/audit/audit_errors.h"
#include "authd/audit/offline_audit.h"
#include "authd/daemon/disk_use.h"
#include "authd/daemon/ledger_import.h"
#include "authd/daemon/postgres_options.h"
#include "authd/daemon/readiness.h"
#include "authd/daemon/record_configuration.h"
#include "authd/daemon/server_options.h"
#include "authd/daemon/storage_options.h"
#include "authd/daemon/tls_listener.h"
#include "authd/daemon/wall_clock.h"
#include "authd/errors/describe.h"
#include "authd/load/control_definition.h"
#include "store/audit/known_state.h"

namespace authd {

namespace {

constexpr int exit_fatal = 70;  // EX_SOFTWARE of sysexits.h

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

store::JournalSource journal_source(store::Storage& storage) {
  return {[&storage](core::Sequence from) { return store::Reader::open(storage.journal(), from); },
          [&storage] { return storage.journal().durable().sequence(); }};
}

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

  const auto mark = storage_->state().mirror_mark();
  if (!mark) return core::Unexpected{std::string("the mirror's mark cannot be read")};

  checkpointer_ = std::make_unique<store::Checkpointer>(storage_->snapshot(), storage_->opened_at(),
                                                        store::Checkpointer::Options{});
  sequencer_ = std::make_unique<Sequencer>(
      Sequencer::Environment{*storage_, *checkpointer_, exposure_, metrics_, drained_sequence_,
                             [this] { return mirror_age(); },
                             [this] {
                               if (drain_) drain_->hurry();
                             },
                             die},
      Sequencer::Options{config_.sequencer.queue_max, config_.sequencer.batch_max,
                         config_.state.overlay_rows_max, config_.state.checkpoint_rows,
                         config_.state.checkpoint_interval});
  if (config_.postgres) {
    hear_of_ledger();
    start_drain();
    if (config_.postgres->mirror) {
      start_mirror(*mark);
    } else if (config_.api) {
      find_numbers();
    }
  }
  return {};
}

core::Result<void, std::string> Daemon::open_ports() {
  auto endpoint = ProcessorEndpoint::create(
      config_, *sequencer_, metrics_,
      [this](core::Sequence record, net::Mailbox& mailbox, net::Clock::time_point deadline) {
        drain_->hurry();
        return landmarks_.drained(record, mailbox, deadline);
      });
  if (!endpoint) return core::Unexpected{endpoint.error()};
  processor_endpoint_ = std::make_unique<ProcessorEndpoint>(std::move(*endpoint));
  if (config_.postgres) start_auditor();
  admin_endpoint_ =
      std::make_unique<AdminEndpoint>([this] { return status(); }, metrics_, auditor_.get());

  net::ServerOptions options = server_options(config_.server, config_.server.listen);
  AUTHD_TRY(tls, load_tls(config_.server.tls, "server"));
  tls_ = tls;
  if (tls_) options.handshake_time_max = config_.server.tls->handshake_timeout;
  options.tls = tls_;
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

  AUTHD_TRY(services, Services::start(config_, {*sequencer_, landmarks_, known_numbers_, metrics_,
                                                [this] { drain_->hurry(); }}));
  services_ = std::move(services);

  // Last: it shows all of the rest.
  auto admin = net::Server::start(*admin_endpoint_, admin_options(config_.server));
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
  if (services_) services_->stop(config_.server.stop_grace);
  if (mirror_) mirror_->stop();
  if (sequencer_) sequencer_->stop();
  if (drain_) drain_->stop();
  if (admin_server_) admin_server_->stop(std::chrono::milliseconds(100));
}

void Daemon::reload_certificates() {
  reload_tls(tls_.get(), "server");
  if (services_) services_->reload_certificates();
}

void Daemon::pause_drain(bool paused) {
  if (!drain_) return;
  drain_->pause(paused);
  spdlog::info("drain {}", paused ? "paused" : "resumed");
}

void Daemon::watch() {
  const auto disk_used = disk_used_percent(config_.state.directory);
  if (disk_used) disk_used_percent_ = *disk_used;
  const unsigned limit = config_.state.disk_used_percent_max;
  const bool full = disk_used_percent_ > limit || storage_->snapshot().used_percent() > limit ||
                    storage_->journal().next_segment_error();
  sequencer_->refuse_for_storage(full);
  prune_journal();
  log_ledger_changes();
  if (services_) services_->watch();
}

// What an operator has to know sooner than from a graph.
void Daemon::log_ledger_changes() {
  if (drain_) {
    const store::DrainStatus drain = drain_->status();
    if (std::exchange(logged_drain_, drain.state) != drain.state) {
      const bool bad = drain.state >= store::DrainState::history_missing;
      spdlog::log(bad ? spdlog::level::err : spdlog::level::info, "drain {} {}", name(drain.state),
                  drain.last_error);
    }
  }
  if (mirror_) {
    const store::MirrorStatus mirror = mirror_->status();
    if (std::exchange(logged_mirror_, mirror.state) != mirror.state) {
      const bool bad = mirror.state >= store::MirrorState::schema_mismatch;
      spdlog::log(bad ? spdlog::level::err : spdlog::level::info, "mirror {} compared_for={} {}",
                  name(mirror.state), name(mirror.compared_for), mirror.last_error);
    }
  }
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
  options.on_drained = [this](core::Sequence drained) {
    drained_sequence_ = drained.value;
    sequencer_->ledger_moved();
    landmarks_.passed_record(drained);
  };
  // With a mirror the state is as old as what the mirror has heard last.
  if (!config_.postgres->mirror) options.on_heard = [this] { hear_of_ledger(); };
  drain_ = std::make_unique<store::Drain>(storage_->journal(), exposure_, std::move(options));
  drain_->start();
}

void Daemon::start_mirror(const std::optional<core::MirrorMark>& mark) {
  mirror_feed_ =
      std::make_unique<MirrorFeed>(*sequencer_, storage_->state().zones(), known_numbers_);
  store::MirrorOptions options;
  options.connection = connection_options(*config_.postgres, "authd mirror");
  options.slot = slot_name(config_);
  options.shard = static_cast<std::int32_t>(config_.state.shard);
  options.mark = mark.value_or(core::MirrorMark{});
  options.apply = [this](std::vector<core::Command> commands) {
    return mirror_feed_->apply(std::move(commands));
  };
  options.known = [this](const std::function<void(const core::Row&)>& visit) {
    return known_rows(visit);
  };
  options.on_passed = [this](const store::Numbers& numbers) { known_numbers_.found(numbers); };
  options.on_applied = [this](std::uint32_t transaction, store::Lsn, core::Timestamp committed_at) {
    metrics_.mirrored(std::chrono::microseconds(wall_clock_now().unix_us - committed_at.unix_us));
    landmarks_.passed_transaction(transaction);
  };
  options.on_reached = [this](store::Lsn position) { landmarks_.passed_position(position); };
  options.on_refused = log_refused;
  options.on_heard = [this] { hear_of_ledger(); };
  mirror_ = std::make_unique<store::Mirror>(std::move(options));
  mirror_->start();
}

void Daemon::start_auditor() {
  Auditor::Options options;
  options.interval = config_.audit.interval;
  options.now = wall_clock_now;
  options.on_ended = [](const AuditStatus& status) {
    if (!status.error.empty()) {
      spdlog::error("audit: {}", status.error);
    } else if (status.differences > 0) {
      spdlog::critical("audit: {} differences between the state and the ledger",
                       status.differences);
    } else {
      spdlog::info("audit: no differences");
    }
  };
  auditor_ = std::make_unique<Auditor>(
      [this](const std::stop_token& stop, const Auditor::Progress& progress) {
        return audit(stop, progress);
      },
      std::move(options));
}

core::Result<store::AuditReport, std::string> Daemon::audit(const std::stop_token& stop,
                                                            const Auditor::Progress& progress) {
  store::AuditOptions options = audit_options(config_);
  options.journal = journal_source(*storage_);
  if (mirror_) {
    options.mirror_has_reached = [this](std::uint64_t position) {
      return mirror_->status().reached >= position;
    };
  }
  options.stop = stop;
  options.progress = progress;
  const auto report = store::audit(storage_->snapshot(), options);
  if (!report) return core::Unexpected{describe(report.error())};
  return *report;
}

// Every account, card and control set that the state has. False: it cannot be told.
bool Daemon::known_rows(const std::function<void(const core::Row&)>& visit) const {
  const auto done = store::visit_known(storage_->snapshot(), journal_source(*storage_),
                                       config_.state.directory / "known", config_.state.map_bytes,
                                       config_.state.shard, visit);
  if (!done) spdlog::error("the state cannot be listed: {}", describe(done.error()));
  return bool{done};
}

// Where no mirror does.
void Daemon::find_numbers() {
  const auto numbers = store::numbers_of(
      [this](const std::function<void(const core::Row&)>& visit) { return known_rows(visit); });
  if (numbers) known_numbers_.found(*numbers);
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
  if (mirror_) {
    status.mirror = mirror_->status();
    status.mirror_age = mirror_age();
  }
  add_certificate(status, "server", tls_.get());
  if (services_) services_->add_to(status);
  if (auditor_) status.audit = auditor_->status();
  status.not_ready = why_not_ready(status, storage_->journal(), config_.readiness);
  return status;
}

}  // namespace authd
