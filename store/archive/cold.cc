#include "store/archive/cold.h"

#include "store/archive/csv.h"

namespace authd::store {

namespace {

using core::Unexpected;
namespace fs = std::filesystem;

constexpr int portion_rows = 5'000;

std::string key_of(const std::vector<std::string>& key, const HistoryTable& table,
                   std::span<const CsvField> row) {
  std::string text;
  for (const std::string& part : key) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (table.columns[i] != part) continue;
      text += (text.empty() ? "" : "/") + row[i].value_or("");
    }
  }
  return text;
}

// The rows of one file on their way into it.
class Export {
 public:
  Export(GzipWriter& writer, const HistoryTable& table, ArchiveFile& file)
      : writer_(writer), table_(table), file_(file), row_(table.columns.size()) {}

  Archived<> header() {
    for (std::size_t i = 0; i < row_.size(); ++i) row_[i] = table_.columns[i];
    return write();
  }

  Archived<> portion(const PgResult& rows) {
    for (int row = 0; row < rows.rows(); ++row) {
      read(rows, row);
      file_.digest.add(row_);
      if (file_.digest.rows() == 1) file_.first_key = key_of(table_.key, table_, row_);
      AUTHD_TRY_VOID(write());
    }
    if (rows.rows() > 0) file_.last_key = key_of(table_.key, table_, row_);
    return {};
  }

  std::int64_t plain_bytes() const noexcept { return plain_bytes_; }

 private:
  void read(const PgResult& rows, int row) {
    for (std::size_t i = 0; i < row_.size(); ++i) {
      const int column = static_cast<int>(i);
      rows.is_null(row, column) ? row_[i].reset()
                                : static_cast<void>(row_[i] = rows.text(row, column));
    }
  }

  Archived<> write() {
    line_.clear();
    append_csv(row_, line_);
    plain_bytes_ += static_cast<std::int64_t>(line_.size());
    return writer_.write(line_);
  }

  GzipWriter& writer_;
  const HistoryTable& table_;
  ArchiveFile& file_;
  CsvRow row_;
  std::string line_;
  std::int64_t plain_bytes_ = 0;
};

bool is_header(const CsvRow& row, const std::vector<std::string>& columns) {
  return std::equal(row.begin(), row.end(), columns.begin(), columns.end(),
                    [](const CsvField& field, const std::string& name) { return field == name; });
}

std::int64_t bytes_of(const CsvRow& row) {  // as CSV, without quotes
  std::int64_t bytes = 0;
  for (const CsvField& field : row)
    bytes += static_cast<std::int64_t>(field ? field->size() : 0) + 1;
  return bytes;
}

// Gives every row behind the header to `take`, which returns whether to go on.
Archived<FileFacts> read_rows(const fs::path& path, const std::vector<std::string>& columns,
                              const std::function<bool(CsvRow&)>& take) {
  bool header_seen = false;
  CsvReader csv([&](CsvRow& row) {
    if (header_seen) return row.size() == columns.size() && take(row);
    header_seen = true;
    return is_header(row, columns);
  });
  AUTHD_TRY(facts, read_gzip(path, [&csv](std::string_view plain) { return csv.read(plain); }));
  if (!header_seen || !csv.at_end()) {
    return Unexpected{ArchiveError{.code = ArchiveError::Code::corrupt, .path = path}};
  }
  return facts;
}

// INSERT … SELECT of text columns, cast to what the table has.
Archived<std::string> insert_statement(Connection& connection, const std::string& target,
                                       const std::vector<std::string>& columns) {
  std::string casts;
  std::string arrays;
  std::string names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    AUTHD_TRY_SQL(type,
                  connection.exec("SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
                                  " WHERE attrelid = $1::text::regclass AND attname = $2::text",
                                  PgParams().text(target).text(columns[i])));
    if (type.rows() != 1) {
      return Unexpected{postgres_failed(
          unexpected(target + " has no column " + columns[i] + ", which the file has"))};
    }
    const std::string number = std::to_string(i + 1);
    const char* const comma = i == 0 ? "" : ", ";
    casts += comma + ("c" + number) + "::" + std::string(type.text(0, 0));
    arrays += comma + ("$" + number) + "::text[]";
    names += comma + ("c" + number);
  }
  return "INSERT INTO " + target + " (" + list_of(columns) + ") SELECT " + casts + " FROM unnest(" +
         arrays + ") AS row(" + names + ")";
}

