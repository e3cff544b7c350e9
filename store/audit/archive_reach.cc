#include "store/audit/archive_reach.h"

#include "store/archive/month.h"

namespace authd::store {

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
  return !months_.contains(std::string(table) + "_" + Month::of(at).suffix());
}

}  // namespace authd::store
