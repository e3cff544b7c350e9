#include "store/archive/transitions.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace authd::store {

namespace {

using core::Unexpected;

// Of authd.ensure_month(), which makes partitions.
constexpr const char* lock_partitions = "SELECT pg_advisory_xact_lock(7024330411764744194)";

// Of the exclusive lock. Below PostgreSQL's deadlock_timeout of a second: should others meet us in
// a circle after all, it is not their statement that is cancelled.
constexpr std::array<int, 8> lock_attempts_ms{100, 200, 400, 800, 800, 800, 800, 800};

// Of the locks on the month's own tables, which nobody but a vacuum holds for long.
constexpr const char* set_month_timeout = "SET LOCAL lock_timeout = 3000";

bool is_contention(const PgError& error) noexcept {
  // Lock timeout, deadlock, statement timeout.
  return error.state() == "55P03" || error.state() == "40P01" || error.state() == "57014";
}

std::string of(const HistoryTable& table, Month month) {
  return " AND history_table = '" + table.name + "' AND month = '" + month.date() + "'";
}

}  // namespace

Archived<> Transitions::run(const std::string& statements) {
  const auto done = connection_.exec(statements);
  if (done) return {};
  if (is_contention(done.error())) return Unexpected{month_error(ArchiveError::Code::busy, {})};
  return Unexpected{postgres_failed(done.error())};
}

// The view first, then its tables, as whoever reads it. The timeout is for all of them together.
Archived<> Transitions::try_to_lock(const HistoryTable& table, int timeout_ms) {
  AUTHD_TRY_VOID(run("SET LOCAL statement_timeout = " + std::to_string(timeout_ms)));
  AUTHD_TRY_VOID(run("LOCK TABLE " + table.parent() + "_history IN ACCESS EXCLUSIVE MODE"));
  return run("SET LOCAL statement_timeout TO DEFAULT");
}

Archived<> Transitions::lock(const HistoryTable& table) {
  AUTHD_TRY_VOID(run("SAVEPOINT before_lock"));
  for (const int timeout : lock_attempts_ms) {
    const auto locked = try_to_lock(table, timeout);
    if (locked || locked.error().code != ArchiveError::Code::busy) return locked;
    AUTHD_TRY_VOID(run("ROLLBACK TO before_lock"));
    std::this_thread::sleep_for(std::chrono::milliseconds(timeout));
  }
  return Unexpected{month_error(ArchiveError::Code::busy, {})};
}

Archived<> Transitions::refresh_view(const HistoryTable& table) {
  return run("SELECT authd.refresh_history_view('" + table.name + "')");
}

Archived<> Transitions::to_warm(const HistoryTable& table, Month month) {
  AUTHD_TRY(is_hot, catalog_.exists(table.hot(month)));
  if (!is_hot) return {};
  AUTHD_TRY_SQL(transaction, Transaction::begin(connection_));
  AUTHD_TRY_VOID(run(set_month_timeout));
  // Before the month's table, as whoever makes partitions and then writes to them. Late records
  // must wait: what is added up and copied now is what is moved then.
  AUTHD_TRY_VOID(run(lock_partitions));
  AUTHD_TRY_VOID(run("LOCK TABLE " + table.hot(month) + " IN SHARE MODE"));
  if (table.name == "posting") AUTHD_TRY_VOID(close_balances(month));
  AUTHD_TRY(is_warm, catalog_.exists(table.warm(month)));
  if (is_warm) AUTHD_TRY_VOID(merge(table, month));
  AUTHD_TRY_VOID(lock(table));
  AUTHD_TRY_VOID(is_warm ? empty(table, month) : move(table, month));
  AUTHD_TRY_VOID(refresh_view(table));
  AUTHD_TRY_SQL_VOID(transaction.commit());
  return {};
}

