#include "store/audit/cut.h"

#include <algorithm>
#include <array>

#include "store/format/rows.h"

namespace authd::store {

namespace {

// Records whose accounts, cards and controls are what PostgreSQL says, or will say.
constexpr std::array owned{RecordKind::account_opened,   RecordKind::card_issued,
                           RecordKind::account_changed,  RecordKind::card_changed,
                           RecordKind::control_set,      RecordKind::control_removed,
                           RecordKind::account_mirrored, RecordKind::card_mirrored,
                           RecordKind::control_mirrored, RecordKind::control_removal_mirrored};

bool is_owned(std::uint16_t kind) noexcept {
  return std::find(owned.begin(), owned.end(), static_cast<RecordKind>(kind)) != owned.end();
}

}  // namespace

core::Result<void, FormatError> Cut::add(const RecordView& record) {
  if (record.version != record_version) return core::Unexpected{FormatError::version};
  AUTHD_TRY(images, decode_images(record.payload));
  for (const RowImage& image : images) {
    if (record.sequence <= at_.drained) {
      drained_.put(image.key, image.value, record.sequence, record.at);
    } else if (record.sequence <= at_.copied_until) {
      unsettled_.insert(hash_of_key(image.key));
    }
    if (kind_of_key(image.key) == RowKind::transfer) transfers_.insert(hash_of_key(image.key));
    if (is_owned(record.kind)) {
      versions_[std::string(image.key)].emplace_back(image.value.begin(), image.value.end());
    }
  }
  return {};
}

core::Result<void, AuditError> add_until(core::Sequence last, Reader& reader, Cut& cut) {
  while (reader.next_sequence() <= last) {
    AUTHD_AUDIT_TRY(record, reader.next());
    if (!record) break;
    if (const auto added = cut.add(*record); !added) {
      return core::Unexpected{audit_error(added.error(), record->sequence)};
    }
  }
  return {};
}

}  // namespace authd::store
