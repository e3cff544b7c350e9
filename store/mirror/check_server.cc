#include "store/mirror/check_server.h"

#include "store/mirror/rows.h"
#include "store/mirror/slot.h"

namespace authd::store {

namespace {

using Code = ServerFinding::Code;
using Findings = std::vector<ServerFinding>;

core::Result<void, PgError> check_settings(Connection& connection, bool has_slot, bool is_streaming,
                                           Findings& out) {
  AUTHD_TRY(found, connection.exec(
                       "SELECT current_setting('wal_level') = 'logical',"
                       " (SELECT count(*) FROM pg_replication_slots) <"
                       "   current_setting('max_replication_slots')::int8,"
                       " (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender')"
                       "   < current_setting('max_wal_senders')::int8,"
                       " current_setting('max_slot_wal_keep_size') <> '-1',"
                       " (SELECT rolreplication OR rolsuper FROM pg_roles"
                       "   WHERE rolname = session_user), session_user::text",
                       PgParams()));
  const auto is = [&found = found](int column) {
    return found.number<std::int8_t>(0, column) != 0;
  };
  if (!is(0)) out.push_back({Code::wal_level, {}});
  if (!has_slot && !is(1)) out.push_back({Code::no_free_slot, {}});
  if (!is_streaming && !is(2)) out.push_back({Code::no_free_sender, {}});
  if (!is(4)) out.push_back({Code::role, std::string(found.text(0, 5))});
  if (!is(3)) out.push_back({Code::unlimited_wal, {}});
  return {};
}

core::Result<void, PgError> check_publication(Connection& connection,
                                              const std::string& publication, Findings& out) {
  AUTHD_TRY(found, connection.exec("SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate"
                                   " FROM pg_publication WHERE pubname = $1::text",
                                   PgParams().text(publication)));
  if (found.rows() == 0) {
    out.push_back({Code::publication, publication});
    return {};
  }
  if (found.number<std::int8_t>(0, 0) == 0) out.push_back({Code::unpublished_change, publication});
  for (const MirroredTable table : mirrored_tables) {
    AUTHD_TRY(published,
              connection.exec("SELECT FROM pg_publication_tables WHERE pubname = $1::text"
                              " AND schemaname = 'authd' AND tablename = $2::text",
                              PgParams().text(publication).text(name(table))));
    if (published.rows() == 0) {
      out.push_back({Code::unpublished_table, "authd." + std::string(name(table))});
    }
  }
  return {};
}

void check_slot(const std::optional<SlotStanding>& standing, const std::string& slot,
                Findings& out) {
  if (!standing) {
    out.push_back({Code::slot_missing, slot});
  } else if (!standing->is_ours) {
    out.push_back({Code::slot_taken, slot});
  } else if (standing->is_lost) {
    out.push_back({Code::slot_lost, slot});
  }
}

}  // namespace

std::string_view name(Code code) noexcept {
  switch (code) {
    case Code::wal_level: return "wal_level";
    case Code::no_free_slot: return "no_free_slot";
    case Code::no_free_sender: return "no_free_sender";
    case Code::role: return "role";
    case Code::publication: return "publication";
    case Code::unpublished_table: return "unpublished_table";
    case Code::unpublished_change: return "unpublished_change";
    case Code::slot_missing: return "slot_missing";
    case Code::slot_lost: return "slot_lost";
    case Code::slot_taken: return "slot_taken";
    case Code::unlimited_wal: return "unlimited_wal";
  }
  return "unknown";
}

std::string describe(const ServerFinding& finding) {
  const std::string& subject = finding.subject;
  switch (finding.code) {
    case Code::wal_level:
      return "wal_level is not logical: set it in postgresql.conf and restart the server";
    case Code::no_free_slot:
      return "all replication slots are taken: raise max_replication_slots and restart the server, "
             "or drop a slot that nobody needs";
    case Code::no_free_sender:
      return "all walsenders are taken: raise max_wal_senders and restart the server";
    case Code::role:
      return "the role " + subject + " may not replicate: ALTER ROLE \"" + subject +
             "\" REPLICATION";
    case Code::publication: return "the publication " + subject + " is missing: run authd migrate";
    case Code::unpublished_table:
      return subject + " is not published: ALTER PUBLICATION … ADD TABLE " + subject;
    case Code::unpublished_change:
      return "the publication " + subject + " leaves changes out: ALTER PUBLICATION \"" + subject +
             "\" SET (publish = 'insert, update, delete, truncate')";
    case Code::slot_missing:
      return "the replication slot " + subject +
             " is missing: authd migrate creates it, or the daemon, which then compares everything";
    case Code::slot_lost:
      return "the replication slot " + subject +
             " has lost log: the daemon makes a new one and compares everything. Raise "
             "max_slot_wal_keep_size if it is to endure longer absences";
    case Code::slot_taken:
      return "the replication slot " + subject +
             " belongs to another database or plugin: choose another name for ours";
    case Code::unlimited_wal:
      return "max_slot_wal_keep_size is unlimited: while the daemon is away the server's log grows "
             "until its disk is full. Set a limit that the disk has room for";
  }
  return "unknown";
}

core::Result<std::vector<ServerFinding>, PgError> check_server(Connection& connection,
                                                               const std::string& slot,
                                                               const std::string& publication) {
  Findings findings;
  AUTHD_TRY(standing, slot_standing(connection, slot));
  AUTHD_TRY_VOID(
      check_settings(connection, standing.has_value(), standing && standing->is_active, findings));
  AUTHD_TRY_VOID(check_publication(connection, publication, findings));
  check_slot(standing, slot, findings);
  return findings;
}

}  // namespace authd::store