// Balances from the month's end on, those that later months have closed with among them.
Archived<> Transitions::close_balances(Month month) {
  const std::string end = "timestamptz '" + month.end() + "'";
  return run(
      "CREATE TEMP TABLE closing ON COMMIT DROP AS"
      " SELECT account_id, sum(amount_minor)::bigint AS posted,"
      "        coalesce(sum(amount_minor) FILTER (WHERE book = 2), 0)::bigint AS held"
      "   FROM authd.posting_" +
      month.suffix() +
      "  WHERE book IN (1, 2) GROUP BY account_id;"
      "UPDATE authd.balance_at AS b SET posted_minor = b.posted_minor + closing.posted,"
      "       held_minor = b.held_minor + closing.held"
      "  FROM closing WHERE b.account_id = closing.account_id AND b.at >= " +
      end +
      ";"
      "INSERT INTO authd.balance_at (account_id, at, posted_minor, held_minor)"
      " SELECT account_id, " +
      end +
      ", coalesce(before.posted_minor, 0) + posted, coalesce(before.held_minor, 0) + held"
      "   FROM closing LEFT JOIN LATERAL (SELECT posted_minor, held_minor FROM authd.balance_at AS "
      "b"
      "        WHERE b.account_id = closing.account_id AND b.at < " +
      end +
      " ORDER BY b.at DESC LIMIT 1) AS before ON true"
      " ON CONFLICT DO NOTHING;"
      "DROP TABLE closing");
}

Archived<> Transitions::move(const HistoryTable& table, Month month) {
  AUTHD_TRY_SQL(attached,
                connection_.exec("SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = '" +
                                 table.hot(month) + "'::regclass"));
  if (attached.rows() == 1) {
    const bool was_interrupted = attached.text(0, 0) == "t";
    AUTHD_TRY_VOID(run("ALTER TABLE " + table.parent() + " DETACH PARTITION " + table.hot(month) +
                       (was_interrupted ? " FINALIZE" : "")));
  }
  return run("ALTER TABLE " + table.hot(month) + " SET SCHEMA authd_archive");
}

Archived<> Transitions::merge(const HistoryTable& table, Month month) {
  const std::string columns = list_of(table.columns);
  return run("INSERT INTO " + table.warm(month) + " (" + columns + ") SELECT " + columns +
             " FROM " + table.hot(month));
}

// The rows stay visible to transactions that began before; see drop_empty().
Archived<> Transitions::empty(const HistoryTable& table, Month month) {
  const std::string hot = table.hot(month);
  return run("ALTER TABLE " + hot + " DISABLE TRIGGER append_only; DELETE FROM " + hot +
             "; ALTER TABLE " + hot + " ENABLE TRIGGER append_only");
}

Archived<bool> Transitions::is_empty(Month month) {
  for (const HistoryTable& table : tables_) {
    AUTHD_TRY(is_hot, catalog_.exists(table.hot(month)));
    if (!is_hot) continue;
    AUTHD_TRY_SQL(row, connection_.exec("SELECT FROM " + table.hot(month) + " LIMIT 1"));
    if (row.rows() != 0) return false;
  }
  return true;
}

Archived<> Transitions::drop_empty(const HistoryTable& table, Month month) {
  AUTHD_TRY_SQL(transaction, Transaction::begin(connection_));
  AUTHD_TRY_VOID(lock(table));
  AUTHD_TRY(is_hot, catalog_.exists(table.hot(month)));
  if (!is_hot) return {};
  AUTHD_TRY_SQL(row, connection_.exec("SELECT FROM " + table.hot(month) + " LIMIT 1"));
  if (row.rows() != 0) return {};  // somebody was faster: the next run moves it
  AUTHD_TRY_VOID(run("DROP TABLE " + table.hot(month)));
  AUTHD_TRY_SQL_VOID(transaction.commit());
  return {};
}

