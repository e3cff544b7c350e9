#include "authd/api/recon_upload.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>

#include "authd/api/body_reader.h"
#include "authd/api/idempotency.h"
#include "authd/api/query_reader.h"
#include "authd/api/recon_run_row.h"
#include "authd/api/recon_spool.h"
#include "authd/api/recon_sql.h"
#include "authd/api/with_connection.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr std::int16_t receiving = 1;
constexpr std::int16_t refused = 8;

std::vector<Statement> statements() {
  return {{"recon_run_received", "UPDATE authd.recon_run SET file_bytes = $2 WHERE id = $1"},
          {"recon_run_same_file",
           "SELECT id FROM authd.recon_run WHERE supplier_id = $1 AND file_sha256 = $2"
           " AND state NOT IN (6, 7, 8)"},
          {"recon_run_refuse",
           "UPDATE authd.recon_run SET state = 8, duplicate_of = $2::bigint, finished_at = now(),"
           " error = 'the file of run ' || $2::bigint WHERE id = $1"},
          {"recon_run_received_all",
           "UPDATE authd.recon_run SET state = 2, file_path = $2, file_sha256 = $3 WHERE id = $1"}};
}

Problem disk_problem(int error) {
  if (error == ENOSPC || error == EDQUOT) return {Kind::overloaded, "There is no room for it."};
  Problem problem(Kind::internal);
  problem.cause = std::string("the spool: ") + std::strerror(error);
  return problem;
}

Problem wrong_place(std::uint64_t size) {
  Problem problem(Kind::wrong_state, fmt::format("{} bytes are here: go on behind them.", size));
  problem.members["size"] = size;
  return problem;
}

core::Result<ReconRunRow, Problem> receiving_run(const Call& call, Connection& connection) {
  AUTHD_TRY(run, find_recon_run(call, connection, call.id("run"), RunLock::held));
  if (run.state == refused && run.duplicate_of != 0) return std::move(run);
  if (run.state == receiving) return std::move(run);
  return Unexpected{Problem(Kind::wrong_state, "The run does not wait for a file.")};
}

core::Result<std::uint64_t, Problem> read_piece(const Call& call, std::uint64_t file_bytes_max) {
  QueryReader query(call.head.query());
  const auto offset = query.integer("offset", 0, integer_max);
  if (!offset) query.refuse("offset", "is required");
  AUTHD_TRY_VOID(query.finish());
  if (call.head.field("Content-Type").value_or("") != "application/octet-stream") {
    return Unexpected{
        Problem(Kind::unsupported_media_type, "The body must be application/octet-stream.")};
  }
  const auto at = static_cast<std::uint64_t>(*offset);
  if (call.body.empty()) return Unexpected{wrong_field("body", "must have at least one byte")};
  if (at + call.body.size() > file_bytes_max) {
    return Unexpected{
        wrong_field("body", fmt::format("makes the file longer than {} bytes", file_bytes_max))};
  }
  return at;
}

Outcome put_piece(const Call& call, Connection& connection, const Spool& spool,
                  std::uint64_t file_bytes_max) {
  AUTHD_TRY(at, read_piece(call, file_bytes_max));
  AUTHD_TRY(run, receiving_run(call, connection));
  if (run.state != receiving) {
    return Unexpected{Problem(Kind::wrong_state, "The run does not wait for a file.")};
  }
  const auto acknowledged = static_cast<std::uint64_t>(run.file_bytes);
  const auto appended = spool.append(run.id, acknowledged, at, call.body);
  if (!appended) return Unexpected{disk_problem(appended.error())};
  if (!appended->done) return Unexpected{wrong_place(appended->size)};
  PgParams params;
  params.number(run.id).number(static_cast<std::int64_t>(appended->size));
  AUTHD_TRY_VOID(connection.exec_prepared("recon_run_received", params));
  AUTHD_TRY(now, find_recon_run(call, connection, run.id));
  Answer answer;
  answer.body = json::serialize(now.object);
  return answer;
}

std::string hex_of(const Digest& digest) {
  std::string text;
  for (const std::byte byte : digest) text += fmt::format("{:02x}", static_cast<unsigned>(byte));
  return text;
}

// In lower case; empty: not given.
core::Result<std::string, Problem> read_digest(const Call& call) {
  constexpr std::size_t digest_size = 64;
  return read_body(call, [&](BodyReader& body) {
    std::string text = body.token("sha256", digest_size, Need::optional).value.value_or("");
    for (char& c : text) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool is_hex = text.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!text.empty() && (!is_hex || text.size() != digest_size)) {
      body.refuse("sha256", "must have 64 hexadecimal digits");
    }
    return text;
  });
}

Problem same_file(std::int64_t duplicate_of) {
  Problem problem(Kind::already_exists, fmt::format("Run {} has this file.", duplicate_of));
  problem.members["duplicate_of"] = duplicate_of;
  return problem;
}

