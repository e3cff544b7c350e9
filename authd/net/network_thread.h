// NetworkThread: one io_context with its own listening socket and the connections the kernel gave
// it.
//
// Every network thread listens on the same address (SO_REUSEPORT), so that no connection ever
// changes its thread and the threads share nothing but the connection limits and the Service.
//
// Threads: the constructor and bind() before run(); run() is the thread; begin_stop() from any
// thread.

#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include "authd/net/connection.h"
#include "authd/net/connection_limits.h"

namespace authd::net {

class NetworkThread {
 public:
  NetworkThread(Service& service, const ServerOptions& options, ConnectionLimits& limits);
  ~NetworkThread();
  NetworkThread(const NetworkThread&) = delete;
  NetworkThread& operator=(const NetworkThread&) = delete;

  // Binds and listens. Gives the endpoint, whose port is new when that of `endpoint` is 0.
  core::Result<tcp::endpoint, boost::system::error_code> listen(const tcp::endpoint& endpoint);

  // Until a stop is complete.
  void run();

  // Accepts no more and closes what is idle. Requests under way are served and answered until
  // `deadline`.
  void begin_stop(Clock::time_point deadline);

 private:
  Awaitable<void> accept();
  Awaitable<void> sweep();
  void admit(Socket socket, const asio::ip::address& peer);
  Awaitable<void> run_connection(Socket socket, asio::ip::address peer,
                                 ConnectionLimits::Seat seat);
  Awaitable<void> turn_away(Socket socket, asio::ip::address peer, Refusal refusal);
  void connection_ended(const std::exception_ptr& failure);
  bool is_finished() const;

  // Sockets and timers go before the io_context, which goes last and destroys the coroutines that a
  // stop gave up on.
  ConnectionLimits& limits_;
  asio::io_context io_{1};
  ConnectionContext context_;
  Acceptor acceptor_{io_.get_executor()};
  Timer sweep_timer_{io_.get_executor()};
  Timer accept_pause_{io_.get_executor()};
  Clock::time_point stop_deadline_ = Clock::time_point::max();
  std::size_t turning_away_ = 0;
};

}  // namespace authd::net
