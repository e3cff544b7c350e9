// ShardClaim: the right to drain one shard, kept in its row of authd.shard.
//
// Taking the claim raises the row's epoch; whoever had it before can no longer advance the mark,
// and with it none of its transactions commits. A failover to a standby that had not heard of the
// claim brings back an older epoch: then the claim is taken again. If somebody else claimed there
// meanwhile, the epochs may be equal, and the random owner tells the two apart.
//
// Threads: one at a time.

#pragma once

#include <string>

#include "core/identifiers.h"
#include "store/postgres/connection.h"

namespace authd::store {

enum class Standing : std::uint8_t {
  ours = 1,
  deposed = 2,  // another process has claimed the shard: for good
  ahead = 3,    // the ledger holds records beyond `durable`; nothing was claimed
};

class ShardClaim {
 public:
  struct Taken {
    Standing standing;
    core::Sequence drained;  // the ledger's mark
  };

  explicit ShardClaim(std::int32_t shard) : shard_(shard) {}

  // On every new connection: claims the first time, afterwards makes sure that the claim still
  // stands. `durable`: the last record of the journal; a journal that lacks what the ledger holds
  // is the wrong one, and must not depose the right one.
  core::Result<Taken, PgError> take(Connection& connection, core::Sequence durable);

  // Within the transaction that writes (from, to]: moves the mark, or fails when the claim does not
  // stand or the mark is not `from`.
  core::Result<void, PgError> advance(Connection& connection, core::Sequence from,
                                      core::Sequence to);

  std::int64_t epoch() const noexcept { return epoch_; }  // 0: not claimed yet

 private:
  core::Result<void, PgError> claim(Connection& connection, std::int64_t epoch);

  const std::int32_t shard_;
  std::int64_t epoch_ = 0;
  std::string owner_;
};

}  // namespace authd::store
