#include "store/replay/replay.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>

#include "authd/commands/commands.h"
#include "authd/errors/describe.h"
#include "authd/explain/difference.h"
#include "authd/explain/record_json.h"
#include "store/state/storage.h"

namespace authd::commands {

namespace {

namespace json = boost::json;
using Code = store::ReplayError::Code;

std::string describe(const store::ReplayError& error, const std::filesystem::path& base) {
  switch (error.code) {
    case Code::journal: return authd::describe(error.journal);
    case Code::snapshot:
      return fmt::format("{}: {}", base.string(), authd::describe(error.snapshot));
    case Code::record:
      return fmt::format("journal: record {} is {}; `authd journal verify` checks the rest",
                         error.sequence.value, store::name(error.format));
    case Code::base_missing: return fmt::format("{}: there is no snapshot", base.string());
    case Code::base_needed:
      return fmt::format(
          "the journal begins with record {}, not with the first: --base needs a snapshot that "
          "holds the records up to {}, or up to a later one",
          error.sequence.value, error.sequence.value - 1);
    case Code::base_too_old:
      return fmt::format(
          "{}: the snapshot ends with record {}, the journal begins with record {}: those between "
          "are gone",
          base.string(), error.base.value, error.sequence.value);
    case Code::base_too_new:
      return fmt::format("{}: the snapshot ends with record {}, the journal before that",
                         base.string(), error.base.value);
  }
  return "unknown error";
}

// What the operator has to change is not a finding about the journal.
bool cannot_start(const store::ReplayError& error) noexcept {
  return error.code != Code::journal && error.code != Code::record;
}

struct Duration {
  std::chrono::duration<double> total;

  double per_million(std::uint64_t records) const noexcept {
    return records == 0 ? 0 : total.count() * 1e6 / static_cast<double>(records);
  }
};

void print_text(const store::ReplayReport& report, Duration duration) {
  for (const store::Difference& difference : report.differences) {
    std::fputs(explain::difference_text(difference).c_str(), stdout);
  }
  if (report.differing > report.differences.size()) {
    fmt::print("… and {} more\n", report.differing - report.differences.size());
  }
  const std::uint64_t records = report.total();
  if (records == 0) {
    fmt::print("nothing to replay\n");
  } else {
    fmt::print("{}: records {} to {}\n", report.differing == 0 ? "ok" : "DIFFERENT",
               report.first.value, report.next.value - 1);
  }
  for (std::size_t kind = 1; kind < report.records.size(); ++kind) {
    if (report.records[kind] == 0) continue;
    fmt::print("  {:<20} {:>12}\n", explain::kind_name(static_cast<store::RecordKind>(kind)),
               report.records[kind]);
  }
  fmt::print("  {:<20} {:>12}\n  {:<20} {:>12}\n", "in all", records, "different",
             report.differing);
  fmt::print("{:.3f} s, {:.2f} s a million records\n", duration.total.count(),
             duration.per_million(records));
}

void print_json(const store::ReplayReport& report, Duration duration) {
  json::object kinds;
  for (std::size_t kind = 1; kind < report.records.size(); ++kind) {
    kinds[explain::kind_name(static_cast<store::RecordKind>(kind))] = report.records[kind];
  }
  json::array differences;
  for (const store::Difference& difference : report.differences) {
    differences.push_back(explain::difference_json(difference));
  }
  const json::object object{{"first_sequence", report.first.value},
                            {"next_sequence", report.next.value},
                            {"records", report.total()},
                            {"records_by_kind", std::move(kinds)},
                            {"differing", report.differing},
                            {"differences", std::move(differences)},
                            {"duration_s", duration.total.count()},
                            {"s_per_million", duration.per_million(report.total())}};
  std::printf("%s\n", json::serialize(object).c_str());
}

}  // namespace

int replay(const std::filesystem::path& config_file, const ReplayArguments& arguments) {
  const auto config = configured(config_file);
  if (!config) return exit_cannot_start;
  store::ReplayOptions options{journal_directory(*config), {}, config->state.map_bytes};
  const std::filesystem::path imported = store::Storage::imported(config->state.directory);
  std::error_code ignored;
  if (!arguments.base.empty()) {
    options.base = arguments.base;
  } else if (std::filesystem::exists(imported, ignored)) {
    options.base = imported;
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto report = store::replay(options);
  const Duration duration{std::chrono::steady_clock::now() - begin};
  if (!report) {
    std::fprintf(stderr, "%s\n", describe(report.error(), options.base.value_or("")).c_str());
    return cannot_start(report.error()) ? exit_cannot_start : exit_failed;
  }
  if (arguments.json) {
    print_json(*report, duration);
  } else {
    print_text(*report, duration);
  }
  return report->differing == 0 ? exit_ok : exit_failed;
}

}  // namespace authd::commands
