// Referral over the API: members and whom they invited, what they earn and are paid, invitations,
// and the programs and cases that people see to.
//
// Here is nothing earned and nothing paid: that is the work of others, who follow the ledger. What
// they write is shown, and people's decisions on it are carried out.

#pragma once

#include <vector>

#include "authd/api/call.h"

namespace authd::api {

std::vector<Resource> referral_resources();

}  // namespace authd::api
