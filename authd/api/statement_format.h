// A statement, and its two forms.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "authd/api/entry_row.h"
#include "authd/api/wallet.h"

namespace authd::api {

struct AccountStatement {
  struct Movement {
    EntryRow entry;
    std::int64_t balance_minor = 0;  // after it
  };
  Wallet wallet;
  core::Timestamp from;  // included
  core::Timestamp to;    // excluded
  std::int64_t opening_minor = 0;
  std::int64_t closing_minor = 0;
  std::vector<Movement> movements;  // oldest first
};

std::string to_json(const AccountStatement& statement);

// RFC 4180: a line of names, one of the opening balance, one a movement, one of the closing
// balance. What others wrote (merchants, references) cannot begin a formula.
std::string to_csv(const AccountStatement& statement);

// Whether the Accept field (RFC 9110 section 12.5.1) of a caller prefers CSV to JSON.
bool prefers_csv(std::string_view accept);

}  // namespace authd::api
