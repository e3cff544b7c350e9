// Services: what the daemon does beside decisions, each as far as it is configured: reconciliation,
// referral and the wallet API.
//
// They work on PostgreSQL and hand money and changes to the sequencer like anybody else, so a
// decision never waits for one of them.
//
// Threads: start, watch, stop and the destructor on the daemon's; add_to anywhere.

#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "authd/config/config.h"
#include "authd/daemon/reconciliation.h"
#include "authd/daemon/referral.h"
#include "authd/daemon/wallet.h"
#include "authd/status/status.h"

namespace authd {

class Services {
 public:
  // All outlive it. `hurry_drain`: somebody waits for the ledger.
  struct Environment {
    Sequencer& sequencer;
    Landmarks& landmarks;
    const KnownNumbers& known_numbers;
    Metrics& metrics;
    std::function<void()> hurry_drain;
  };

  // `config` outlives it. The API listens when it returns; the error is a sentence.
  static core::Result<std::unique_ptr<Services>, std::string> start(const Config& config,
                                                                    Environment environment);

  void add_to(Status& status) const;

  // Call about once a second.
  void watch();

  void reload_certificates();

  // Those who call first, then what works in the background.
  void stop(std::chrono::milliseconds grace);

 private:
  Services() = default;

  std::unique_ptr<Reconciliation> reconciliation_;  // nothing: it is not configured; so the others
  std::unique_ptr<Referral> referral_;
  std::unique_ptr<Wallet> wallet_;  // wakes reconciliation
};

}  // namespace authd
