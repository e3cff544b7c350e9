// What the ways to simulate share.

#pragma once

#include <cstdint>
#include <string>

#include "authd/simulate/accounts.h"
#include "authd/simulate/simulation.h"

namespace authd::simulate {

// One of many seeds that are made of one.
std::uint64_t seed_of(std::uint64_t seed, std::uint64_t number) noexcept;

// Of keys and tokens of a run; 29 characters at most.
std::string run_name(const Settings& settings);

// The error says that nobody listens there.
Simulated reach(const http::Server& server);

// Opens the accounts, plays all that `next` gives, and compares the balances.
Simulated play_on(const Daemon& daemon, const Settings& settings, Accounts& accounts,
                  const Player::Source& next, Report& report);

}  // namespace authd::simulate
