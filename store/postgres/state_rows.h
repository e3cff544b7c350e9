// StateRows: rows of the state that are overwritten and of no interest to people, on their way into
// the ledger, so that a state can be rebuilt from it. Of each the last.
//
//   messages   authd.message: those that were referred to or changed by another record than their
//              own decision, which is in authd.decision
//   the calendar of expiries   authd.due_slot and authd.shard.due_cursor
//   images     authd.state_image: usage, programs, time zones, as the journal holds them

#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/rows.h"
#include "store/postgres/connection.h"

namespace authd::store {

class StateRows {
 public:
  explicit StateRows(std::int32_t shard) : shard_(shard) {}

  void put(const core::Message& message, core::Sequence sequence, core::Timestamp at);
  void put(const core::DueSlot& slot) { slots_[slot.slot] = slot.head; }
  void put(const core::DueCursor& cursor) { cursor_ = cursor; }
  void put_image(std::string_view key, Bytes image);

  static core::Result<void, PgError> prepare(Connection& connection);
  core::Result<void, PgError> write(Connection& connection);
  void clear() noexcept;
  std::size_t bytes() const noexcept { return image_bytes_; }

 private:
  struct Changed {
    core::Message row;
    core::Sequence sequence;
    core::Timestamp at;
  };

  core::Result<void, PgError> write_messages(Connection& connection);
  core::Result<void, PgError> write_calendar(Connection& connection);
  core::Result<void, PgError> write_images(Connection& connection);

  const std::int32_t shard_;
  std::map<std::pair<core::MessageId, core::ProgramId>, Changed> messages_;
  std::map<std::int64_t, core::AuthorizationId> slots_;
  std::optional<core::DueCursor> cursor_;
  std::map<std::string, std::vector<std::byte>, std::less<>> images_;
  std::size_t image_bytes_ = 0;
};

}  // namespace authd::store
