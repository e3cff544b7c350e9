// ControlCache: decoded control sets, because decoding one costs more than the rest of a decision.
//
// Remembers the owners that were asked for last, and of some that they have no set. Forgets the one
// that was not asked for longest.
//
// Lifetime: the set that was returned last of each level stays where it is until the next one of
// that level, or until it is dropped. Threads: one.

#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <list>
#include <optional>
#include <string_view>

#include "core/control.h"
#include "store/format/keys.h"

namespace authd::store {

class ControlCache {
 public:
  // `owners_max`: 4 or more. A set of a few controls takes 1 to 2 KiB.
  explicit ControlCache(std::size_t owners_max);

  // The set under an owner's key; null when the owner has none; nothing when that is not known
  // here.
  std::optional<const core::ControlSet*> find(const RowKey& key, core::Level level);

  // Remembers what find() did not know, and returns the set.
  const core::ControlSet* insert(const RowKey& key, core::Level level,
                                 std::optional<core::ControlSet> set);

  // Forgets what was stored under the key.
  void drop(std::string_view key);

  std::size_t owners() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    RowKey key;
    std::optional<core::ControlSet> set;
  };
  using Entries = std::list<Entry>;  // the one that was asked for last is the first

  const core::ControlSet* returned(const Entry& entry, core::Level level) noexcept;
  void forget_one();

  std::size_t owners_max_;
  Entries entries_;
  // Keys are views into the entries.
  boost::unordered_flat_map<std::string_view, Entries::iterator, std::hash<std::string_view>>
      by_key_;
  std::array<const Entry*, 3> last_returned_{};  // by level
};

}  // namespace authd::store
