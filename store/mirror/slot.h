// Slot: PostgreSQL's side of the mirror: which server it is, and the replication slot that keeps
// its log for us.
//
// Threads: one at a time. Errors: PgError.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "store/mirror/pgoutput.h"
#include "store/postgres/connection.h"

namespace authd::store {

using pgoutput::Lsn;

// "0/16B3748", PostgreSQL's way to write a position.
std::string to_text(Lsn lsn);
std::optional<Lsn> parse_lsn(std::string_view text) noexcept;

// "authd_<database>_<shard>": unless configured otherwise. Slots belong to the whole server, and
// their names hold a-z, 0-9 and _ alone, at most 63.
std::string default_slot_name(std::string_view database, std::int32_t shard);
bool is_slot_name(std::string_view name) noexcept;

// A walsender of the database, whose values are texts as rows.h reads them.
core::Result<Connection, PgError> connect_replication(Connection::Options options);
// The same settings for a connection that reads rows.
core::Result<void, PgError> set_text_formats(Connection& connection);

struct Server {
  std::uint64_t system_id = 0;
  std::uint32_t timeline = 0;
  Lsn flushed = 0;  // up to where its log is on disk
};
core::Result<Server, PgError> identify_server(Connection& replication);

struct SlotStanding {
  bool is_ours = false;  // of this database and with pgoutput, not somebody else's
  bool is_active = false;
  bool is_lost = false;  // the server has thrown away log that we need
  Lsn confirmed = 0;
};
// Nothing when there is no such slot.
core::Result<std::optional<SlotStanding>, PgError> slot_standing(Connection& connection,
                                                                 const std::string& slot);

// Where a new slot begins, and the snapshot of the database at that point: every transaction is
// either in the snapshot or will be sent. For the replication connection's next statement the
// snapshot is gone, except for transactions that have it already.
struct NewSlot {
  Lsn consistent_point = 0;
  std::string snapshot;
};
// Waits for transactions that are under way, up to half the statement timeout.
core::Result<NewSlot, PgError> create_slot(Connection& replication, const std::string& slot);
core::Result<void, PgError> drop_slot(Connection& replication, const std::string& slot);

// Creates the slot where it is missing; true when it did.
core::Result<bool, PgError> ensure_slot(const Connection::Options& options,
                                        const std::string& slot);

// Starts the stream: from here on only messages of stream.h.
core::Result<void, PgError> start_replication(Connection& replication, const std::string& slot,
                                              const std::string& publication, Lsn from);

}  // namespace authd::store
