// LiveState: the state the daemon decides on: State = snapshot + overlay.
//
// The overlay is two tables. Changes go to the active one. freeze() sets it aside for the
// checkpointer and starts a new one; from then on a read looks in active, frozen, snapshot. When
// the checkpoint is durable, adopt() moves the read transaction to it and gives the frozen table
// back.
//
// Programs and time zones are few: all of them are kept decoded. Control sets are kept decoded for
// the owners that were asked for last. Every other row is decoded when it is read.
//
// Threads: the sequencer's alone; the frozen table is shared with the checkpointer, which only
// reads it.

#pragma once

#include <map>
#include <memory>

#include "core/state.h"
#include "store/format/records.h"
#include "store/state/control_cache.h"
#include "store/state/snapshot.h"
#include "store/state/table.h"

namespace authd::store {

class LiveState final : public core::State {
 public:
  static constexpr std::size_t cached_owners_max = 65'536;  // whose control sets are kept decoded

  // `snapshot` outlives the state. Reads all programs and zones.
  static core::Result<LiveState, SnapshotError> open(const Snapshot& snapshot);

  // Folds the after-images of one record in, which was made at `at`. An error, after which the
  // state is of no use: a program or a zone does not decode.
  core::Result<void, FormatError> put(const RowImages& images, core::Sequence sequence,
                                      core::Timestamp at);

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

  // Copies of all zones that the state knows.
  std::vector<core::TimeZone> zones() const;

  const core::Program* program(const core::ProgramId& id) const override;
  const core::TimeZone* zone(const core::ZoneName& name) const override;
  core::Result<const core::ControlSet*, core::StateFault> controls(
      const core::Owner& owner) const override;
  core::Lookup<core::Account> account(core::AccountId id) const override;
  core::Lookup<core::Card> card(const core::ProgramId& program,
                                const core::CardToken& token) const override;
  core::Lookup<core::Authorization> authorization(core::AuthorizationId id) const override;
  core::Lookup<core::Usage> usage(const core::Owner& owner) const override;
  core::Lookup<core::Message> message(const core::ProgramId& program,
                                      const core::MessageId& id) const override;
  core::Lookup<core::Notice> notice(const core::ProgramId& program,
                                    const core::MessageId& id) const override;
  core::Lookup<core::DueSlot> due_slot(std::int64_t slot) const override;
  core::Lookup<core::DueCursor> due_cursor() const override;
  core::Lookup<core::Transfer> transfer(const core::ProgramId& program,
                                        const core::MessageId& id) const override;
  core::Lookup<core::MirrorMark> mirror_mark() const override;

 private:
  explicit LiveState(Snapshot::ReadTxn txn) : txn_(std::move(txn)) {}

  core::Result<void, SnapshotError> load_kept();
  core::Result<void, FormatError> keep(std::string_view key, Bytes value);
  template <class RowType>
  core::Lookup<RowType> read(const RowKey& key) const;

  Snapshot::ReadTxn txn_;
  std::shared_ptr<Table> active_ = std::make_shared<Table>();
  std::shared_ptr<const Table> frozen_;

  std::map<core::ProgramId, core::Program> programs_;
  std::map<core::ZoneName, core::TimeZone> zones_;
  mutable ControlCache controls_{cached_owners_max};
};

}  // namespace authd::store
