#include "tests/simulate/stub_server.h"

#include <stdlib.h>

#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <stdexcept>
#include <utility>

namespace authd::simulate::test {

namespace {

namespace asio = boost::asio;
namespace wire = boost::beast::http;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;

Asked asked(const wire::request<wire::string_body>& request) {
  Asked asked;
  asked.method = request.method_string();
  asked.target = request.target();
  asked.body = request.body();
  for (const auto& field : request.base()) {
    asked.fields += std::string(field.name_string()) + ": " + std::string(field.value()) + "\r\n";
  }
  return asked;
}

wire::response<wire::string_body> response(const Told& told) {
  constexpr unsigned http_1_1 = 11;
  wire::response<wire::string_body> made(static_cast<wire::status>(told.status), http_1_1);
  made.set(wire::field::content_type, "application/json");
  if (!told.field_name.empty()) made.set(told.field_name, told.field_value);
  made.keep_alive(told.then != Told::Then::close);
  made.body() = told.body;
  made.prepare_payload();
  return made;
}

}  // namespace

StubServer::StubServer(Answer answer, const std::optional<authd::test::Identity>& identity,
                       const std::string& client_ca, std::uint16_t port)
    : answer_(std::move(answer)), acceptor_(io_, {asio::ip::address_v4::loopback(), port}) {
  if (identity) {
    tls_ = std::make_unique<ssl::context>(ssl::context::tls_server);
    tls_->use_certificate_chain_file(identity->certificate);
    tls_->use_private_key_file(identity->key, ssl::context::pem);
  }
  if (!client_ca.empty()) {
    tls_->load_verify_file(client_ca);
    tls_->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  }
  asio::co_spawn(io_, accept(), asio::detached);
  thread_ = std::thread([this] { io_.run(); });
}

StubServer::~StubServer() {
  io_.stop();
  thread_.join();
}

http::Server StubServer::server(ssl::context* tls) const {
  http::Server server;
  server.origin.encrypted = tls_ != nullptr;
  server.origin.host = "127.0.0.1";
  server.origin.port = acceptor_.local_endpoint().port();
  server.tls = tls;
  server.timeout = std::chrono::seconds(5);
  return server;
}

asio::awaitable<void> StubServer::accept() {
  for (;;) {
    tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    ++connections_;
    if (tls_ == nullptr) {
      asio::co_spawn(io_, serve(std::move(socket)), asio::detached);
    } else {
      ssl::stream<tcp::socket> stream(std::move(socket), *tls_);
      asio::co_spawn(io_, serve(std::move(stream)), asio::detached);
    }
  }
}

// Ends with an exception, which is nobody's, when the client hangs up.
template <class Stream>
asio::awaitable<void> StubServer::serve(Stream stream) {
  if constexpr (!std::is_same_v<Stream, tcp::socket>)
    co_await stream.async_handshake(ssl::stream_base::server, asio::use_awaitable);
  boost::beast::flat_buffer buffer;
  for (;;) {
    wire::request<wire::string_body> request;
    co_await wire::async_read(stream, buffer, request, asio::use_awaitable);
    const Told told = answer_(asked(request));
    if (told.then == Told::Then::close_unanswered) co_return;
    if (told.then == Told::Then::never_answer) continue;
    const auto answer = response(told);
    co_await wire::async_write(stream, answer, asio::use_awaitable);
    if (told.then != Told::Then::keep_alive) co_return;
  }
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = std::filesystem::temp_directory_path() / "authd-simulate-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace authd::simulate::test
