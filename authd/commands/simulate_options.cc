#include "authd/commands/simulate_options.h"

#include <cstdint>
#include <memory>

#include "authd/commands/commands.h"

namespace authd::commands {

namespace {

void add_connection_options(CLI::App& command, SimulateArguments& arguments) {
  command.add_option("-p,--program", arguments.programs,
                     "only these of the configuration; default: all");
  command.add_option("--server", arguments.server,
                     "URL of the processors' listener; default: that of the configuration");
  command
      .add_option("--ca", arguments.ca,
                  "PEM of the authorities to believe; default: those of the system")
      ->check(CLI::ExistingFile);
  command
      .add_option("--client-certificate", arguments.client_certificate,
                  "PEM to show to an encrypted listener")
      ->check(CLI::ExistingFile);
  command.add_option("--client-key", arguments.client_key, "PEM of its key, without a passphrase")
      ->check(CLI::ExistingFile);
  command
      .add_option("--rate", arguments.messages_per_s,
                  "messages a second, of all together; default 0: as many as there are")
      ->check(CLI::Range(0, 1'000'000));
  command.add_flag("--json", arguments.json, "print one JSON object");
}

void add_account_options(CLI::App& command, SimulateArguments& arguments) {
  command.add_option("--api", arguments.api,
                     "URL of the wallet API; default: that of the configuration");
  command
      .add_option("--api-key-file", arguments.api_key_file,
                  "file with a key of all programs, see `authd key create`; default: the "
                  "environment's AUTHD_API_KEY")
      ->check(CLI::ExistingFile);
  command
      .add_option("--connections", arguments.connections,
                  "life cycles at a time; messages that are sent twice at once take a second "
                  "connection each; default 8")
      ->check(CLI::Range(1, 1'000));
  command.add_option(
      "--seed", arguments.seed,
      "of all that is chosen by chance, and of all ids: a run that is repeated with it "
      "sends nothing new; default: another each time, which the report tells");
  const CLI::Range percent(0, 100);
  command
      .add_option("--duplicates", arguments.duplicates_percent,
                  "percent of messages sent twice: at the same time, at once, or at the end")
      ->check(percent);
  command
      .add_option("--reordered", arguments.reordered_percent,
                  "percent of events delayed behind others of their life cycle, where order "
                  "does not matter")
      ->check(percent);
  command
      .add_option("--late", arguments.late_percent,
                  "percent of events held back until all other messages are sent")
      ->check(percent);
  command
      .add_option("--settle", arguments.settle_s,
                  "seconds that balances have to become right after the last message: the wallet "
                  "API reads the ledger, which follows; default 30")
      ->check(CLI::Range(0, 3'600));
}

void add_fixtures(CLI::App& parent, const AddSubcommand& add, const std::string& config_file) {
  const auto arguments = std::make_shared<SimulateArguments>();
  CLI::App* const command = add(
      parent, "fixtures",
      "play every fixture (tests/fixtures) that fits a program, each with an account and ids of "
      "its own; fixtures are never lost",
      [&config_file, arguments] { return simulate_fixtures(config_file, *arguments); });
  command->add_option("folder", arguments->path, "a fixture, or a folder above some")
      ->required()
      ->check(CLI::ExistingDirectory);
  command->add_option("--repeat", arguments->times, "play each so often; default 1")
      ->check(CLI::Range(1, 10'000));
  add_connection_options(*command, *arguments);
  add_account_options(*command, *arguments);
}

void add_random(CLI::App& parent, const AddSubcommand& add, const std::string& config_file) {
  constexpr std::int64_t minor_max = 9'007'199'254'740'991;  // of the wallet API
  const auto arguments = std::make_shared<SimulateArguments>();
  CLI::App* const command =
      add(parent, "random", "play life cycles drawn by chance, weighted like traffic",
          [&config_file, arguments] { return simulate_random(config_file, *arguments); });
  command->add_option("--life-cycles", arguments->life_cycles, "how many; default 1000")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
  command
      ->add_option("--accounts", arguments->accounts,
                   "each with a card of every program; default 100")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--currency", arguments->currency, "of the accounts; default USD");
  command
      ->add_option("--balance", arguments->balance_minor,
                   "of each account, in minor units; default 100000")
      ->check(CLI::Range(std::int64_t{0}, minor_max));
  command
      ->add_option("--lost", arguments->lost_percent,
                   "percent of questions of which no answer is heard: half are not sent, of the "
                   "others the connection is closed")
      ->check(CLI::Range(0, 100));
  add_connection_options(*command, *arguments);
  add_account_options(*command, *arguments);
}

void add_file(CLI::App& parent, const AddSubcommand& add, const std::string& config_file) {
  const auto arguments = std::make_shared<SimulateArguments>();
  CLI::App* const command = add(
      parent, "file",
      "send messages one after the other as they stand in a file: NDJSON, {\"program\": \"demo\", "
      "\"endpoint\": \"authorizations\" or \"events\", \"body\": {...} or a text, \"expect\": "
      "{\"status\": 200, \"body\": {...what must be there}}}",
      [&config_file, arguments] { return simulate_file(config_file, *arguments); });
  command->add_option("file", arguments->path, "the messages")
      ->required()
      ->check(CLI::ExistingFile);
  add_connection_options(*command, *arguments);
}

}  // namespace

void add_simulate(CLI::App& app, const AddSubcommand& add, const std::string& config_file) {
  CLI::App& simulate = *app.add_subcommand(
      "simulate",
      "play the processors against a daemon that runs: sign as they do, check every answer and, "
      "through the wallet API, the balances; exit code 0 only if all was right");
  simulate.require_subcommand(1);
  add_fixtures(simulate, add, config_file);
  add_random(simulate, add, config_file);
  add_file(simulate, add, config_file);
}

}  // namespace authd::commands