class Portion {
 public:
  explicit Portion(std::size_t columns) : columns_(columns, PgArray(PgType::text)) {}

  void add(const CsvRow& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] ? columns_[i].text(*row[i]) : columns_[i].null();
    }
    ++rows_;
  }
  std::size_t rows() const noexcept { return rows_; }

  Archived<> write(Connection& connection, const std::string& statement) {
    if (rows_ == 0) return {};
    PgParams params;
    for (PgArray& column : columns_) params.bytes(column.array(rows_));
    AUTHD_TRY_SQL_VOID(connection.exec(statement.c_str(), params));
    columns_.assign(columns_.size(), PgArray(PgType::text));
    rows_ = 0;
    return {};
  }

 private:
  std::vector<PgArray> columns_;
  std::size_t rows_ = 0;
};

}  // namespace

std::string file_path(const HistoryTable& table, Month month, int part) {
  const std::string more = part == 1 ? "" : "-" + std::to_string(part);
  return table.name + "/" + table.leaf(month) + more + ".csv.gz";
}

Archived<ArchiveFile> export_table(Connection& connection, const HistoryTable& table, Month month,
                                   int part, const fs::path& directory, const RowsDone& done) {
  ArchiveFile file{.table = table.name,
                   .month = month,
                   .part = part,
                   .path = file_path(table, month, part),
                   .columns = table.columns};
  AUTHD_TRY(writer, GzipWriter::create(directory / file.path));
  Export out(writer, table, file);
  AUTHD_TRY_VOID(out.header());
  AUTHD_TRY_SQL(transaction, Transaction::begin(connection, "BEGIN READ ONLY"));
  AUTHD_TRY_SQL_VOID(connection.exec("DECLARE rows NO SCROLL CURSOR FOR SELECT " +
                                     list_of(table.columns) + " FROM " + table.warm(month) +
                                     " ORDER BY " + list_of(table.key)));
  const std::string fetch = "FETCH FORWARD " + std::to_string(portion_rows) + " FROM rows";
  for (;;) {
    AUTHD_TRY_SQL(rows, connection.exec(fetch));
    if (rows.rows() == 0) break;
    AUTHD_TRY_VOID(out.portion(rows));
    done(file.digest.rows(), out.plain_bytes());
  }
  AUTHD_TRY_SQL_VOID(transaction.commit());
  AUTHD_TRY(facts, writer.finish());
  file.facts = facts;
  return file;
}

Archived<> check_file(const fs::path& directory, const ArchiveFile& file, const RowsDone& done) {
  RowDigest digest;
  std::int64_t bytes = 0;
  AUTHD_TRY(facts, read_rows(directory / file.path, file.columns, [&](CsvRow& row) {
              digest.add(row);
              bytes += bytes_of(row);
              if (digest.rows() % portion_rows == 0) done(digest.rows(), bytes);
              return true;
            }));
  if (facts != file.facts || digest != file.digest) {
    return Unexpected{ArchiveError{
        .code = ArchiveError::Code::corrupt, .path = directory / file.path, .month = file.month}};
  }
  return {};
}

Archived<> load_file(Connection& connection, const fs::path& directory, const ArchiveFile& file,
                     const std::string& target, const RowsDone& done) {
  AUTHD_TRY(statement, insert_statement(connection, target, file.columns));
  Portion portion(file.columns.size());
  Archived<> written;
  std::uint64_t rows = 0;
  std::int64_t bytes = 0;
  const auto read = read_rows(directory / file.path, file.columns, [&](CsvRow& row) {
    portion.add(row);
    bytes += bytes_of(row);
    if (portion.rows() < portion_rows) return true;
    rows += portion.rows();
    written = portion.write(connection, statement);
    done(rows, bytes);
    return written.has_value();
  });
  if (!written) return written;
  if (!read) return Unexpected{read.error()};
  return portion.write(connection, statement);
}

}  // namespace authd::store
