#include "store/postgres/pool.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/assert.h"

namespace authd::store {

namespace {

using core::Unexpected;
using std::chrono::microseconds;
using std::chrono::milliseconds;

bool answers(Connection& connection) { return connection.exec("SELECT 1").has_value(); }

}  // namespace

Pool::Pool(Options options)
    : options_([&] {
        options.connection.stop = interrupt_.get_token();
        return std::move(options);
      }()) {
  AUTHD_ASSERT(options_.connections_max >= 1);
  AUTHD_ASSERT(options_.connections_max >= options_.connections_min);
  const Lock lock(mutex_);
  for (std::size_t i = 0; i < options_.connections_max; ++i) {
    workers_.push_back(std::make_unique<Worker>());
    Worker& worker = *workers_.back();
    dormant_.push_back(&worker);
    worker.thread = std::thread([this, &worker] { run(worker); });
  }
  timekeeper_ = std::thread([this] { keep_time(); });
  wake_for_queue();
}

Pool::~Pool() { stop(milliseconds(0)); }

core::Result<void, PgError> Pool::submit(Job job) { return enqueue(std::move(job)); }

core::Result<void, PgError> Pool::submit(Lookup lookup) { return enqueue(std::move(lookup)); }

core::Result<void, PgError> Pool::enqueue(std::variant<Job, Lookup> work) {
  const Lock lock(mutex_);
  if (stopping_ || queue_.size() >= options_.queue_max) {
    ++status_.refused;
    if (stopping_) return Unexpected{PgError{PgError::Code::interrupted, {}, "the pool stops"}};
    return Unexpected{
        PgError{PgError::Code::timeout,
                {},
                std::to_string(queue_.size()) + " jobs wait for a connection already"}};
  }
  queue_.push_back({std::move(work), Clock::now()});
  if (queue_.back().is_lookup()) ++lookups_;
  wake_for_queue();
  if (queue_.size() > woken_ && !watching_) {
    watching_ = true;
    timekeeper_wake_.notify_one();
  }
  return {};
}

Pool::Status Pool::status() const {
  const Lock lock(mutex_);
  Status status = status_;
  status.queued = queue_.size();
  return status;
}

bool Pool::Waiting::is_lookup() const noexcept { return std::holds_alternative<Lookup>(work); }

void Pool::Waiting::refuse(PgError why) const {
  std::visit(
      [&](const auto& waiting) {
        if constexpr (std::is_same_v<std::decay_t<decltype(waiting)>, Lookup>) {
          waiting.done(Unexpected{std::move(why)});
        } else {
          waiting(Unexpected{std::move(why)});
        }
      },
      work);
}

void Pool::stop(milliseconds grace) {
  std::deque<Waiting> refused;
  {
    Lock lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    refused.swap(queue_);
    lookups_ = 0;
    status_.refused += refused.size();
    for (const auto& worker : workers_) worker->wake.notify_one();
    timekeeper_wake_.notify_one();
  }
  for (const Waiting& waiting : refused) {
    waiting.refuse({PgError::Code::interrupted, {}, "the pool stops"});
  }
  {
    Lock lock(mutex_);
    none_busy_.wait_for(lock, grace, [this] { return status_.busy == 0; });
  }
  interrupt_.request_stop();
  for (const auto& worker : workers_) worker->thread.join();
  timekeeper_.join();
}

void Pool::run(Worker& self) {
  Lock lock(mutex_);
  for (;;) {
    self.wake.wait(lock, [&] { return stopping_ || self.told; });
    if (stopping_) return;
    self.told = false;
    auto connection = connect(lock);
    if (connection) {
      serve(*connection, self, lock);
      --status_.open;
      lock.unlock();
      connection.reset();  // takes its leave of the server
      lock.lock();
    }
    dormant_.push_back(&self);
    wake_for_queue();  // somebody else's turn to look at what this one was woken for
  }
}

// Called with `connecting_` counting this one already.
std::optional<Connection> Pool::connect(Lock& lock) {
  lock.unlock();
  auto connection = Connection::connect(options_.connection);
  std::optional<PgError> failure;
  if (!connection) {
    failure = connection.error();
  } else if (options_.on_connect) {
    if (const auto prepared = options_.on_connect(*connection); !prepared)
      failure = prepared.error();
  }
  lock.lock();
  --connecting_;
  if (failure) {
    ++status_.connect_failures;
    last_failure_ = std::move(*failure);
    const auto doublings = std::min<std::size_t>(failed_in_a_row_++, 16);
    const auto pause = std::min(options_.retry_min * (std::int64_t{1} << doublings),
                                milliseconds(options_.retry_max));
    retry_at_ = Clock::now() + pause;
    timekeeper_wake_.notify_one();
    return std::nullopt;
  }
  failed_in_a_row_ = 0;
  ++status_.connects;
  ++status_.open;
  return std::move(*connection);
}

// Runs jobs until the connection is of no use any more, not needed, or the pool stops.
void Pool::serve(Connection& connection, Worker& self, Lock& lock) {
  auto used = Clock::now();
  auto checked = used;
  wake_for_queue();  // one got through: now others may try too
  while (!stopping_) {
    if (queue_.empty()) {
      switch (wait_for_work(self, lock, used, checked)) {
        case Wish::close: return;
        case Wish::work: {
          lock.unlock();
          // Twice: what the server said before it hung up hides from one look that it has.
          const bool alive = connection.is_alive() && connection.is_alive();
          lock.lock();
          if (!alive) {
            ++status_.lost;
            return;
          }
          break;
        }
        case Wish::check:
          self.began = Clock::now();
          lock.unlock();
          const bool good = answers(connection);
          lock.lock();
          end_work(self);
          if (!good) {
            ++status_.lost;
            return;
          }
          checked = Clock::now();
          continue;
      }
    }
    if (stopping_ || queue_.empty()) continue;
    if (!run_next(connection, self, lock)) {
      ++status_.lost;
      return;
    }
    used = checked = Clock::now();
  }
}

Pool::Wish Pool::wait_for_work(Worker& self, Lock& lock, Clock::time_point used,
                               Clock::time_point checked) {
  const auto check_at = checked + options_.check_after;
  const auto close_at = used + options_.idle_time_max;
  const bool spare = status_.open > options_.connections_min;
  idle_.push_back(&self);
  self.wake.wait_until(lock, spare ? std::min(check_at, close_at) : check_at,
                       [&] { return stopping_ || self.told; });
  if (self.told) {  // and taken off idle_
    self.told = false;
    --woken_;
    return Wish::work;
  }
  std::erase(idle_, &self);
  const auto now = Clock::now();
  if (now >= close_at && status_.open > options_.connections_min) return Wish::close;
  return now >= check_at ? Wish::check : Wish::work;
}

Pool::Waiting Pool::pop() {
  Waiting first = std::move(queue_.front());
  queue_.pop_front();
  if (first.is_lookup()) --lookups_;
  return first;
}

// What a connection is given at a time: a job, or the lookups before the next one.
std::vector<Pool::Waiting> Pool::take_next(Clock::time_point now) {
  std::vector<Waiting> taken;
  do {
    taken.push_back(pop());
    const auto waited = std::chrono::duration_cast<microseconds>(now - taken.back().since);
    ++status_.acquired;
    status_.acquired_wait_us += static_cast<std::uint64_t>(waited.count());
  } while (taken.front().is_lookup() && taken.size() < options_.lookups_at_once &&
           !queue_.empty() && queue_.front().is_lookup());
  return taken;
}

void Pool::run_on(Connection& connection, std::vector<Waiting>& taken) {
  if (auto* const job = std::get_if<Job>(&taken.front().work)) return (*job)(&connection);
  std::vector<PgCall> calls;
  for (Waiting& waiting : taken) calls.push_back(std::move(std::get<Lookup>(waiting.work).call));
  auto results = connection.query_prepared(calls);
  for (std::size_t i = 0; i < results.size(); ++i) {
    std::get<Lookup>(taken[i].work).done(std::move(results[i]));
  }
}

// False: the connection must not be used again.
bool Pool::run_next(Connection& connection, Worker& self, Lock& lock) {
  const auto begin = Clock::now();
  self.began = begin;
  std::vector<Waiting> taken = take_next(begin);
  ++status_.busy;
  wake_for_queue();
  lock.unlock();

  if (options_.on_acquired) {
    for (const Waiting& waiting : taken) {
      options_.on_acquired(std::chrono::duration_cast<microseconds>(begin - waiting.since));
    }
  }
  run_on(connection, taken);
  taken.clear();
  // A call that our own deadline ended leaves an answer under way, which the next job would take
  // for its own. It has lasted longer than the server's time-out, so only then it is worth asking.
  const bool lasted = Clock::now() - begin >= options_.connection.statement_timeout;
  const bool usable = !connection.is_broken() && (!lasted || answers(connection));

  lock.lock();
  end_work(self);
  if (--status_.busy == 0) none_busy_.notify_one();
  return usable;
}

void Pool::end_work(Worker& self) {
  self.began.reset();
  if (std::exchange(self.slow, false)) --slow_;
}

// Those with a job, or on their way to one.
std::size_t Pool::working() const noexcept { return status_.open - idle_.size() + connecting_; }

std::size_t Pool::working_max() const noexcept {
  return std::max<std::size_t>(options_.connections_min, 1) + slow_;
}

// How many more would help with the queue. Lookups wait for one that works already, unless it is
// slow, or there are enough of them to be sent on their own: the more go together, the less each
// costs.
std::size_t Pool::needed() const noexcept {
  const std::size_t jobs = queue_.size() - lookups_;
  const bool nobody = lookups_ > 0 && status_.open - idle_.size() == slow_;
  return jobs + lookups_ / options_.lookups_at_once + (nobody ? 1U : 0U);
}

bool Pool::should_connect(Clock::time_point now) const {
  if (stopping_ || dormant_.empty() || now < retry_at_) return false;
  if (failed_in_a_row_ > 0 && connecting_ > 0) return false;  // one tries for all
  const bool too_few = status_.open + connecting_ < options_.connections_min;
  const bool more = idle_.empty() && needed() > woken_ + connecting_;
  return too_few || (more && working() < working_max());
}

// Wakes who is needed: those that are idle for the jobs that wait, then those that have to connect.
void Pool::wake_for_queue() {
  while (needed() > woken_ && !idle_.empty() && working() < working_max()) {
    Worker& worker = *idle_.back();
    idle_.pop_back();
    ++woken_;
    worker.told = true;
    worker.wake.notify_one();
  }
  for (const auto now = Clock::now(); should_connect(now);) {
    Worker& worker = *dormant_.back();
    dormant_.pop_back();
    ++connecting_;
    worker.told = true;
    worker.wake.notify_one();
  }
}

void Pool::look_for_slow_jobs(Clock::time_point now) {
  for (const auto& worker : workers_) {
    if (worker->slow || !worker->began || now - *worker->began < options_.quick) continue;
    worker->slow = true;
    ++slow_;
  }
}

// Tells jobs that they have waited long enough, lets others work while some are slow, and lets
// somebody connect when it is time to try again.
void Pool::keep_time() {
  Lock lock(mutex_);
  while (!stopping_) {
    refuse_overdue(lock);
    if (stopping_) return;
    const auto now = Clock::now();
    look_for_slow_jobs(now);
    wake_for_queue();
    watching_ = !queue_.empty();
    auto next = now + options_.acquire_timeout;
    if (watching_) next = std::min<Clock::time_point>(next, now + options_.quick);
    if (retry_at_ > now) next = std::min(next, retry_at_);
    timekeeper_wake_.wait_until(lock, next);
  }
}

void Pool::refuse_overdue(Lock& lock) {
  while (!queue_.empty() && queue_.front().since + options_.acquire_timeout <= Clock::now()) {
    const Waiting overdue = pop();
    ++status_.timeouts;
    PgError error = no_connection();
    lock.unlock();
    overdue.refuse(std::move(error));
    lock.lock();
  }
}

PgError Pool::no_connection() const {
  const std::string within = " within " + std::to_string(options_.acquire_timeout.count()) + " ms";
  if (failed_in_a_row_ == 0) {
    return {PgError::Code::timeout, {}, "no connection became free" + within};
  }
  PgError error = last_failure_;
  error.message = "no connection" + within + ": " + error.message;
  return error;
}

}  // namespace authd::store
