// Client: one keep-alive connection to a server, plain or encrypted.
//
// A server may close an idle connection at any time, and a request that was on its way then is lost
// or not: it is sent once more on a new connection. So only requests may be sent that do the same
// once or twice: authorizations and events by their ids, those of the wallet API by their key,
// messages to a gateway by theirs.
//
// The server's name is resolved once a connection, and the addresses that were allowed are the ones
// connected to: a name that stands for another address a moment later changes nothing. Redirects
// are answers like others and never followed.
//
// Threads: those of its io_context, which is run by one; one request at a time. Every wait ends
// after `timeout`, but for resolving the name: the system's own limits end that one
// (resolv.conf(5)), and the io_context's destructor waits for it.

#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "authd/http/message.h"
#include "authd/http/origin.h"
#include "authd/net/io.h"
#include "core/result.h"

namespace authd::http {

struct Server {
  Origin origin;
  boost::asio::ssl::context* tls = nullptr;   // of an encrypted origin; outlives the clients
  std::chrono::milliseconds timeout{10'000};  // of each: connecting, an answer
  std::string user_agent = "authd";
  std::uint64_t answer_bytes_max = std::uint64_t{8} << 20;            // of its body
  std::function<bool(const boost::asio::ip::address&)> is_allowed{};  // empty: all are
};

struct Failure {
  enum class Stage : std::uint8_t {
    connecting = 1,  // the server has seen nothing of the request
    exchanging = 2,  // the server has seen all of it, or a part, or nothing
  };
  Stage stage = Stage::connecting;
  int status = 0;  // of an answer that did not come to its end, or was too long; 0: none was heard
  std::string text;  // for people, without the server's name
};

class Client {
 public:
  Client(boost::asio::io_context& io, const Server& server);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) = delete;

  // Whether somebody is there. Exchanges connect by themselves.
  net::Awaitable<core::Result<void, Failure>> connect();

  // As far as one knows without asking.
  bool is_connected() const noexcept { return connection_ != nullptr; }

  net::Awaitable<core::Result<Answer, Failure>> exchange(const Request& request);

  // Sends it and closes the connection before an answer can come: the server may see the request or
  // not.
  net::Awaitable<core::Result<void, Failure>> send_and_hang_up(const Request& request);

 private:
  class Connection;

  boost::asio::io_context& io_;
  Server server_;
  std::unique_ptr<Connection> connection_;  // nothing: not connected
};

}  // namespace authd::http
