// Openings: accounts, cards and controls to be set up or changed, one JSON object a line (NDJSON).
//
//   {"account": {"id": 1001, "currency": "USD", "balance_minor": 25000, "status": "active",
//                "overdraft_minor": 0, "minimum_minor": 0}}
//   {"card": {"program": "demo", "token": "card-1", "account": 1001, "status": "active",
//             "active_from": "2026-01-01T00:00:00Z", "expires_at": "2031-12-31T00:00:00Z"}}
//   {"control": {"id": 1, "account": 1001,
//                "limit": {"measure": "amount", "max": 100000, "per": "day", "zone": "UTC"}}}
//   {"remove_control": {"id": 1, "account": 1001}}
//   {"change_account": {"id": 1001, "status": "frozen", "overdraft_minor": 0, "minimum_minor": 0}}
//   {"change_card": {"program": "demo", "token": "card-1", "status": "frozen",
//                    "active_from": "2026-01-01T00:00:00Z", "expires_at": "2031-12-31T00:00:00Z"}}
//
// account: id and currency are required; balance, overdraft and minimum are 0 otherwise, the
// status active. card: program, token, account and expires_at are required; it is valid from ever
// and inactive otherwise. control: see control_definition.h. A change states every value, so that
// none falls back to a default unseen.
//
// Statuses: active, frozen, closed, and inactive for cards. Amounts are integers in minor units, a
// balance may be negative. Unknown keys are refused: a misspelt limit must not be silently absent.

#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "core/apply.h"
#include "core/result.h"

namespace authd {

using SetUpCommand = std::variant<core::OpenAccount, core::IssueCard, core::ChangeAccount,
                                  core::ChangeCard, core::SetControl, core::RemoveControl>;

// The error says what is wrong with the line, naming the key: "card: token is required".
core::Result<SetUpCommand, std::string> parse_opening(std::string_view line);

}  // namespace authd
