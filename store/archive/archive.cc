#include "store/archive/archive.h"

#include <algorithm>
#include <utility>

#include "store/archive/cold.h"

namespace authd::store {

namespace {

using core::Unexpected;
using Code = ArchiveError::Code;

// Any number that nobody else uses as an advisory lock in this database.
constexpr std::int64_t advisory_lock = 0x61757468'64000003;  // "authd", 3

bool may_try_again(const ArchiveError& error) noexcept {
  return error.code == Code::needed || error.code == Code::busy;
}

std::vector<ArchiveFile> files_of(const HistoryTable& table,
                                  const std::vector<ArchiveFile>& files) {
  std::vector<ArchiveFile> found;
  for (const ArchiveFile& file : files) {
    if (file.table == table.name) found.push_back(file);
  }
  return found;
}

}  // namespace

std::string_view name(ArchiveStep step) noexcept {
  switch (step) {
    case ArchiveStep::moving: return "moving to warm";
    case ArchiveStep::exporting: return "exporting";
    case ArchiveStep::checking: return "checking";
    case ArchiveStep::comparing: return "comparing and dropping";
    case ArchiveStep::deleting: return "deleting";
    case ArchiveStep::restoring: return "restoring";
    case ArchiveStep::done: return "done";
  }
  return "unknown";
}

Archived<Archive> Archive::open(Connection& connection, ArchiveOptions options) {
  // Rows as text, the same whatever the database's settings are.
  AUTHD_TRY_SQL_VOID(
      connection.exec("SET DateStyle = ISO; SET bytea_output = hex; SET client_encoding = UTF8"));
  AUTHD_TRY_SQL(
      lock, connection.exec("SELECT pg_try_advisory_lock(" + std::to_string(advisory_lock) + ")"));
  if (lock.text(0, 0) != "t") return Unexpected{ArchiveError{.code = Code::running}};
  AUTHD_TRY(tables, Catalog(connection).tables());
  return Archive(connection, std::move(options), std::move(tables));
}

Archive::Archive(Connection& connection, ArchiveOptions options, std::vector<HistoryTable> tables)
    : connection_(&connection),
      options_(std::move(options)),
      tables_(std::move(tables)),
      catalog_(connection) {}

Archive::Archive(Archive&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)),
      options_(std::move(other.options_)),
      tables_(std::move(other.tables_)),
      catalog_(other.catalog_) {}

Archive::~Archive() {
  if (connection_ == nullptr) return;
  // When this fails the connection is lost, and the lock with it.
  static_cast<void>(
      connection_->exec("SELECT pg_advisory_unlock(" + std::to_string(advisory_lock) + ")")
          .has_value());
}

void Archive::report(ArchiveStep step, Month month, const std::string& table, std::uint64_t rows,
                     std::uint64_t rows_total, std::int64_t bytes) const {
  options_.progress({step, month, table, rows, rows_total, bytes});
}

Archived<std::vector<MonthPlace>> Archive::status() {
  return catalog_.places(options_.restored_days);
}

Archived<std::vector<ArchiveOutcome>> Archive::due() {
  AUTHD_TRY(places, status());
  std::vector<ArchiveOutcome> due;
  for (const MonthPlace& place : places) {
    const int age = place.month.age(options_.now);
    const bool leaves = place.hot && age >= options_.hot_months;
    const bool freezes = (place.warm || leaves) && age >= options_.warm_months && !place.restored;
    const bool ends = (place.cold || freezes) && age >= options_.delete_after_months;
    if (leaves) due.push_back({place.month, ArchiveAction::to_warm});
    if (freezes) due.push_back({place.month, ArchiveAction::to_cold});
    if (ends) due.push_back({place.month, ArchiveAction::remove});
  }
  return due;
}

Archived<std::vector<ArchiveOutcome>> Archive::run() {
  AUTHD_TRY(actions, due());
  std::optional<Month> left;  // what follows of it would need what was refused
  for (ArchiveOutcome& action : actions) {
    if (left == action.month) continue;
    const auto done = act(action);
    report(ArchiveStep::done, action.month);
    if (done) continue;
    if (!may_try_again(done.error())) return Unexpected{done.error()};
    action.refused = done.error();
    left = action.month;
  }
  return actions;
}

Archived<> Archive::act(const ArchiveOutcome& action) {
  switch (action.action) {
    case ArchiveAction::to_warm: return to_warm(action.month);
    case ArchiveAction::to_cold: return to_cold(action.month);
    case ArchiveAction::remove: return remove(action.month);
  }
  return {};
}

