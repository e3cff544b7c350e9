// Wallet: what requests about an account's money need to know of it.

#pragma once

#include <vector>

#include "authd/api/call.h"
#include "core/money.h"

namespace authd::api {

struct Wallet {
  std::int64_t account = 0;
  core::ProgramId program;
  core::Currency currency;
};

// not_found unless the account is there and of the caller's program.
core::Result<Wallet, Problem> find_wallet(const Call& call, store::Connection& connection,
                                          std::int64_t account);

std::vector<Statement> wallet_statements();

}  // namespace authd::api
