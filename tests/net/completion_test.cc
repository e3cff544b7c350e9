#include "authd/net/completion.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/net/peer.h"
#include "tests/net/test_service.h"

namespace authd::net {
namespace {

void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

// A network thread without a network, stepped by the test.
struct Loop {
  asio::io_context io{1};
  Mailbox mailbox{io.get_executor()};

  void spawn(Awaitable<void> coroutine) { asio::co_spawn(io, std::move(coroutine), rethrow); }
  std::size_t run_ready() {
    io.restart();
    return io.poll();
  }
};

struct Work {
  explicit Work(Mailbox& mailbox) : done(mailbox) {}
  Completion done;
  bool finished = false;
};

Awaitable<void> wait_for(Work& work) {
  co_await work.done.wait();
  work.finished = true;
}

TEST(Completion, WaitsUntilItIsPosted) {
  Loop loop;
  Work work(loop.mailbox);
  loop.spawn(wait_for(work));
  loop.run_ready();
  EXPECT_FALSE(work.finished);
  Wakeups wakeups;
  wakeups.add(work.done);
  loop.run_ready();
  EXPECT_FALSE(work.finished);
  wakeups.flush();
  loop.run_ready();
  EXPECT_TRUE(work.finished);
}

TEST(Completion, DoesNotMissAPostThatCameFirst) {
  Loop loop;
  Work work(loop.mailbox);
  Wakeups wakeups;
  wakeups.add(work.done);
  wakeups.flush();
  loop.run_ready();
  loop.spawn(wait_for(work));
  loop.run_ready();
  EXPECT_TRUE(work.finished);
}

Awaitable<void> wait_until(Work& work, Clock::time_point deadline, std::vector<bool>& results) {
  results.push_back(co_await work.done.wait(deadline));
}

TEST(Completion, EndsTheWaitWhenTheDeadlineHasPassed) {
  Loop loop;
  Work work(loop.mailbox);
  std::vector<bool> results;
  loop.spawn(wait_until(work, Clock::now(), results));
  loop.io.run_for(std::chrono::seconds(10));  // returns when nothing is left to wait for
  EXPECT_EQ(results, std::vector<bool>{false});
}

TEST(Completion, CanBeWaitedForAgainAfterTheDeadline) {
  Loop loop;
  Work work(loop.mailbox);
  std::vector<bool> results;
  loop.spawn(wait_until(work, Clock::now(), results));
  loop.io.run_for(std::chrono::seconds(10));
  loop.spawn(wait_until(work, Clock::time_point::max(), results));
  loop.run_ready();
  Wakeups wakeups;
  wakeups.add(work.done);
  wakeups.flush();
  loop.run_ready();
  EXPECT_EQ(results, (std::vector<bool>{false, true}));
}

TEST(Completion, APostBeforeTheDeadlineIsWhatCounts) {
  Loop loop;
  Work work(loop.mailbox);
  std::vector<bool> results;
  loop.spawn(wait_until(work, Clock::now() + std::chrono::hours(1), results));
  loop.run_ready();
  Wakeups wakeups;
  wakeups.add(work.done);
  wakeups.flush();
  loop.run_ready();
  EXPECT_EQ(results, std::vector<bool>{true});
  loop.io.stop();
}

TEST(Completion, WakesAWholeBatchWithOnePost) {
  Loop loop;
  std::deque<Work> batch;
  for (int i = 0; i < 256; ++i) {
    batch.emplace_back(loop.mailbox);
    loop.spawn(wait_for(batch.back()));
  }
  loop.run_ready();
  Wakeups wakeups;
  for (Work& work : batch) wakeups.add(work.done);
  wakeups.flush();
  wakeups.flush();                  // nothing is left to post
  EXPECT_EQ(loop.run_ready(), 1U);  // handlers run
  for (const Work& work : batch) EXPECT_TRUE(work.finished);
}

TEST(Completion, ReachesTheNetworkThreadItBelongsTo) {
  Loop first, second;
  Work of_first(first.mailbox), of_second(second.mailbox);
  first.spawn(wait_for(of_first));
  second.spawn(wait_for(of_second));
  first.run_ready();
  second.run_ready();
  Wakeups wakeups;
  wakeups.add(of_second.done);
  wakeups.add(of_first.done);
  wakeups.flush();
  first.run_ready();
  EXPECT_TRUE(of_first.finished);
  EXPECT_FALSE(of_second.finished);
  second.run_ready();
  EXPECT_TRUE(of_second.finished);
}

// Answers every request from another thread, in batches: what the sequencer does.
class BatchingService final : public Service {
 public:
  BatchingService() : worker_([this] { work(); }) {}
  ~BatchingService() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    arrived_.notify_one();
    worker_.join();
  }

  RouteRules rules(const Head&) const noexcept override { return {MethodSet(Method::post), 1'000}; }
  Awaitable<void> serve(const HttpRequest& request, HttpResponse& response) override {
    Completion done(request.mailbox);
    std::string result;
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back({request.body, &result, &done});
    }
    arrived_.notify_one();
    co_await done.wait();
    response.body = result;
  }
  void refused(Refusal) noexcept override {}
  void answered(const HttpResponse&, Clock::duration) noexcept override {}

 private:
  struct Job {
    std::string_view body;
    std::string* result;
    Completion* done;
  };

  void work() {
    Wakeups wakeups;
    std::unique_lock lock(mutex_);
    for (;;) {
      arrived_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const std::vector<Job> batch = std::exchange(queue_, {});
      lock.unlock();
      for (const Job& job : batch) {
        job.result->assign("done ").append(job.body);
        wakeups.add(*job.done);
      }
      wakeups.flush();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Job> queue_;
  bool ending_ = false;
  std::thread worker_;
};

TEST(Completion, GivesEveryRequestItsOwnResultUnderLoad) {
  BatchingService service;
  ServerOptions options = test_options();
  options.threads = 2;
  const auto server = Server::start(service, options);
  ASSERT_TRUE(server);
  constexpr int peers = 16, rounds = 100;
  std::vector<Peer> connections;
  connections.reserve(peers);
  for (int i = 0; i < peers; ++i) connections.emplace_back((*server)->port());
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < peers; ++i) {
      const std::string body = std::to_string(i) + "/" + std::to_string(round);
      ASSERT_TRUE(connections[static_cast<std::size_t>(i)].send(request("POST", "/", body)));
    }
    for (int i = 0; i < peers; ++i) {
      const auto answer = connections[static_cast<std::size_t>(i)].receive();
      ASSERT_TRUE(answer);
      ASSERT_EQ(answer->body, "done " + std::to_string(i) + "/" + std::to_string(round));
    }
  }
  (*server)->stop(std::chrono::seconds(5));
}

}  // namespace
}  // namespace authd::net