Archived<> Archive::to_warm(Month month) {
  report(ArchiveStep::moving, month);
  Transitions transitions(*connection_, tables_);
  AUTHD_TRY(late, is_late(month));
  const auto is_empty = late ? transitions.is_empty(month) : Archived<bool>(false);
  if (!is_empty) return Unexpected{is_empty.error()};
  for (const HistoryTable& table : tables_) {
    AUTHD_TRY_VOID(*is_empty ? transitions.drop_empty(table, month)
                             : transitions.to_warm(table, month));
    report(ArchiveStep::moving, month, table.name);
  }
  return {};
}

// Whether all of the month left the hot tables before: what is there has come since.
Archived<bool> Archive::is_late(Month month) {
  AUTHD_TRY(files, catalog_.files(month));
  bool all_warm = true;
  bool any_warm = false;
  for (const HistoryTable& table : tables_) {
    AUTHD_TRY(is_warm, catalog_.exists(table.warm(month)));
    all_warm = all_warm && is_warm;
    any_warm = any_warm || is_warm;
  }
  return all_warm || (!any_warm && !files.empty());
}

Archived<> Archive::to_cold(Month month) {
  AUTHD_TRY(warm, warm_tables(month));
  if (warm.size() == tables_.size()) AUTHD_TRY_VOID(expect_not_needed(month));
  if (warm.empty()) return {};
  AUTHD_TRY_VOID(write_files(month, warm));
  for (auto table = warm.rbegin(); table != warm.rend(); ++table) {  // postings first
    AUTHD_TRY_VOID(to_cold(**table, month));
  }
  return {};
}

Archived<> Archive::to_cold(const HistoryTable& table, Month month) {
  report(ArchiveStep::comparing, month, table.name);
  Transitions transitions(*connection_, tables_);
  const auto dropped = transitions.to_cold(table, month);
  if (dropped || dropped.error().code != Code::changed) return dropped;
  // Late records have joined the month since it was exported.
  AUTHD_TRY(files, catalog_.files(month));
  AUTHD_TRY_VOID(discard_files(table, month, files));
  AUTHD_TRY_VOID(write_files(month, {&table}));
  report(ArchiveStep::comparing, month, table.name);
  return transitions.to_cold(table, month);
}

Archived<> Archive::expect_not_needed(Month month) {
  AUTHD_TRY(needed, catalog_.needed_rows(month, options_.state_retention_days));
  if (needed == 0) return {};
  ArchiveError error = month_error(Code::needed, month);
  error.count = needed;
  return Unexpected{error};
}

// All four, fewer where a run broke off, none where what came late was nothing.
Archived<std::vector<const HistoryTable*>> Archive::warm_tables(Month month) {
  std::vector<const HistoryTable*> warm;
  for (const HistoryTable& table : tables_) {
    AUTHD_TRY(is_warm, catalog_.exists(table.warm(month)));
    if (is_warm) warm.push_back(&table);
  }
  return warm;
}

Archived<> Archive::write_files(Month month, const std::vector<const HistoryTable*>& tables) {
  AUTHD_TRY(files, catalog_.files(month));
  for (const HistoryTable* const table : tables) {
    AUTHD_TRY(exported, is_exported(*table, files));
    if (exported) continue;
    AUTHD_TRY_VOID(discard_files(*table, month, files));
    AUTHD_TRY_VOID(write_file(*table, month, files));
  }
  return write_manifest(month);
}

// Whether an earlier run, or a month that was loaded back, has left files that are in order.
Archived<bool> Archive::is_exported(const HistoryTable& table,
                                    const std::vector<ArchiveFile>& files) {
  bool exported = false;
  for (const ArchiveFile& file : files) {
    if (file.table != table.name || file.dropped) continue;
    const auto checked = check(file);
    if (!checked && checked.error().code == Code::file) return Unexpected{checked.error()};
    if (!checked) return false;
    exported = true;
  }
  return exported;
}

// Of files whose rows PostgreSQL has. The files before their lines: what has a line is found again.
Archived<> Archive::discard_files(const HistoryTable& table, Month month,
                                  const std::vector<ArchiveFile>& files) {
  for (const ArchiveFile& file : files) {
    if (file.table != table.name || file.dropped) continue;
    AUTHD_TRY_VOID(remove_durably(options_.directory / file.path));
  }
  return catalog_.forget_exported(table, month);
}

Archived<> Archive::write_file(const HistoryTable& table, Month month,
                               const std::vector<ArchiveFile>& files) {
  int part = 1;
  for (const ArchiveFile& file : files) {
    if (file.table == table.name && file.dropped) part = std::max(part, file.part + 1);
  }
  AUTHD_TRY(rows, catalog_.count(table.warm(month)));
  const auto total = static_cast<std::uint64_t>(rows);
  report(ArchiveStep::exporting, month, table.name, 0, total);
  AUTHD_TRY(file, export_table(*connection_, table, month, part, options_.directory,
                               [&](std::uint64_t done, std::int64_t bytes) {
                                 report(ArchiveStep::exporting, month, table.name, done, total,
                                        bytes);
                               }));
  AUTHD_TRY_VOID(check(file));
  return catalog_.add_file(file);
}

