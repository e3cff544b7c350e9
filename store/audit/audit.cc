#include "store/audit/audit.h"

#include <thread>

#include "store/audit/books.h"
#include "store/audit/cut.h"
#include "store/audit/row_comparison.h"
#include "store/mirror/rows.h"
#include "store/mirror/slot.h"
#include "store/postgres/bootstrap.h"

namespace authd::store {

namespace {

using core::Unexpected;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Code = AuditError::Code;

constexpr milliseconds poll_pause{20};
constexpr std::chrono::hours all_time{24 * 365 * 100};

// A position of PostgreSQL's log and the snapshot of the database there. Valid as long as the
// connection is there and not used.
struct ExportedSnapshot {
  Connection replication;
  std::uint64_t system_id = 0;
  std::uint64_t point = 0;
  std::string name;
};

core::Result<ExportedSnapshot, PgError> export_snapshot(const AuditOptions& options) {
  AUTHD_TRY(replication, connect_replication(options.connection));
  AUTHD_TRY(server, identify_server(replication));
  const std::string slot = "authd_audit_" + std::to_string(replication.backend_pid());
  AUTHD_TRY(created, replication.exec("CREATE_REPLICATION_SLOT " + slot +
                                      " TEMPORARY LOGICAL pgoutput (SNAPSHOT 'export')"));
  const auto point = created.rows() == 1 ? parse_lsn(created.text(0, 1)) : std::nullopt;
  if (!point) return Unexpected{unexpected("a new slot without a consistent point")};
  std::string snapshot(created.text(0, 2));
  return ExportedSnapshot{std::move(replication), server.system_id, *point, std::move(snapshot)};
}

core::Result<core::Sequence, PgError> drained_sequence(Connection& connection, std::int32_t shard) {
  AUTHD_TRY(found, connection.exec("SELECT coalesce(max(drained_seq), 0) FROM authd.shard"
                                   " WHERE shard = $1::int4",
                                   PgParams().number(shard)));
  return core::Sequence{found.number<std::uint64_t>(0, 0)};
}

class Audit {
 public:
  Audit(const Snapshot& snapshot, const AuditOptions& options)
      : snapshot_(snapshot), options_(options) {}

  core::Result<AuditReport, AuditError> run() {
    const auto begin = steady_clock::now();
    tell(AuditStep::copying);
    AUTHD_AUDIT_TRY(copy, StateCopy::make(snapshot_, options_.scratch, options_.map_bytes,
                                          static_cast<std::uint32_t>(options_.shard)));
    const core::Sequence copied_until = options_.journal.durable();
    const core::Sequence applied = copy.header().applied;
    AUTHD_AUDIT_TRY(reader, options_.journal.open({applied.value + 1}));

    AUTHD_AUDIT_TRY(connection, Connection::connect(options_.connection));
    AUTHD_TRY_VOID(wait_for_drain(connection, copied_until));
    AUTHD_AUDIT_TRY(transaction, begin_at_point(connection));
    AUTHD_AUDIT_TRY(drained, drained_sequence(connection, options_.shard));
    if (drained < applied) {
      AuditError behind = audit_error(Code::drain_behind);
      behind.sequence = applied;
      behind.drained = drained;
      return Unexpected{behind};
    }
    report_.drained = drained;

    Cut cut({drained, copied_until});
    AUTHD_TRY_VOID(fold(reader, cut));
    AUTHD_TRY_VOID(check_server(StateView(copy.rows(), cut.drained())));
    AUTHD_AUDIT_TRY(reach, ArchiveReach::read(connection));
    RowComparison rows(copy, cut, reach, {options_.findings_max, report_.mirror_compared}, report_);
    AUTHD_TRY_VOID(compare(connection, rows));
    tell(AuditStep::checking_books);
    AUTHD_AUDIT_TRY_VOID(check_books(connection, options_.shard, options_.findings_max, report_));
    AUTHD_AUDIT_TRY_VOID(transaction.commit());
    report_.duration = std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin);
    return std::move(report_);
  }

 private:
  void tell(AuditStep step, std::uint64_t rows = 0) const {
    if (options_.progress) options_.progress(step, rows);
  }

  // Until `reached()`, or the time is over. False: asked to stop.
  template <class Reached>
  bool wait_until(milliseconds at_most, Reached reached) const {
    const auto deadline = steady_clock::now() + at_most;
    while (!reached() && steady_clock::now() < deadline) {
      if (options_.stop.stop_requested()) return false;
      std::this_thread::sleep_for(poll_pause);
    }
    return !options_.stop.stop_requested();
  }

  // Where it stays behind, the rows in between are left out, unless it is too far behind.
  core::Result<void, AuditError> wait_for_drain(Connection& connection, core::Sequence wanted) {
    tell(AuditStep::waiting_for_drain);
    std::optional<PgError> failed;
    const bool go_on = wait_until(options_.drain_wait, [&] {
      const auto drained = drained_sequence(connection, options_.shard);
      if (!drained) failed = drained.error();
      return failed || *drained >= wanted;
    });
    if (failed) return Unexpected{audit_error(*failed)};
    if (!go_on) return Unexpected{audit_error(Code::stopped)};
    return {};
  }

