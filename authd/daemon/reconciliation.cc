#include "authd/daemon/reconciliation.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>

#include "authd/daemon/postgres_options.h"
#include "authd/errors/describe.h"
#include "authd/recon/engine/supplier_table.h"

namespace authd {

namespace {

constexpr std::chrono::milliseconds pause_min{500};
constexpr std::chrono::milliseconds pause_max{30'000};

// Millions of rows are matched by single statements; they end with the run's cancellation, or with
// the daemon.
constexpr std::chrono::hours statement_timeout{12};

}  // namespace

Reconciliation::Reconciliation(const Config& config, Metrics& metrics)
    : config_(config), metrics_(metrics) {
  starter_ = std::jthread([this](const std::stop_token& stop) { begin(stop); });
}

Reconciliation::~Reconciliation() { stop(); }

void Reconciliation::stop() {
  starter_.request_stop();
  if (starter_.joinable()) starter_.join();
  if (watcher_) watcher_->stop();
  if (runner_) runner_->stop();
}

void Reconciliation::wake() {
  const std::lock_guard lock(mutex_);
  if (runner_) runner_->wake();
}

recon::RunnerStatus Reconciliation::status() const {
  const std::lock_guard lock(mutex_);
  return runner_ ? runner_->status() : recon::RunnerStatus{};
}

core::Result<void, store::PgError> Reconciliation::write_suppliers(
    const std::stop_token& stop) const {
  store::Connection::Options options = connection_options(*config_.postgres, "authd suppliers");
  options.stop = stop;
  AUTHD_TRY(connection, recon::connect_for_recon(options));
  return recon::sync_suppliers(connection, *config_.reconciliation);
}

void Reconciliation::begin(const std::stop_token& stop) {
  for (auto pause = pause_min;; pause = std::min(pause * 2, pause_max)) {
    const auto written = write_suppliers(stop);
    if (written) break;
    if (stop.stop_requested()) return;
    spdlog::warn("reconciliation: suppliers are not written yet: {}", describe(written.error()));
    std::unique_lock lock(mutex_);
    if (stopped_.wait_for(lock, stop, pause, [&stop] { return stop.stop_requested(); })) return;
  }
  const recon::Suppliers& suppliers = *config_.reconciliation;
  recon::Runner::Options runner;
  runner.connection = connection_options(*config_.postgres, "authd recon queue");
  runner.engine.connection = connection_options(*config_.postgres, "authd recon");
  runner.engine.connection.statement_timeout = statement_timeout;
  runner.engine.file_bytes_max = suppliers.file_bytes_max;
  runner.engine.work_memory_mib = suppliers.work_memory_mib;
  runner.on_ended = [this](const recon::EndedRun& run) { ended(run); };
  recon::Watcher::Options watcher;
  watcher.connection = connection_options(*config_.postgres, "authd recon inbox");
  watcher.look_every = std::chrono::seconds(suppliers.watch_s);
  watcher.on_queued = [this] { wake(); };

  const std::lock_guard lock(mutex_);
  runner_ = std::make_unique<recon::Runner>(suppliers, std::move(runner));
  watcher_ = std::make_unique<recon::Watcher>(suppliers, std::move(watcher));
  spdlog::info("reconciliation: {} suppliers", suppliers.suppliers.size());
}

void Reconciliation::ended(const recon::EndedRun& run) {
  // An upload has served, unless somebody wants to see why it failed.
  if (run.state != recon::RunState::failed) {
    std::error_code none_or_busy;
    std::filesystem::remove(config_.reconciliation->spool / std::to_string(run.id), none_or_busy);
  }
  metrics_.reconciled(run.supplier, recon::name(run.state), static_cast<std::uint64_t>(run.lines));
  spdlog::info("reconciliation: run {} of {} {}: lines={} exceptions={} ms={}", run.id,
               run.supplier, recon::name(run.state), run.lines, run.exceptions,
               run.duration.count() / 1'000);
}

}  // namespace authd
