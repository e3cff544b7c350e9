#include "authd/api/newest_first.h"

#include <limits>

namespace authd::api {

NewestFirst NewestFirst::read(QueryReader& query, const Call& call) {
  NewestFirst list;
  list.page = read_page(query, call, 3);
  if (const auto from = query.time("from")) list.from = *from;
  if (const auto to = query.time("to")) list.to = *to;
  if (list.to <= list.from) query.refuse("to", "must be after from");
  return list;
}

void NewestFirst::append_to(store::PgParams& params) const {
  constexpr auto shard_max = std::numeric_limits<std::int32_t>::max();
  params.time(from).time(to);
  if (page.after.empty()) {
    params.time({INT64_MAX}).number(shard_max).number(std::int64_t{INT64_MAX});
  } else {
    // A cursor that was made up names some other place: no harm.
    params.time({page.after[0]}).number(static_cast<std::int32_t>(page.after[1]));
    params.number(page.after[2]);
  }
  params.number(page.limit + 1);
}

std::vector<std::int64_t> newest_first_key(core::Timestamp at, std::int32_t shard,
                                           std::int64_t sequence) {
  return {at.unix_us, shard, sequence};
}

}  // namespace authd::api
