// Audit: the state against the ledger, row for row, at one consistent point, and the ledger against
// itself.
//
//   1. a copy of the snapshot is made, beside the sequencer and the checkpointer
//   2. the drain has to reach what the copy holds
//   3. a temporary replication slot exports a snapshot of PostgreSQL and says at which position of
//      its log it was taken: every transaction that was committed before is in it, none after
//   4. in that snapshot the drain's mark is read; the journal's records up to it are folded over
//      the copy. What the mirror has done until it got past the position is collected
//   5. every row is compared (row_comparison.h), then the books (books.h)
//
// Step 3 is left out where there is no mirror: the mark alone says what is in a snapshot then.
//
// Threads: any but the sequencer's; one audit at a time in one directory. Takes minutes where there
// are millions of rows; PostgreSQL keeps an old snapshot that long.
// Memory: up to 18 bytes a row, and the rows that changed since the last checkpoint.

#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>

#include "store/audit/audit_error.h"
#include "store/audit/audit_report.h"
#include "store/journal/reader.h"

namespace authd::store {

enum class AuditStep : std::uint8_t {
  copying = 1,
  waiting_for_drain = 2,
  waiting_for_mirror = 3,
  comparing = 4,  // with the number of rows
  checking_books = 5,
};
std::string_view name(AuditStep step) noexcept;  // "waiting_for_drain"

// The journal of the state that is looked at.
struct JournalSource {
  std::function<core::Result<Reader, JournalError>(core::Sequence from)> open;
  std::function<core::Sequence()> durable;  // its last record now
};

struct AuditOptions {
  std::filesystem::path scratch;  // of the audit alone; removed before and after
  std::size_t map_bytes = std::size_t{64} << 30U;
  std::int32_t shard = 1;
  JournalSource journal;

  // Of a role that may read the ledger, with REPLICATION where there is a mirror. Its statements
  // read whole tables: the timeout has to allow for it.
  Connection::Options connection;

  // Whether everything that PostgreSQL committed before this position of its log is in the journal,
  // or nothing was that concerns the state. Empty: there is no mirror.
  std::function<bool(std::uint64_t lsn)> mirror_has_reached;
  // What goes on when it does not come that far: an error, or a comparison without what PostgreSQL
  // owns, where nobody is there to take it over.
  bool mirror_required = true;

  core::Timestamp now;
  std::chrono::hours retention{90 * 24};  // BootstrapOptions'
  std::chrono::milliseconds drain_wait{60'000};
  std::chrono::milliseconds mirror_wait{60'000};
  std::size_t findings_max = 100;  // of rows, and of every check of the books
  std::stop_token stop{};
  std::function<void(AuditStep, std::uint64_t rows)> progress;  // may be empty
};

core::Result<AuditReport, AuditError> audit(const Snapshot& snapshot, const AuditOptions& options);

}  // namespace authd::store
