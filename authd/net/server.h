// Server: one listening address, its network threads and the Service behind them.
//
// Rules of the network: every byte of a header passes the gate before a body is
// read, every phase of a connection has a deadline, connections are capped in total and per peer,
// every refusal is answered and closes.
//
// Threads: start, stop and the destructor on one thread; the Service is called on the network
// threads. Errors: start fails with what the system refused. Afterwards nothing a peer does stops
// the server.

#pragma once

#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "authd/net/connection_limits.h"
#include "authd/net/network_thread.h"
#include "authd/net/server_options.h"
#include "authd/net/service.h"
#include "core/result.h"

namespace authd::net {

class Server {
 public:
  // Listening and serving when it returns. `service` must outlive the server.
  static core::Result<std::unique_ptr<Server>, boost::system::error_code> start(
      Service& service, const ServerOptions& options);

  // Stops without grace when stop() was not called, and destroys what a stop gave up on.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  std::size_t connections() const { return limits_.total(); }  // open now

  // Accepts no more, closes idle connections, and answers what is being read or served with
  // Connection: close. Returns when all is answered or `grace` is over; then no thread runs and the
  // Service is not called any more. A second call does nothing.
  void stop(std::chrono::milliseconds grace);

 private:
  Server(Service& service, const ServerOptions& options);

  const ServerOptions options_;
  ConnectionLimits limits_;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<NetworkThread>> network_;
  std::vector<std::thread> threads_;
};

}  // namespace authd::net
