#include "store/audit/state_copy.h"

#include <array>
#include <system_error>

namespace authd::store {

namespace {

// Every kind of row; not the snapshot's header.
constexpr std::array prefixes{account_prefix,       card_prefix,       program_prefix,
                              authorization_prefix, message_prefix,    notice_prefix,
                              zone_prefix,          due_slot_prefix,   due_cursor_prefix,
                              transfer_prefix,      mirror_mark_prefix};

}  // namespace

StateCopy::Removal::~Removal() {
  if (directory.empty()) return;
  std::error_code ignored;  // the next audit removes what is left
  std::filesystem::remove_all(directory, ignored);
}

core::Result<StateCopy, SnapshotError> StateCopy::make(const Snapshot& snapshot,
                                                       const std::filesystem::path& directory,
                                                       std::size_t map_bytes, std::uint32_t shard) {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
  Removal removal(directory);
  const std::filesystem::path place = directory / "snapshot";
  AUTHD_TRY_VOID(snapshot.copy_to(place));
  AUTHD_TRY(copy, Snapshot::open({place, map_bytes, shard}));
  AUTHD_TRY(header, copy.header());
  if (!header) return core::Unexpected{SnapshotError{SnapshotError::Code::corrupt}};
  AUTHD_TRY(rows, Snapshot::ReadTxn::begin(copy));
  return StateCopy(std::move(removal), std::move(copy), std::move(rows), *header);
}

core::Result<void, SnapshotError> StateView::for_each(
    const std::function<bool(std::string_view, Bytes)>& visit) const {
  bool go_on = true;
  const auto newest = [&](std::string_view key, Bytes value) {
    const auto changed = changes_.find(key);
    go_on = visit(key, changed ? *changed : value);
    return go_on;
  };
  for (const std::string_view prefix : prefixes) {
    if (go_on) AUTHD_TRY_VOID(base_.scan(prefix, newest));
  }
  for (const Table::Entry& entry : changes_.sorted()) {
    if (!go_on) break;
    AUTHD_TRY(below, base_.get(entry.key));
    if (!below) go_on = visit(entry.key, entry.value);
  }
  return {};
}

}  // namespace authd::store
