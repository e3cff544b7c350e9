// Call: one request as a handler sees it, and what a handler answers.
//
// Handlers are small on purpose: who calls, whether he may, the transaction, the idempotency of a
// POST and the wait for the mirror are the frame's (see ApiService).

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "authd/api/authenticator.h"
#include "authd/api/problem.h"
#include "authd/api/scope.h"
#include "authd/net/service.h"
#include "core/commands.h"
#include "core/result.h"
#include "store/postgres/connection.h"

namespace authd::api {

// What stood at a {parameter} of the route's path.
struct PathValue {
  std::string_view name;
  std::string text;     // decoded
  std::int64_t id = 0;  // of an :id parameter
};

// Valid while the request is served.
struct Call {
  std::string_view operation;
  const net::Head& head;
  std::string_view body;
  Caller caller;
  std::vector<PathValue> path;
  std::string request_id;
  std::string idempotency_key;  // of a POST that needs one; empty otherwise
  net::Clock::time_point deadline;

  // The parameter of this name, which the route's path has.
  std::int64_t id(std::string_view name) const;
  std::string_view text(std::string_view name) const;
};

struct Answer {
  int status = 200;
  std::string_view content_type = "application/json";  // a literal
  std::string body;
  std::string etag;      // what stands between the quotes; empty: none
  std::string location;  // a path; empty: none
  std::string link;      // the whole value; empty: none

  // The change touched a row that decisions depend on: the answer waits for the mirror.
  bool mirrored = false;
  std::uint64_t transaction = 0;  // set by the frame: its id, when `mirrored`
  std::uint64_t position = 0;  // of an answer that is given again: in PostgreSQL's log, behind the
                               // change; 0: of one that is given for the first time
};
using Outcome = core::Result<Answer, Problem>;

// Waits until the mirror has applied a transaction; false: not before the deadline.
using Applied = std::function<net::Awaitable<bool>(std::uint64_t transaction,
                                                   net::Clock::time_point deadline, net::Mailbox&)>;
// Likewise everything that was committed before a position of PostgreSQL's log.
using Reached = std::function<net::Awaitable<bool>(std::uint64_t position,
                                                   net::Clock::time_point deadline, net::Mailbox&)>;

// Why nothing is known to have been moved.
enum class MoveFault : std::uint8_t {
  overloaded = 1,         // not taken: too much is waiting
  storage = 2,            // not taken: there is no room to record it
  not_in_ledger_yet = 3,  // taken, and perhaps done: the ledger has not confirmed it in time
};

// Has the sequencer apply a MoveMoney or an AdvanceTransfer, and answers once the ledger has its
// record, so that what is read next shows it. The outcome of a repetition waits for the record that
// it repeats.
using Mover = std::function<net::Awaitable<core::Result<core::Moved, MoveFault>>(
    core::Command command, net::Clock::time_point deadline, net::Mailbox&)>;

// What a handler that waits for others may use.
struct Facilities {
  store::Pool& pool;
  net::Mailbox& mailbox;  // of the network thread that serves the call
  const Applied& applied;
  const Mover& mover;  // empty: nothing moves money
};

// Four kinds of handler. Reads and changes run on a thread of the pool; a change inside a
// transaction that is rolled back when it answers a problem. A lookup is a read of a row by its
// key: its statement goes to PostgreSQL together with those of others. The last is a coroutine on
// the network thread and sees to everything itself (see move.h).
struct Lookup {
  const char* statement;
  std::function<store::PgParams(const Call&)> key;
  std::function<Outcome(const Call&, const store::PgResult&)> show;  // on a thread of the pool
};
struct Read {
  std::function<Outcome(const Call&, store::Connection&)> run;
};
struct Change {
  std::function<Outcome(const Call&, store::Connection&)> run;
};
struct Wait {
  std::function<net::Awaitable<Outcome>(const Call&, const Facilities&)> run;
};
using Handler = std::variant<Lookup, Read, Change, Wait>;

struct Route {
  net::Method method;
  // "/v1/holders/{holder:id}". :id takes 1 to 2^53 − 1 in plain digits, :token 1 to 64 visible
  // ASCII characters; what does not fit is a path that does not exist.
  std::string_view path;
  std::string_view operation;  // operationId of the document
  Scope scope;
  Handler handler;
  std::size_t body_bytes_max = 0;  // 0: that of the API
  bool needs_no_key = false;       // of a POST that does the same once or twice, by callers who
                                   // cannot give an Idempotency-Key
};

// A statement that every connection of the pool has prepared.
struct Statement {
  const char* name;
  std::string sql;
};

// What one kind of object adds to the API.
struct Resource {
  std::vector<Route> routes;
  std::vector<Statement> statements;
};

inline constexpr std::int64_t integer_max =
    (std::int64_t{1} << 53) - 1;  // exact in any JSON parser

}  // namespace authd::api