// What has come, which must be all of it.
core::Result<Spool::Whole, Problem> measure(const Spool& spool, const ReconRunRow& run,
                                            const std::string& expected) {
  const auto whole = spool.measure(run.id);
  if (!whole && whole.error() == ENOENT) return Unexpected{wrong_place(0)};
  if (!whole) return Unexpected{disk_problem(whole.error())};
  const auto acknowledged = static_cast<std::uint64_t>(run.file_bytes);
  if (whole->size != acknowledged) {
    return Unexpected{wrong_place(std::min(whole->size, acknowledged))};
  }
  if (!expected.empty() && expected != hex_of(whole->sha256)) {
    return Unexpected{wrong_field(
        "sha256", fmt::format("is not that of the {} bytes that have come", whole->size))};
  }
  return *whole;
}

core::Result<std::int64_t, Problem> run_of_same_file(Connection& connection, std::int16_t supplier,
                                                     const Digest& sha256) {
  AUTHD_TRY(found, connection.exec_prepared("recon_run_same_file",
                                            PgParams().number(supplier).bytes(sha256)));
  return found.rows() == 0 ? 0 : found.number<std::int64_t>(0, 0);
}

core::Result<void, Problem> refuse(const Call& call, Connection& connection, const ReconRunRow& run,
                                   std::int64_t duplicate_of) {
  PgParams params;
  params.number(run.id).number(duplicate_of);
  AUTHD_TRY_VOID(connection.exec_prepared("recon_run_refuse", params));
  return note(call, connection,
              {run.supplier, run.id, 0, "refused", {{"duplicate_of", duplicate_of}}});
}

// Nothing: another run has come by the same file in this very moment.
using Completed = core::Result<std::optional<Answer>, Problem>;

Completed queue(const Call& call, Connection& connection, const Spool& spool,
                const ReconRunRow& run, const Spool::Whole& whole) {
  PgParams params;
  params.number(run.id).text(spool.path_of(run.id).native()).bytes(whole.sha256);
  const auto queued = connection.exec_prepared("recon_run_received_all", params);
  if (!queued && queued.error().state() == "23505") return std::optional<Answer>();
  if (!queued) return Unexpected{queued.error()};
  const json::object detail{{"sha256", hex_of(whole.sha256)}, {"bytes", whole.size}};
  AUTHD_TRY_VOID(note(call, connection, {run.supplier, run.id, 0, "queued", detail}));
  AUTHD_TRY(now, find_recon_run(call, connection, run.id));
  Answer answer;
  answer.body = json::serialize(now.object);
  AUTHD_TRY_VOID(store_answer(call, answer, connection));
  const auto published = spool.publish(run.id);
  if (!published) return Unexpected{disk_problem(published.error())};
  return std::optional<Answer>(std::move(answer));
}

// A transaction of its own: that the run is refused stays, although the answer is a problem.
Completed complete_once(const Call& call, Connection& connection, const Spool& spool,
                        const std::string& expected) {
  AUTHD_TRY(transaction, store::Transaction::begin(connection));
  AUTHD_TRY(stored, claim_key(call, connection));
  if (stored) return std::optional<Answer>(std::move(*stored));
  AUTHD_TRY(run, receiving_run(call, connection));
  if (run.state == refused) return Unexpected{same_file(run.duplicate_of)};
  AUTHD_TRY(whole, measure(spool, run, expected));
  AUTHD_TRY(duplicate_of, run_of_same_file(connection, run.supplier, whole.sha256));
  if (duplicate_of != 0) {
    AUTHD_TRY_VOID(refuse(call, connection, run, duplicate_of));
    AUTHD_TRY_VOID(transaction.commit());
    spool.discard(run.id);
    return Unexpected{same_file(duplicate_of)};
  }
  AUTHD_TRY(answer, queue(call, connection, spool, run, whole));
  if (answer) AUTHD_TRY_VOID(transaction.commit());
  return std::move(answer);
}

Outcome complete(const Call& call, Connection& connection, const Spool& spool) {
  AUTHD_TRY(expected, read_digest(call));
  constexpr int attempts = 3;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    AUTHD_TRY(answer, complete_once(call, connection, spool, expected));
    if (answer) return std::move(*answer);
  }
  return Unexpected{Problem(Kind::unavailable)};
}

net::Awaitable<Outcome> complete_and_wake(const Call& call, const Facilities& facilities,
                                          const Spool& spool, const std::function<void()>& wake) {
  auto on_worker = [&](Connection& connection) { return complete(call, connection, spool); };
  Outcome outcome = co_await with_connection(facilities.pool, facilities.mailbox, on_worker);
  if (outcome && wake) wake();
  co_return outcome;
}

}  // namespace

Resource recon_upload_resource(const ReconciliationDesk& desk) {
  using net::Method;
  const Spool spool(desk.spool);
  const auto put = [spool, file_bytes_max = desk.file_bytes_max](const Call& call,
                                                                 Connection& connection) {
    return put_piece(call, connection, spool, file_bytes_max);
  };
  const auto finish = [spool, wake = desk.wake](const Call& call, const Facilities& facilities) {
    return complete_and_wake(call, facilities, spool, wake);
  };
  return {{{Method::put, "/v1/reconciliation/runs/{run:id}/file", "putReconciliationFile",
            Scope::recon_write, Change{put}, upload_piece_bytes_max},
           {Method::post, "/v1/reconciliation/runs/{run:id}/file/complete",
            "completeReconciliationFile", Scope::recon_write, Wait{finish}}},
          statements()};
}

}  // namespace authd::api
