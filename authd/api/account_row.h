// A row of authd.account, with its balance, as the API shows it.

#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "authd/api/call.h"
#include "core/rows.h"

namespace authd::api {

struct AccountRow {
  core::Account account;  // has_controls is not read
  std::string program;
  std::optional<std::int64_t> holder;
  std::string name;  // empty: none
  std::int32_t version = 0;
  core::Timestamp opened_at;
  core::Timestamp changed_at;
};

// The columns that read_account_row() takes: of authd.account, and then those of authd.balance,
// which a new account has as zeros.
extern const std::string account_row_columns;
extern const std::string new_account_row_columns;

core::Result<AccountRow, Problem> read_account_row(const store::PgResult& result, int row);

inline constexpr std::array<std::string_view, 13> account_members{
    "id",      "program",   "holder",          "name",          "currency",
    "status",  "kyc",       "overdraft_minor", "minimum_minor", "balances",
    "version", "opened_at", "changed_at"};

// The names of AccountStatus, in the order of its numbers.
inline constexpr std::array<std::string_view, 3> account_status_names{"active", "frozen", "closed"};

boost::json::object account_json(const AccountRow& row);

// "posted", "held", "pending" and "available".
boost::json::object balances_json(const core::Account& account);

}  // namespace authd::api
