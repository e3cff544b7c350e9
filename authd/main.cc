// authd: the command line.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <string>

#include "authd/commands/commands.h"

namespace {

// The binary is compiled for these; without them it would die of an illegal instruction in the
// middle of a payment.
bool cpu_is_sufficient() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi2") != 0 &&
         __builtin_cpu_supports("pclmul") != 0;
#else
  return true;
#endif
}

}  // namespace

int main(int argc, char** argv) {
  namespace commands = authd::commands;
  if (!cpu_is_sufficient()) {
    std::fputs("authd: this CPU lacks AVX2, BMI2 or PCLMUL, which this build needs\n", stderr);
    return commands::exit_cannot_start;
  }

  CLI::App app("authd: decides card authorizations for an issuer", "authd");
  app.require_subcommand(1);
  app.set_version_flag("--version", AUTHD_VERSION);
  std::function<int()> chosen;
  std::string config_file;
  const auto subcommand = [&](CLI::App& parent, const char* name, const char* description,
                              std::function<int()> run) {
    CLI::App* const sub = parent.add_subcommand(name, description);
    sub->add_option("-c,--config", config_file, "configuration file, see ops/authd.example.toml")
        ->default_str("/etc/authd/authd.toml")
        ->default_val("/etc/authd/authd.toml");
    sub->callback([&chosen, run = std::move(run)] { chosen = run; });
    return sub;
  };

  subcommand(app, "serve", "answer authorizations until SIGTERM",
             [&] { return commands::serve(config_file); });
  subcommand(app, "migrate", "bring the ledger's schema in PostgreSQL up to date",
             [&] { return commands::migrate(config_file); });
  std::string openings = "-";
  subcommand(app, "load",
             "open accounts and issue cards from NDJSON, in the ledger or, without PostgreSQL, in "
             "the state",
             [&] { return commands::load(config_file, openings); })
      ->add_option("file", openings, "NDJSON file, - for standard input")
      ->default_str("-");
  subcommand(app, "check-config",
             "read the configuration as the daemon would and say what is wrong",
             [&] { return commands::check_config(config_file); });
  subcommand(app, "status", "ask the running daemon how it is",
             [&] { return commands::status(config_file); });

  commands::ExplainArguments asked;
  CLI::App* const explain =
      subcommand(app, "explain",
                 "say why a request was answered as it was, and what became of its authorization; "
                 "reads the whole journal, beside a running daemon too",
                 [&] { return commands::explain(config_file, asked); });
  explain->add_option("id", asked.token, "id of a request, a notice or an authorization")
      ->required();
  explain->add_option("-p,--program", asked.program, "when the id is known in several programs");
  explain->add_flag("--json", asked.json, "print one JSON object");

  commands::ReplayArguments again;
  CLI::App* const replay = subcommand(
      app, "replay",
      "decide every command of the journal again and compare with what was recorded; changes "
      "nothing and works beside a running daemon, but keeps all rows of the state in memory",
      [&] { return commands::replay(config_file, again); });
  replay->add_option("--base", again.base,
                     "copy of a stopped daemon's snapshot directory to begin with, where the "
                     "journal does not begin with the first record; default: the one that was "
                     "kept when the state was imported from the ledger, if it was");
  replay->add_flag("--json", again.json, "print one JSON object");

  CLI::App& journal = *app.add_subcommand("journal", "look into the journal");
  journal.require_subcommand(1);
  subcommand(journal, "verify",
             "check every checksum, hash and sequence of a stopped daemon's journal",
             [&] { return commands::journal_verify(config_file); });
  std::uint64_t from_sequence = 0;
  subcommand(journal, "dump", "print the records as NDJSON", [&] {
    return commands::journal_dump(config_file, from_sequence);
  })->add_option("--from", from_sequence, "first sequence to print; default: the first one kept");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {  // also --help and --version, whose code is 0
    return app.exit(error) == 0 ? commands::exit_ok : commands::exit_cannot_start;
  }
  return chosen();
}
