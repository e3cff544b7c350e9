// Who is owed something on a day, page by page.
//
// A page reads the open dues in the order of their holders and stops when it is full, so neither
// side keeps more than a page, and all pages together read every open due once.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "authd/referral/payout/day.h"
#include "store/postgres/connection.h"

namespace authd::referral {

struct Owed {
  std::int64_t holder = 0;
  std::int64_t minor = 0;  // not 0; may be less than nothing
  // Of the minimum or more. Likewise who could not be paid this day before, so that this is
  // forgotten when he is owed less now.
  bool is_due = false;
};

// Has PostgreSQL go by the order of the index whatever it knows of the tables, which after a
// restart or a restore may be nothing: a sort of all dues would be spent on every page.
core::Result<void, store::PgError> plan_pages(store::Connection& connection);

// Those after the holder, at most so many; fewer: there are no more.
core::Result<std::vector<Owed>, store::PgError> owed_page(store::Connection& connection,
                                                          const std::string& program,
                                                          core::LocalDay day, std::int64_t after,
                                                          std::int32_t holders);

// How many are owed the minimum or more.
core::Result<std::int64_t, store::PgError> count_due(store::Connection& connection,
                                                     const std::string& program,
                                                     core::LocalDay day);

}  // namespace authd::referral
