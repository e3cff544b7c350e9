// MirrorStatus: how the mirror is, for metrics, the console and the log.

#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "store/mirror/rows.h"
#include "store/postgres/connection.h"

namespace authd::store {

// Exported by name. Those from schema_mismatch on need an operator; the mirror keeps looking
// whether they have passed, and takes nothing over meanwhile.
enum class MirrorState : std::uint8_t {
  stopped = 1,
  connecting = 2,  // or waiting to try again
  comparing = 3,   // everything with everything
  following = 4,
  schema_mismatch =
      10,           // the tables are not those of this program: migrate, or drop what was added
  bad_row = 11,     // a row holds what this program cannot read: correct it in PostgreSQL
  slot_taken = 12,  // the slot's name belongs to another database or plugin
};
std::string_view name(MirrorState state) noexcept;

// Why everything has to be compared. From slot_missing on it is worth an alert.
enum class CompareReason : std::uint8_t {
  none = 0,
  mark_unknown = 1,  // the state is new
  slot_missing = 2,
  slot_lost = 3,      // the server has thrown away log that we had not read
  other_server = 4,   // another system or another timeline: a failover, a restore
  server_behind = 5,  // its log ends before what we have read
  restored = 6,       // an earlier point of this database
  state_behind = 7,   // the slot has been confirmed further than the state has got
  refused = 8,        // the state did not take a row
  repaired = 9,       // there was what could not be read; what it had changed is not known
};
inline constexpr CompareReason compare_reason_last = CompareReason::repaired;
std::string_view name(CompareReason reason) noexcept;

struct MirrorStatus {
  MirrorState state = MirrorState::stopped;
  bool connected = false;
  core::MirrorMark mark;      // of the state
  std::uint64_t reached = 0;  // position up to which everything is applied
  std::string last_error;     // the latest failure; cleared by the next success
  CompareReason compared_for = CompareReason::none;  // the latest, under way or done

  // Since the start.
  std::array<std::uint64_t, std::size_t{static_cast<std::uint8_t>(compare_reason_last)} + 1>
      comparisons{};  // done, by reason
  std::uint64_t transactions = 0;
  std::uint64_t commands = 0;  // handed over
  std::uint64_t refused = 0;
  std::uint64_t failures = 0;
  std::optional<core::Timestamp> last_commit;  // of PostgreSQL, that was applied
};

// The status, written by the mirror's thread and read anywhere.
class MirrorBoard {
 public:
  template <class Change>
  void update(Change change) {
    const std::lock_guard lock(mutex_);
    change(status_);
  }
  MirrorStatus read() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  mutable std::mutex mutex_;
  MirrorStatus status_;
};

// Why a session has ended.
struct MirrorFailure {
  MirrorState state = MirrorState::connecting;
  std::string text;
  std::optional<RowFault> fault{};              // of schema_mismatch and bad_row
  CompareReason compare = CompareReason::none;  // before the next one
};
template <class T>
using MirrorTry = core::Result<T, MirrorFailure>;

MirrorFailure failed(const PgError& error);
MirrorFailure failed(const RowFault& fault);
MirrorFailure stopping();

}  // namespace authd::store
