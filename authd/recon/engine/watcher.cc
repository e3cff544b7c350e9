#include "authd/recon/engine/watcher.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace authd::recon {

Watcher::Watcher(const Suppliers& suppliers, Options options) : options_(std::move(options)) {
  for (const Supplier& supplier : suppliers.suppliers) {
    if (supplier.is_watched) inboxes_.emplace_back(supplier);
  }
  if (inboxes_.empty()) return;
  thread_ = std::jthread([this](const std::stop_token& stop) { watch(stop); });
}

Watcher::~Watcher() { stop(); }

void Watcher::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Watcher::watch(const std::stop_token& stop) {
  std::chrono::milliseconds pause = options_.look_every;
  while (!stop.stop_requested()) {
    const auto looked = look(stop);
    if (looked) {
      pause = options_.look_every;
    } else {
      connection_.reset();
      if (!stop.stop_requested())
        spdlog::warn("reconciliation: directories: PostgreSQL: {}", looked.error().message);
      pause = std::min(pause * 2, std::max(options_.pause_max, options_.look_every));
    }
    std::unique_lock lock(mutex_);
    stopped_.wait_for(lock, stop, pause, [] { return false; });
  }
}

core::Result<void, store::PgError> Watcher::look(const std::stop_token& stop) {
  if (!connection_) {
    store::Connection::Options options = options_.connection;
    options.stop = stop;
    AUTHD_TRY(connection, connect_for_recon(options));
    connection_.emplace(std::move(connection));
  }
  std::size_t queued = 0;
  for (Inbox& inbox : inboxes_) {
    AUTHD_TRY(of_this, inbox.look(*connection_));
    queued += of_this;
  }
  if (queued > 0 && options_.on_queued) options_.on_queued();
  return {};
}

}  // namespace authd::recon
