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

}  // namespace authd