  core::Result<Transaction, PgError> begin_at_point(Connection& connection) {
    constexpr const char* begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    if (!options_.mirror_has_reached) return Transaction::begin(connection, begin);
    AUTHD_TRY(exported, export_snapshot(options_));
    AUTHD_TRY(transaction, Transaction::begin(connection, begin));
    AUTHD_TRY_VOID(connection.exec("SET TRANSACTION SNAPSHOT '" + exported.name + "'"));
    report_.point = exported.point;
    system_id_ = exported.system_id;
    return std::move(transaction);
  }

  // All that is in the journal once the mirror has got as far as the snapshot of PostgreSQL.
  core::Result<void, AuditError> fold(Reader& reader, Cut& cut) {
    if (options_.mirror_has_reached) {
      tell(AuditStep::waiting_for_mirror);
      const auto reached = [this] { return options_.mirror_has_reached(report_.point); };
      if (!wait_until(options_.mirror_wait, reached)) {
        return Unexpected{audit_error(Code::stopped)};
      }
      report_.mirror_compared = reached();
      if (!report_.mirror_compared && options_.mirror_required) {
        return Unexpected{audit_error(Code::mirror_behind)};
      }
    }
    return add_until(options_.journal.durable(), reader, cut);
  }

  // Positions of two servers' logs say nothing about each other.
  core::Result<void, AuditError> check_server(const StateView& state) const {
    const RowKey key = mirror_mark_key();
    AUTHD_AUDIT_TRY(value, state.find(key.view()));
    core::MirrorMark mark;
    if (system_id_ == 0 || !value || !decode_row(key.view(), *value, mark)) return {};
    const bool is_other = mark.system_id != 0 && mark.system_id != system_id_;
    return is_other ? core::Result<void, AuditError>(Unexpected{audit_error(Code::other_server)})
                    : core::Result<void, AuditError>();
  }

  core::Result<void, AuditError> compare(Connection& connection, RowComparison& rows) {
    std::uint64_t seen = 0;
    const auto each = [&](auto take) {
      return [this, &rows, &seen, take](const core::Row& row) {
        (rows.*take)(row);
        if (++seen % 10'000 == 0) tell(AuditStep::comparing, seen);
      };
    };
    BootstrapOptions all{.shard = options_.shard, .now = options_.now, .retention = all_time};
    AUTHD_TRY_VOID(read(connection, all, each(&RowComparison::ledger_has)));
    if (rows.has_missing()) {
      all.retention = options_.retention;
      AUTHD_TRY_VOID(read(connection, all, each(&RowComparison::ledger_has_lately)));
    }
    if (options_.mirror_has_reached && report_.mirror_compared) {
      AUTHD_TRY_VOID(compare_credits(connection, rows));
    }
    rows.finish();
    AUTHD_AUDIT_TRY_VOID(rows.read());
    return {};
  }

  static core::Result<void, AuditError> read(Connection& connection,
                                             const BootstrapOptions& options, const RowSink& sink) {
    const auto done = bootstrap_in_transaction(connection, options, sink);
    if (!done) return Unexpected{audit_error(done.error().postgres)};
    return {};
  }

  core::Result<void, AuditError> compare_credits(Connection& connection, RowComparison& rows) {
    AUTHD_AUDIT_TRY(
        credits, connection.exec("SELECT id::text, account_id, amount_minor, currency::text, kind"
                                 " FROM authd.credit AS c WHERE NOT EXISTS (SELECT FROM"
                                 " authd.transfer AS t WHERE t.program = 'credit'"
                                 " AND t.id = c.id::text)",
                                 PgParams()));
    for (int row = 0; row < credits.rows(); ++row) {
      core::Transfer credit;
      credit.program = credit_program;
      credit.id = core::MessageId::from(credits.text(row, 0)).value_or(core::MessageId{});
      credit.to = {credits.number<std::int64_t>(row, 1)};
      credit.amount.minor_units = credits.number<std::int64_t>(row, 2);
      credit.amount.currency =
          core::Currency::from_alpha(credits.text(row, 3)).value_or(core::Currency{});
      credit.kind = static_cast<core::TransferKind>(credits.number<std::int16_t>(row, 4));
      credit.mirrored = true;
      rows.ledger_has_credit(credit);
    }
    return {};
  }

  const Snapshot& snapshot_;
  const AuditOptions& options_;
  std::uint64_t system_id_ = 0;  // of the server, where there is a mirror
  AuditReport report_;
};

}  // namespace

std::string_view name(AuditStep step) noexcept {
  switch (step) {
    case AuditStep::copying: return "copying";
    case AuditStep::waiting_for_drain: return "waiting_for_drain";
    case AuditStep::waiting_for_mirror: return "waiting_for_mirror";
    case AuditStep::comparing: return "comparing";
    case AuditStep::checking_books: return "checking_books";
  }
  return "unknown";
}

core::Result<AuditReport, AuditError> audit(const Snapshot& snapshot, const AuditOptions& options) {
  return Audit(snapshot, options).run();
}

}  // namespace authd::store
