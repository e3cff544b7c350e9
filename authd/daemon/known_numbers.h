// KnownNumbers: the highest numbers of accounts and counters that the state knows, for those who
// must not let PostgreSQL give them out again.
//
// What the state had before this process began is not known by itself. The mirror finds it out in
// its first session: either PostgreSQL is the one that the state has read from, and has them, or
// everything is compared anyway.
//
// Threads: any.

#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

#include "core/apply.h"
#include "store/postgres/numbers.h"

namespace authd {

class KnownNumbers {
 public:
  // Waits until found() was called once, but not for long: then nothing. A daemon that has just
  // started need not turn anybody away for the moment that the mirror takes.
  std::optional<store::Numbers> wait() const;

  // All that the state knew: none of them is higher.
  void found(const store::Numbers& numbers);

  // What the state is about to know.
  void meet(const std::vector<core::Command>& commands);

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable found_;
  store::Numbers numbers_;
  bool is_found_ = false;
};

}  // namespace authd