Archived<> Transitions::expect_rows_of_files(const HistoryTable& table, Month month) {
  AUTHD_TRY(files, catalog_.files(month));
  RowDigest written;
  const std::vector<std::string>* columns = nullptr;
  for (const ArchiveFile& file : files) {
    if (file.table != table.name || file.dropped) continue;
    written.add(file.digest);
    columns = &file.columns;
  }
  const ArchiveError changed = month_error(ArchiveError::Code::changed, month);
  if (columns == nullptr) return Unexpected{changed};
  AUTHD_TRY(kept, catalog_.digest(table.warm(month), *columns));
  if (kept != written) return Unexpected{changed};
  return {};
}

Archived<> Transitions::to_cold(const HistoryTable& table, Month month) {
  AUTHD_TRY_SQL(transaction, Transaction::begin(connection_));
  AUTHD_TRY_VOID(run(set_month_timeout));
  AUTHD_TRY_VOID(run("LOCK TABLE " + table.warm(month) + " IN SHARE MODE"));
  AUTHD_TRY_VOID(expect_rows_of_files(table, month));
  if (table.name == "posting") AUTHD_TRY_VOID(keep_books(month));
  AUTHD_TRY_VOID(run("UPDATE authd.archive_file SET dropped_at = now() WHERE dropped_at IS NULL" +
                     of(table, month)));
  AUTHD_TRY_VOID(lock(table));
  // Under another name, the view does not hold on to it.
  AUTHD_TRY_VOID(
      run("ALTER TABLE " + table.warm(month) + " RENAME TO " + table.leaf(month) + "_cold"));
  AUTHD_TRY_VOID(refresh_view(table));
  AUTHD_TRY_VOID(run("DROP TABLE " + table.warm(month) + "_cold"));
  AUTHD_TRY_SQL_VOID(transaction.commit());
  return {};
}

// What the trial balance would lack without the month's postings.
Archived<> Transitions::keep_books(Month month) {
  return run(
      "INSERT INTO authd.cold_book AS c (month, program, book, currency, minor)"
      " SELECT '" +
      month.date() +
      "', CASE WHEN e.kind = 1 OR p.book IN (1, 2) THEN"
      "        coalesce(a.program, e.program) ELSE e.program END, p.book, p.currency, "
      "sum(p.amount_minor)"
      "   FROM authd_archive.posting_" +
      month.suffix() + " AS p JOIN authd_archive.journal_entry_" + month.suffix() +
      " AS e USING (shard, seq, booked_at) LEFT JOIN authd.account AS a ON a.id = p.account_id"
      "  GROUP BY 2, 3, 4"
      " ON CONFLICT (month, program, book, currency) DO UPDATE SET minor = c.minor + "
      "excluded.minor");
}

Archived<> Transitions::restore(const HistoryTable& table, Month month,
                                const std::function<Archived<>(const std::string&)>& fill) {
  const std::string warm = table.warm(month);
  const bool is_posting = table.name == "posting";
  AUTHD_TRY_SQL(transaction, Transaction::begin(connection_));
  AUTHD_TRY_VOID(
      run("UPDATE authd.archive_file SET dropped_at = NULL, restored_at = now()"
          " WHERE dropped_at IS NOT NULL" +
          of(table, month)));
  AUTHD_TRY_VOID(run("CREATE TABLE " + warm + " (LIKE " + table.parent() +
                     " INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES);"
                     "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON " +
                     warm + " FOR EACH STATEMENT EXECUTE FUNCTION authd.refuse_change()"));
  AUTHD_TRY_VOID(fill(warm));
  AUTHD_TRY_VOID(expect_rows_of_files(table, month));
  if (is_posting) {
    AUTHD_TRY_VOID(run("CREATE TRIGGER balanced AFTER INSERT ON " + warm +
                       " REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT"
                       " EXECUTE FUNCTION authd.refuse_unbalanced();"
                       "DELETE FROM authd.cold_book WHERE month = '" +
                       month.date() + "'"));
  }
  AUTHD_TRY_VOID(lock(table));
  AUTHD_TRY_VOID(refresh_view(table));
  AUTHD_TRY_SQL_VOID(transaction.commit());
  return {};
}

}  // namespace authd::store
