// Authorizations on their way into authd.authorization: of each the last after-image.
//
// One that began in this batch is copied, the others are updated in place.

#pragma once

#include <map>
#include <vector>

#include "core/lifecycle.h"
#include "store/postgres/connection.h"

namespace authd::store {

class Authorizations {
 public:
  explicit Authorizations(std::int32_t shard) : shard_(shard) {}

  // The record `sequence` changed it. False when its sums leave int64, which only a damaged row
  // can.
  [[nodiscard]] bool add(core::Authorization row, core::Sequence sequence, core::Timestamp at);

  static core::Result<void, PgError> prepare(Connection& connection);
  core::Result<void, PgError> write(Connection& connection);
  void clear() noexcept;

 private:
  struct Changed {
    core::Authorization row;
    core::Standing standing;
    core::Timestamp at;
    core::Sequence by;
  };

  core::Result<void, PgError> write_new(Connection& connection);
  core::Result<void, PgError> write_older(Connection& connection);

  const std::int32_t shard_;
  std::vector<Changed> new_;  // ascending: named by the records that began them
  std::map<core::AuthorizationId, Changed> older_;  // in the order in which rows are locked
};

}  // namespace authd::store
