// Archive: the life of the ledger's history, month by month.
//
//   hot    partitions of authd.decision, event, journal_entry and posting
//   warm   tables of the schema authd_archive; the views authd.…_history read both
//   cold   files: gzip of CSV, each with a line in authd.archive_file, and a manifest a month,
//          DIRECTORY/manifest/YYYY-MM.json, for whoever has the files alone
//   gone   the files are deleted; their lines in the manifest stay
//
// A month's age is that of its end. The month is moved when it is as old as the options say, all
// four tables together. Nothing is dropped before its files were read back from the disk, their
// checksums are those of what was written, and PostgreSQL's digest of the rows is that of the
// files. A month stays warm while its decisions or events are what a state would be rebuilt from.
//
// Records that come late make a hot partition of an old month: they join the warm tables, or become
// further files of a cold month. Closing balances, authd.balance_at, are kept true throughout.
//
// One at a time, which an advisory lock sees to. Killed at any point, the next run goes on: until
// its tables are dropped a month's files are written anew where they are not as they should be.
//
// Threads: one. Cost: each row that becomes cold is read twice by PostgreSQL and once from the
// disk.

#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/archive/catalog.h"
#include "store/archive/transitions.h"

namespace authd::store {

enum class ArchiveStep : std::uint8_t {
  moving = 1,     // to the warm tables
  exporting = 2,  // a table into its file
  checking = 3,   // the file, as it is on the disk
  comparing = 4,  // the rows with the files, then dropping the tables
  deleting = 5,   // files that are old enough
  restoring = 6,  // a file into its table
  done = 7,       // with the last transition of the month that was begun
};
std::string_view name(ArchiveStep step) noexcept;

struct ArchiveProgress {
  ArchiveStep step = ArchiveStep::done;
  Month month{};
  std::string table{};           // empty: all of them
  std::uint64_t rows = 0;        // of the table, until now
  std::uint64_t rows_total = 0;  // 0: not known
  std::int64_t bytes = 0;        // of CSV, about
};

struct ArchiveOptions {
  std::filesystem::path directory;
  core::Timestamp now;  // what the ages of months are counted to; days are by the server's clock
  int hot_months = 3;
  int warm_months = 12;
  int cold_months = 84;  // from then on files may be kept elsewhere
  int delete_after_months = 120;
  int restored_days = 30;         // how long a month that was loaded back stays
  int state_retention_days = 90;  // BootstrapOptions::retention

  // Called often: at the beginning of each step and after some thousand rows.
  std::function<void(const ArchiveProgress&)> progress = [](const ArchiveProgress&) {};
};

enum class ArchiveAction : std::uint8_t {
  to_warm = 1,
  to_cold = 2,
  remove = 3,  // the files
};

// What became of an action; in a dry run what is due.
struct ArchiveOutcome {
  Month month;
  ArchiveAction action = ArchiveAction::to_warm;
  std::optional<ArchiveError> refused{};  // `needed` or `busy`: left as it is, to be tried again
};

// One file that is not as it should be, or is fine.
struct ArchiveFinding {
  Month month;
  std::filesystem::path path;
  std::optional<ArchiveError> wrong{};
};

class Archive {
 public:
  // Takes the lock; `running` when another has it. `connection` outlives this.
  static Archived<Archive> open(Connection& connection, ArchiveOptions options);
  Archive(Archive&& other) noexcept;
  Archive& operator=(Archive&&) = delete;
  ~Archive();

  // What is due, in the order in which run() does it.
  Archived<std::vector<ArchiveOutcome>> due();

  // Ends at the first error but `needed` and `busy`.
  Archived<std::vector<ArchiveOutcome>> run();

  Archived<std::vector<MonthPlace>> status();

  // Reads every file of the month, or of all months, and the manifests. Files that are older than
  // cold_months and not there are in order. `not_cold` for a month without files.
  Archived<std::vector<ArchiveFinding>> verify(std::optional<Month> month);

  // Loads a cold month back into warm tables; its files stay. Checks them first.
  Archived<> restore(Month month);

 private:
  Archive(Connection& connection, ArchiveOptions options, std::vector<HistoryTable> tables);

  Archived<> to_warm(Month month);
  Archived<bool> is_late(Month month);
  Archived<> to_cold(Month month);
  Archived<> to_cold(const HistoryTable& table, Month month);
  Archived<> expect_not_needed(Month month);
  Archived<std::vector<const HistoryTable*>> warm_tables(Month month);
  Archived<> write_files(Month month, const std::vector<const HistoryTable*>& tables);
  Archived<> load(const std::vector<ArchiveFile>& files, const std::string& target);
  Archived<bool> is_exported(const HistoryTable& table, const std::vector<ArchiveFile>& files);
  Archived<> write_file(const HistoryTable& table, Month month,
                        const std::vector<ArchiveFile>& files);
  Archived<> discard_files(const HistoryTable& table, Month month,
                           const std::vector<ArchiveFile>& files);
  Archived<> check(const ArchiveFile& file) const;
  Archived<std::vector<ArchiveFile>> restorable_files(Month month);
  Archived<> verify_month(const MonthPlace& place, std::vector<ArchiveFinding>& findings);
  Archived<> write_manifest(Month month);
  Archived<> remove(Month month);
  Archived<> act(const ArchiveOutcome& action);
  std::filesystem::path manifest_path(Month month) const;
  void report(ArchiveStep step, Month month, const std::string& table = {}, std::uint64_t rows = 0,
              std::uint64_t rows_total = 0, std::int64_t bytes = 0) const;

  Connection* connection_;  // null once moved from
  ArchiveOptions options_;
  std::vector<HistoryTable> tables_;
  Catalog catalog_;
};

}  // namespace authd::store
