#include "store/state/control_cache.h"

#include <algorithm>

#include "core/assert.h"

namespace authd::store {

ControlCache::ControlCache(std::size_t owners_max) : owners_max_(owners_max) {
  AUTHD_ASSERT(owners_max > last_returned_.size());
}

std::optional<const core::ControlSet*> ControlCache::find(const RowKey& key, core::Level level) {
  const auto found = by_key_.find(key.view());
  if (found == by_key_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return returned(entries_.front(), level);
}

const core::ControlSet* ControlCache::insert(const RowKey& key, core::Level level,
                                             std::optional<core::ControlSet> set) {
  AUTHD_ASSERT(!by_key_.contains(key.view()));
  if (entries_.size() >= owners_max_) forget_one();
  entries_.push_front({key, std::move(set)});
  by_key_.emplace(entries_.front().key.view(), entries_.begin());
  return returned(entries_.front(), level);
}

void ControlCache::drop(std::string_view key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  const Entries::iterator entry = found->second;
  by_key_.erase(found);
  std::replace(last_returned_.begin(), last_returned_.end(), static_cast<const Entry*>(&*entry),
               static_cast<const Entry*>(nullptr));
  entries_.erase(entry);
}

const core::ControlSet* ControlCache::returned(const Entry& entry, core::Level level) noexcept {
  last_returned_[static_cast<std::size_t>(level) - 1] = &entry;
  return entry.set ? &*entry.set : nullptr;
}

void ControlCache::forget_one() {
  const auto is_in_use = [this](const Entry& entry) {
    return std::find(last_returned_.begin(), last_returned_.end(), &entry) != last_returned_.end();
  };
  auto oldest = std::prev(entries_.end());
  while (is_in_use(*oldest)) --oldest;  // there are more entries than levels
  by_key_.erase(oldest->key.view());
  entries_.erase(oldest);
}

}  // namespace authd::store
