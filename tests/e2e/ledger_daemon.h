// A running daemon beside a ledger of its own, with the wallet API. Whatever a test does with it,
// in the end its state is what the ledger says, the books balance, and it stops in peace.

#pragma once

#include <optional>
#include <string>

#include "tests/e2e/daemon.h"
#include "tests/e2e/wallet_client.h"
#include "tests/postgres/cluster.h"

namespace authd::test {

class LedgerDaemonTest : public LedgerTest {
 protected:
  // To be called by SetUp: the daemon is ready and its mirror follows. `openings` are what `authd
  // load` reads; conninfo and api of the settings are set here.
  void begin(Site::Settings settings, const std::string& openings);
  void TearDown() override;

  void start();
  void kill_and_start();

  // The answer of the ledger: one field.
  std::string ask(const std::string& statement) const;

  std::optional<Site> site_;
  std::optional<Daemon> daemon_;
  std::optional<WalletClient> client_;  // of the program
};

}  // namespace authd::test
