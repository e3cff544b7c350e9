// Cold: the rows of one table and month as a file, and back.
//
// A file is trusted once check_file() has read it from the disk and PostgreSQL's own digest of the
// rows is that of the file: what is compared is what was written, not what was to be written.
// Rows come in portions, so memory does not grow with the month.

#pragma once

#include <filesystem>
#include <functional>

#include "store/archive/catalog.h"

namespace authd::store {

// So much has been done since the beginning of the table.
using RowsDone = std::function<void(std::uint64_t rows, std::int64_t plain_bytes)>;

// Below the archive's directory: TABLE/TABLE_YYYY_MM.csv.gz, …-2.csv.gz and so on.
std::string file_path(const HistoryTable& table, Month month, int part);

// Writes a warm table in the order of its primary key. The file is durable afterwards, and replaces
// what an earlier attempt left.
Archived<ArchiveFile> export_table(Connection& connection, const HistoryTable& table, Month month,
                                   int part, const std::filesystem::path& directory,
                                   const RowsDone& done);

// Whether the file is what its line in the manifest says: both checksums, both sizes, the header,
// and the digest of the rows.
Archived<> check_file(const std::filesystem::path& directory, const ArchiveFile& file,
                      const RowsDone& done);

// Inserts the file's rows into `target`, which is in the open transaction. Reads them as they come,
// checked or not: compare the digest of the table afterwards.
Archived<> load_file(Connection& connection, const std::filesystem::path& directory,
                     const ArchiveFile& file, const std::string& target, const RowsDone& done);

}  // namespace authd::store
