#include "authd/net/network_thread.h"

#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <ctime>
#include <exception>
#include <utility>

namespace authd::net {

namespace {

// Asio has no option of its own for it.
void set_reuse_port(Acceptor& acceptor, boost::system::error_code& error) {
  const int on = 1;
  if (setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    error.assign(errno, boost::system::system_category());
  }
}

// Out of file descriptors or memory: trying again at once would only spin.
constexpr std::chrono::milliseconds accept_pause{100};

// The coroutines of the thread itself never end by an exception, unless memory is gone: then the
// process ends.
void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

// Peers over the limits that are told so at the same time; more are cut off without a word.
constexpr std::size_t turning_away_max = 64;

}  // namespace

NetworkThread::NetworkThread(Service& service, const ServerOptions& options,
                             ConnectionLimits& limits)
    : limits_(limits),
      context_{.service = service,
               .options = options,
               .mailbox = Mailbox(io_.get_executor()),
               .connections = {},
               .date = {},
               .now = Clock::now(),
               .stopping = false} {}

NetworkThread::~NetworkThread() { context_.mailbox.abandon(); }

core::Result<tcp::endpoint, boost::system::error_code> NetworkThread::listen(
    const tcp::endpoint& endpoint) {
  boost::system::error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(Acceptor::reuse_address(true), error);
  if (!error) set_reuse_port(acceptor_, error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return core::Unexpected{error};
  const tcp::endpoint bound = acceptor_.local_endpoint(error);
  if (error) return core::Unexpected{error};
  return bound;
}

void NetworkThread::run() {
  context_.date.set(std::time(nullptr));
  asio::co_spawn(io_, accept(), rethrow);
  asio::co_spawn(io_, sweep(), rethrow);
  io_.run();
}

void NetworkThread::begin_stop(Clock::time_point deadline) {
  asio::post(io_, [this, deadline] {
    context_.stopping = true;
    stop_deadline_ = deadline;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    accept_pause_.cancel();
    for (Connection& connection : context_.connections) connection.cancel_if_idle();
    sweep_timer_.cancel();
  });
}

Awaitable<void> NetworkThread::accept() {
  while (!context_.stopping) {
    tcp::endpoint peer;
    auto [error, socket] = co_await acceptor_.async_accept(peer, as_result);
    if (context_.stopping) co_return;
    if (!error) {
      admit(std::move(socket), peer.address());
    } else if (error != asio::error::connection_aborted) {
      accept_pause_.expires_after(accept_pause);
      co_await accept_pause_.async_wait(as_result);
    }
  }
}

void NetworkThread::admit(Socket socket, const asio::ip::address& peer) {
  boost::system::error_code ignored;  // a peer that is gone already is noticed by the first read
  socket.set_option(tcp::no_delay(true), ignored);
  auto seat = limits_.admit(peer);
  const auto ended = [this](const std::exception_ptr& failure) { connection_ended(failure); };
  if (seat) {
    asio::co_spawn(io_, run_connection(std::move(socket), peer, std::move(*seat)), ended);
  } else if (turning_away_ < turning_away_max) {
    ++turning_away_;
    asio::co_spawn(io_, turn_away(std::move(socket), peer, seat.error()), ended);
  } else {
    context_.service.refused(seat.error());
  }
}

Awaitable<void> NetworkThread::run_connection(Socket socket, asio::ip::address peer,
                                              ConnectionLimits::Seat) {
  Connection connection(context_, std::move(socket), peer);
  co_await connection.run();
}

Awaitable<void> NetworkThread::turn_away(Socket socket, asio::ip::address peer, Refusal refusal) {
  {
    Connection connection(context_, std::move(socket), peer);
    co_await connection.turn_away(refusal);
  }
  --turning_away_;
}

void NetworkThread::connection_ended(const std::exception_ptr& failure) {
  if (failure) context_.service.refused(Refusal::service_failed);
  if (is_finished()) sweep_timer_.cancel();
}

bool NetworkThread::is_finished() const {
  return context_.stopping && context_.connections.empty();
}

Awaitable<void> NetworkThread::sweep() {
  while (!is_finished()) {
    sweep_timer_.expires_after(context_.options.sweep_every);
    co_await sweep_timer_.async_wait(as_result);
    context_.now = Clock::now();
    context_.date.set(std::time(nullptr));
    for (Connection& connection : context_.connections) connection.cancel_if_late(context_.now);
    if (context_.now >= stop_deadline_) io_.stop();
  }
}

}  // namespace authd::net
