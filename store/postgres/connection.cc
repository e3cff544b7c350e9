#include "store/postgres/connection.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

namespace authd::store {

namespace {

using core::Unexpected;
using std::chrono::milliseconds;

// How long a wait may overlook the stop token.
constexpr milliseconds stop_poll{50};
// The server's own timeout comes first, so that its error can be read.
constexpr milliseconds server_timeout_lead{5'000};

struct FreeOptions {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};
using ParsedOptions = std::unique_ptr<PQconninfoOption, FreeOptions>;

std::string without_final_newline(const char* text) {
  std::string result = text == nullptr ? "" : text;
  while (!result.empty() && result.back() == '\n') result.pop_back();
  return result;
}

PgError server_error(const PGresult* result) {
  PgError error{PgError::Code::server, {}, without_final_newline(PQresultErrorMessage(result))};
  const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (state != nullptr && std::string_view(state).size() == error.sqlstate.size()) {
    std::copy_n(state, error.sqlstate.size(), error.sqlstate.begin());
  }
  return error;
}

// Notices are for people at a terminal; libpq would print them.
void ignore_notice(void*, const PGresult*) {}

}  // namespace

std::string_view name(PgError::Code code) noexcept {
  switch (code) {
    case PgError::Code::conninfo: return "connection string";
    case PgError::Code::connect: return "connect";
    case PgError::Code::lost: return "connection lost";
    case PgError::Code::timeout: return "timeout";
    case PgError::Code::interrupted: return "interrupted";
    case PgError::Code::server: return "server";
    case PgError::Code::unexpected: return "unexpected";
  }
  return "unknown";
}

PgError unexpected(std::string message) {
  return {PgError::Code::unexpected, {}, std::move(message)};
}

PgParams& PgParams::bytes(Bytes bytes) {
  storage_.insert(storage_.end(), bytes.begin(), bytes.end());
  sizes_.push_back(static_cast<int>(bytes.size()));
  return *this;
}

PgParams& PgParams::columns(PgColumns& columns) {
  columns.for_each([this](Bytes array) { bytes(array); });
  return *this;
}

// What libpq's functions with parameters take.
struct Connection::RawParams {
  explicit RawParams(const PgParams& params) : formats(params.sizes_.size(), 1) {
    // An empty text is not null: its pointer must not be null either.
    const char* next =
        params.storage_.empty() ? "" : reinterpret_cast<const char*>(params.storage_.data());
    for (const int size : params.sizes_) {
      values.push_back(next);
      next += size;
    }
  }
  int count() const noexcept { return static_cast<int>(values.size()); }

  std::vector<const char*> values;
  std::vector<int> formats;
};

std::int64_t PgResult::affected() const noexcept {
  const std::string_view digits = PQcmdTuples(result_.get());
  std::int64_t count = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), count);
  return count;
}

