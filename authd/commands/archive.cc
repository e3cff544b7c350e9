#include "store/archive/archive.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <system_error>

#include "authd/commands/archive_progress.h"
#include "authd/commands/commands.h"
#include "authd/daemon/postgres_options.h"
#include "authd/daemon/wall_clock.h"
#include "authd/errors/describe.h"

namespace authd::commands {

namespace {

using store::Archive;
using store::ArchiveAction;
using store::ArchiveError;
using store::Month;

// A month's rows are read, added up and sorted by single statements.
constexpr std::chrono::hours statement_timeout{12};

std::string describe(const ArchiveError& error) {
  using Code = ArchiveError::Code;
  switch (error.code) {
    case Code::postgres: return authd::describe(error.postgres);
    case Code::running: return "another authd archive is at work";
    case Code::busy: return "others use its tables all the time: run it again later";
    case Code::needed:
      return fmt::format(
          "{} of its rows are needed: their authorizations are open, hold money or changed lately",
          error.count);
    case Code::file:
      return fmt::format("{}: {}", error.path.string(),
                         std::generic_category().message(error.system_error));
    case Code::missing: return fmt::format("{}: is missing", error.path.string());
    case Code::corrupt:
      return fmt::format("{}: is not what the manifest says", error.path.string());
    case Code::changed:
      return fmt::format("{}: its rows are not those of its files; nothing was dropped",
                         error.month.text());
    case Code::not_cold: return fmt::format("{}: is not in files", error.month.text());
    case Code::deleted:
      return fmt::format("{}: its files were deleted for their age", error.month.text());
    case Code::late_records:
      return fmt::format("{}: records came after it was exported; `authd archive run` moves them",
                         error.month.text());
  }
  return "unknown error";
}

int failed(const ArchiveError& error) {
  std::fprintf(stderr, "%s\n", describe(error).c_str());
  return exit_failed;
}

std::string_view name(ArchiveAction action) {
  switch (action) {
    case ArchiveAction::to_warm: return "warm";
    case ArchiveAction::to_cold: return "cold";
    case ArchiveAction::remove: return "files deleted";
  }
  return "unknown";
}

// Nothing, and a line on standard error, when it is not as "2024-03".
std::optional<Month> month_of(const std::string& text) {
  const auto month = Month::parse(text);
  if (!month) std::fprintf(stderr, "%s: a month is given as YYYY-MM\n", text.c_str());
  return month;
}

store::ArchiveOptions options_of(const ArchiveConfig& config) {
  store::ArchiveOptions options;
  options.directory = config.directory;
  options.now = wall_clock_now();
  options.hot_months = config.hot_months;
  options.warm_months = config.warm_months;
  options.cold_months = config.cold_months;
  options.delete_after_months = config.delete_after_months;
  options.restored_days = config.restored_days;
  return options;
}

// Calls `work` with the archive and returns what it does.
template <class Work>
int with_archive(const std::filesystem::path& config_file, Work work) {
  const auto config = configured(config_file);
  if (!config) return exit_cannot_start;
  if (!config->postgres || !config->archive) {
    std::fprintf(stderr, "%s: the archive needs the tables [postgres] and [archive]\n",
                 config_file.c_str());
    return exit_cannot_start;
  }
  store::Connection::Options connect = connection_options(*config->postgres, "authd archive");
  connect.statement_timeout = statement_timeout;
  auto connection = store::Connection::connect(connect);
  if (!connection) return failed(store::postgres_failed(connection.error()));
  ArchiveProgressPrinter printer;
  store::ArchiveOptions options = options_of(*config->archive);
  options.progress = [&printer](const store::ArchiveProgress& progress) { printer.show(progress); };
  auto archive = Archive::open(*connection, options);
  if (!archive) return failed(archive.error());
  return work(*archive, printer);
}

int print_outcomes(const std::vector<store::ArchiveOutcome>& outcomes) {
  int code = exit_ok;
  for (const store::ArchiveOutcome& outcome : outcomes) {
    const std::string month = outcome.month.text();
    if (!outcome.refused) {
      std::printf("%s: %s\n", month.c_str(), std::string(name(outcome.action)).c_str());
      continue;
    }
    std::printf("%s: stays as it is: %s\n", month.c_str(), describe(*outcome.refused).c_str());
    if (outcome.refused->code == ArchiveError::Code::busy) code = exit_failed;
  }
  if (outcomes.empty()) std::printf("nothing is due\n");
  return code;
}

std::string places_of(const store::MonthPlace& place) {
  std::string text;
  const auto add = [&text](bool is_there, const char* word) {
    if (is_there) text += (text.empty() ? "" : "+") + std::string(word);
  };
  add(place.hot, "hot");
  add(place.warm, "warm");
  add(place.cold, "cold");
  add(place.exported, "exported");
  add(place.deleted, "deleted");
  return text;
}

}  // namespace

int archive_run(const std::filesystem::path& config_file, bool dry_run) {
  return with_archive(config_file, [&](Archive& archive, ArchiveProgressPrinter& printer) {
    const auto outcomes = dry_run ? archive.due() : archive.run();
    printer.end();
    return outcomes ? print_outcomes(*outcomes) : failed(outcomes.error());
  });
}

int archive_status(const std::filesystem::path& config_file) {
  return with_archive(config_file, [](Archive& archive, ArchiveProgressPrinter&) {
    const auto places = archive.status();
    if (!places) return failed(places.error());
    std::printf("%-8s %-16s %14s %12s %12s\n", "month", "where", "rows, about", "tables, KiB",
                "files, KiB");
    for (const store::MonthPlace& place : *places) {
      std::printf("%-8s %-16s %14lld %12lld %12lld\n", place.month.text().c_str(),
                  places_of(place).c_str(), static_cast<long long>(place.rows),
                  static_cast<long long>(place.table_bytes / 1024),
                  static_cast<long long>(place.file_bytes / 1024));
    }
    return exit_ok;
  });
}

int archive_verify(const std::filesystem::path& config_file, const std::string& month) {
  const auto only = month.empty() ? std::nullopt : month_of(month);
  if (!month.empty() && !only) return exit_cannot_start;
  return with_archive(config_file, [&](Archive& archive, ArchiveProgressPrinter& printer) {
    const auto findings = archive.verify(only);
    printer.end();
    if (!findings) return failed(findings.error());
    std::size_t wrong = 0;
    for (const store::ArchiveFinding& finding : *findings) {
      if (!finding.wrong) continue;
      std::printf("%s\n", describe(*finding.wrong).c_str());
      ++wrong;
    }
    std::printf("%zu files and manifests, %zu not as they should be\n", findings->size(), wrong);
    return wrong == 0 ? exit_ok : exit_failed;
  });
}

int archive_restore(const std::filesystem::path& config_file, const std::string& month) {
  const auto wanted = month_of(month);
  if (!wanted) return exit_cannot_start;
  return with_archive(config_file, [&](Archive& archive, ArchiveProgressPrinter& printer) {
    const auto restored = archive.restore(*wanted);
    printer.end();
    if (!restored) return failed(restored.error());
    std::printf("%s: restored\n", month.c_str());
    return exit_ok;
  });
}

}  // namespace authd::commands
