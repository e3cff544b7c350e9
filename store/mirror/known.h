// Known: what the state has of the rows that PostgreSQL owns, and what of it PostgreSQL has not.
//
// Whatever PostgreSQL does not have any more is closed or removed, never forgotten: balances and
// the memory of what was decided stay.

#pragma once

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "store/mirror/rows.h"
#include "store/postgres/numbers.h"

namespace authd::store {

// Calls `visit` with every Account, Card and ControlSet of the state; other rows do not matter.
// False: not all of them, because the process is stopping. Called rarely, on the mirror's thread,
// between two calls of `apply`; may take long.
using KnownRows = std::function<bool(const std::function<void(const core::Row&)>& visit)>;

// A set of keys in 16 bytes each, which is what makes room for millions: it holds their hashes.
// That two of a million keys are taken for each other has a chance of 1 in 10^26.
class KeySet {
 public:
  void insert(const MirroredKey& key);
  void seal();  // after the last insert, before the first question
  bool contains(const MirroredKey& key) const;
  bool empty() const noexcept { return hashes_.empty(); }

 private:
  using Hash = std::array<std::uint64_t, 2>;
  static Hash hash(const MirroredKey& key);

  std::vector<Hash> hashes_;
};

// The highest of the state's numbers. Nothing: stopping.
std::optional<Numbers> numbers_of(const KnownRows& known);

// Gives `give` the command that closes or removes it, for every account and card that is not closed
// and every control for which `is_gone`. False: stopping, or `give` returned false.
bool close_gone(const KnownRows& known, const std::function<bool(const MirroredKey&)>& is_gone,
                const std::function<bool(core::Command)>& give);

}  // namespace authd::store
