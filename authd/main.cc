// authd: the command line.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <string>

#include "authd/commands/commands.h"
#include "authd/commands/recon_options.h"
#include "authd/commands/referral_options.h"
#include "authd/commands/simulate_options.h"

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

  CLI::App& key = *app.add_subcommand("key", "keys of the wallet API");
  key.require_subcommand(1);
  commands::KeyArguments new_key;
  CLI::App* const create = subcommand(key, "create", "make a key and print it, this once",
                                      [&] { return commands::key_create(config_file, new_key); });
  create->add_option("-p,--program", new_key.program,
                     "whose objects it may see; default: every program's");
  create->add_option("-n,--name", new_key.name, "what it is for; two of a name can be active")
      ->required();
  create->add_option("-s,--scope", new_key.scopes, "all, or scopes such as accounts:read")
      ->required();
  create->add_option("--days", new_key.days, "until it expires; default: never")
      ->check(CLI::Range(1, 36'500));
  subcommand(key, "list", "print the keys, without their secrets",
             [&] { return commands::key_list(config_file); });
  std::string prefix;
  subcommand(key, "revoke", "end a key: it is refused from a few seconds later on",
             [&] { return commands::key_revoke(config_file, prefix); })
      ->add_option("prefix", prefix, "as `key list` prints it")
      ->required();

  CLI::App& archive = *app.add_subcommand("archive", "the life cycle of the ledger's history");
  archive.require_subcommand(1);
  bool dry_run = false;
  subcommand(archive, "run",
             "move the months that are old enough: out of the hot tables, into files, and delete "
             "files that are too old",
             [&] { return commands::archive_run(config_file, dry_run); })
      ->add_flag("--dry-run", dry_run, "only say what is due");
  subcommand(archive, "status", "print where every month is",
             [&] { return commands::archive_status(config_file); });
  std::string verified_month;
  subcommand(archive, "verify", "read the files and compare them with the manifest", [&] {
    return commands::archive_verify(config_file, verified_month);
  })->add_option("month", verified_month, "YYYY-MM; default: all");
  std::string restored_month;
  subcommand(archive, "restore", "load a month back from its files",
             [&] { return commands::archive_restore(config_file, restored_month); })
      ->add_option("month", restored_month, "YYYY-MM")
      ->required();

  commands::AuditArguments audited;
  subcommand(app, "audit",
             "compare the state with the ledger row for row, and the ledger with itself; a running "
             "daemon does it beside its work",
             [&] { return commands::audit(config_file, audited); })
      ->add_flag("--json", audited.json, "print one JSON object");

  commands::RebuildArguments rebuilt;
  CLI::App* const rebuild = subcommand(
      app, "rebuild",
      "make the state of a stopped daemon anew from the ledger and what the journal has beyond it; "
      "what there was is moved aside",
      [&] { return commands::rebuild(config_file, rebuilt); });
  rebuild->add_option("--journal", rebuilt.journal,
                      "directory of the journal to take a copy of; default: the state's own");
  rebuild->add_flag("--accept-loss", rebuilt.accept_loss,
                    "begin a new journal although records between ledger and journal are missing");

  commands::add_simulate(app, subcommand, config_file);

  CLI::App& recon = *app.add_subcommand("recon", "reconciliation with suppliers' files");
  recon.require_subcommand(1);
  commands::ReconPreviewArguments previewed;
  CLI::App* const preview =
      subcommand(recon, "preview",
                 "show how the first lines of a file are read, by a source's description or as a "
                 "configured supplier's",
                 [&] { return commands::recon_preview(config_file, previewed); });
  preview->add_option("file", previewed.file, "as the supplier has sent it, gzip or not")
      ->required();
  CLI::Option_group* const described = preview->add_option_group("description");
  described->add_option("-s,--source", previewed.source,
                        "the source's description, see ops/sources; needs no configuration");
  described->add_option("--supplier", previewed.supplier, "one of the configuration");
  described->require_option(1);
  preview->add_option("-n,--lines", previewed.lines, "how many lines")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();

  commands::add_recon_runs(recon, subcommand, config_file);
  commands::add_referral(app, subcommand, config_file);

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
