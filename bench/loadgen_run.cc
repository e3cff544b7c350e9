#include "bench/loadgen_run.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace authd::bench {

namespace {

// How long after the end what is due is still sent, and answers are still waited for.
constexpr std::chrono::seconds backlog_time{1};
constexpr std::chrono::seconds drain_time{5};

constexpr std::size_t answer_bytes_max = std::size_t{1} << 20;  // header and body

struct AnswerHead {
  int status;
  std::size_t total_bytes;  // of the whole answer
};

// Nothing while the header is incomplete; status 0 when this is no answer we understand.
std::optional<AnswerHead> parse_answer(std::string_view bytes) noexcept {
  constexpr std::string_view length_field = "\r\nContent-Length: ";
  const std::size_t head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return std::nullopt;
  const std::string_view head = bytes.substr(0, head_end);
  const std::size_t length_at = head.find(length_field);
  if (!head.starts_with("HTTP/1.1 ") || length_at == std::string_view::npos)
    return AnswerHead{0, 0};
  AnswerHead answer{0, 0};
  std::from_chars(head.data() + 9, head.data() + head.size(), answer.status);
  std::from_chars(head.data() + length_at + length_field.size(), head.data() + head.size(),
                  answer.total_bytes);
  answer.total_bytes += head_end + 4;
  return answer;
}

}  // namespace

LoadRun::LoadRun(const LoadOptions& options, Messages& messages)
    : options_(options), messages_(messages), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

LoadRun::~LoadRun() {
  for (const auto& connection : connections_) {
    if (connection->fd >= 0) close(connection->fd);
  }
  if (epoll_ >= 0) close(epoll_);
}

std::string LoadRun::connect() {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(options_.host.c_str(), options_.port.c_str(), &hints, &found);
  if (failed != 0) return gai_strerror(failed);
  address_.reset(found);
  for (std::uint32_t i = 0; i < options_.connections; ++i) {
    connections_.push_back(std::make_unique<Connection>());
    if (!open(*connections_.back())) return std::strerror(errno);
  }
  return {};
}

bool LoadRun::open(Connection& connection) {
  connection.fd = socket(address_->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection.fd < 0) return false;
  const int on = 1;
  setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(connection.fd, address_->ai_addr, address_->ai_addrlen) != 0) {
    const int error = errno;
    close(connection.fd);
    connection.fd = -1;
    errno = error;
    return false;
  }
  fcntl(connection.fd, F_SETFL, O_NONBLOCK);
  watch(connection, EPOLLIN, EPOLL_CTL_ADD);
  connection.unsent.clear();
  idle_.push_back(&connection);
  return true;
}

void LoadRun::watch(Connection& connection, std::uint32_t events, int operation) const {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &connection;
  epoll_ctl(epoll_, operation, connection.fd, &event);
}

void LoadRun::broken(Connection& connection) {
  close(connection.fd);
  connection.fd = -1;
  if (std::exchange(connection.busy, false)) {
    ++report_.errors;
    --busy_;
  } else {
    idle_.erase(std::find(idle_.begin(), idle_.end(), &connection));
  }
  if (!open(connection)) ++report_.errors;  // it stays closed
}

LoadReport LoadRun::run() {
  start_ = Clock::now();
  measure_from_ = start_ + options_.warmup;
  end_ = measure_from_ + options_.duration;
  auto now = start_;
  send_due(now);
  while (!is_over(now)) {
    wait(now);
    now = Clock::now();
    send_due(now);
  }
  for (const auto& connection : connections_) {
    if (connection->busy && connection->began >= measure_from_) ++report_.unanswered;
  }
  if (options_.rate_per_s > 0) {
    for (; due(next_request_) < end_; ++next_request_) {
      if (due(next_request_) >= measure_from_) ++report_.not_sent;
    }
  }
  return report_;
}

bool LoadRun::is_over(Clock::time_point now) const {
  if (busy_ == 0 && idle_.empty()) return true;  // no connection is left
  if (now < end_) return false;
  const bool all_sent =
      options_.rate_per_s == 0 || due(next_request_) >= end_ || now >= end_ + backlog_time;
  return (all_sent && busy_ == 0) || now >= end_ + drain_time;
}

