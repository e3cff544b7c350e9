#include "authd/recon/engine/run_session.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "authd/recon/engine/run_queue.h"

namespace authd::recon {

namespace {

using core::Unexpected;
using store::Connection;
using store::PgError;
using store::PgParams;

constexpr std::chrono::milliseconds between_reports{250};
constexpr std::int32_t lock_class = 1'635'087'730;  // "aur" and a number: suppliers' locks

core::Result<Connection, PgError> connect(const EngineOptions& options, const std::stop_token& stop,
                                          std::string_view role) {
  Connection::Options wanted = options.connection;
  wanted.application_name = fmt::format("authd recon {}", role);
  wanted.stop = stop;
  return connect_for_recon(wanted);
}

core::Result<std::optional<std::int16_t>, PgError> lock_supplier(Connection& work,
                                                                 const Supplier& supplier) {
  AUTHD_TRY(found, work.exec("SELECT id FROM authd.recon_supplier WHERE name = $1",
                             PgParams().text(supplier.name)));
  if (found.rows() == 0) return Unexpected{store::unexpected("the ledger knows no such supplier")};
  const auto id = found.number<std::int16_t>(0, 0);
  AUTHD_TRY(locked, work.exec("SELECT pg_try_advisory_lock($1::integer, $2::integer)::integer",
                              PgParams().number(lock_class).number(std::int32_t{id})));
  if (locked.number<std::int32_t>(0, 0) == 0) return std::optional<std::int16_t>();
  return std::optional(id);
}

}  // namespace

RunSession::RunSession(Connection work, Connection aside, std::int64_t run,
                       const Supplier& supplier, const EngineOptions& options)
    : work_(std::move(work)),
      aside_(std::move(aside)),
      run_(run),
      supplier_(&supplier),
      options_(&options) {}

core::Result<std::optional<RunSession>, PgError> RunSession::open(std::int64_t run,
                                                                  const Supplier& supplier,
                                                                  const EngineOptions& options,
                                                                  const std::stop_token& stop) {
  AUTHD_TRY(work, connect(options, stop, "work"));
  AUTHD_TRY(id, lock_supplier(work, supplier));
  if (!id) return std::optional<RunSession>();
  // A million rows are hashed and sorted; compiling expressions takes longer than it saves. When
  // this process is gone, its statement must not go on and keep the lock.
  AUTHD_TRY_VOID(
      work.exec(fmt::format("SET work_mem = '{}MB'; SET jit = off;"
                            " SET client_connection_check_interval = '1s';"
                            " SET temp_buffers = '{}MB'",
                            options.work_memory_mib, options.work_memory_mib)));
  AUTHD_TRY(aside, connect(options, stop, "progress"));
  RunSession session(std::move(work), std::move(aside), run, supplier, options);
  session.supplier_id_ = *id;
  return std::optional(std::move(session));
}

core::Result<RunRecord, RunStop> RunSession::load() {
  AUTHD_TRY(found, work_.exec("SELECT state, is_read::integer, file_name, file_path, period_from,"
                              " period_to FROM authd.recon_run WHERE id = $1 AND supplier_id = $2",
                              PgParams().number(run_).number(supplier_id_)));
  if (found.rows() == 0) {
    return Unexpected{store::unexpected(fmt::format("run {} is not {}'s", run_, supplier_->name))};
  }
  RunRecord record;
  record.state = static_cast<RunState>(found.number<std::int16_t>(0, 0));
  record.is_read = found.number<std::int32_t>(0, 1) != 0;
  record.file_name = found.text(0, 2);
  record.file_path = found.text(0, 3);
  if (!found.is_null(0, 4)) record.period_from = found.time(0, 4);
  if (!found.is_null(0, 5)) record.period_to = found.time(0, 5);
  return record;
}

core::Result<void, RunStop> RunSession::report(std::string_view stage, std::uint64_t done,
                                               std::uint64_t total, std::uint64_t lines) {
  if (options_->on_progress) options_->on_progress({run_, stage, done, total, lines});
  const auto now = std::chrono::steady_clock::now();
  if (stage == stage_ && now - reported_ < between_reports) return {};
  stage_ = stage;
  reported_ = now;
  AUTHD_TRY(run, aside_.exec(R"(
INSERT INTO authd.recon_progress AS p (run_id, done, total, started_at, updated_at, stage)
VALUES ($1, $2, nullif($3::bigint, 0), now(), now(), $4)
ON CONFLICT (run_id) DO UPDATE SET done = excluded.done, total = excluded.total, stage = excluded.stage,
  updated_at = now(), started_at = CASE WHEN p.stage = excluded.stage THEN p.started_at ELSE now() END
RETURNING (SELECT (cancel_requested_at IS NOT NULL)::integer FROM authd.recon_run WHERE id = $1))",
                             PgParams()
                                 .number(run_)
                                 .number(static_cast<std::int64_t>(done))
                                 .number(static_cast<std::int64_t>(total))
                                 .text(stage)));
  if (run.number<std::int32_t>(0, 0) != 0) {
    return Unexpected{RunStop(RunState::cancelled, "cancelled while " + std::string(stage))};
  }
  return {};
}

core::Result<void, RunStop> RunSession::allow_nested_loops(bool are_allowed) {
  AUTHD_TRY_VOID(work_.exec(fmt::format("SET LOCAL enable_nestloop = {}", are_allowed)));
  return {};
}

core::Result<void, PgError> RunSession::note(std::string_view action, const std::string& detail) {
  AUTHD_TRY_VOID(
      work_.exec("SELECT authd.recon_note($1::smallint, $2::bigint, 'authd',"
                 " ARRAY[NULL]::bigint[], ARRAY[$3::text], ARRAY[$4::text::jsonb])",
                 PgParams().number(supplier_id_).number(run_).text(action).text(detail)));
  return {};
}

core::Result<void, PgError> RunSession::end(const RunStop& why) {
  AUTHD_TRY(transaction, store::Transaction::begin(work_));
  AUTHD_TRY_VOID(
      work_.exec("UPDATE authd.recon_run SET state = $2, error = $3,"
                 " duplicate_of = nullif($4::bigint, 0), finished_at = now()"
                 " WHERE id = $1",
                 PgParams()
                     .number(run_)
                     .number(static_cast<std::int16_t>(why.state))
                     .text(why.error)
                     .number(why.duplicate_of)));
  boost::json::object detail{{"error", why.error}};
  if (why.duplicate_of != 0) detail["duplicate_of"] = why.duplicate_of;
  AUTHD_TRY_VOID(note(name(why.state), boost::json::serialize(detail)));
  AUTHD_TRY_VOID(
      work_.exec("DELETE FROM authd.recon_progress WHERE run_id = $1", PgParams().number(run_)));
  return transaction.commit();
}

core::Result<void, RunStop> RunSession::forget_progress() {
  AUTHD_TRY_VOID(
      work_.exec("DELETE FROM authd.recon_progress WHERE run_id = $1", PgParams().number(run_)));
  return {};
}

std::int64_t us_since(std::chrono::steady_clock::time_point begin) noexcept {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                               begin)
      .count();
}

}  // namespace authd::recon
