// Simulation: the three ways to play processors against a daemon that runs.
//
//   fixtures  every folder that fits a program, on an account and a card of its own each time
//   random    life cycles drawn from the seed, on accounts that they share
//   file      messages as they stand in a file; no accounts
//
// The first two open their accounts through the wallet API and compare all balances in the end.
// Ids, tokens and keys are made of the seed: what is played again with the same settings against
// the same daemon are repetitions, which change nothing and are answered as before.
//
// Threads: each runs in the caller's and returns when all is done. Errors: why it could not begin.
// What was wrong after that is in the report.

#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "authd/http/client.h"
#include "authd/simulate/player.h"
#include "authd/simulate/report.h"
#include "authd/simulate/target.h"
#include "core/money.h"

namespace authd::simulate {

// A server that is told who asks.
inline http::Server named_client() {
  http::Server server;
  server.user_agent = "authd-simulate";
  return server;
}

struct Daemon {
  http::Server server = named_client();  // the processors' listener
  http::Server api = named_client();     // the wallet API's
  std::string api_key;
  std::vector<Target> targets;  // at least one
};

struct Settings {
  PlayerOptions player{};
  std::uint32_t messages_per_s = 0;         // 0: as many as there are
  std::chrono::seconds settled_within{30};  // how long balances have to become right
};

struct FixtureSettings {
  std::filesystem::path folder;
  std::uint32_t times = 1;  // each of them
};

struct RandomSettings {
  std::uint64_t life_cycles = 1'000;
  std::uint32_t accounts = 100;
  core::Currency currency;
  std::int64_t balance_minor = 0;  // of each account
};

using Simulated = core::Result<void, std::string>;

Simulated simulate_fixtures(const Daemon& daemon, const Settings& settings,
                            const FixtureSettings& fixtures, Report& report);
Simulated simulate_random(const Daemon& daemon, const Settings& settings,
                          const RandomSettings& random, Report& report);
Simulated simulate_file(const Daemon& daemon, const Settings& settings,
                        const std::filesystem::path& file, Report& report);

}  // namespace authd::simulate
