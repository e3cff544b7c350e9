#include "store/postgres/load.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

#include "authd/commands/commands.h"
#include "authd/daemon/postgres_options.h"
#include "authd/daemon/storage_options.h"
#include "authd/daemon/wall_clock.h"
#include "authd/errors/describe.h"
#include "authd/load/openings.h"

namespace authd::commands {

namespace {

// Reads the openings line by line and gives each to `take`, which returns an error text or nothing.
// Prints the first error with its line.
template <class Take>
bool for_each_opening(std::istream& in, Take take) {
  std::string line;
  for (std::uint64_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    const auto opening = parse_opening(line);
    const std::string error = opening ? take(*opening) : opening.error();
    if (!error.empty()) {
      std::fprintf(stderr, "line %llu: %s\n", static_cast<unsigned long long>(number),
                   error.c_str());
      return false;
    }
  }
  return true;
}

void print_counts(const char* what, std::int64_t created, std::int64_t existing) {
  std::printf("%s: %lld created, %lld existed already\n", what, static_cast<long long>(created),
              static_cast<long long>(existing));
}

std::string describe(const store::LoadError& error) {
  if (error.code == store::LoadError::Code::postgres) return authd::describe(error.postgres);
  return "card " + std::string(error.card.token.view()) + ": account " +
         std::to_string(error.card.account.value) +
         " does not exist; nothing of this batch is kept";
}

int load_into_ledger(const PostgresConfig& config, std::istream& in) {
  auto connection = store::Connection::connect(connection_options(config, "authd load"));
  if (!connection) {
    std::fprintf(stderr, "%s\n", authd::describe(connection.error()).c_str());
    return exit_failed;
  }
  store::Loader loader(*connection, {.now = wall_clock_now()});
  const bool read = for_each_opening(in, [&loader](const OpenCommand& opening) {
    const auto added = std::visit([&loader](const auto& one) { return loader.add(one); }, opening);
    return added ? std::string() : describe(added.error());
  });
  if (!read) return exit_failed;
  const auto report = loader.finish();
  if (!report) {
    std::fprintf(stderr, "%s\n", describe(report.error()).c_str());
    return exit_failed;
  }
  print_counts("accounts", report->accounts.created, report->accounts.existing);
  print_counts("cards", report->cards.created, report->cards.existing);
  return exit_ok;
}

// Without a ledger the state itself is the home of accounts and cards: they become records of the
// journal.
class StateLoader {
 public:
  explicit StateLoader(store::Storage& storage) : storage_(storage) {}

  // Returns an error text or nothing.
  std::string add(const OpenCommand& opening) {
    const core::Command command =
        std::visit([](const auto& one) { return core::Command(one); }, opening);
    const core::Timestamp at = std::max(wall_clock_now(), storage_.last_record_at());
    const auto applied =
        core::apply(storage_.state(), command, {at, storage_.journal().next_sequence()});
    if (!applied) return "the state cannot be read";
    const auto outcome = std::get<core::Opening>(applied->outcome);
    if (outcome == core::Opening::account_unknown) return "the account of this card does not exist";
    count(opening, outcome);
    if (outcome == core::Opening::created && !storage_.record(command, *applied, at, payload_)) {
      if (std::string error = flush(); !error.empty()) return error;
      if (!storage_.record(command, *applied, at, payload_))
        return "the journal takes no more records";
    }
    return {};
  }

  std::string flush() {
    const auto flushed = storage_.journal().flush();
    return flushed ? std::string() : authd::describe(flushed.error());
  }

  void print() const {
    print_counts("accounts", accounts_.created, accounts_.existing);
    print_counts("cards", cards_.created, cards_.existing);
  }

 private:
  void count(const OpenCommand& opening, core::Opening outcome) {
    auto& counts = std::holds_alternative<core::OpenAccount>(opening) ? accounts_ : cards_;
    (outcome == core::Opening::created ? counts.created : counts.existing) += 1;
  }

  store::Storage& storage_;
  std::vector<std::byte> payload_;
  store::LoadCounts accounts_;
  store::LoadCounts cards_;
};

int load_into_state(const Config& config, std::istream& in) {
  const auto storage = store::Storage::open(storage_options(config), config.core_programs());
  if (!storage) {
    std::fprintf(stderr, "%s\n", authd::describe(storage.error()).c_str());
    return exit_cannot_start;
  }
  StateLoader loader(**storage);
  const bool read =
      for_each_opening(in, [&loader](const OpenCommand& opening) { return loader.add(opening); });
  const std::string error = loader.flush();  // what was read before a bad line is kept
  if (!error.empty()) std::fprintf(stderr, "%s\n", error.c_str());
  if (!error.empty() || !read) return exit_failed;
  loader.print();
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
