// authd_recon_data: fills a migrated, empty ledger with card authorizations and what became of
// them, and writes the supplier's file about it and the list of the faults in either.
//
// Exit code 0: done; 1: PostgreSQL or a file refused; 2: it could not start.

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "bench/recon_data/generate.h"

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

// All of it is on its way to the disk.
bool close(File file) {
  const bool is_written = std::ferror(file.get()) == 0;
  return std::fclose(file.release()) == 0 && is_written;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace authd;
  CLI::App app("A ledger, a supplier's file about it, and the list of the faults in them.");
  std::string conninfo;
  std::string file_path;
  std::string planted_path;
  std::string program = "demo";
  std::uint64_t per_mille = 10;
  bench::World world;
  world.rows = 1'000'000;
  world.begins_at = {core::day_of({2026, 1, 15}).days * core::us_per_day};  // until February 12
  app.add_option("--conninfo", conninfo, "of the ledger, as its owner")->required();
  app.add_option("--file", file_path, "the supplier's, to be written")->required();
  app.add_option("--planted", planted_path, "list of the faults, to be written")->required();
  app.add_option("--rows", world.rows, "authorizations")
      ->check(CLI::Range(bench::World::rows_min, std::uint64_t{100'000'000}))
      ->capture_default_str();
  app.add_option("--seed", world.seed)->capture_default_str();
  app.add_option("--faults-per-mille", per_mille, "of the authorizations")
      ->check(CLI::Range(std::uint64_t{0}, bench::Faults::per_mille_max))
      ->capture_default_str();
  app.add_option("--program", program, "whose books")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto id = core::ProgramId::from(program);
  if (!id) {
    std::fprintf(stderr, "--program: 1 to 32 visible characters\n");
    return 2;
  }
  world.program = *id;
  File file(std::fopen(file_path.c_str(), "w"), std::fclose);
  File planted(std::fopen(planted_path.c_str(), "w"), std::fclose);
  if (!file || !planted) {
    std::perror("--file, --planted");
    return 2;
  }
  store::Connection::Options options;
  options.conninfo = conninfo;
  options.statement_timeout = std::chrono::minutes(10);
  auto connection = store::Connection::connect(options);
  auto second = store::Connection::connect(options);
  if (!connection || !second) {
    std::fprintf(stderr, "--conninfo: %s\n",
                 (connection ? second : connection).error().message.c_str());
    return 2;
  }
  const auto generated = bench::generate(*connection, *second, world, per_mille, file.get());
  if (!generated) {
    std::fprintf(stderr, "%s\n", generated.error().message.c_str());
    return 1;
  }
  bench::write_planted(generated->planted, world.shard, planted.get());
  if (!close(std::move(file)) || !close(std::move(planted))) {
    std::perror("--file, --planted");
    return 1;
  }
  std::printf("%llu authorizations, %llu lines, %zu faults\n",
              static_cast<unsigned long long>(world.rows),
              static_cast<unsigned long long>(generated->lines), generated->planted.size());
  return 0;
}
