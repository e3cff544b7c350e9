// Lists of what was recorded, newest first: by time, shard and sequence, within a stretch of time.

#pragma once

#include "authd/api/page.h"

namespace authd::api {

struct NewestFirst {
  Page page;  // keys of three numbers
  core::Timestamp from{INT64_MIN};
  core::Timestamp to{INT64_MAX};

  // "limit", "cursor", "from" (included) and "to" (excluded).
  static NewestFirst read(QueryReader& query, const Call& call);

  // Six parameters: from, to; time, shard and sequence of what the page begins behind; how many
  // rows, one more than the page has.
  void append_to(store::PgParams& params) const;
};

// The key of a row of such a list.
std::vector<std::int64_t> newest_first_key(core::Timestamp at, std::int32_t shard,
                                           std::int64_t sequence);

}  // namespace authd::api
