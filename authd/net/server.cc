#include "authd/net/server.h"

#include "core/assert.h"

namespace authd::net {

namespace {

// Whether someone listens on this endpoint already. SO_REUSEPORT, which lets our threads share it,
// would let a second daemon of the same user share it too and take half of our connections.
boost::system::error_code check_not_taken(const tcp::endpoint& endpoint) {
  asio::io_context io;
  Acceptor probe(io.get_executor());
  boost::system::error_code error;
  probe.open(endpoint.protocol(), error);
  if (!error) probe.set_option(Acceptor::reuse_address(true), error);
  if (!error) probe.bind(endpoint, error);
  return error;
}

}  // namespace

Server::Server(Service& service, const ServerOptions& options)
    : options_(options), limits_(options.connections_max, options.connections_per_peer_max) {
  AUTHD_ASSERT(options_.threads > 0);
  for (unsigned i = 0; i < options_.threads; ++i) {
    network_.push_back(std::make_unique<NetworkThread>(service, options_, limits_));
  }
}

core::Result<std::unique_ptr<Server>, boost::system::error_code> Server::start(
    Service& service, const ServerOptions& options) {
  tcp::endpoint endpoint(options.address, options.port);
  if (const auto taken = check_not_taken(endpoint)) return core::Unexpected{taken};
  std::unique_ptr<Server> server(new Server(service, options));
  for (const auto& network : server->network_) {
    AUTHD_TRY(bound, network->listen(endpoint));
    endpoint = bound;  // the first thread finds a free port, the others share it
  }
  server->port_ = endpoint.port();
  for (const auto& network : server->network_) {
    server->threads_.emplace_back([&thread = *network] { thread.run(); });
  }
  return server;
}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

void Server::stop(std::chrono::milliseconds grace) {
  if (threads_.empty()) return;
  const auto deadline = Clock::now() + grace;
  for (const auto& network : network_) network->begin_stop(deadline);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace authd::net
