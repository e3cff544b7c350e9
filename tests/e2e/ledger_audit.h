// What must be true of the ledger whenever the drain has caught up, whatever happened before.

#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "tests/e2e/daemon.h"
#include "tests/postgres/cluster.h"

namespace authd::test {

struct Decided {
  std::string message;
  std::string card;
  std::int64_t amount_minor = 0;
  std::int64_t approved_minor = 0;
  bool approved = false;
  friend bool operator==(const Decided&, const Decided&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Decided& d) {
    return out << d.message << " card " << d.card << " amount " << d.amount_minor
               << (d.approved ? " approved " : " declined ") << d.approved_minor;
  }
};
using Decisions = std::map<std::int64_t, Decided>;  // by sequence

Decisions decisions_of_ledger(store::Connection& connection);
// Of the requests in `authd journal dump`; the daemon must be stopped. A failed test when the
// journal does not verify, or its sequences have a gap.
Decisions decisions_of_journal(const Site& site);

// Every account: held = open holds = approvals = the book of holds ≤ posted, and its wallet is what
// is left. A line for each that is not so.
std::vector<std::string> unbalanced_accounts(store::Connection& connection);

std::map<std::int64_t, std::int64_t> held_minor_by_account(store::Connection& connection);

// Has the daemon compare its state with the ledger, row for row: nothing when both are the same,
// otherwise what it says.
std::string found_by_audit(const Daemon& daemon);

}  // namespace authd::test
