#include "store/state/table.h"

#include <algorithm>

namespace authd::store {

void Table::put(std::string_view key, Bytes value, core::Sequence sequence, core::Timestamp at) {
  AUTHD_ASSERT(sequence >= last_sequence_);
  last_sequence_ = sequence;
  last_at_ = std::max(last_at_, at);

  auto found = rows_.find(key);
  if (found == rows_.end()) {
    auto* const owned_key = static_cast<char*>(arena_.allocate(key.size(), 1));
    std::copy(key.begin(), key.end(), owned_key);
    found = rows_.emplace(std::string_view(owned_key, key.size()), Slot{}).first;
  }
  Slot& slot = found->second;
  const auto size = static_cast<std::uint32_t>(value.size());
  if (size > slot.capacity) {
    slot.bytes = static_cast<std::byte*>(arena_.allocate(size, 1));
    slot.capacity = size;
  }
  std::copy(value.begin(), value.end(), slot.bytes);
  slot.size = size;
}

std::optional<Bytes> Table::find(std::string_view key) const {
  const auto found = rows_.find(key);
  if (found == rows_.end()) return std::nullopt;
  return Bytes(found->second.bytes, found->second.size);
}

std::vector<Table::Entry> Table::sorted() const {
  std::vector<Entry> entries;
  entries.reserve(rows_.size());
  for (const auto& [key, slot] : rows_) entries.push_back({key, Bytes(slot.bytes, slot.size)});
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.key < b.key; });
  return entries;
}

}  // namespace authd::store
