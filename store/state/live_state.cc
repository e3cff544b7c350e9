#include "store/state/live_state.h"

namespace authd::store {

using core::Lookup;
using core::Unexpected;

core::Result<LiveState, SnapshotError> LiveState::open(const Snapshot& snapshot) {
  AUTHD_TRY(txn, Snapshot::ReadTxn::begin(snapshot));
  LiveState state(std::move(txn));
  AUTHD_TRY_VOID(state.load_kept());
  return state;
}

core::Result<void, SnapshotError> LiveState::load_kept() {
  bool readable = true;
  const auto keep_row = [&](std::string_view key, Bytes value) {
    readable = keep(key, value).has_value();
    return readable;
  };
  AUTHD_TRY_VOID(txn_.scan(program_prefix, keep_row));
  if (readable) AUTHD_TRY_VOID(txn_.scan(zone_prefix, keep_row));
  if (!readable) return Unexpected{SnapshotError{SnapshotError::Code::corrupt}};
  return {};
}

// What is kept decoded follows a row that is put.
core::Result<void, FormatError> LiveState::keep(std::string_view key, Bytes value) {
  const RowKind kind = kind_of_key(key);
  if (kind == RowKind::controls) {
    controls_.drop(key);
  } else if (kind == RowKind::program) {
    core::Program program;
    AUTHD_TRY_VOID(decode_row(key, value, program));
    programs_.insert_or_assign(program.id, std::move(program));
  } else if (kind == RowKind::zone) {
    core::TimeZone zone;
    AUTHD_TRY_VOID(decode_row(key, value, zone));
    zones_.insert_or_assign(zone.name, std::move(zone));
  }
  return {};
}

core::Result<void, FormatError> LiveState::put(const RowImages& images, core::Sequence sequence,
                                               core::Timestamp at) {
  for (const RowImage& image : images) {
    AUTHD_TRY_VOID(keep(image.key, image.value));
    active_->put(image.key, image.value, sequence, at);
  }
  return {};
}

std::shared_ptr<const Table> LiveState::freeze() {
  AUTHD_ASSERT(!frozen_);
  frozen_ = std::exchange(active_, std::make_shared<Table>());
  return frozen_;
}

core::Result<std::shared_ptr<const Table>, SnapshotError> LiveState::adopt() {
  AUTHD_ASSERT(frozen_);
  AUTHD_TRY_VOID(txn_.renew());
  return std::exchange(frozen_, nullptr);
}

template <class RowType>
Lookup<RowType> LiveState::read(const RowKey& key) const {
  std::optional<Bytes> value = active_->find(key.view());
  if (!value && frozen_) value = frozen_->find(key.view());
  if (!value) {
    const auto stored = txn_.get(key.view());
    if (!stored) return Unexpected{core::StateFault::unreadable};
    value = *stored;
  }
  std::optional<RowType> row;
  if (!value) return row;
  if (!decode_row(key.view(), *value, row.emplace())) return Unexpected{core::StateFault::corrupt};
  return row;
}

std::vector<core::TimeZone> LiveState::zones() const {
  std::vector<core::TimeZone> zones;
  for (const auto& [name, zone] : zones_) zones.push_back(zone);
  return zones;
}

const core::Program* LiveState::program(const core::ProgramId& id) const {
  const auto found = programs_.find(id);
  return found == programs_.end() ? nullptr : &found->second;
}

const core::TimeZone* LiveState::zone(const core::ZoneName& name) const {
  const auto found = zones_.find(name);
  return found == zones_.end() ? nullptr : &found->second;
}

core::Result<const core::ControlSet*, core::StateFault> LiveState::controls(
    const core::Owner& owner) const {
  const RowKey key = controls_key(owner);
  if (const auto known = controls_.find(key, owner.level())) return *known;
  AUTHD_TRY(stored, read<core::ControlSet>(key));
  return controls_.insert(key, owner.level(), std::move(stored));
}

Lookup<core::Account> LiveState::account(core::AccountId id) const {
  return read<core::Account>(account_key(id));
}

Lookup<core::Card> LiveState::card(const core::ProgramId& program,
                                   const core::CardToken& token) const {
  return read<core::Card>(card_key(program, token));
}

Lookup<core::Authorization> LiveState::authorization(core::AuthorizationId id) const {
  return read<core::Authorization>(authorization_key(id));
}

Lookup<core::Usage> LiveState::usage(const core::Owner& owner) const {
  return read<core::Usage>(usage_key(owner));
}

Lookup<core::Message> LiveState::message(const core::ProgramId& program,
                                         const core::MessageId& id) const {
  return read<core::Message>(message_key(program, id));
}

Lookup<core::Notice> LiveState::notice(const core::ProgramId& program,
                                       const core::MessageId& id) const {
  return read<core::Notice>(notice_key(program, id));
}

Lookup<core::DueSlot> LiveState::due_slot(std::int64_t slot) const {
  return read<core::DueSlot>(due_slot_key(slot));
}

Lookup<core::DueCursor> LiveState::due_cursor() const {
  return read<core::DueCursor>(due_cursor_key());
}

Lookup<core::Transfer> LiveState::transfer(const core::ProgramId& program,
                                           const core::MessageId& id) const {
  return read<core::Transfer>(transfer_key(program, id));
}

Lookup<core::MirrorMark> LiveState::mirror_mark() const {
  return read<core::MirrorMark>(mirror_mark_key());
}

}  // namespace authd::store
