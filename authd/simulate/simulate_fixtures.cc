// `authd simulate fixtures`; see simulation.h.

#include <random>
#include <set>
#include <utility>

#include "authd/simulate/fixture_life_cycle.h"
#include "authd/simulate/simulation_parts.h"

namespace authd::simulate {

namespace {

// A fixture that fits a program.
struct Casting {
  const Fixture* fixture;
  const Target* target;
  std::set<std::string, std::less<>> cards;  // as they stand in its bodies

  Identifiers identifiers(std::uint64_t seed) const { return Identifiers(seed, cards); }
};

std::vector<Casting> cast(const std::vector<Fixture>& fixtures, const std::vector<Target>& targets,
                          Report& report) {
  std::vector<Casting> castings;
  std::size_t without_program = 0;
  for (const Fixture& fixture : fixtures) {
    bool is_cast = false;
    for (const Target& target : targets) {
      if (processors::processor_name(target.adapter) != fixture.processor) continue;
      is_cast = true;
      if (fixture.approves_in_part && !target.approves_in_part) {
        report.notes.push_back(fixture.name + " is left out: the program " + target.program +
                               " has no partial_approval");
      } else {
        castings.push_back(Casting{&fixture, &target, cards_of(fixture, target.adapter)});
      }
    }
    if (!is_cast) ++without_program;
  }
  if (without_program > 0)
    report.notes.push_back(std::to_string(without_program) +
                           " fixtures are left out: there is no program of their processor");
  return castings;
}

// Every fixture as often as was asked for, the processors mixed.
std::vector<const Casting*> order_of_play(const std::vector<Casting>& castings, std::uint32_t times,
                                          std::uint64_t seed) {
  std::vector<const Casting*> order;
  for (std::uint32_t i = 0; i < times; ++i) {
    for (const Casting& casting : castings) order.push_back(&casting);
  }
  std::mt19937_64 chance(seed);  // std::shuffle may differ between standard libraries
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[chance() % i]);
  return order;
}

Account account_of(const Casting& casting, std::uint64_t seed) {
  Account account;
  account.opening.program = casting.target->program;
  account.opening.currency = casting.fixture->currency.alpha();
  account.opening.posted_minor = casting.fixture->posted_minor;
  account.opening.minimum_minor = casting.fixture->posted_minor - casting.fixture->available_minor;
  const Identifiers identifiers = casting.identifiers(seed);
  for (const std::string& card : casting.cards)
    account.cards.emplace_back(casting.target->program, identifiers.renewed(card));
  return account;
}

Play play_of(const Casting& casting, std::uint64_t seed, std::size_t account) {
  Play play;
  play.life_cycle = std::make_unique<FixtureLifeCycle>(*casting.fixture, casting.identifiers(seed),
                                                       casting.target->adapter);
  play.target = casting.target;
  play.account = account;
  return play;
}

}  // namespace

Simulated simulate_fixtures(const Daemon& daemon, const Settings& settings,
                            const FixtureSettings& wanted, Report& report) {
  AUTHD_TRY(fixtures, read_fixtures(wanted.folder));
  const std::uint64_t seed = settings.player.seed;
  const auto castings = cast(fixtures, daemon.targets, report);
  if (castings.empty())
    return core::Unexpected{std::string("no program is of a processor of these fixtures")};

  const auto order = order_of_play(castings, wanted.times, seed);
  Accounts accounts(daemon.api, daemon.api_key, run_name(settings));
  for (std::size_t i = 0; i < order.size(); ++i)
    accounts.add(account_of(*order[i], seed_of(seed, i)));
  std::size_t begun = 0;
  const auto next = [&order, &begun, seed]() -> std::optional<Play> {
    if (begun == order.size()) return std::nullopt;
    const std::size_t i = begun++;
    return play_of(*order[i], seed_of(seed, i), i);
  };
  return play_on(daemon, settings, accounts, next, report);
}

}  // namespace authd::simulate
