#include "authd/commands/recon_options.h"

#include <memory>

#include "authd/commands/commands.h"

namespace authd::commands {

namespace {

CLI::Option* add_run_option(CLI::App& command, std::int64_t& run) {
  return command.add_option("run", run, "its number")->required()->check(CLI::PositiveNumber);
}

void add_run(CLI::App& recon, const AddSubcommand& add, const std::string& config_file) {
  const auto arguments = std::make_shared<ReconRunArguments>();
  CLI::App* const command =
      add(recon, "run",
          "reconcile a file now, after what is queued for its supplier; exit code 0: done, and "
          "nothing is left for people; 1: otherwise",
          [&config_file, arguments] { return recon_run(config_file, *arguments); });
  command->add_option("file", arguments->file, "as the supplier has sent it, gzip or not")
      ->required();
  command->add_option("-s,--supplier", arguments->supplier, "one of the configuration")->required();
  command->add_option("--from", arguments->from,
                      "what was booked from then on must be in the file; default: on the days that "
                      "its lines lie in");
  command->add_option("--to", arguments->to, "and before then");
  command->add_flag("-q,--quiet", arguments->quiet, "show no progress");
  command->add_flag("--json", arguments->json, "print one JSON object");
}

void add_show(CLI::App& recon, const AddSubcommand& add, const std::string& config_file) {
  struct Arguments {
    std::int64_t run = 0;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command =
      add(recon, "show", "print a run with its figures", [&config_file, arguments] {
        return recon_show(config_file, arguments->run, arguments->json);
      });
  add_run_option(*command, arguments->run);
  command->add_flag("--json", arguments->json, "print one JSON object");
}

}  // namespace

void add_recon_runs(CLI::App& recon, const AddSubcommand& add, const std::string& config_file) {
  add_run(recon, add, config_file);
  const auto listed = std::make_shared<ReconListArguments>();
  CLI::App* const list = add(recon, "list", "print runs, the newest first",
                             [&config_file, listed] { return recon_list(config_file, *listed); });
  list->add_option("-s,--supplier", listed->supplier, "default: all");
  list->add_option("-n,--count", listed->count, "how many")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  list->add_flag("--json", listed->json, "print a JSON object a line");
  add_show(recon, add, config_file);

  const auto cancelled = std::make_shared<std::int64_t>(0);
  add_run_option(*add(recon, "cancel", "end a run that is queued or under way",
                      [&config_file, cancelled] { return recon_cancel(config_file, *cancelled); }),
                 *cancelled);
  const auto verified = std::make_shared<std::string>();
  add(recon, "verify",
      "check the audit trails, and that what runs have matched is as they had made it; exit code "
      "1: it is not",
      [&config_file, verified] { return recon_verify(config_file, *verified); })
      ->add_option("-s,--supplier", *verified, "default: all");
}

}  // namespace authd::commands
