// Connection: libpq with owners, results that cannot be ignored, and no call that blocks for good.
//
// Every wait ends at the answer, at the deadline, or when the stop token given at connect is
// raised. After a lost, timed out or interrupted call the connection is of no use: drop it and
// connect again; whether a statement under way took effect is unknown.
//
// Threads: one at a time. Errors: PgError carries the server's own text, which its operators need
// (the one exception to "no strings" in store). Neither it nor anything else here repeats the
// connection string, so no password can leak.

#pragma once

#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "store/postgres/encoding.h"

namespace authd::store {

struct PgError {
  enum class Code : std::uint8_t {
    conninfo = 1,     // the connection string cannot be parsed
    connect = 2,      // nobody answers, or lets us in
    lost = 3,         // the connection broke under way
    timeout = 4,      // no answer within the deadline
    interrupted = 5,  // asked to stop meanwhile
    server = 6,       // the server refused the statement, see sqlstate
    unexpected = 7,   // the server answered, but the ledger is not as it must be
  };
  Code code = Code::unexpected;
  std::array<char, 5> sqlstate{};  // of the server; zeros when it did not say
  std::string message;             // the server's or libpq's text

  std::string_view state() const noexcept { return {sqlstate.data(), sqlstate[0] == 0 ? 0U : 5U}; }
};
std::string_view name(PgError::Code code) noexcept;
PgError unexpected(std::string message);

// The parameters of one statement, in the order of $1, $2, …, in binary.
class PgParams {
 public:
  template <std::integral T>
  PgParams& number(T value) {
    const T swapped = big_endian(value);
    return bytes(std::as_bytes(std::span(&swapped, 1)));
  }
  PgParams& text(std::string_view text) { return bytes(bytes_of(text)); }
  PgParams& time(core::Timestamp at) { return number(pg_time(at)); }
  PgParams& bytes(Bytes bytes);
  PgParams& columns(PgColumns& columns);  // an array each

 private:
  friend class Connection;
  std::vector<std::byte> storage_;
  std::vector<int> sizes_;
};

// One execution of a prepared statement.
struct PgCall {
  const char* statement;  // its name
  PgParams params;
};

// The rows of one answer, in binary. Reading a field as another type than the statement gave it is
// a programming error: statements cast what they select.
class PgResult {
 public:
  explicit PgResult(PGresult* result) : result_(result, PQclear) {}

  int rows() const noexcept { return PQntuples(result_.get()); }
  std::int64_t affected() const noexcept;  // rows inserted, updated or deleted

  bool is_null(int row, int column) const noexcept {
    return PQgetisnull(result_.get(), row, column) != 0;
  }
  template <std::integral T>
  T number(int row, int column) const noexcept {
    AUTHD_ASSERT(PQgetlength(result_.get(), row, column) == int{sizeof(T)});
    T value;
    std::memcpy(&value, PQgetvalue(result_.get(), row, column), sizeof value);
    return big_endian(value);
  }
  std::optional<std::int64_t> optional(int row, int column) const noexcept {
    if (is_null(row, column)) return std::nullopt;
    return number<std::int64_t>(row, column);
  }
  core::Timestamp time(int row, int column) const noexcept {
    return from_pg_time(number<std::int64_t>(row, column));
  }
  // Empty when null. Valid as long as the result.
  std::string_view text(int row, int column) const noexcept;

  PGresult* get() const noexcept { return result_.get(); }

 private:
  std::unique_ptr<PGresult, void (*)(PGresult*)> result_;
};

// Whether a statement has affected as many rows as it was given; otherwise the ledger lacks some of
// them.
core::Result<void, PgError> expect_all(std::int64_t affected, std::size_t given,
                                       std::string_view what);

// One message of a replication stream.
class CopyMessage {
 public:
  CopyMessage(char* bytes, int size)
      : bytes_(bytes, PQfreemem), size_(static_cast<std::size_t>(size)) {}
  Bytes bytes() const noexcept { return bytes_of({bytes_.get(), size_}); }

 private:
  std::unique_ptr<char, void (*)(void*)> bytes_;
  std::size_t size_;
};

class Connection {
 public:
  struct Options {
    std::string conninfo;  // libpq's: key=value pairs or a URI
    std::string application_name = "authd";
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds statement_timeout{
        60'000};               // above 0; by the server, and a little later by us
    std::stop_token stop{};    // raised: waits end with `interrupted`
    bool replication = false;  // to a walsender of the database, which takes statements without
                               // parameters alone
  };

  static core::Result<Connection, PgError> connect(const Options& options);

  // The same, and from then on it may do what that role may, whoever it logged in as. A role of the
  // schema's, by a literal.
  static core::Result<Connection, PgError> connect_as(const char* role, const Options& options);

  // One or several statements without parameters; the last result. Text format.
  core::Result<PgResult, PgError> exec(const std::string& statements);

  // One statement with parameters; the result is in binary.
  core::Result<PgResult, PgError> exec(const char* statement, const PgParams& params);

  core::Result<void, PgError> prepare(const char* statement_name, const char* statement);
  core::Result<PgResult, PgError> exec_prepared(const char* statement_name, const PgParams& params);

  // All of them with one way to the server and back, each with its own result. What the server does
  // not run because an earlier one failed is sent again, so none of them may change anything.
  std::vector<core::Result<PgResult, PgError>> query_prepared(std::span<const PgCall> calls);

  // `statement` is a COPY … FROM STDIN BINARY. Nothing happens without rows; afterwards they can
  // only be cleared.
  core::Result<void, PgError> copy_in(const char* statement, CopyRows& rows);

  // `statement` is a START_REPLICATION: afterwards only the two calls below, in both directions.
  core::Result<void, PgError> copy_both(const std::string& statement);
  // The next message, or nothing when none has come within the time; a stop ends the wait.
  core::Result<std::optional<CopyMessage>, PgError> next_copy(std::chrono::milliseconds at_most);
  core::Result<void, PgError> put_copy(Bytes message);

  // Whether a call has found out that the connection is lost.
  bool is_broken() const noexcept { return PQstatus(connection_.get()) == CONNECTION_BAD; }
  // Whether the server has not hung up meanwhile, as far as one can tell without asking it.
  bool is_alive() const noexcept;

  // For pg_terminate_backend and the log.
  int backend_pid() const noexcept { return PQbackendPID(connection_.get()); }

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  struct RawParams;

  Connection(PGconn* connection, const Options& options)
      : connection_(connection, PQfinish), options_(options) {}

  Deadline deadline(std::chrono::milliseconds timeout) const;
  core::Result<void, PgError> open();
  core::Result<void, PgError> wait(short events, Deadline deadline);
  core::Result<void, PgError> flush(Deadline deadline);
  core::Result<PgResult, PgError> next_result(Deadline deadline);  // null at the end
  core::Result<PgResult, PgError> answer(bool sent);
  bool send_prepared(const char* statement_name, const PgParams& params);
  bool send_pipeline(std::span<const PgCall> calls);
  core::Result<void, PgError> run_pipeline(std::span<const PgCall> calls,
                                           std::vector<core::Result<PgResult, PgError>>& results);
  core::Result<std::optional<CopyMessage>, PgError> received_copy();
  PgError lost() const;

  std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
  Options options_;
};

// BEGIN … COMMIT; rolled back when it is left without a commit.
class Transaction {
 public:
  static core::Result<Transaction, PgError> begin(Connection& connection,
                                                  const char* begin_statement = "BEGIN");
  Transaction(Transaction&& other) noexcept
      : connection_(std::exchange(other.connection_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  core::Result<void, PgError> commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;  // null once it has ended
};

}  // namespace authd::store
