// Openings: accounts and cards to be opened, one JSON object a line (NDJSON).
//
//   {"account":{"id":1001,"currency":"USD","balance_minor":25000,"status":"active","daily_limit_minor":100000}}
//   {"card":{"program":"demo","token":"card-1","account":1001,"status":"active",
//            "expires_at":"2031-12-31T00:00:00Z","transaction_limit_minor":50000,"daily_limit_minor":100000}}
//
// Required: id, currency; program, token, account, expires_at. Defaults: balance 0, account active,
// card inactive, no limits. Statuses: active, frozen, closed, and inactive for cards. Amounts are
// integers in minor units, a balance may be negative. Unknown keys are refused: a misspelt limit
// must not be silently absent.

#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "core/apply.h"
#include "core/result.h"

namespace authd {

using OpenCommand = std::variant<core::OpenAccount, core::IssueCard>;

// The error says what is wrong with the line, naming the key.
core::Result<OpenCommand, std::string> parse_opening(std::string_view line);

}  // namespace authd
