// Wallet: the wallet API as the daemon runs it: its listener, its connections to PostgreSQL, and
// its ways to the sequencer and to the landmarks.
//
// Threads: start, stop and the destructor on the daemon's; status anywhere.

#pragma once

#include <memory>
#include <string>

#include "authd/api/api_service.h"
#include "authd/config/config.h"
#include "authd/daemon/known_numbers.h"
#include "authd/daemon/landmarks.h"
#include "authd/metrics/metrics.h"
#include "authd/net/server.h"
#include "authd/sequencer/sequencer.h"
#include "store/postgres/pool.h"

namespace authd {

class Wallet {
 public:
  // All outlive it. `hurry_drain`: somebody waits for the ledger.
  struct Environment {
    Sequencer& sequencer;
    Landmarks& landmarks;
    const KnownNumbers& known_numbers;
    Metrics& metrics;
    std::function<void()> hurry_drain;
    std::function<void()> wake_reconciliation;  // a run was queued or cancelled
  };

  // `config` has [api] and [postgres]. Listens when it returns; the error is a sentence.
  static core::Result<std::unique_ptr<Wallet>, std::string> start(const Config& config,
                                                                  Environment environment);
  ~Wallet();
  Wallet(const Wallet&) = delete;
  Wallet& operator=(const Wallet&) = delete;

  void stop(std::chrono::milliseconds grace);

  void reload_certificates();
  const net::Tls* tls() const noexcept { return tls_.get(); }  // nullptr: plain HTTP

  // Forgets answers that are older than a day, once an hour; call about once a second.
  void watch();

  std::uint16_t port() const noexcept { return server_->port(); }
  std::size_t connections() const noexcept { return server_->connections(); }
  store::Pool::Status pool() const { return pool_->status(); }

 private:
  Wallet(const Config& config, Environment environment);

  net::Awaitable<core::Result<core::Moved, api::MoveFault>> move(core::Command command,
                                                                 net::Clock::time_point deadline,
                                                                 net::Mailbox& mailbox);

  Environment to_;
  const std::chrono::milliseconds apply_timeout_;
  std::chrono::steady_clock::time_point next_tidying_{};
  std::unique_ptr<store::Pool> pool_;
  std::unique_ptr<api::ApiService> service_;
  std::shared_ptr<net::Tls> tls_;  // empty: plain HTTP
  std::unique_ptr<net::Server> server_;
};

}  // namespace authd
