// Whether a server, as it is configured, can feed the mirror, and what to do where it cannot: for
// an operator who is asked before the daemon is.

#pragma once

#include <string>
#include <vector>

#include "store/postgres/connection.h"

namespace authd::store {

struct ServerFinding {
  enum class Code : std::uint8_t {
    wal_level = 1,           // not logical
    no_free_slot = 2,        // max_replication_slots
    no_free_sender = 3,      // max_wal_senders
    role = 4,                // may not replicate
    publication = 5,         // missing
    unpublished_table = 6,   // the publication lacks `subject`
    unpublished_change = 7,  // the publication leaves out inserts, updates, deletes or truncates
    slot_missing = 8,
    slot_lost = 9,
    slot_taken = 10,
    unlimited_wal = 11,  // max_slot_wal_keep_size
  };
  Code code = Code::wal_level;
  std::string subject;  // the table, slot, role or publication

  // The mirror works, or puts it right by itself.
  bool is_warning() const noexcept {
    return code == Code::slot_missing || code == Code::slot_lost || code == Code::unlimited_wal;
  }
  friend bool operator==(const ServerFinding&, const ServerFinding&) = default;
};
std::string_view name(ServerFinding::Code code) noexcept;

// What it means and what to do.
std::string describe(const ServerFinding& finding);

// Empty: nothing is wrong.
core::Result<std::vector<ServerFinding>, PgError> check_server(Connection& connection,
                                                               const std::string& slot,
                                                               const std::string& publication);

}  // namespace authd::store
