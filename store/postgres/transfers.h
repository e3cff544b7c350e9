// Transfers on their way into authd.transfer: of each the last after-image, and when it was sent,
// posted and returned.

#pragma once

#include <map>
#include <optional>
#include <utility>

#include "core/apply.h"
#include "store/postgres/connection.h"

namespace authd::store {

class Transfers {
 public:
  explicit Transfers(std::int32_t shard) : shard_(shard) {}

  // The record at `moment` began or advanced it.
  void add(const core::Transfer& row, const core::Moment& moment);

  static core::Result<void, PgError> prepare(Connection& connection);
  core::Result<void, PgError> write(Connection& connection);
  void clear() noexcept { changed_.clear(); }

 private:
  struct Changed {
    core::Transfer row;
    core::Sequence by;
    std::optional<core::Timestamp> sent_at, posted_at, returned_at;  // in this batch
  };

  const std::int32_t shard_;
  std::map<std::pair<core::MessageId, core::ProgramId>, Changed>
      changed_;  // in the order in which rows are locked
};

}  // namespace authd::store
