// Accounts: wallets in one currency each, with their balances.
//
// Decisions heed all that can be changed here, so every change is answered once the state has it.
// Balances are those of the ledger: what was decided a moment ago may not be booked yet.

#pragma once

#include "authd/api/call.h"

namespace authd::api {

Resource accounts_resource();

}  // namespace authd::api
