#include "store/postgres/load.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "authd/commands/commands.h"
#include "authd/daemon/postgres_options.h"
#include "authd/daemon/storage_options.h"
#include "authd/daemon/wall_clock.h"
#include "authd/errors/describe.h"
#include "authd/load/control_definition.h"
#include "authd/load/load_report.h"
#include "authd/load/openings.h"
#include "authd/load/state_loader.h"

namespace authd::commands {

namespace {

// One command of the file, and in which line it stood.
struct Opening {
  SetUpCommand command;
  std::uint64_t line;
};

void print_error(std::uint64_t line, const std::string& error) {
  std::fprintf(stderr, "line %llu: %s\n", static_cast<unsigned long long>(line), error.c_str());
}

// Reads the file line by line and gives each opening to `take`, which returns whether to go on.
// Prints the first line that is none.
template <class Take>
bool for_each_opening(std::istream& in, Take take) {
  std::string line;
  for (std::uint64_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    auto command = parse_opening(line);
    if (!command) {
      print_error(number, command.error());
      return false;
    }
    if (!take(Opening{*std::move(command), number})) return false;
  }
  return true;
}

class LedgerLoader {
 public:
  explicit LedgerLoader(store::Connection& connection)
      : loader_(connection, {.now = wall_clock_now(),
                             .control_definition = control_text,
                             .on_loaded = [this](const core::Command& command, core::Setup setup) {
                               report_.count(command, setup);
                             }}) {}

  bool add(const Opening& opening) {
    lines_.push_back(opening.line);
    const auto as_core = [](const auto& one) { return core::Command(one); };
    return succeeded(loader_.add(std::visit(as_core, opening.command)));
  }
  bool finish() { return succeeded(loader_.finish()); }
  const LoadReport& report() const noexcept { return report_; }

 private:
  bool succeeded(const core::Result<void, store::LoadError>& done) {
    if (done) return true;
    if (done.error().code == store::LoadError::Code::postgres) {
      std::fprintf(stderr, "%s\n", describe(done.error().postgres).c_str());
    } else {
      print_error(lines_[done.error().position],
                  describe(done.error().setup) + "; nothing of this batch is kept");
    }
    return false;
  }

  LoadReport report_;
  std::vector<std::uint64_t> lines_;  // of the commands, by position
  store::Loader loader_;
};

int load_into_ledger(const PostgresConfig& config, std::istream& in) {
  auto connection = store::Connection::connect(connection_options(config, "authd load"));
  if (!connection) {
    std::fprintf(stderr, "%s\n", describe(connection.error()).c_str());
    return exit_failed;
  }
  LedgerLoader loader(*connection);
  const bool read =
      for_each_opening(in, [&loader](const Opening& opening) { return loader.add(opening); });
  if (!read || !loader.finish()) return exit_failed;
  std::fputs(loader.report().text().c_str(), stdout);
  return exit_ok;
}

int load_into_state(const Config& config, std::istream& in) {
  const auto storage = store::Storage::open(storage_options(config), {});
  if (!storage) {
    std::fprintf(stderr, "%s\n", describe(storage.error()).c_str());
    return exit_cannot_start;
  }
  StateLoader loader(**storage);
  const bool read = for_each_opening(in, [&loader](const Opening& opening) {
    const auto added = loader.add(opening.command, wall_clock_now());
    if (!added) print_error(opening.line, added.error());
    return bool{added};
  });
  const auto flushed = loader.flush();  // what was read before a bad line is kept
  if (!flushed) std::fprintf(stderr, "%s\n", flushed.error().c_str());
  if (!flushed || !read) return exit_failed;
  std::fputs(loader.report().text().c_str(), stdout);
  return exit_ok;
}

}  // namespace

int load(const std::filesystem::path& config_file, const std::filesystem::path& openings_file) {
  const auto config = configured(config_file);
  if (!config) return exit_cannot_start;
  std::ifstream file;
  if (openings_file != "-") {
    file.open(openings_file);
    if (!file) {
      std::fprintf(stderr, "%s cannot be read\n", openings_file.c_str());
      return exit_cannot_start;
    }
  }
  std::istream& in = openings_file == "-" ? std::cin : file;
  return config->postgres ? load_into_ledger(*config->postgres, in) : load_into_state(*config, in);
}

}  // namespace authd::commands
