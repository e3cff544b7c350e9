// Client: one keep-alive connection to a server, plain or encrypted.
//
// A server may close an idle connection at any time, and a request that was on its way then is lost
// or not: it is sent once more on a new connection. So only requests may be sent that do the same
// once or twice: authorizations and events by their ids, those of the wallet API by their key.
//
// Threads: those of its io_context, which is run by one; one request at a time. Every wait ends
// after `timeout`. Errors are sentences for people, without the server's name.

#pragma once

#include <boost/asio/ssl/context.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "authd/net/io.h"
#include "authd/simulate/http.h"
#include "authd/simulate/origin.h"
#include "core/result.h"

namespace authd::simulate {

struct Server {
  Origin origin;
  boost::asio::ssl::context* tls = nullptr;   // of an encrypted origin; outlives the clients
  std::chrono::milliseconds timeout{10'000};  // of each: connecting, an answer
};

class Client {
 public:
  Client(boost::asio::io_context& io, const Server& server);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) = delete;

  // Whether somebody is there. Exchanges connect by themselves.
  net::Awaitable<core::Result<void, std::string>> connect();

  net::Awaitable<core::Result<HttpAnswer, std::string>> exchange(const HttpRequest& request);

  // Sends it and closes the connection before an answer can come: the server may see the request or
  // not.
  net::Awaitable<core::Result<void, std::string>> send_and_hang_up(const HttpRequest& request);

 private:
  class Connection;

  boost::asio::io_context& io_;
  Server server_;
  std::unique_ptr<Connection> connection_;  // nothing: not connected
};

}  // namespace authd::simulate
