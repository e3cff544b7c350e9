// LiveState: the state the daemon decides on: State = snapshot + overlay.
//
// The overlay is two tables. Changes go to the active one. freeze() sets it aside for the
// checkpointer and starts a new one; from then on a read looks in active, frozen, snapshot. When
// the checkpoint is durable, adopt() moves the read transaction to it and gives the frozen table
// back.
//
// Threads: the sequencer's alone; the frozen table is shared with the checkpointer, which only
// reads it.

#pragma once

#include <memory>
#include <vector>

#include "core/state.h"
#include "store/format/records.h"
#include "store/state/snapshot.h"
#include "store/state/table.h"

namespace authd::store {

class LiveState final : public core::State {
 public:
  // `snapshot` outlives the state.
  static core::Result<LiveState, SnapshotError> open(const Snapshot& snapshot,
                                                     std::vector<core::Program> programs);

  // Folds the after-images of one record in.
  void put(const RowImages& images, core::Sequence sequence);

  // Rows that are in memory because the snapshot does not hold them yet.
  std::size_t overlay_rows() const noexcept {
    return active_->rows() + (frozen_ ? frozen_->rows() : 0);
  }
  std::size_t active_rows() const noexcept { return active_->rows(); }
  bool is_frozen() const noexcept { return frozen_ != nullptr; }

  // Sets the active table aside. Not while another is set aside.
  std::shared_ptr<const Table> freeze();

  // The frozen table is in the snapshot now: read it there. Returns the table, to be dropped
  // elsewhere: freeing a large one takes milliseconds. On an error nothing changed.
  core::Result<std::shared_ptr<const Table>, SnapshotError> adopt();

  const core::Program* program(const core::ProgramId& id) const override;
  core::Lookup<core::Account> account(core::AccountId id) const override;
  core::Lookup<core::Card> card(const core::ProgramId& program,
                                const core::CardToken& token) const override;
  core::Lookup<core::Hold> hold(core::HoldId id) const override;
  core::Lookup<core::Usage> usage(const core::UsageOwner& owner,
                                  core::Window window) const override;
  core::Lookup<core::Idempotency> idempotency(const core::ProgramId& program,
                                              const core::MessageId& message) const override;

 private:
  LiveState(Snapshot::ReadTxn txn, std::vector<core::Program> programs)
      : programs_(std::move(programs)), txn_(std::move(txn)) {}

  template <class RowType>
  core::Lookup<RowType> read(const RowKey& key) const;

  std::vector<core::Program> programs_;
  Snapshot::ReadTxn txn_;
  std::shared_ptr<Table> active_ = std::make_shared<Table>();
  std::shared_ptr<const Table> frozen_;
};

}  // namespace authd::store
