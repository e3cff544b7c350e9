#include "store/mirror/incarnation.h"

#include <algorithm>

namespace authd::store {

core::Result<bool, PgError> has_incarnation(Connection& connection, std::int32_t shard,
                                            const Incarnation& of_state) {
  AUTHD_TRY(found,
            connection.exec("SELECT FROM authd.mirror"
                            " WHERE shard = $1 AND $2::bytea IN (incarnation, previous)",
                            PgParams().number(shard).bytes(std::as_bytes(std::span(of_state)))));
  return found.rows() != 0;
}

core::Result<Incarnation, PgError> renew_incarnation(Connection& connection, std::int32_t shard,
                                                     const std::string& slot,
                                                     const Incarnation& of_state) {
  AUTHD_TRY(renewed,
            connection.exec(
                "INSERT INTO authd.mirror AS m (shard, incarnation, previous, slot)"
                " VALUES ($1, uuid_send(gen_random_uuid()), $2::bytea, $3::text)"
                " ON CONFLICT (shard) DO UPDATE SET incarnation = excluded.incarnation,"
                " previous = excluded.previous, slot = excluded.slot, changed_at = now()"
                " RETURNING incarnation",
                PgParams().number(shard).bytes(std::as_bytes(std::span(of_state))).text(slot)));
  Incarnation incarnation{};
  const std::string_view bytes = renewed.text(0, 0);
  if (bytes.size() != incarnation.size()) {
    return core::Unexpected{unexpected("authd.mirror holds no incarnation")};
  }
  std::transform(bytes.begin(), bytes.end(), incarnation.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return incarnation;
}

}  // namespace authd::store