std::string_view PgResult::text(int row, int column) const noexcept {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

core::Result<void, PgError> expect_all(std::int64_t affected, std::size_t given,
                                       std::string_view what) {
  if (affected == static_cast<std::int64_t>(given)) return {};
  return Unexpected{unexpected(std::to_string(given).append(" ").append(what) +
                               " changed, the ledger has " + std::to_string(affected) +
                               " of them")};
}

core::Result<Connection, PgError> Connection::connect(const Options& options) {
  // libpq's own complaint would quote the string, and with it the password.
  const ParsedOptions parsed(PQconninfoParse(options.conninfo.c_str(), nullptr));
  if (!parsed) {
    return Unexpected{
        PgError{PgError::Code::conninfo, {}, "the connection string cannot be parsed"}};
  }
  const std::array<const char*, 4> keys{"dbname", "application_name",
                                        options.replication ? "replication" : nullptr, nullptr};
  const std::array<const char*, 4> values{options.conninfo.c_str(),
                                          options.application_name.c_str(), "database", nullptr};
  Connection connection(PQconnectStartParams(keys.data(), values.data(), 1), options);
  AUTHD_TRY_VOID(connection.open());
  return connection;
}

core::Result<Connection, PgError> Connection::connect_as(const char* role, const Options& options) {
  AUTHD_TRY(connection, connect(options));
  AUTHD_TRY_VOID(connection.exec(std::string("SET ROLE ") + role));
  return std::move(connection);
}

core::Result<void, PgError> Connection::open() {
  PGconn* const raw = connection_.get();
  const auto failed = [raw] {
    return Unexpected{
        PgError{PgError::Code::connect, {}, without_final_newline(PQerrorMessage(raw))}};
  };
  const Deadline until = deadline(options_.connect_timeout);
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  if (raw == nullptr || PQstatus(raw) == CONNECTION_BAD) return failed();
  while (next != PGRES_POLLING_OK) {
    if (next == PGRES_POLLING_FAILED) return failed();
    AUTHD_TRY_VOID(wait(next == PGRES_POLLING_READING ? POLLIN : POLLOUT, until));
    next = PQconnectPoll(raw);
  }
  if (PQsetnonblocking(raw, 1) != 0) return failed();
  PQsetNoticeReceiver(raw, ignore_notice, nullptr);
  // The second timeout is for a client that froze: its transaction must not keep its locks.
  const std::string timeout = std::to_string(options_.statement_timeout.count());
  AUTHD_TRY_VOID(exec("SET TIME ZONE 'UTC'; SET statement_timeout = " + timeout +
                      "; SET idle_in_transaction_session_timeout = " + timeout));
  return {};
}

core::Result<PgResult, PgError> Connection::exec(const std::string& statements) {
  return answer(PQsendQuery(connection_.get(), statements.c_str()) == 1);
}

core::Result<PgResult, PgError> Connection::exec(const char* statement, const PgParams& params) {
  const RawParams raw(params);
  return answer(PQsendQueryParams(connection_.get(), statement, raw.count(), nullptr,
                                  raw.values.data(), params.sizes_.data(), raw.formats.data(),
                                  1) == 1);
}

core::Result<void, PgError> Connection::prepare(const char* statement_name, const char* statement) {
  AUTHD_TRY_VOID(
      answer(PQsendPrepare(connection_.get(), statement_name, statement, 0, nullptr) == 1));
  return {};
}

core::Result<PgResult, PgError> Connection::exec_prepared(const char* statement_name,
                                                          const PgParams& params) {
  return answer(send_prepared(statement_name, params));
}

bool Connection::send_prepared(const char* statement_name, const PgParams& params) {
  const RawParams raw(params);
  return PQsendQueryPrepared(connection_.get(), statement_name, raw.count(), raw.values.data(),
                             params.sizes_.data(), raw.formats.data(), 1) == 1;
}

bool Connection::send_pipeline(std::span<const PgCall> calls) {
  if (PQenterPipelineMode(connection_.get()) != 1) return false;
  for (const PgCall& call : calls) {
    if (!send_prepared(call.statement, call.params)) return false;
  }
  return PQpipelineSync(connection_.get()) == 1;
}

std::vector<core::Result<PgResult, PgError>> Connection::query_prepared(
    std::span<const PgCall> calls) {
  std::vector<core::Result<PgResult, PgError>> results;
  results.reserve(calls.size());
  while (results.size() < calls.size()) {
    const auto failed = run_pipeline(calls.subspan(results.size()), results);
    if (failed) continue;
    while (results.size() < calls.size()) results.emplace_back(Unexpected{failed.error()});
  }
  return results;
}

// Adds the results up to the first error. Fails where the connection is of no use any more.
core::Result<void, PgError> Connection::run_pipeline(
    std::span<const PgCall> calls, std::vector<core::Result<PgResult, PgError>>& results) {
  if (!send_pipeline(calls)) return Unexpected{lost()};
  const Deadline until = deadline(options_.statement_timeout + server_timeout_lead);
  AUTHD_TRY_VOID(flush(until));
  std::optional<PgError> refused;  // what comes after it is not run
  for (;;) {
    AUTHD_TRY(result, next_result(until));
    if (result.get() == nullptr) {  // the end of one of them, or of a connection
      if (is_broken()) return Unexpected{lost()};
      continue;
    }
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) break;
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
      results.emplace_back(std::move(result));
    } else if (!refused) {
      refused = server_error(result.get());
    }
  }
  if (refused) results.emplace_back(Unexpected{*std::move(refused)});
  if (PQexitPipelineMode(connection_.get()) != 1) return Unexpected{lost()};
  return {};
}

