// Drain: carries the journal's records into the ledger.
//
// Each transaction writes the rows of consecutive records and moves the shard's high-water mark
// over them, under the claim of the shard (shard_claim.h); so every record is in the ledger exactly
// once, whatever breaks when. After any failure: roll back, connect again after a pause that grows,
// read the mark, and go on behind it. The mark may have moved backwards (a failover that lost
// commits): the journal still holds those records.
//
// PostgreSQL may be away at the start or for hours: nobody waits for the drain. What it means for
// the business is in `exposure`.
//
// Threads: one of its own; everything public anywhere, start and stop by the owner.

#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "store/journal/reader.h"
#include "store/postgres/batch.h"
#include "store/postgres/marked_exposure.h"
#include "store/postgres/shard_claim.h"

namespace authd::store {

// Exported by name. Those from history_missing on need an operator; the drain keeps looking whether
// they have passed, except for `deposed`, which is final.
enum class DrainState : std::uint8_t {
  stopped = 1,
  connecting = 2,  // or waiting to try again
  draining = 3,
  paused = 4,
  history_missing = 10,   // the journal no longer holds the records after the ledger's mark
  ahead_of_journal = 11,  // the ledger holds records that this journal does not: a wrong journal
  journal_unreadable = 12,
  ledger_refuses = 13,   // it holds something that a record contradicts
  schema_mismatch = 14,  // the ledger's schema is not this program's version: migrate
  deposed = 15,          // another process drains this shard now
};
std::string_view name(DrainState state) noexcept;

struct DrainStatus {
  DrainState state = DrainState::stopped;
  bool connected = false;
  bool mark_known = false;  // read from PostgreSQL since the start
  core::Sequence drained;   // the ledger's mark as last seen
  std::int64_t epoch = 0;   // of the claim; 0 before the first
  std::optional<core::Timestamp>
      oldest_undrained;    // when it was recorded; nothing: none, or unknown
  std::string last_error;  // the latest failure; cleared by the next commit

  // Since the start.
  std::uint64_t records = 0;
  std::uint64_t transactions = 0;
  std::uint64_t failures = 0;
  std::chrono::microseconds last_transaction{};
  std::chrono::microseconds all_transactions{};
};

class Drain {
 public:
  struct Options {
    Connection::Options connection;  // its stop token is the drain's own
    std::size_t batch_records_max = 4096;
    std::size_t batch_bytes_max = std::size_t{4} << 20U;

    // A transaction begins at the earliest this long after the one before: under load one large
    // transaction costs half the CPU of many small ones. A record that comes after a pause does not
    // wait.
    std::chrono::milliseconds pace{50};

    std::chrono::milliseconds retry_first{100};  // doubled by every failure in a row
    std::chrono::milliseconds retry_max{5'000};

    // The journal's end when the sequencer begins to count approvals, and the ledger's mark as this
    // node remembers it, used until PostgreSQL tells. 0: unknown, nothing counts as confirmed.
    core::Sequence counted_from;
    core::Sequence remembered_mark;

    // How controls are shown to people in authd.spend_control. On the drain's thread.
    ControlDefinition control_definition;

    // The ledger holds every record up to this one; after a failover it may be fewer than before.
    // On the drain's thread.
    std::function<void(core::Sequence)> on_drained;

    // PostgreSQL has answered. At least once in heartbeat_interval while it does. On the drain's
    // thread.
    std::function<void()> on_heard;
    std::chrono::milliseconds heartbeat_interval{1'000};
  };

  // `journal` and `exposure` outlive the drain.
  Drain(const Journal& journal, Exposure& exposure, Options options);
  ~Drain();
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;

  void start();
  void stop();              // returns within a second, even when the server hangs
  void pause(bool paused);  // takes effect after the transaction under way

  // Somebody waits for what is journaled by now: the next transaction begins at once.
  void hurry();

  DrainStatus status() const;

 private:
  struct Failure {
    DrainState state;
    std::string text;
  };
  template <class T>
  using Try = core::Result<T, Failure>;

  void run(const std::stop_token& stop);
  Try<void> session(const std::stop_token& stop);
  Try<Connection> connect(const std::stop_token& stop);
  Try<Reader> resume(Connection& connection, const std::stop_token& stop);
  Try<void> follow(Connection& connection, Reader& reader, const std::stop_token& stop);
  Try<void> fill(Reader& reader);
  Try<void> write(Connection& connection);
  Try<void> keep_in_touch(Connection& connection);
  void heard();
  bool batch_is_full() const noexcept;
  void sleep(std::chrono::milliseconds duration, const std::stop_token& stop);
  bool is_paused() const;
  void wait_for_pace(std::chrono::milliseconds duration, const std::stop_token& stop);
  void look_for_oldest_undrained();
  void report(const Failure& failure);

  template <class Change>
  void update(Change change) {
    const std::lock_guard lock(mutex_);
    change(status_);
  }

  const Journal& journal_;
  const Options options_;
  MarkedExposure exposure_;
  ShardClaim claim_;
  Batch batch_;
  core::Sequence mark_;  // the ledger's, as last seen; until then the remembered one
  std::chrono::steady_clock::time_point next_transaction_;
  std::chrono::steady_clock::time_point next_heartbeat_;

  mutable std::mutex mutex_;
  std::condition_variable_any wake_;  // by a stop
  DrainStatus status_;
  bool paused_ = false;
  bool hurried_ = false;

  std::jthread thread_;  // last: it uses everything above
};

}  // namespace authd::store
