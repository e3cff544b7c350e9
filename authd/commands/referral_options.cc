#include "authd/commands/referral_options.h"

#include <memory>

#include "authd/commands/commands.h"

namespace authd::commands {

namespace {

void add_payout(CLI::App& referral, const AddSubcommand& add, const std::string& config_file) {
  const auto arguments = std::make_shared<ReferralPayoutArguments>();
  CLI::App* const command = add(
      referral, "payout",
      "pay what members are owed on a day, now; who was paid on that day already is not paid "
      "again. Exit code 0: everybody was paid; 1: somebody could not be, or it was interrupted and "
      "the same command goes on with it; 2: nobody of a program can be paid on that day",
      [&config_file, arguments] { return referral_payout(config_file, *arguments); });
  command->add_option("-p,--program", arguments->program,
                      "whose members; without it those of every program that has referral");
  command
      ->add_option("-d,--date", arguments->date,
                   "the day, YYYY-MM-DD: one that has begun in the program's time zone")
      ->required();
  command->add_flag("--dry-run", arguments->dry_run,
                    "only say who would be paid what, and who not and why; of any day");
  command->add_flag("-q,--quiet", arguments->quiet, "show no progress");
  command->add_flag(
      "--json", arguments->json,
      "print a JSON object a line: members, and the sum of each program behind its own");
}

}  // namespace

void add_referral(CLI::App& app, const AddSubcommand& add, const std::string& config_file) {
  CLI::App& referral = *app.add_subcommand("referral", "what members earn by referring others");
  referral.require_subcommand(1);
  add_payout(referral, add, config_file);
  const auto as_json = std::make_shared<bool>(false);
  add(referral, "status",
      "print how far earnings have come, the last payouts, the queue of invitations and open cases",
      [&config_file, as_json] { return referral_status(config_file, *as_json); })
      ->add_flag("--json", *as_json, "print one JSON object");
}

}  // namespace authd::commands
