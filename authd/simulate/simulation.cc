#include "authd/simulate/simulation.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "authd/simulate/accounts.h"
#include "authd/simulate/simulation_parts.h"

namespace authd::simulate {

std::uint64_t seed_of(std::uint64_t seed, std::uint64_t number) noexcept {
  std::uint64_t mixed = seed + (number + 1) * 0x9e3779b97f4a7c15U;  // SplitMix64
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31U);
}

std::string run_name(const Settings& settings) {
  return "simulate-" + std::to_string(settings.player.seed);
}

Simulated reach(const http::Server& server) {
  boost::asio::io_context io{1};
  http::Client client(io, server);
  core::Result<void, http::Failure> reached;
  const auto connect = [&]() -> net::Awaitable<void> { reached = co_await client.connect(); };
  boost::asio::co_spawn(io, connect(), boost::asio::detached);
  io.run();
  if (!reached) return core::Unexpected{server.origin.text() + ": " + reached.error().text};
  return {};
}

Simulated play_on(const Daemon& daemon, const Settings& settings, Accounts& accounts,
                  const Player::Source& next, Report& report) {
  AUTHD_TRY_VOID(reach(daemon.server));
  AUTHD_TRY_VOID(accounts.open());
  boost::asio::io_context io{1};
  Sender sender(io, settings.messages_per_s, report);
  Player player(io, daemon.server, settings.player, sender);
  player.run(next, [&accounts](const Play& play) {
    accounts.played(play.account, play.life_cycle->effect());
  });
  if (sender.has_given_up()) return {};  // nothing is known of what became of the money
  report.accounts = accounts.size();
  const auto checked = accounts.check(report.wrong_balances, settings.settled_within);
  if (!checked) report.problems.push_back("balances: " + checked.error());
  return {};
}

}  // namespace authd::simulate
