// What an operator may set about one listener, with the defaults.

#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "authd/net/http_head.h"
#include "authd/net/tls.h"

namespace authd::net {

struct ServerOptions {
  boost::asio::ip::address address = boost::asio::ip::address_v4::loopback();
  std::uint16_t port = 0;          // 0: any free one, see Server::port
  unsigned threads = 1;            // at least 1
  std::shared_ptr<const Tls> tls;  // none: plain HTTP

  HeadRules head;
  std::size_t connections_max = 4096;           // of all threads together
  std::size_t connections_per_peer_max = 1024;  // at least 1; processors come from few addresses
  std::size_t read_buffer_bytes = 8'192;  // of an idle connection; grows to the request at hand

  // Each from its first moment to its last, however the bytes trickle. Kept to within
  // `sweep_every`.
  std::chrono::milliseconds idle_time_max{
      75'000};  // between an answer and the next request's first byte
  std::chrono::milliseconds handshake_time_max{5'000};
  std::chrono::milliseconds header_time_max{5'000};  // from that byte to the empty line
  std::chrono::milliseconds body_time_max{5'000};
  std::chrono::milliseconds write_time_max{5'000};
  std::chrono::milliseconds sweep_every{100};

  // After the last answer of a connection: what is still read, so that the peer sees the answer and
  // not a reset.
  std::chrono::milliseconds linger_time_max{1'000};
  std::size_t linger_bytes_max = 262'144;
};

}  // namespace authd::net
