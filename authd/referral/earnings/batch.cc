#include "authd/referral/earnings/batch.h"

#include <algorithm>

#include "authd/referral/earnings/batch_read.h"
#include "authd/referral/earnings/batch_write.h"

namespace authd::referral {

namespace {

using core::Result;
using core::Unexpected;
using store::Connection;
using store::PgError;
using store::PgParams;

// Commits wait for no flush, which decisions would wait for behind it: what a crash of the server
// takes away goes with its mark and is earned again, and a payout, which does wait, flushes all
// that it builds on.
constexpr const char* settings =
    "SET synchronous_commit = off; SET max_parallel_workers_per_gather = 0;"
    " SET enable_seqscan = off; SET jit = off";

// What is read is looked up by key, in the order in which the statements say and which the limit
// may end, whatever the planner thinks of arrays and of tables that were empty when it looked.
constexpr const char* plan_reading =
    "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;"
    " SET LOCAL enable_sort = off; SET LOCAL join_collapse_limit = 1;"
    " SET LOCAL plan_cache_mode = force_generic_plan";
// What is written is joined with itself.
constexpr const char* plan_writing =
    "SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on;"
    " SET LOCAL enable_sort = on; SET LOCAL join_collapse_limit = 8";

constexpr const char* read_marks = R"(
SELECT s.drained_seq, coalesce(m.seq, 0)
  FROM authd.shard AS s LEFT JOIN authd.referral_mark AS m USING (shard) WHERE s.shard = $1)";

struct Marks {
  std::int64_t drained = 0;
  std::int64_t earned = 0;
};

Result<Marks, PgError> marks_of(Connection& connection, std::int32_t shard) {
  AUTHD_TRY(row, connection.exec_prepared("referral_marks", PgParams().number(shard)));
  if (row.rows() == 0) return Unexpected{store::unexpected("the ledger knows no such shard")};
  return Marks{row.number<std::int64_t>(0, 0), row.number<std::int64_t>(0, 1)};
}

PgError too_much(const Overflow& overflow) {
  return store::unexpected("entry " + std::to_string(overflow.seq) +
                           " brings an amount beyond what the ledger can hold");
}

}  // namespace

Result<void, PgError> prepare_earnings(Connection& connection) {
  AUTHD_TRY_VOID(connection.exec(settings));
  AUTHD_TRY_VOID(connection.prepare("referral_marks", read_marks));
  AUTHD_TRY_VOID(prepare_reading(connection));
  return prepare_writing(connection);
}

Result<BatchReport, PgError> earn_batch(Connection& connection, std::int32_t shard,
                                        std::int32_t entries_max) {
  // Read committed, and the lock in a statement of its own: what follows sees all that the lock's
  // last holder has written.
  AUTHD_TRY(transaction,
            store::Transaction::begin(connection, "BEGIN ISOLATION LEVEL READ COMMITTED"));
  AUTHD_TRY_VOID(connection.exec("SELECT authd.lock_earnings()"));
  AUTHD_TRY_VOID(connection.exec(plan_reading));
  AUTHD_TRY(marks, marks_of(connection, shard));
  BatchReport report;
  report.mark = marks.earned;
  report.drained = marks.drained;
  report.is_caught_up = marks.earned >= marks.drained;
  if (report.is_caught_up) return report;

  const Range range{shard, marks.earned, std::min(marks.drained, marks.earned + records_max)};
  AUTHD_TRY(facts, read_facts(connection, range, entries_max));
  report.entries = static_cast<std::int64_t>(facts.entries.size());
  report.mark = report.entries == entries_max ? facts.entries.back().seq : range.up_to;
  report.is_caught_up = report.mark == marks.drained;
  const auto changes = compute(std::move(facts));
  if (!changes) return Unexpected{too_much(changes.error())};
  report.sources = static_cast<std::int64_t>(changes->sources.size());
  report.earnings = static_cast<std::int64_t>(changes->earned.size() + changes->corrected.size());
  AUTHD_TRY_VOID(connection.exec(plan_writing));
  AUTHD_TRY_VOID(write_changes(connection, shard, *changes));
  AUTHD_TRY_VOID(move_mark(connection, shard, marks.earned, report.mark));
  AUTHD_TRY_VOID(transaction.commit());
  return report;
}

}  // namespace authd::referral
