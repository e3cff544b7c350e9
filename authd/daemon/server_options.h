// How the configuration's [server] table becomes the options of a listener.

#pragma once

#include "authd/config/config.h"
#include "authd/net/server_options.h"

namespace authd {

inline net::ServerOptions server_options(const ServerConfig& config, const Endpoint& endpoint) {
  net::ServerOptions options;
  options.address = boost::asio::ip::make_address(endpoint.address);
  options.port = endpoint.port;
  options.header_time_max = config.header_timeout;
  options.body_time_max = config.body_timeout;
  options.idle_time_max = config.idle_timeout;
  options.write_time_max = config.write_timeout;
  return options;
}

// Metrics, health and status: few connections, small requests, and probes of HTTP/1.0.
inline net::ServerOptions admin_options(const ServerConfig& config) {
  net::ServerOptions options = server_options(config, config.admin_listen);
  options.connections_max = 64;
  options.head = {8 * 1024, 64, net::Http10::probes};
  return options;
}

}  // namespace authd
