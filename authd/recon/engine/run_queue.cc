#include "authd/recon/engine/run_queue.h"

#include <limits>

namespace authd::recon {

namespace {

using core::Unexpected;
using store::PgError;
using store::PgParams;

QueueError of(PgError error) { return {QueueError::Code::postgres, std::move(error)}; }

// A parameter cannot be null: the statements read this, which no period begins or ends with, as
// null.
core::Timestamp or_null(const std::optional<core::Timestamp>& at) {
  return at.value_or(core::Timestamp{std::numeric_limits<std::int64_t>::min()});
}

core::Result<void, PgError> note(store::Connection& connection, std::int64_t run,
                                 std::string_view actor, std::string_view action) {
  AUTHD_TRY_VOID(connection.exec(
      "SELECT authd.recon_note(supplier_id, id, $2::text, ARRAY[NULL::bigint], ARRAY[$3::text],"
      "         ARRAY[jsonb_strip_nulls(jsonb_build_object('file', file_name, 'path', file_path,"
      "           'origin', origin, 'period_from', period_from, 'period_to', period_to,"
      "           'error', error))])"
      "  FROM authd.recon_run WHERE id = $1",
      PgParams().number(run).text(actor).text(action)));
  return {};
}

core::Result<std::int16_t, QueueError> supplier_id(store::Connection& connection,
                                                   const std::string& name) {
  const auto found =
      connection.exec("SELECT id, is_active::int4 FROM authd.recon_supplier WHERE name = $1",
                      PgParams().text(name));
  if (!found) return Unexpected{of(found.error())};
  if (found->rows() == 0) return Unexpected{QueueError{QueueError::Code::supplier_unknown, {}}};
  if (found->number<std::int32_t>(0, 1) == 0)
    return Unexpected{QueueError{QueueError::Code::supplier_inactive, {}}};
  return found->number<std::int16_t>(0, 0);
}

core::Result<std::int64_t, PgError> insert(store::Connection& connection, std::int16_t supplier,
                                           const NewRun& run, RunState state) {
  AUTHD_TRY(made,
            connection.exec(
                "INSERT INTO authd.recon_run (supplier_id, state, origin, file_name, file_path,"
                "                             period_from, period_to, requested_by)"
                " VALUES ($1, $2, $3, $4, NULLIF($5::text, ''),"
                "         NULLIF($6::timestamptz, '-infinity'),"
                "         NULLIF($7::timestamptz, '-infinity'), $8) RETURNING id",
                PgParams()
                    .number(supplier)
                    .number(static_cast<std::int16_t>(state))
                    .number(static_cast<std::int16_t>(run.origin))
                    .text(run.file_name)
                    .text(run.file_path)
                    .time(or_null(run.from))
                    .time(or_null(run.to))
                    .text(run.requested_by)));
  return made.number<std::int64_t>(0, 0);
}

core::Result<std::int64_t, PgError> insert_queued(store::Connection& connection,
                                                  std::int16_t supplier, const NewRun& run) {
  AUTHD_TRY(transaction, store::Transaction::begin(connection));
  AUTHD_TRY(id, insert(connection, supplier, run, RunState::queued));
  AUTHD_TRY_VOID(note(connection, id, run.requested_by, "queued"));
  AUTHD_TRY_VOID(transaction.commit());
  return id;
}

core::Result<std::int64_t, PgError> insert_receiving(store::Connection& connection,
                                                     std::int16_t supplier, const NewRun& run,
                                                     const std::string& directory) {
  AUTHD_TRY(transaction, store::Transaction::begin(connection));
  AUTHD_TRY(id, insert(connection, supplier, run, RunState::receiving));
  AUTHD_TRY_VOID(connection.exec(
      "UPDATE authd.recon_run SET file_path = $2::text || '/' || id || '-' || file_name"
      " WHERE id = $1",
      PgParams().number(id).text(directory)));
  AUTHD_TRY_VOID(transaction.commit());
  return id;
}

}  // namespace

core::Result<store::Connection, PgError> connect_for_recon(
    const store::Connection::Options& options) {
  return store::Connection::connect_as("authd_recon", options);
}

core::Result<std::int64_t, QueueError> enqueue(store::Connection& connection, const NewRun& run) {
  AUTHD_TRY(supplier, supplier_id(connection, run.supplier));
  const auto id = insert_queued(connection, supplier, run);
  if (!id) return Unexpected{of(id.error())};
  return *id;
}

core::Result<std::int64_t, QueueError> reserve(store::Connection& connection, const NewRun& run,
                                               const std::string& directory) {
  AUTHD_TRY(supplier, supplier_id(connection, run.supplier));
  const auto id = insert_receiving(connection, supplier, run, directory);
  if (!id) return Unexpected{of(id.error())};
  return *id;
}

core::Result<bool, PgError> queue_received(store::Connection& connection, std::int64_t run) {
  AUTHD_TRY(transaction, store::Transaction::begin(connection));
  AUTHD_TRY(queued, connection.exec("UPDATE authd.recon_run SET state = 2"
                                    " WHERE id = $1 AND state = 1 RETURNING requested_by",
                                    PgParams().number(run)));
  if (queued.rows() == 0) return false;
  AUTHD_TRY_VOID(note(connection, run, queued.text(0, 0), "queued"));
  AUTHD_TRY_VOID(transaction.commit());
  return true;
}

core::Result<std::vector<PendingRun>, PgError> pending(store::Connection& connection) {
  AUTHD_TRY(rows, connection.exec(
                      "SELECT id, waiting, name, file_name, file_path FROM ("
                      "  SELECT DISTINCT ON (r.supplier_id) r.id,"
                      "         count(*) OVER (PARTITION BY r.supplier_id) AS waiting, s.name,"
                      "         r.file_name, coalesce(r.file_path, '') AS file_path"
                      "    FROM authd.recon_run AS r"
                      "    JOIN authd.recon_supplier AS s ON s.id = r.supplier_id"
                      "   WHERE r.state > 1 AND r.state < 5 ORDER BY r.supplier_id, r.id) AS oldest"
                      " ORDER BY id",
                      PgParams()));
  std::vector<PendingRun> runs;
  for (int row = 0; row < rows.rows(); ++row) {
    runs.push_back({rows.number<std::int64_t>(row, 0), rows.number<std::int64_t>(row, 1),
                    std::string(rows.text(row, 2)), std::string(rows.text(row, 3)),
                    std::string(rows.text(row, 4))});
  }
  return runs;
}

core::Result<void, PgError> set_file_path(store::Connection& connection, std::int64_t run,
                                          const std::string& file_path) {
  AUTHD_TRY_VOID(connection.exec("UPDATE authd.recon_run SET file_path = $2 WHERE id = $1",
                                 PgParams().number(run).text(file_path)));
  return {};
}

core::Result<void, PgError> fail(store::Connection& connection, std::int64_t run,
                                 const std::string& error) {
  AUTHD_TRY(transaction, store::Transaction::begin(connection));
  AUTHD_TRY(failed, connection.exec("UPDATE authd.recon_run SET state = 6, error = $2,"
                                    "       finished_at = clock_timestamp()"
                                    " WHERE id = $1 AND state < 5",
                                    PgParams().number(run).text(error)));
  if (failed.affected() == 0) return {};
  AUTHD_TRY_VOID(note(connection, run, "authd", "failed"));
  AUTHD_TRY_VOID(transaction.commit());
  return {};
}

core::Result<bool, PgError> request_cancel(store::Connection& connection, std::int64_t run,
                                           const std::string& actor) {
  AUTHD_TRY(transaction, store::Transaction::begin(connection));
  AUTHD_TRY(asked,
            connection.exec("UPDATE authd.recon_run"
                            "   SET cancel_requested_at = coalesce(cancel_requested_at, now()),"
                            "       state = CASE WHEN state < 3 THEN 7 ELSE state END,"
                            "       finished_at = CASE WHEN state < 3 THEN clock_timestamp() END"
                            " WHERE id = $1 AND state < 5 RETURNING (state = 7)::int4",
                            PgParams().number(run)));
  if (asked.rows() == 0) return false;
  const bool has_ended = asked.number<std::int32_t>(0, 0) != 0;
  AUTHD_TRY_VOID(note(connection, run, actor, has_ended ? "cancelled" : "cancel_requested"));
  AUTHD_TRY_VOID(transaction.commit());
  return true;
}

}  // namespace authd::recon