core::Result<void, PgError> Connection::copy_in(const char* statement, CopyRows& rows) {
  if (rows.rows() == 0) return {};
  Bytes stream = rows.stream();
  constexpr std::size_t chunk_bytes = std::size_t{64} << 10U;
  const Deadline until = deadline(options_.statement_timeout + server_timeout_lead);
  AUTHD_TRY(started, answer(PQsendQuery(connection_.get(), statement) == 1));
  if (PQresultStatus(started.get()) != PGRES_COPY_IN) return Unexpected{unexpected("not a COPY")};

  while (!stream.empty()) {
    const Bytes chunk = stream.first(std::min(chunk_bytes, stream.size()));
    stream = stream.subspan(chunk.size());
    if (PQputCopyData(connection_.get(), reinterpret_cast<const char*>(chunk.data()),
                      static_cast<int>(chunk.size())) != 1) {
      return Unexpected{lost()};
    }
    AUTHD_TRY_VOID(flush(until));
  }
  AUTHD_TRY_VOID(answer(PQputCopyEnd(connection_.get(), nullptr) == 1));
  return {};
}

core::Result<void, PgError> Connection::copy_both(const std::string& statement) {
  AUTHD_TRY(started, answer(PQsendQuery(connection_.get(), statement.c_str()) == 1));
  if (PQresultStatus(started.get()) == PGRES_COPY_BOTH) return {};
  return Unexpected{unexpected("no replication stream")};
}

core::Result<std::optional<CopyMessage>, PgError> Connection::next_copy(milliseconds at_most) {
  const Deadline until = deadline(at_most);
  for (;;) {
    if (PQconsumeInput(connection_.get()) == 0) return Unexpected{lost()};
    AUTHD_TRY(message, received_copy());
    if (message) return std::move(message);
    const auto waited = wait(POLLIN, until);
    if (!waited && waited.error().code == PgError::Code::timeout)
      return std::optional<CopyMessage>();
    AUTHD_TRY_VOID(waited);
  }
}

// What has been received already, if anything.
core::Result<std::optional<CopyMessage>, PgError> Connection::received_copy() {
  char* bytes = nullptr;
  const int size = PQgetCopyData(connection_.get(), &bytes, 1);
  if (size > 0) return std::optional<CopyMessage>(std::in_place, bytes, size);
  if (size == 0) return std::optional<CopyMessage>();
  if (size < -1) return Unexpected{lost()};
  const PgResult ended(PQgetResult(connection_.get()));  // the server has ended it, and says why
  if (PQresultStatus(ended.get()) == PGRES_FATAL_ERROR) {
    return Unexpected{server_error(ended.get())};
  }
  return Unexpected{PgError{PgError::Code::lost, {}, "the server has ended the stream"}};
}

core::Result<void, PgError> Connection::put_copy(Bytes message) {
  if (PQputCopyData(connection_.get(), reinterpret_cast<const char*>(message.data()),
                    static_cast<int>(message.size())) != 1) {
    return Unexpected{lost()};
  }
  return flush(deadline(options_.statement_timeout));
}

