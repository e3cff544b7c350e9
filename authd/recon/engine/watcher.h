// Watcher: looks at the directories of the suppliers that are watched, see inbox.h.
//
// Threads: one of its own; stop anywhere. Without PostgreSQL it tries again, with growing pauses.

#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "authd/recon/engine/inbox.h"

namespace authd::recon {

class Watcher {
 public:
  struct Options {
    store::Connection::Options connection;
    std::function<void()> on_queued;  // may be empty
    std::chrono::milliseconds look_every{5'000};
    std::chrono::milliseconds pause_max{60'000};  // after errors of PostgreSQL
  };

  // `suppliers` outlive it.
  Watcher(const Suppliers& suppliers, Options options);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  void stop();

 private:
  void watch(const std::stop_token& stop);
  core::Result<void, store::PgError> look(const std::stop_token& stop);

  const Options options_;
  std::vector<Inbox> inboxes_;
  std::optional<store::Connection> connection_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace authd::recon
