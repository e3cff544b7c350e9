// Pool: connections that many requests share, each driven by a thread of its own, so that whoever
// asks never waits on a socket.
//
// A job is called exactly once, on a thread of the pool: with a connection that was alive a moment
// ago, or with the reason why there was none within `acquire_timeout`. It must not throw, and
// leaves the session as it found it: no open transaction, no setting.
//
// A lookup is a job that is one prepared statement, which reads and is quick. Lookups that wait
// together are sent together: the server is asked once for up to `lookups_at_once` of them.
//
//   min          connections are kept open at all times, and are enough for jobs that are quick: a
//                few connections that never rest cost less than many that take turns
//   max          at most: a job that lasts longer than `quick` lets one more connection work. Those
//                above min close after `idle_time_max` without work
//   away         while PostgreSQL does not answer, one attempt at a time, further and further apart
//   stop()       refuses what is queued, waits for what runs, and then interrupts it
//
// Threads: submit and status from any; stop and the destructor on one. Errors: PgError, see Job.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <variant>
#include <vector>

#include "core/result.h"
#include "store/postgres/connection.h"

namespace authd::store {

class Pool {
 public:
  using Clock = std::chrono::steady_clock;

  // Without a connection:
  //   connect (or conninfo, server …)   the last attempt to connect failed like this
  //   timeout                           all connections were busy for acquire_timeout
  //   interrupted                       the pool stops
  using Job = std::function<void(core::Result<Connection*, PgError>)>;
  struct Lookup {
    PgCall call;
    std::function<void(core::Result<PgResult, PgError>)> done;
  };

  struct Options {
    Connection::Options connection;  // its stop token is replaced by the pool's
    std::size_t connections_min = 5;
    std::size_t connections_max = 20;  // at least 1, at least connections_min
    std::size_t queue_max = 1'024;     // jobs that wait
    std::size_t lookups_at_once = 32;
    std::chrono::microseconds quick{
        1'000};  // longer than most jobs take, the way to the server and back included
    std::chrono::milliseconds acquire_timeout{1'000};
    std::chrono::milliseconds idle_time_max{60'000};
    std::chrono::milliseconds check_after{
        30'000};                               // unused so long, a connection is asked SELECT 1
    std::chrono::milliseconds retry_min{100};  // after a failed attempt; doubles up to
    std::chrono::milliseconds retry_max{5'000};

    // Prepares a new connection: a role, statements. Its error counts as a failed attempt.
    std::function<core::Result<void, PgError>(Connection&)> on_connect;
    // How long a job waited, on the thread that is about to run it.
    std::function<void(std::chrono::microseconds)> on_acquired;
  };

  struct Status {
    std::size_t open = 0;                // connections, busy ones too
    std::size_t busy = 0;                // run a job
    std::size_t queued = 0;              // jobs that wait
    std::uint64_t acquired = 0;          // jobs that were given a connection …
    std::uint64_t acquired_wait_us = 0;  // … and how long they had waited, together
    std::uint64_t timeouts = 0;          // jobs that waited in vain
    std::uint64_t refused = 0;           // jobs refused because too many waited, or at the stop
    std::uint64_t connects = 0;
    std::uint64_t connect_failures = 0;
    std::uint64_t lost = 0;  // connections that broke
  };

  // Connects in the background. Does not fail: while nobody answers, jobs are told so.
  explicit Pool(Options options);
  ~Pool();  // stops without grace
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Refused at once, and never called, when queue_max jobs wait (timeout) or the pool stops
  // (interrupted).
  core::Result<void, PgError> submit(Job job);
  core::Result<void, PgError> submit(Lookup lookup);

  Status status() const;

  // Jobs that run have `grace` to end, then their statements end with `interrupted`. When it
  // returns, every job has been called and no thread runs. A second call does nothing.
  void stop(std::chrono::milliseconds grace);

 private:
  using Lock = std::unique_lock<std::mutex>;

  struct Worker {
    std::condition_variable wake;
    bool told = false;  // to connect when it is dormant, to look at the queue when it is idle
    bool slow = false;  // its job has lasted longer than `quick`
    std::optional<Clock::time_point> began;  // its job, or a look at its connection
    std::thread thread;
  };
  struct Waiting {
    std::variant<Job, Lookup> work;
    Clock::time_point since;

    bool is_lookup() const noexcept;
    void refuse(PgError why) const;
  };
  enum class Wish : std::uint8_t { work = 1, check = 2, close = 3 };

  core::Result<void, PgError> enqueue(std::variant<Job, Lookup> work);
  void run(Worker& self);
  std::optional<Connection> connect(Lock& lock);
  void serve(Connection& connection, Worker& self, Lock& lock);
  Wish wait_for_work(Worker& self, Lock& lock, Clock::time_point used, Clock::time_point checked);
  void end_work(Worker& self);
  bool run_next(Connection& connection, Worker& self, Lock& lock);
  Waiting pop();
  std::vector<Waiting> take_next(Clock::time_point now);
  static void run_on(Connection& connection, std::vector<Waiting>& taken);

  std::size_t working() const noexcept;
  std::size_t working_max() const noexcept;
  std::size_t needed() const noexcept;
  bool should_connect(Clock::time_point now) const;
  void wake_for_queue();
  void look_for_slow_jobs(Clock::time_point now);
  void keep_time();
  void refuse_overdue(Lock& lock);
  PgError no_connection() const;

  std::stop_source interrupt_;
  const Options options_;

  mutable std::mutex mutex_;  // guards everything below
  bool stopping_ = false;
  std::deque<Waiting> queue_;     // the longest wait first
  std::vector<Worker*> idle_;     // with a connection; the last used is the last
  std::vector<Worker*> dormant_;  // without one
  std::size_t connecting_ = 0;
  std::size_t woken_ = 0;    // were idle, and are on their way to the queue
  std::size_t slow_ = 0;     // workers
  std::size_t lookups_ = 0;  // in the queue
  bool watching_ = false;    // the timekeeper looks at the queue every `quick`
  std::size_t failed_in_a_row_ = 0;
  Clock::time_point retry_at_{};
  PgError last_failure_;
  Status status_;
  std::condition_variable timekeeper_wake_;
  std::condition_variable none_busy_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::thread timekeeper_;
};

}  // namespace authd::store