// The last result of what was sent, or the first error among them.
core::Result<PgResult, PgError> Connection::answer(bool sent) {
  if (!sent) return Unexpected{lost()};
  const Deadline until = deadline(options_.statement_timeout + server_timeout_lead);
  AUTHD_TRY_VOID(flush(until));
  PgResult last(nullptr);
  std::optional<PgError> refused;
  for (;;) {
    AUTHD_TRY(result, next_result(until));
    if (result.get() == nullptr) break;
    const ExecStatusType status = PQresultStatus(result.get());
    const bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
                      status == PGRES_COPY_IN || status == PGRES_COPY_BOTH ||
                      status == PGRES_EMPTY_QUERY;
    if (!good && !refused) refused = server_error(result.get());
    last = std::move(result);
    // It is our turn: there is no end to wait for yet.
    if (status == PGRES_COPY_IN || status == PGRES_COPY_BOTH) break;
  }
  if (is_broken()) {
    PgError error = lost();
    if (refused) error.sqlstate = refused->sqlstate;
    return Unexpected{error};
  }
  if (refused) return Unexpected{*refused};
  if (last.get() == nullptr) return Unexpected{lost()};
  return last;
}

core::Result<PgResult, PgError> Connection::next_result(Deadline until) {
  while (PQisBusy(connection_.get()) != 0) {
    AUTHD_TRY_VOID(wait(POLLIN, until));
    if (PQconsumeInput(connection_.get()) == 0) return Unexpected{lost()};
  }
  return PgResult(PQgetResult(connection_.get()));
}

bool Connection::is_alive() const noexcept {
  return PQconsumeInput(connection_.get()) == 1 && PQstatus(connection_.get()) == CONNECTION_OK;
}

core::Result<void, PgError> Connection::flush(Deadline until) {
  for (;;) {
    const int left = PQflush(connection_.get());
    if (left == 0) return {};
    if (left < 0) return Unexpected{lost()};
    AUTHD_TRY_VOID(wait(POLLIN | POLLOUT, until));
    // The server may be unable to read before we have read what it says.
    if (PQconsumeInput(connection_.get()) == 0) return Unexpected{lost()};
  }
}

core::Result<void, PgError> Connection::wait(short events, Deadline until) {
  pollfd polled{PQsocket(connection_.get()), events, 0};
  for (;;) {
    if (options_.stop.stop_requested()) {
      return Unexpected{PgError{PgError::Code::interrupted, {}, "asked to stop"}};
    }
    const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return Unexpected{PgError{PgError::Code::timeout, {}, "no answer within the deadline"}};
    }
    const auto slice = options_.stop.stop_possible() ? std::min(left, stop_poll) : left;
    const int ready =
        poll(&polled, 1, static_cast<int>(std::min<std::int64_t>(slice.count(), 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return Unexpected{lost()};
  }
}

Connection::Deadline Connection::deadline(milliseconds timeout) const {
  return std::chrono::steady_clock::now() + timeout;
}

PgError Connection::lost() const {
  return {PgError::Code::lost, {}, without_final_newline(PQerrorMessage(connection_.get()))};
}

core::Result<Transaction, PgError> Transaction::begin(Connection& connection,
                                                      const char* begin_statement) {
  AUTHD_TRY_VOID(connection.exec(begin_statement));
  return Transaction(connection);
}

Transaction::~Transaction() {
  if (connection_ == nullptr) return;
  // When this fails the connection is lost, and the server rolls back by itself.
  static_cast<void>(connection_->exec("ROLLBACK").has_value());
}

core::Result<void, PgError> Transaction::commit() {
  Connection& connection = *std::exchange(connection_, nullptr);
  AUTHD_TRY(done, connection.exec("COMMIT"));
  // A transaction that failed before answers COMMIT with a rollback, and without an error.
  if (std::string_view(PQcmdStatus(done.get())) != "COMMIT") {
    return Unexpected{unexpected("the transaction was rolled back")};
  }
  return {};
}

}  // namespace authd::store
