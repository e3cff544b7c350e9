#include "store/audit/archive_reach.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace authd::store {

namespace {

std::string month_of(std::string_view table, core::Timestamp at) {
  const std::chrono::days days(core::floor_div(at.unix_us, core::us_per_day));
  const std::chrono::year_month_day date{std::chrono::sys_days(days)};
  std::array<char, 32> month{};
  std::snprintf(month.data(), month.size(), "_%04d_%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()));
  return std::string(table) + month.data();
}

}  // namespace

core::Result<ArchiveReach, PgError> ArchiveReach::read(Connection& connection) {
  ArchiveReach reach;
  AUTHD_TRY(closed, connection.exec("SELECT max(at) FROM authd.balance_at", PgParams()));
  if (!closed.is_null(0, 0)) reach.closed_until_ = closed.time(0, 0);
  AUTHD_TRY(months,
            connection.exec("SELECT relname::text FROM pg_class JOIN pg_namespace AS n"
                            " ON n.oid = relnamespace WHERE nspname IN ('authd', 'authd_archive')"
                            " AND relkind = 'r' AND relname ~ '^(decision|event)_\\d{4}_\\d{2}$'",
                            PgParams()));
  for (int row = 0; row < months.rows(); ++row) reach.months_.emplace(months.text(row, 0));
  return reach;
}

bool ArchiveReach::is_beyond(std::string_view table, core::Timestamp at) const {
  if (!closed_until_ || at >= *closed_until_) return false;
  return !months_.contains(month_of(table, at));
}

}  // namespace authd::store
