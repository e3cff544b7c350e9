#include "store/postgres/drain.h"

#include <algorithm>

#include "store/postgres/migrate.h"

namespace authd::store {

namespace {

using core::Unexpected;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

// How long the drain may overlook a stop, a pause or a connection that broke while it was idle.
constexpr milliseconds idle_slice{100};

// Errors that the same records will meet again: data and constraints, and our own expectations.
bool is_refusal(const PgError& error) noexcept {
  if (error.code == PgError::Code::unexpected) return true;
  return error.state().starts_with("22") || error.state().starts_with("23");
}

std::string describe(const PgError& error) {
  std::string text(name(error.code));
  if (!error.state().empty()) text.append(" ").append(error.state());
  return text.append(": ").append(error.message);
}

std::string describe(const JournalError& error) {
  return std::string(name(error.fault)) + ", segment " + std::to_string(error.segment) +
         ", offset " + std::to_string(error.offset) + ", sequence " +
         std::to_string(error.sequence.value);
}

DrainState state_for(const JournalError& error) noexcept {
  if (error.fault == JournalFault::missing_history) return DrainState::history_missing;
  if (error.fault == JournalFault::beyond_end) return DrainState::ahead_of_journal;
  return DrainState::journal_unreadable;
}

}  // namespace

std::string_view name(DrainState state) noexcept {
  switch (state) {
    case DrainState::stopped: return "stopped";
    case DrainState::connecting: return "connecting";
    case DrainState::draining: return "draining";
    case DrainState::paused: return "paused";
    case DrainState::history_missing: return "history_missing";
    case DrainState::ahead_of_journal: return "ahead_of_journal";
    case DrainState::journal_unreadable: return "journal_unreadable";
    case DrainState::ledger_refuses: return "ledger_refuses";
    case DrainState::schema_mismatch: return "schema_mismatch";
    case DrainState::deposed: return "deposed";
  }
  return "unknown";
}

Drain::Drain(const Journal& journal, Exposure& exposure, Options options)
    : journal_(journal),
      options_(std::move(options)),
      exposure_(exposure, journal, options_.counted_from),
      claim_(static_cast<std::int32_t>(journal.directory().shard)),
      batch_(static_cast<std::int32_t>(journal.directory().shard), options_.control_definition),
      mark_(std::min(options_.remembered_mark, options_.counted_from)) {}

Drain::~Drain() { stop(); }

void Drain::start() {
  AUTHD_ASSERT(!thread_.joinable());
  update([](DrainStatus& s) { s.state = DrainState::connecting; });
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void Drain::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Drain::pause(bool paused) {
  const std::lock_guard lock(mutex_);
  paused_ = paused;
}

DrainStatus Drain::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void Drain::run(const std::stop_token& stop) {
  update([&](DrainStatus& s) { s.drained = mark_; });
  if (const auto moved = exposure_.move(mark_, stop); !moved) {
    report({state_for(moved.error()), describe(moved.error())});
  }
  milliseconds retry = options_.retry_first;
  while (!stop.stop_requested()) {
    const std::uint64_t before = status().transactions;
    const auto ended = session(stop);
    batch_.clear();
    update([](DrainStatus& s) { s.connected = false; });
    if (ended || stop.stop_requested()) break;
    report(ended.error());
    if (ended.error().state == DrainState::deposed) return;
    look_for_oldest_undrained();
    if (status().transactions != before) retry = options_.retry_first;
    sleep(retry, stop);
    retry = std::min(2 * retry, options_.retry_max);
  }
  update([](DrainStatus& s) { s.state = DrainState::stopped; });
}

// From connecting to the first failure; ends without one only when asked to stop.
Drain::Try<void> Drain::session(const std::stop_token& stop) {
  AUTHD_TRY(connection, connect(stop));
  AUTHD_TRY(reader, resume(connection, stop));
  update([](DrainStatus& s) { s.connected = true; });
  return follow(connection, reader, stop);
}

Drain::Try<Connection> Drain::connect(const std::stop_token& stop) {
  Connection::Options options = options_.connection;
  options.stop = stop;
  auto connection = Connection::connect(options);
  const auto failed = [](const PgError& error) {
    return Unexpected{Failure{DrainState::connecting, describe(error)}};
  };
  if (!connection) return failed(connection.error());
  const auto version = schema_version(*connection);
  if (!version) return failed(version.error());
  if (*version != migrations().back().version) {
    return Unexpected{
        Failure{DrainState::schema_mismatch, "the ledger has version " + std::to_string(*version) +
                                                 " of its schema, not " +
                                                 std::to_string(migrations().back().version)}};
  }
  // From here on it cannot change what was booked, whoever it logged in as.
  if (const auto taken = connection->exec("SET ROLE authd_drain"); !taken) {
    return failed(taken.error());
  }
  batch_.forget_partitions();
  if (const auto prepared = Batch::prepare(*connection); !prepared) {
    return failed(prepared.error());
  }
  return std::move(*connection);
}

// Claims the shard and finds the place in the journal behind the ledger's mark.
Drain::Try<Reader> Drain::resume(Connection& connection, const std::stop_token& stop) {
  const core::Sequence durable = journal_.durable().sequence();
  const auto taken = claim_.take(connection, durable);
  if (!taken) return Unexpected{Failure{DrainState::connecting, describe(taken.error())}};
  if (taken->standing == Standing::deposed) {
    return Unexpected{Failure{DrainState::deposed, "another process has claimed the shard"}};
  }
  if (taken->standing == Standing::ahead) {
    return Unexpected{Failure{DrainState::ahead_of_journal,
                              "the ledger's mark is " + std::to_string(taken->drained.value) +
                                  ", the journal ends at " + std::to_string(durable.value)}};
  }
  mark_ = taken->drained;
  update([&](DrainStatus& s) {
    s.drained = mark_;
    s.mark_known = true;
    s.epoch = claim_.epoch();
  });
  const auto journal_failure = [](const JournalError& error) {
    return Unexpected{Failure{state_for(error), describe(error)}};
  };
  if (const auto moved = exposure_.move(mark_, stop); !moved) {
    return journal_failure(moved.error());
  }
  heard();
  if (options_.on_drained) options_.on_drained(mark_);
  auto reader = Reader::open(journal_, {mark_.value + 1});
  if (!reader) return journal_failure(reader.error());
  return std::move(*reader);
}

// A state that reports a failure stays until something was drained or nothing is left to drain.
Drain::Try<void> Drain::follow(Connection& connection, Reader& reader,
                               const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    AUTHD_TRY_VOID(fill(reader));
    const auto early = std::chrono::ceil<milliseconds>(next_transaction_ - steady_clock::now());
    if (is_paused()) {
      update([](DrainStatus& s) { s.state = DrainState::paused; });
      sleep(idle_slice, stop);
    } else if (batch_.empty()) {
      update([](DrainStatus& s) { s.state = DrainState::draining; });
      AUTHD_TRY_VOID(keep_in_touch(connection));
      reader.wait(idle_slice);
    } else if (early.count() > 0 && !batch_is_full()) {
      wait_for_pace(early, stop);
    } else {
      AUTHD_TRY_VOID(write(connection));
    }
  }
  return {};
}

// An idle connection: is the server still there, and does it still answer?
Drain::Try<void> Drain::keep_in_touch(Connection& connection) {
  if (!connection.is_alive()) {
    return Unexpected{Failure{DrainState::connecting, "the server closed the connection"}};
  }
  if (steady_clock::now() < next_heartbeat_) return {};
  if (const auto answered = connection.exec("SELECT 1"); !answered) {
    return Unexpected{Failure{DrainState::connecting, describe(answered.error())}};
  }
  heard();
  return {};
}

void Drain::heard() {
  next_heartbeat_ = steady_clock::now() + options_.heartbeat_interval;
  if (options_.on_heard) options_.on_heard();
}

Drain::Try<void> Drain::fill(Reader& reader) {
  const bool was_empty = batch_.empty();
  while (!batch_is_full()) {
    const auto view = reader.next();
    if (!view) return Unexpected{Failure{state_for(view.error()), describe(view.error())}};
    if (!*view) break;
    const core::Sequence sequence = (*view)->sequence;
    const core::Sequence expected{mark_.value + batch_.records() + 1};
    if (sequence != expected) {  // a journal that begins later
      return Unexpected{Failure{DrainState::history_missing,
                                "the journal begins at " + std::to_string(sequence.value)}};
    }
    if (batch_.empty()) update([&](DrainStatus& s) { s.oldest_undrained = (*view)->at; });
    if (const auto added = batch_.add(**view); !added) {
      return Unexpected{Failure{
          DrainState::journal_unreadable,
          "record " + std::to_string(sequence.value) + ": " + std::string(name(added.error()))}};
    }
  }
  if (was_empty && batch_.empty()) update([](DrainStatus& s) { s.oldest_undrained.reset(); });
  return {};
}

Drain::Try<void> Drain::write(Connection& connection) {
  const auto begin = steady_clock::now();
  next_transaction_ = begin + options_.pace;
  const auto failed = [](DrainState state, const PgError& error) {
    return Unexpected{Failure{state, describe(error)}};
  };
  auto transaction = Transaction::begin(connection);
  if (!transaction) return failed(DrainState::connecting, transaction.error());
  if (const auto written = batch_.write(connection); !written) {
    const bool refused = is_refusal(written.error());
    return failed(refused ? DrainState::ledger_refuses : DrainState::connecting, written.error());
  }
  if (const auto moved = claim_.advance(connection, mark_, batch_.last()); !moved) {
    return failed(DrainState::connecting, moved.error());  // resume() finds out what is the matter
  }
  if (const auto done = transaction->commit(); !done) {
    return failed(DrainState::connecting, done.error());
  }
  heard();
  mark_ = batch_.last();
  exposure_.advance(mark_, batch_.approvals());
  const auto duration = std::chrono::duration_cast<microseconds>(steady_clock::now() - begin);
  update([&](DrainStatus& s) {
    s.state = DrainState::draining;
    s.drained = mark_;
    s.records += batch_.records();
    s.transactions += 1;
    s.last_transaction = duration;
    s.all_transactions += duration;
    s.last_error.clear();
    s.oldest_undrained.reset();
  });
  if (options_.on_drained) options_.on_drained(mark_);
  batch_.clear();
  return {};
}

bool Drain::batch_is_full() const noexcept {
  return batch_.records() >= options_.batch_records_max ||
         batch_.bytes() >= options_.batch_bytes_max;
}

void Drain::sleep(milliseconds duration, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stop, duration, [] { return false; });
}

void Drain::hurry() {
  {
    const std::lock_guard lock(mutex_);
    hurried_ = true;
  }
  wake_.notify_all();
}

// Until the pace allows the next transaction, or somebody is in a hurry.
void Drain::wait_for_pace(milliseconds duration, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (wake_.wait_for(lock, stop, duration, [this] { return hurried_; })) {
    hurried_ = false;
    next_transaction_ = {};
  }
}

bool Drain::is_paused() const {
  const std::lock_guard lock(mutex_);
  return paused_;
}

// While nothing is drained the lag grows all the same.
void Drain::look_for_oldest_undrained() {
  std::optional<core::Timestamp> oldest;
  if (auto reader = Reader::open(journal_, {mark_.value + 1})) {
    const auto view = reader->next();
    if (view && *view) oldest = (*view)->at;
  }
  update([&](DrainStatus& s) { s.oldest_undrained = oldest; });
}

void Drain::report(const Failure& failure) {
  update([&](DrainStatus& s) {
    s.state = failure.state;
    s.last_error = failure.text;
    s.failures += 1;
  });
}

}  // namespace authd::store
