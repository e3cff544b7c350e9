// StubServer: an HTTP/1.1 server of a test on a port of its own, plain or encrypted, that answers
// whatever the test says. On a thread of its own, as is the test's function.

#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "authd/http/client.h"
#include "authd/http/tls_client.h"
#include "tests/net/certificates.h"

namespace authd::simulate::test {

struct Asked {
  std::string method;
  std::string target;
  std::string fields;  // lines, each ended by CRLF
  std::string body;
};

struct Told {
  enum class Then { keep_alive, close, close_silently, close_unanswered, never_answer };

  int status = 200;
  std::string body = "{}";
  std::string field_name;  // one more
  std::string field_value;
  Then then = Then::keep_alive;  // close says so in the answer, close_silently does not
};

class StubServer {
 public:
  using Answer = std::function<Told(const Asked&)>;

  // With `identity` encrypted; `client_ca`: clients must have a certificate of it. `port`: of one
  // that was stopped.
  explicit StubServer(Answer answer,
                      const std::optional<authd::test::Identity>& identity = std::nullopt,
                      const std::string& client_ca = "", std::uint16_t port = 0);
  ~StubServer();

  http::Server server(boost::asio::ssl::context* tls = nullptr) const;
  int connections() const noexcept { return connections_; }

 private:
  boost::asio::awaitable<void> accept();
  template <class Stream>
  boost::asio::awaitable<void> serve(Stream stream);

  Answer answer_;
  boost::asio::io_context io_{1};
  boost::asio::ip::tcp::acceptor acceptor_;
  std::unique_ptr<boost::asio::ssl::context> tls_;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

// A directory that is removed with all that is in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

// Runs a coroutine to its end.
template <class T>
T finished(boost::asio::io_context& io, net::Awaitable<T> awaitable);

}  // namespace authd::simulate::test

#include <boost/asio/co_spawn.hpp>

namespace authd::simulate::test {

template <class T>
T finished(boost::asio::io_context& io, net::Awaitable<T> awaitable) {
  std::optional<T> result;
  const auto keep = [](net::Awaitable<T> work, std::optional<T>& kept) -> net::Awaitable<void> {
    kept.emplace(co_await std::move(work));
  };
  std::exception_ptr thrown;
  boost::asio::co_spawn(io, keep(std::move(awaitable), result),
                        [&thrown](std::exception_ptr error) { thrown = std::move(error); });
  io.restart();
  io.run();
  if (thrown) std::rethrow_exception(thrown);
  return *std::move(result);
}

}  // namespace authd::simulate::test