Archived<> Archive::check(const ArchiveFile& file) const {
  const std::uint64_t total = file.digest.rows();
  report(ArchiveStep::checking, file.month, file.table, 0, total);
  return check_file(options_.directory, file, [&](std::uint64_t rows, std::int64_t bytes) {
    report(ArchiveStep::checking, file.month, file.table, rows, total, bytes);
  });
}

std::filesystem::path Archive::manifest_path(Month month) const {
  return options_.directory / "manifest" / (month.text() + ".json");
}

Archived<> Archive::write_manifest(Month month) {
  AUTHD_TRY(text, catalog_.manifest(month));
  return write_durably(manifest_path(month), text);
}

Archived<> Archive::remove(Month month) {
  report(ArchiveStep::deleting, month);
  AUTHD_TRY(files, catalog_.files(month));
  for (const ArchiveFile& file : files) {
    if (!file.dropped || file.deleted) continue;
    AUTHD_TRY_VOID(remove_durably(options_.directory / file.path));
  }
  return catalog_.mark_deleted(month);
}

Archived<std::vector<ArchiveFinding>> Archive::verify(std::optional<Month> month) {
  AUTHD_TRY(places, status());
  std::vector<ArchiveFinding> findings;
  for (const MonthPlace& place : places) {
    if (month && place.month != *month) continue;
    AUTHD_TRY_VOID(verify_month(place, findings));
  }
  if (month && findings.empty()) return Unexpected{month_error(Code::not_cold, *month)};
  return findings;
}

Archived<> Archive::verify_month(const MonthPlace& place, std::vector<ArchiveFinding>& findings) {
  AUTHD_TRY(files, catalog_.files(place.month));
  const bool may_be_elsewhere = place.month.age(options_.now) >= options_.cold_months;
  bool complete = !files.empty();  // an export that broke off has no manifest yet
  for (const ArchiveFile& file : files) {
    complete = complete && (file.dropped || !place.warm);
    if (file.deleted) continue;
    ArchiveFinding finding{place.month, options_.directory / file.path};
    const auto checked = check(file);
    const bool elsewhere = !checked && checked.error().code == Code::missing && may_be_elsewhere;
    if (!checked && !elsewhere) finding.wrong = checked.error();
    findings.push_back(finding);
  }
  if (!complete) return {};
  ArchiveFinding finding{place.month, manifest_path(place.month)};
  AUTHD_TRY(expected, catalog_.manifest(place.month));
  const auto text = read_text(finding.path);
  if (!text) finding.wrong = text.error();
  if (text && *text != expected) {
    finding.wrong = ArchiveError{.code = Code::corrupt, .path = finding.path};
  }
  findings.push_back(finding);
  return {};
}

Archived<std::vector<ArchiveFile>> Archive::restorable_files(Month month) {
  AUTHD_TRY(files, catalog_.files(month));
  bool cold = false;
  for (const ArchiveFile& file : files) {
    if (file.deleted) return Unexpected{month_error(Code::deleted, month)};
    cold = cold || file.dropped;
  }
  if (!cold) return Unexpected{month_error(Code::not_cold, month)};
  std::erase_if(files, [](const ArchiveFile& file) { return !file.dropped; });
  for (const HistoryTable& table : tables_) {
    AUTHD_TRY(is_warm, catalog_.exists(table.warm(month)));
    if (is_warm && !files_of(table, files).empty()) {
      return Unexpected{month_error(Code::late_records, month)};
    }
  }
  return files;
}

Archived<> Archive::load(const std::vector<ArchiveFile>& files, const std::string& target) {
  for (const ArchiveFile& file : files) {
    const std::uint64_t total = file.digest.rows();
    report(ArchiveStep::restoring, file.month, file.table, 0, total);
    AUTHD_TRY_VOID(load_file(*connection_, options_.directory, file, target,
                             [&](std::uint64_t rows, std::int64_t bytes) {
                               report(ArchiveStep::restoring, file.month, file.table, rows, total,
                                      bytes);
                             }));
  }
  return {};
}

Archived<> Archive::restore(Month month) {
  AUTHD_TRY(files, restorable_files(month));
  for (const ArchiveFile& file : files) AUTHD_TRY_VOID(check(file));
  for (const HistoryTable& table : tables_) {
    const auto of_table = files_of(table, files);
    if (of_table.empty()) continue;  // an earlier attempt has come that far
    AUTHD_TRY_VOID(
        Transitions(*connection_, tables_).restore(table, month, [&](const std::string& target) {
          return load(of_table, target);
        }));
  }
  report(ArchiveStep::done, month);
  return {};
}

}  // namespace authd::store
