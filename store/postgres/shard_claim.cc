#include "store/postgres/shard_claim.h"

#include <algorithm>

namespace authd::store {

using core::Unexpected;

core::Result<ShardClaim::Taken, PgError> ShardClaim::take(Connection& connection,
                                                          core::Sequence durable) {
  AUTHD_TRY(transaction, Transaction::begin(connection));
  AUTHD_TRY_VOID(
      connection.exec("INSERT INTO authd.shard (shard) VALUES ($1) ON CONFLICT DO NOTHING",
                      PgParams().number(shard_)));
  AUTHD_TRY(row, connection.exec("SELECT epoch, coalesce(owner::text, ''), drained_seq"
                                 " FROM authd.shard WHERE shard = $1 FOR UPDATE",
                                 PgParams().number(shard_)));
  const auto epoch = row.number<std::int64_t>(0, 0);
  const bool is_ours = epoch_ != 0 && epoch == epoch_ && row.text(0, 1) == owner_;
  const core::Sequence drained{static_cast<std::uint64_t>(row.number<std::int64_t>(0, 2))};

  if (epoch_ != 0 && !is_ours && epoch >= epoch_) return Taken{Standing::deposed, drained};
  if (drained > durable) return Taken{Standing::ahead, drained};
  if (!is_ours) AUTHD_TRY_VOID(claim(connection, std::max(epoch, epoch_) + 1));
  AUTHD_TRY_VOID(transaction.commit());
  return Taken{Standing::ours, drained};
}

// Remembered before the commit: if its outcome stays unknown, the claim is either there or it is
// older than ours and taken again.
core::Result<void, PgError> ShardClaim::claim(Connection& connection, std::int64_t epoch) {
  AUTHD_TRY(claimed, connection.exec("UPDATE authd.shard SET epoch = $2, owner = gen_random_uuid()"
                                     " WHERE shard = $1 RETURNING owner::text",
                                     PgParams().number(shard_).number(epoch)));
  if (claimed.rows() != 1) return Unexpected{unexpected("the shard's row has gone")};
  epoch_ = epoch;
  owner_ = claimed.text(0, 0);
  return {};
}

core::Result<void, PgError> ShardClaim::advance(Connection& connection, core::Sequence from,
                                                core::Sequence to) {
  AUTHD_TRY(moved, connection.exec("UPDATE authd.shard SET drained_seq = $5, drained_at = now()"
                                   " WHERE shard = $1 AND epoch = $2 AND owner = $3::text::uuid"
                                   " AND drained_seq = $4",
                                   PgParams()
                                       .number(shard_)
                                       .number(epoch_)
                                       .text(owner_)
                                       .number(static_cast<std::int64_t>(from.value))
                                       .number(static_cast<std::int64_t>(to.value))));
  if (moved.affected() != 1) {
    return Unexpected{unexpected("the shard was claimed by another, or its mark was moved")};
  }
  return {};
}

}  // namespace authd::store
