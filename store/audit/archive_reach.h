// ArchiveReach: which months of the history the ledger still reaches.
//
// Threads: one. The months are those of the transaction in which they were read.

#pragma once

#include <optional>
#include <set>
#include <string>

#include "core/time.h"
#include "store/postgres/connection.h"

namespace authd::store {

class ArchiveReach {
 public:
  static core::Result<ArchiveReach, PgError> read(Connection& connection);

  // Whether rows of that moment have been archived to where queries do not find them: their month
  // has gone from authd.<table>_history, and months up to a later one were closed.
  bool is_beyond(std::string_view table, core::Timestamp at) const;

 private:
  std::set<std::string, std::less<>> months_;    // "decision_2026_11"
  std::optional<core::Timestamp> closed_until_;  // the latest month that was closed ended then
};

}  // namespace authd::store