LoadRun::Clock::time_point LoadRun::due(std::uint64_t request) const {
  const std::uint64_t seconds = request / options_.rate_per_s;
  const std::uint64_t rest = request % options_.rate_per_s;
  return start_ + std::chrono::seconds(seconds) +
         std::chrono::nanoseconds(rest * 1'000'000'000 / options_.rate_per_s);
}

void LoadRun::send_due(Clock::time_point now) {
  if (now >= end_ + backlog_time) return;
  // At most one request a connection: one that breaks at once is idle again.
  for (std::size_t left = idle_.size(); left > 0; --left) {
    Clock::time_point began = now;
    if (options_.rate_per_s > 0) {
      began = due(next_request_);
      if (began > now) return;
      if (began < end_) ++next_request_;
    }
    if (began >= end_) return;
    Connection& connection = *idle_.front();
    idle_.pop_front();
    send(connection, began);
  }
}

void LoadRun::send(Connection& connection, Clock::time_point began) {
  connection.busy = true;
  connection.began = began;
  connection.answer_bytes = 0;
  ++busy_;
  if (began >= measure_from_) ++report_.sent;
  const std::string_view request = messages_.next();
  const ssize_t sent = ::send(connection.fd, request.data(), request.size(), MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(request.size())) return;
  if (sent < 0 && errno != EAGAIN) return broken(connection);
  connection.unsent = request.substr(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  watch(connection, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
}

void LoadRun::flush(Connection& connection) {
  const ssize_t sent =
      ::send(connection.fd, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EAGAIN) broken(connection);
    return;
  }
  connection.unsent.erase(0, static_cast<std::size_t>(sent));
  if (connection.unsent.empty()) watch(connection, EPOLLIN, EPOLL_CTL_MOD);
}

void LoadRun::receive(Connection& connection) {
  const ssize_t received = recv(connection.fd, connection.answer.data() + connection.answer_bytes,
                                connection.answer.size() - connection.answer_bytes, 0);
  if (received < 0 && errno == EAGAIN) return;
  if (received <= 0 || !connection.busy) return broken(connection);
  connection.answer_bytes += static_cast<std::size_t>(received);
  const auto answer = parse_answer({connection.answer.data(), connection.answer_bytes});
  const bool complete = answer && connection.answer_bytes >= answer->total_bytes;
  if (!complete) {
    if (connection.answer_bytes < connection.answer.size()) return;
    if (connection.answer.size() == answer_bytes_max) return broken(connection);
    connection.answer.resize(std::min(answer_bytes_max, 4 * connection.answer.size()));
    return;
  }
  const bool valid = answer->status >= 200 && answer->status < 600 &&
                     connection.answer_bytes == answer->total_bytes;
  if (!valid) return broken(connection);
  finish(connection, answer->status);
}

void LoadRun::finish(Connection& connection, int status) {
  const auto now = Clock::now();
  if (connection.began >= measure_from_) {
    ++report_.answered;
    ++report_.by_status[static_cast<std::size_t>(status)];
    report_.latency_ns.record(static_cast<std::uint64_t>((now - connection.began).count()));
    report_.elapsed = now - measure_from_;
  }
  connection.busy = false;
  --busy_;
  idle_.push_back(&connection);
  send_due(now);
}

void LoadRun::wait(Clock::time_point now) {
  auto until = now < end_ ? end_ : end_ + drain_time;
  const bool may_send = options_.rate_per_s > 0 && !idle_.empty() && now < end_ + backlog_time;
  if (may_send) until = std::min(until, due(next_request_));
  const auto left = std::max(until - now, Clock::duration::zero());
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec timeout{static_cast<time_t>(whole.count()),
                         static_cast<long>((left - whole).count())};
  std::array<epoll_event, 256> events{};
  const int ready = epoll_pwait2(epoll_, events.data(), events.size(), &timeout, nullptr);
  for (int i = 0; i < ready; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    auto& connection = *static_cast<Connection*>(event.data.ptr);
    if ((event.events & EPOLLOUT) != 0) flush(connection);
    const bool readable = (event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0;
    if (readable && connection.fd >= 0) receive(connection);
  }
}

}  // namespace authd::bench
