// Catalog: what PostgreSQL knows of the months and their files.
//
// Statements that read text come back in text, because most of what is read is about columns whose
// names and types the program does not know beforehand.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "store/archive/error.h"
#include "store/archive/file.h"
#include "store/archive/row_digest.h"

namespace authd::store {

// A table of authd.history_table.
struct HistoryTable {
  std::string name;
  std::vector<std::string> key;      // the columns of its primary key
  std::vector<std::string> columns;  // all of them, in order

  std::string leaf(Month month) const { return name + "_" + month.suffix(); }
  std::string parent() const { return "authd." + name; }
  std::string hot(Month month) const { return "authd." + leaf(month); }
  std::string warm(Month month) const { return "authd_archive." + leaf(month); }
};

// Where a month is; several at once when records came late.
struct MonthPlace {
  Month month;
  bool hot = false;       // has tables in the schema authd
  bool warm = false;      // has tables in authd_archive
  bool exported = false;  // has files of what is in PostgreSQL as well
  bool cold = false;      // has files of what is nowhere else
  bool deleted = false;   // had files that were deleted for their age
  bool restored = false;  // was loaded back not long ago
  std::int64_t rows = 0;  // about
  std::int64_t table_bytes = 0;
  std::int64_t file_bytes = 0;
};

// A line of the manifest, authd.archive_file.
struct ArchiveFile {
  std::string table{};
  Month month{};
  int part = 1;
  std::string path{};  // below the archive's directory
  RowDigest digest{};
  FileFacts facts{};
  std::string first_key{};
  std::string last_key{};
  std::vector<std::string> columns{};
  bool dropped = false;  // its rows are nowhere else
  bool deleted = false;
};

class Catalog {
 public:
  explicit Catalog(Connection& connection) : connection_(connection) {}

  // Ascending by name: the order in which the drain writes them, and everybody locks them.
  Archived<std::vector<HistoryTable>> tables();

  // Ascending. `restored_days`: how long a month counts as restored.
  Archived<std::vector<MonthPlace>> places(int restored_days);

  // Whether the table is there.
  Archived<bool> exists(const std::string& qualified);

  Archived<RowDigest> digest(const std::string& table, const std::vector<std::string>& columns);
  Archived<std::int64_t> count(const std::string& table);

  // How many decisions and events of a warm month the state may still be rebuilt from: see
  // store/postgres/bootstrap.cc, whose retention is `retention_days`.
  Archived<std::int64_t> needed_rows(Month month, int retention_days);

  Archived<std::vector<ArchiveFile>> files(Month month);
  Archived<> add_file(const ArchiveFile& file);
  Archived<> forget_exported(const HistoryTable& table, Month month);  // of rows not dropped
  Archived<> mark_deleted(Month month);

  // Of all files of the month: a JSON object. Empty when there are none.
  Archived<std::string> manifest(Month month);

 private:
  Connection& connection_;
};

std::string list_of(const std::vector<std::string>& columns);  // quoted, with commas

}  // namespace authd::store
