// Daemon: everything `authd serve` runs, put together, and taken down in the order in which nothing
// is lost.
//
//   thread            runs                     owns
//   network × n       net::NetworkThread       its connections
//   admin             net::NetworkThread       its connections
//   sequencer         Sequencer                the state, the journal's writer
//   checkpointer      store::Checkpointer      the snapshot's writer
//   segment preparer  store::SegmentPreparer   the next journal segment
//   drain             store::Drain             its reader of the journal, its connection
//   mirror            store::Mirror            its two connections
//   api × n           net::NetworkThread       the connections of the wallet API's callers
//   auditor           Auditor                  a connection to PostgreSQL while it audits
//   recon × n         Reconciliation           a connection each, to look for runs and for files,
//                                              and two for each run under way
//   referral × n      Referral                a connection each: for earnings, for the clock of
//                                              payouts and, while it pays, as many as are
//                                              configured
//   pool × n          store::Pool              a connection to PostgreSQL each
//   main              Daemon::watch, signals   nothing
//
// Stopping: no new connections and requests, answers for what is under way, referral,
// reconciliation, the mirror, the last flush, a last checkpoint, then the drain.

#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "authd/audit/auditor.h"
#include "authd/config/config.h"
#include "authd/daemon/known_numbers.h"
#include "authd/daemon/landmarks.h"
#include "authd/daemon/mirror_feed.h"
#include "authd/daemon/services.h"
#include "authd/endpoints/admin_endpoint.h"
#include "authd/endpoints/processor_endpoint.h"
#include "authd/metrics/metrics.h"
#include "authd/net/server.h"
#include "authd/net/tls.h"
#include "authd/sequencer/sequencer.h"
#include "store/mirror/mirror.h"
#include "store/postgres/drain.h"
#include "store/postgres/exposure.h"
#include "store/state/checkpointer.h"
#include "store/state/storage.h"

namespace authd {

class Daemon {
 public:
  // Recovers the state, opens the ports and serves. The error is a sentence for the operator.
  static core::Result<std::unique_ptr<Daemon>, std::string> start(Config config);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  std::uint16_t port() const noexcept { return processor_server_->port(); }
  std::uint16_t admin_port() const noexcept { return admin_server_->port(); }

  // One look at disk space and old segments; call about once a second.
  void watch();

  void stop();

  // Reads the certificates of the listeners again; what is wrong with them is logged, and they
  // stay.
  void reload_certificates();

  // Keeps the ledger from being written meanwhile, for benchmarks and maintenance of PostgreSQL.
  void pause_drain(bool paused);

 private:
  explicit Daemon(Config config);

  core::Result<void, std::string> open_storage();
  core::Result<void, std::string> open_ports();
  void start_drain();
  void start_auditor();
  core::Result<store::AuditReport, std::string> audit(const std::stop_token& stop,
                                                      const Auditor::Progress& progress);
  void start_mirror(const std::optional<core::MirrorMark>& mark);
  bool known_rows(const std::function<void(const core::Row&)>& visit) const;
  void find_numbers();
  void prune_journal();
  void log_ledger_changes();
  std::chrono::microseconds mirror_age() const;
  void hear_of_ledger();
  Status status() const;
  LedgerStatus drain_status() const;

  const Config config_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::atomic<std::uint64_t> drained_sequence_{0};
  std::atomic<std::int64_t> ledger_heard_us_{0};  // on the steady clock
  std::atomic<unsigned> disk_used_percent_{0};

  Metrics metrics_;
  store::Exposure exposure_;
  std::unique_ptr<store::Storage> storage_;
  std::unique_ptr<store::Checkpointer> checkpointer_;
  Landmarks landmarks_;
  KnownNumbers known_numbers_;
  store::DrainState logged_drain_ = store::DrainState::stopped;  // as the log has it
  store::MirrorState logged_mirror_ = store::MirrorState::stopped;
  std::unique_ptr<store::Drain> drain_;
  std::unique_ptr<MirrorFeed> mirror_feed_;
  std::unique_ptr<store::Mirror> mirror_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<Auditor> auditor_;
  std::unique_ptr<ProcessorEndpoint> processor_endpoint_;
  std::unique_ptr<AdminEndpoint> admin_endpoint_;
  std::shared_ptr<net::Tls> tls_;  // of the processors' listener; empty: plain HTTP
  std::unique_ptr<net::Server> processor_server_;
  std::unique_ptr<net::Server> admin_server_;
  std::unique_ptr<Sequencer>
      sequencer_;  // last, so destroyed first: it completes what the servers wait for
};

}  // namespace authd
