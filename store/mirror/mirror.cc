#include "store/mirror/mirror.h"

#include <algorithm>
#include <utility>

#include "store/mirror/comparison.h"
#include "store/mirror/follower.h"
#include "store/mirror/incarnation.h"
#include "store/mirror/tables.h"
#include "store/postgres/migrate.h"

namespace authd::store {

namespace {

using core::Unexpected;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

template <class T>
MirrorTry<T> or_failed(core::Result<T, PgError> result) {
  if (!result) return Unexpected{failed(result.error())};
  return std::move(*result);
}
MirrorTry<void> or_failed(const core::Result<void, PgError>& result) {
  if (!result) return Unexpected{failed(result.error())};
  return {};
}

MirrorTry<void> check_version(Connection& sql) {
  AUTHD_TRY(version, or_failed(schema_version(sql)));
  const std::int32_t ours = migrations().back().version;
  if (version == ours) return {};
  return Unexpected{MirrorFailure{MirrorState::schema_mismatch,
                                  "the ledger has version " + std::to_string(version) +
                                      " of its schema, not " + std::to_string(ours)}};
}

// START_REPLICATION fails on a slot whose log has gone before the slot says so.
MirrorFailure start_failure(const PgError& error) {
  MirrorFailure failure = failed(error);
  if (error.state() == "55000" || error.state() == "58P01") {
    failure.compare = CompareReason::slot_lost;
  }
  return failure;
}

}  // namespace

Mirror::Mirror(MirrorOptions options)
    : options_(std::move(options)), handover_(options_, board_), mark_(options_.mark) {
  board_.update([&](MirrorStatus& s) {
    s.mark = mark_;
    s.reached = mark_.end_lsn;
  });
}

Mirror::~Mirror() { stop(); }

void Mirror::start() {
  AUTHD_ASSERT(!thread_.joinable() && options_.apply && options_.known);
  AUTHD_ASSERT(is_slot_name(options_.slot));  // the configuration has checked it
  board_.update([](MirrorStatus& s) { s.state = MirrorState::connecting; });
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Mirror::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Mirror::run(const std::stop_token& stop) {
  milliseconds retry = options_.retry_first;
  while (!stop.stop_requested()) {
    const std::uint64_t before = status().commands;
    const auto ended = session(stop);
    handover_.clear();
    board_.update([](MirrorStatus& s) { s.connected = false; });
    if (ended || stop.stop_requested()) break;
    report(ended.error());
    if (status().commands != before) retry = options_.retry_first;
    sleep(retry, stop);
    retry = std::min(2 * retry, options_.retry_max);
  }
  board_.update([](MirrorStatus& s) { s.state = MirrorState::stopped; });
}

// From connecting to the first failure; ends without one only when asked to stop.
MirrorTry<void> Mirror::session(const std::stop_token& stop) {
  AUTHD_TRY(sql, connect_sql(stop));
  AUTHD_TRY_VOID(check_version(sql));
  AUTHD_TRY_VOID(check_tables(sql));
  AUTHD_TRY_VOID(check_fault(sql));
  Connection::Options options = options_.connection;
  options.stop = stop;
  AUTHD_TRY(replication, or_failed(connect_replication(options)));
  AUTHD_TRY(server, or_failed(identify_server(replication)));
  AUTHD_TRY(reason, reason_to_compare(sql, server));
  if (reason == CompareReason::none) {
    AUTHD_TRY_VOID(pass(sql, {}));  // its sequences have not gone back
    AUTHD_TRY_VOID(renew(sql, mark_));
  } else {
    AUTHD_TRY_VOID(compare_all(sql, replication, reason));
  }
  const auto started =
      start_replication(replication, options_.slot, options_.publication, mark_.end_lsn);
  if (!started) return Unexpected{start_failure(started.error())};
  board_.update([](MirrorStatus& s) {
    s.connected = true;
    s.state = MirrorState::following;
    s.last_error.clear();
  });
  Follower follower(
      options_, board_, handover_, mark_,
      {[&stream = replication](Bytes message) { return or_failed(stream.put_copy(message)); },
       [&sql = sql](std::uint32_t xid,
                    const MirroredKey& key) -> MirrorTry<std::optional<core::Command>> {
         AUTHD_TRY_VOID(wait_until_visible(sql, xid));
         return read_row_now(sql, key);
       },
       [this, &sql = sql](const core::MirrorMark& mark) { return renew(sql, mark); }});
  return follower.run(replication, stop, comparable_from_);
}

MirrorTry<Connection> Mirror::connect_sql(const std::stop_token& stop) {
  Connection::Options options = options_.connection;
  options.stop = stop;
  AUTHD_TRY(connection, or_failed(Connection::connect(options)));
  AUTHD_TRY_VOID(or_failed(set_text_formats(connection)));
  // Between two incarnations it does nothing for a minute.
  AUTHD_TRY_VOID(or_failed(connection.exec(std::string("SET idle_session_timeout = 0"))));
  return std::move(connection);
}

// The stream will bring what was not understood again, in its old form. Once PostgreSQL has it in
// one that can be read, everything is compared, and the old form never comes again.
MirrorTry<void> Mirror::check_fault(Connection& sql) {
  if (!fault_) return {};
  if (fault_->row) {
    AUTHD_TRY_VOID(read_row_now(sql, *fault_->row));
  } else if (fault_->code == RowFault::Code::bad_value) {
    AUTHD_TRY_VOID(check_rows(sql, fault_->table));
  }
  due_ = CompareReason::repaired;
  return {};
}

MirrorTry<CompareReason> Mirror::reason_to_compare(Connection& sql, const Server& server) {
  AUTHD_TRY(slot, or_failed(slot_standing(sql, options_.slot)));
  if (slot && !slot->is_ours) {
    return Unexpected{MirrorFailure{MirrorState::slot_taken,
                                    "the slot " + options_.slot + " belongs to somebody else"}};
  }
  if (slot && slot->is_active) {
    return Unexpected{
        MirrorFailure{MirrorState::connecting, "the slot " + options_.slot + " is in use"}};
  }
  if (due_ != CompareReason::none) return due_;
  if (mark_.system_id == 0) return CompareReason::mark_unknown;
  if (server.system_id != mark_.system_id || server.timeline != mark_.timeline) {
    return CompareReason::other_server;
  }
  if (server.flushed < mark_.end_lsn) return CompareReason::server_behind;
  if (!slot) return CompareReason::slot_missing;
  if (slot->is_lost) return CompareReason::slot_lost;
  if (slot->confirmed > mark_.end_lsn) return CompareReason::state_behind;
  AUTHD_TRY(known, or_failed(has_incarnation(sql, options_.shard, mark_.incarnation)));
  return known ? CompareReason::none : CompareReason::restored;
}

MirrorTry<void> Mirror::pass(Connection& sql, const Numbers& known) {
  AUTHD_TRY(passed, or_failed(pass_numbers(sql, known)));
  if (options_.on_passed) options_.on_passed(passed);
  return {};
}

// Until the new mark is in the state it has none: whatever breaks meanwhile, everything is compared
// again.
MirrorTry<void> Mirror::compare_all(Connection& sql, Connection& replication,
                                    CompareReason reason) {
  due_ = reason;
  board_.update([&](MirrorStatus& s) {
    s.state = MirrorState::comparing;
    s.compared_for = reason;
  });
  mark_ = {};
  AUTHD_TRY_VOID(handover_.flush(mark_));
  const auto numbers = numbers_of(options_.known);
  if (!numbers) return Unexpected{stopping()};
  AUTHD_TRY_VOID(pass(sql, *numbers));
  AUTHD_TRY(slot, or_failed(slot_standing(sql, options_.slot)));
  if (slot) AUTHD_TRY_VOID(or_failed(drop_slot(replication, options_.slot)));
  AUTHD_TRY(created, or_failed(create_slot(replication, options_.slot)));

  core::MirrorMark mark;
  {
    AUTHD_TRY(transaction, or_failed(Transaction::begin(
                               sql, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")));
    AUTHD_TRY_VOID(or_failed(sql.exec("SET TRANSACTION SNAPSHOT '" + created.snapshot + "'")));
    AUTHD_TRY(server, or_failed(identify_server(replication)));  // lets go of the snapshot, too
    AUTHD_TRY_VOID(compare(sql, options_.known, handover_));
    AUTHD_TRY_VOID(or_failed(transaction.commit()));
    mark = {server.system_id, server.timeline, created.consistent_point, {}};
  }
  AUTHD_TRY_VOID(renew(sql, mark));
  due_ = CompareReason::none;
  fault_.reset();
  handover_.compared();
  comparable_from_ = steady_clock::now() + options_.refusal_pause;
  board_.update([&](MirrorStatus& s) {
    s.comparisons[static_cast<std::uint8_t>(reason)] += 1;
    s.reached = mark_.end_lsn;
  });
  if (options_.on_reached) options_.on_reached(mark_.end_lsn);
  if (options_.on_heard) options_.on_heard();
  return {};
}

// The mark with a fresh incarnation, in PostgreSQL and in the state.
MirrorTry<core::MirrorMark> Mirror::renew(Connection& sql, const core::MirrorMark& mark) {
  core::MirrorMark renewed = mark;
  AUTHD_TRY(incarnation,
            or_failed(renew_incarnation(sql, options_.shard, options_.slot, mark.incarnation)));
  renewed.incarnation = incarnation;
  AUTHD_TRY_VOID(handover_.flush(renewed));
  mark_ = renewed;
  return renewed;
}

void Mirror::report(const MirrorFailure& failure) {
  if (failure.fault) fault_ = failure.fault;
  if (failure.compare != CompareReason::none) due_ = failure.compare;
  board_.update([&](MirrorStatus& s) {
    s.state = failure.state;
    s.last_error = failure.text;
    s.failures += 1;
  });
}

void Mirror::sleep(milliseconds duration, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stop, duration, [] { return false; });
}

}  // namespace authd::store
