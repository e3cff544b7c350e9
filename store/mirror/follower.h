// Follower: the stream of one session, from START_REPLICATION to its end.
//
// Small transactions are handed over together when several have arrived, a large one in portions;
// the mark goes with the commands of the last complete one. A portion that comes before its mark
// does no harm: every command is idempotent, and pgoutput sends no transaction that is not
// committed.
//
// A position is confirmed to the server once it is a mark in the journal, never before: so a slot
// that was confirmed further than the state's mark proves that the state is an older one. In the
// middle of a transaction a keepalive's position means nothing.
//
// Threads: the mirror's.

#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <vector>

#include "store/mirror/changes.h"
#include "store/mirror/handover.h"
#include "store/mirror/stream.h"

namespace authd::store {

class Follower {
 public:
  // What is beyond the stream and the state. Called on the thread that calls the follower.
  struct Links {
    std::function<MirrorTry<void>(Bytes message)> send;  // to the server

    // The command of a row as it is now that the transaction is committed; nothing: it is gone.
    std::function<MirrorTry<std::optional<core::Command>>(std::uint32_t xid,
                                                          const MirroredKey& key)>
        read_row;

    // Writes a fresh incarnation into PostgreSQL and the state, in the place of this mark's.
    std::function<MirrorTry<core::MirrorMark>(const core::MirrorMark& mark)> renew;
  };

  // The stream starts at the mark. Everything outlives the follower.
  Follower(const MirrorOptions& options, MirrorBoard& board, Handover& handover,
           core::MirrorMark& mark, Links links);

  // Until asked to stop, something fails, or a refusal makes a comparison due, which is a failure
  // too; not before `comparable_from`.
  MirrorTry<void> run(Connection& stream, const std::stop_token& stop,
                      std::chrono::steady_clock::time_point comparable_from);

  // One message of the stream, in the order of the stream.
  MirrorTry<void> take(Bytes message);

  // Everything that has come so far is applied and journaled; transactions that are complete are
  // marked and confirmed. For when nothing more is there.
  MirrorTry<void> settle();

  // Heartbeat and incarnation, where they are due.
  MirrorTry<void> keep_in_touch();

 private:
  struct Committed {
    std::uint32_t xid;
    Lsn end_lsn;
    core::Timestamp at;
  };

  MirrorTry<void> decode(Bytes message);
  MirrorTry<void> take(const StreamData& data);
  MirrorTry<void> take(const Keepalive& keepalive);

  MirrorTry<void> take(const pgoutput::Begin& begin);
  MirrorTry<void> take(const pgoutput::Commit& commit);
  MirrorTry<void> take(const pgoutput::Relation& relation);
  template <class RowMessage>
  MirrorTry<void> take(const RowMessage& message);

  MirrorTry<void> apply(const Change& change);
  MirrorTry<void> apply(const Gone& gone);
  MirrorTry<void> apply(const Emptied& emptied);
  MirrorTry<void> apply(const Incomplete& incomplete);
  MirrorTry<void> close_gone_rows();
  MirrorTry<void> close_where(const std::function<bool(const MirroredKey&)>& is_gone);

  MirrorTry<void> reach(Lsn position);
  MirrorTry<void> record(Lsn position);
  MirrorTry<void> renew();
  MirrorTry<void> send_status(bool wants_reply);
  void heard();
  std::chrono::milliseconds patience() const;

  const MirrorOptions& options_;
  MirrorBoard& board_;
  Handover& handover_;
  core::MirrorMark& mark_;
  const Links links_;

  Changes changes_;
  std::vector<Change> scratch_;
  std::vector<MirroredKey> gone_;     // deleted one after the other, not closed yet
  std::vector<Committed> committed_;  // with their commands in handover_
  std::uint32_t xid_ = 0;
  bool is_open_ = false;     // between Begin and Commit
  bool is_skipped_ = false;  // it was applied before
  Lsn reached_ = 0;

  std::chrono::steady_clock::time_point last_message_;
  std::chrono::steady_clock::time_point next_heartbeat_;
  std::chrono::steady_clock::time_point next_incarnation_;
};

}  // namespace authd::store
