// `authd simulate random`; see simulation.h.

#include <chrono>
#include <random>

#include "authd/simulate/random/random_mix.h"
#include "authd/simulate/simulation_parts.h"

namespace authd::simulate {

namespace {

std::int64_t now_unix_s() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
}

std::string card_token(const Settings& settings, std::size_t account, const Target& target) {
  return run_name(settings) + "-" + std::to_string(account) + "-" + target.program;
}

}  // namespace

Simulated simulate_random(const Daemon& daemon, const Settings& settings,
                          const RandomSettings& random, Report& report) {
  Accounts accounts(daemon.api, daemon.api_key, run_name(settings));
  for (std::size_t i = 0; i < random.accounts; ++i) {
    Account account;
    account.opening.program = daemon.targets.front().program;
    account.opening.currency = random.currency.alpha();
    account.opening.posted_minor = random.balance_minor;
    for (const Target& target : daemon.targets)
      account.cards.emplace_back(target.program, card_token(settings, i, target));
    accounts.add(std::move(account));
  }

  std::mt19937_64 chance(settings.player.seed);
  std::uint64_t begun = 0;
  const auto next = [&]() -> std::optional<Play> {
    if (begun == random.life_cycles) return std::nullopt;
    Play play;
    play.account = static_cast<std::size_t>(chance() % random.accounts);
    play.target = &daemon.targets[chance() % daemon.targets.size()];
    Setting setting;
    setting.card_token = card_token(settings, play.account, *play.target);
    setting.currency = random.currency.alpha();
    setting.exponent = random.currency.exponent();
    setting.now_unix_s = now_unix_s();
    play.life_cycle =
        random_life_cycle(play.target->adapter, setting, seed_of(settings.player.seed, begun++));
    return play;
  };
  return play_on(daemon, settings, accounts, next, report);
}

}  // namespace authd::simulate
