// Landmarks: how far the ledger and the state have come, and who waits for them to come further.
//
//   drained    the ledger has every record of the journal up to one
//   mirrored   the state has what a transaction of PostgreSQL changed
//   reached    the state has everything that was committed before a position of PostgreSQL's log
//
// Threads: passed_… on the thread of the drain and of the mirror, the rest on network threads.

#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "authd/net/completion.h"
#include "core/identifiers.h"

namespace authd {

class Landmarks {
 public:
  static constexpr std::size_t remembered_max = 65'536;  // transactions that nobody has asked for

  // Wait until then; false: the deadline has passed before.
  net::Awaitable<bool> drained(core::Sequence record, net::Mailbox& mailbox,
                               net::Clock::time_point deadline);
  net::Awaitable<bool> mirrored(std::uint32_t transaction, net::Mailbox& mailbox,
                                net::Clock::time_point deadline);

  net::Awaitable<bool> reached(std::uint64_t position, net::Mailbox& mailbox,
                               net::Clock::time_point deadline);

  void passed_record(core::Sequence drained);
  void passed_transaction(std::uint32_t transaction);
  void passed_position(std::uint64_t position);

 private:
  struct Waiter {
    explicit Waiter(net::Mailbox& mailbox) : done(mailbox) {}
    std::uint64_t landmark = 0;
    bool posted = false;  // under the mutex
    net::Completion done;
  };
  using Waiters = std::vector<Waiter*>;

  net::Awaitable<bool> wait(Waiter& waiter, Waiters& among, net::Clock::time_point deadline);
  template <class Passed>
  void wake(Waiters& waiters, Passed passed, net::Wakeups& wakeups);

  std::mutex mutex_;
  core::Sequence drained_;
  std::uint64_t position_ = 0;
  std::unordered_set<std::uint32_t> transactions_;  // the latest
  std::deque<std::uint32_t> in_order_;              // likewise
  Waiters for_records_;
  Waiters for_transactions_;
  Waiters for_positions_;
};

}  // namespace authd
