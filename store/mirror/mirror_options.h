// MirrorOptions: where the mirror reads, what it gives its commands to, and whom it tells.
//
// All functions are called on the mirror's thread.

#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/apply.h"
#include "store/mirror/known.h"
#include "store/mirror/slot.h"
#include "store/postgres/connection.h"

namespace authd::store {

struct MirrorOptions {
  // Applies the commands in their order and returns their outcomes, as many, once what they changed
  // is in the journal and flushed. Nothing: the process is stopping.
  using Apply =
      std::function<std::optional<std::vector<core::Outcome>>(std::vector<core::Command>)>;

  Connection::Options connection;  // its stop token is the mirror's own; a superuser's or a role's
                                   // with REPLICATION
  std::string slot;                // see default_slot_name()
  std::string publication = "authd";
  std::int32_t shard = 1;
  core::MirrorMark mark;  // that the state has at the start

  Apply apply;
  KnownRows known;

  // This database gives none of the numbers up to these out again, and the state knew none beyond
  // them. Once in each session, before anything is taken over.
  std::function<void(const Numbers&)> on_passed;

  // A transaction of PostgreSQL is applied and journaled. `xid` is the lower half of
  // pg_current_xact_id(). One that changed nothing that is mirrored is never heard of: see
  // on_reached.
  std::function<void(std::uint32_t xid, Lsn end_lsn, core::Timestamp committed_at)> on_applied;

  // Everything that was committed before this position is applied and journaled: the positions of
  // pg_current_wal_insert_lsn(), looked up after a commit, can be waited for.
  std::function<void(Lsn position)> on_reached;

  // The state has not taken this: it differs from PostgreSQL until the comparison that follows.
  std::function<void(const core::Command&, const core::Outcome&)> on_refused;

  // The state was as PostgreSQL is, a moment ago. Once in heartbeat_interval while nothing is
  // wrong.
  std::function<void()> on_heard;
  std::chrono::milliseconds heartbeat_interval{1'000};
  std::chrono::milliseconds silence_max{60'000};  // then the connection is given up

  std::size_t commands_max = 1'000;  // handed over at once

  // A position without changes is recorded when it is this far ahead of the recorded one, so that
  // the server need not keep its log for us; and with every new incarnation.
  std::uint64_t idle_step_bytes = std::uint64_t{1} << 20U;
  std::chrono::milliseconds incarnation_interval{60'000};

  // After a comparison because of a refusal, the next one for that reason comes this much later.
  std::chrono::milliseconds refusal_pause{60'000};

  std::chrono::milliseconds retry_first{100};  // doubled by every failure in a row
  std::chrono::milliseconds retry_max{5'000};
};

}  // namespace authd::store
