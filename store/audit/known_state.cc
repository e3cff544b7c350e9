#include "store/audit/known_state.h"

#include "store/audit/cut.h"
#include "store/audit/state_copy.h"

namespace authd::store {

core::Result<void, AuditError> visit_known(const Snapshot& snapshot, const JournalSource& journal,
                                           const std::filesystem::path& scratch,
                                           std::size_t map_bytes, std::uint32_t shard,
                                           const std::function<void(const core::Row&)>& visit) {
  AUTHD_AUDIT_TRY(copy, StateCopy::make(snapshot, scratch, map_bytes, shard));
  AUTHD_AUDIT_TRY(reader, journal.open({copy.header().applied.value + 1}));
  const core::Sequence last = journal.durable();
  Cut cut({last, last});  // the state as of its last record
  AUTHD_TRY_VOID(add_until(last, reader, cut));
  std::optional<FormatError> unreadable;
  AUTHD_AUDIT_TRY_VOID(
      StateView(copy.rows(), cut.drained()).for_each([&](std::string_view key, Bytes value) {
        const RowKind kind = kind_of_key(key);
        if (kind != RowKind::account && kind != RowKind::card && kind != RowKind::controls) {
          return true;
        }
        const auto row = decode_row(key, value);
        if (!row) unreadable = row.error();
        if (row) visit(*row);
        return row.has_value();
      }));
  if (unreadable) return core::Unexpected{audit_error(SnapshotError{SnapshotError::Code::corrupt})};
  return {};
}

}  // namespace authd::store
