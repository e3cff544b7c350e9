#include "tests/net/test_service.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace authd::net {

namespace {

std::string_view text_of(Method method) {
  switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::del: return "DELETE";
    case Method::other: break;
  }
  return "?";
}

// Counts a coroutine for as long as its frame exists.
class Alive {
 public:
  Alive(std::mutex& mutex, int& count) : mutex_(mutex), count_(count) { add(1); }
  ~Alive() { add(-1); }
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;

 private:
  void add(int change) {
    const std::lock_guard lock(mutex_);
    count_ += change;
  }

  std::mutex& mutex_;
  int& count_;
};

}  // namespace

RouteRules TestService::rules(const Head&) const noexcept {
  return {MethodSet(Method::get, Method::head, Method::post), body_bytes_max};
}

Awaitable<void> TestService::serve(const HttpRequest& request, HttpResponse& response) {
  const Alive alive(mutex_, alive_);
  {
    const std::lock_guard lock(mutex_);
    first_bytes_.push_back(request.first_byte);
    certificate_names_ = request.certificate_names;
  }
  if (request.head.path() == "/throw") throw std::runtime_error("as asked");
  if (request.head.path() == "/large") {
    response.body.assign(large_bytes, 'x');
    co_return;
  }
  Completion done(request.mailbox);
  if (request.head.path() == "/wait") {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(&done);
    }
    changed_.notify_all();
    co_await done.wait();
  }
  response.close = request.head.path() == "/close";
  response.content_type = "text/plain";
  response.body.append(text_of(request.head.method())).append(" ").append(request.body);
}

void TestService::refused(Refusal refusal) noexcept {
  {
    const std::lock_guard lock(mutex_);
    ++refused_[refusal];
  }
  changed_.notify_all();
}

void TestService::answered(const HttpResponse& response, Clock::duration duration) noexcept {
  {
    const std::lock_guard lock(mutex_);
    ++answered_[response.status];
    longest_ = std::max(longest_, duration);
  }
  changed_.notify_all();
}

bool TestService::await(const auto& condition) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(30), condition);
}

bool TestService::await_refused(Refusal refusal, int times) {
  return await([&] { return refused_[refusal] >= times; });
}

bool TestService::await_answered(int status, int times) {
  return await([&] { return answered_[status] >= times; });
}

bool TestService::await_waiting(int requests) {
  return await([&] { return waiting_.size() == static_cast<std::size_t>(requests); });
}

int TestService::count_refused(Refusal refusal) {
  const std::lock_guard lock(mutex_);
  return refused_[refusal];
}

int TestService::count_answered() {
  const std::lock_guard lock(mutex_);
  int count = 0;
  for (const auto& [status, times] : answered_) count += times;
  return count;
}

void TestService::release() {
  Wakeups wakeups;
  {
    const std::lock_guard lock(mutex_);
    for (Completion* const waiting : waiting_) wakeups.add(*waiting);
    waiting_.clear();
  }
  wakeups.flush();
}

int TestService::coroutines_alive() {
  const std::lock_guard lock(mutex_);
  return alive_;
}

std::vector<std::string> TestService::certificate_names() {
  const std::lock_guard lock(mutex_);
  return certificate_names_;
}

std::vector<Clock::time_point> TestService::first_bytes() {
  const std::lock_guard lock(mutex_);
  return first_bytes_;
}

Clock::duration TestService::longest_answer() {
  const std::lock_guard lock(mutex_);
  return longest_;
}

ServerOptions test_options() {
  ServerOptions options;
  options.sweep_every = std::chrono::milliseconds(2);
  options.idle_time_max = options.header_time_max = options.body_time_max = options.write_time_max =
      options.linger_time_max = std::chrono::seconds(30);
  return options;
}

std::unique_ptr<Server> start_server(TestService& service, const ServerOptions& options) {
  auto server = Server::start(service, options);
  if (!server) {
    ADD_FAILURE() << server.error().message();
    return nullptr;
  }
  return std::move(*server);
}

}  // namespace authd::net
