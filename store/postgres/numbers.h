// Numbers: the last that accounts and counters have got from PostgreSQL's sequences.
//
// A database that is restored to an earlier point has its sequences as they were. The state keeps
// what it knows: an account that gets a number again would have the old one's money and cards, and
// a control with the counter of another what that has counted. So the sequences are moved past
// every number that the state knows before somebody takes one.
//
// The numbers that the wallet API gives to controls come from the sequence of the counters as well.
//
// Threads: one at a time. Errors: PgError.

#pragma once

#include <cstdint>

#include "core/control.h"
#include "store/postgres/connection.h"

namespace authd::store {

struct Numbers {
  // What is higher was chosen by people: a sequence does not come so far, and moved so far it would
  // soon be at its end.
  static constexpr std::int64_t account_max = 9'000'000'000'000'000;
  static constexpr std::uint64_t counter_max = 3ULL << 61U;

  std::int64_t account = 0;  // the highest; 0: none
  std::int64_t counter = 0;  // those of authd.counter_seq are higher than the journal's

  void meet(core::AccountId id) noexcept;
  void meet(core::CounterId id) noexcept;
  void meet(const Numbers& others) noexcept;
  friend bool operator==(const Numbers&, const Numbers&) = default;
};

// None of the numbers up to these is given out any more. Returns the last ones that were, or are
// skipped. Moves a sequence forward only; then, and only then, it waits for open transactions that
// have taken a number of it, up to a second (55P03). Both of our roles may call it.
core::Result<Numbers, PgError> pass_numbers(Connection& connection, const Numbers& known);

}  // namespace authd::store
