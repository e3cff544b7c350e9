#include "store/state/live_state.h"

#include <algorithm>

namespace authd::store {

using core::Lookup;
using core::Unexpected;

core::Result<LiveState, SnapshotError> LiveState::open(const Snapshot& snapshot,
                                                       std::vector<core::Program> programs) {
  AUTHD_TRY(txn, Snapshot::ReadTxn::begin(snapshot));
  return LiveState(std::move(txn), std::move(programs));
}

void LiveState::put(const RowImages& images, core::Sequence sequence) {
  for (const RowImage& image : images) active_->put(image.key, image.value, sequence);
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
  if (!value) return std::optional<RowType>{};
  const auto row = decode_row(key.view(), *value);
  if (!row || !std::holds_alternative<RowType>(*row)) return Unexpected{core::StateFault::corrupt};
  return std::optional{std::get<RowType>(*row)};
}

const core::Program* LiveState::program(const core::ProgramId& id) const {
  const auto found = std::find_if(programs_.begin(), programs_.end(),
                                  [&id](const core::Program& p) { return p.id == id; });
  return found == programs_.end() ? nullptr : &*found;
}

Lookup<core::Account> LiveState::account(core::AccountId id) const {
  return read<core::Account>(account_key(id));
}

Lookup<core::Card> LiveState::card(const core::ProgramId& program,
                                   const core::CardToken& token) const {
  return read<core::Card>(card_key(program, token));
}

Lookup<core::Hold> LiveState::hold(core::HoldId id) const { return read<core::Hold>(hold_key(id)); }

Lookup<core::Usage> LiveState::usage(const core::UsageOwner& owner, core::Window window) const {
  return read<core::Usage>(usage_key(owner, window));
}

Lookup<core::Idempotency> LiveState::idempotency(const core::ProgramId& program,
                                                 const core::MessageId& message) const {
  return read<core::Idempotency>(idempotency_key(program, message));
}

}  // namespace authd::store
