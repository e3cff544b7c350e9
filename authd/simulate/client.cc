#include "authd/simulate/client.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <utility>

namespace authd::simulate {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
using core::Unexpected;
using net::as_result;
using net::Awaitable;

using PlainStream = beast::basic_stream<tcp, net::Executor>;
using TlsStream = ssl::stream<PlainStream&>;
using Resolver = asio::ip::basic_resolver<tcp, net::Executor>;
using BeastRequest = http::request<http::string_body>;
using Parser = http::response_parser<http::string_body>;

// Beast's operations cannot be deferred as Asio's can (net::as_result).
constexpr auto as_awaited = asio::as_tuple(asio::use_awaitable_t<net::Executor>());

constexpr std::uint64_t answer_bytes_max = std::uint64_t{8} << 20;

BeastRequest to_beast(const HttpRequest& request, const Origin& origin) {
  constexpr unsigned http_1_1 = 11;
  BeastRequest made(request.is_post ? http::verb::post : http::verb::get, request.target, http_1_1);
  made.set(http::field::host, origin.host_field());
  made.set(http::field::user_agent, "authd-simulate");
  if (request.is_post) made.set(http::field::content_type, "application/json");
  for (const Field& field : request.fields) made.insert(field.name, field.value);
  made.body() = request.body;
  made.prepare_payload();
  return made;
}

HttpAnswer to_answer(Parser::value_type&& response) {
  HttpAnswer answer;
  answer.status = static_cast<int>(response.result_int());
  for (const auto& field : response.base()) {
    answer.fields += std::string(field.name_string()) + ": " + std::string(field.value()) + "\r\n";
  }
  answer.body = std::move(response.body());
  return answer;
}

std::string text_of(const error_code& error) {
  if (error == beast::error::timeout) return "no answer in time";
  if (error == http::error::end_of_stream || error == asio::error::eof)
    return "the server has closed the connection";
  return error.message();
}

}  // namespace

class Client::Connection {
 public:
  Connection(asio::io_context& io, const Server& server)
      : server_(server), resolver_(io.get_executor()), stream_(io.get_executor()) {}

  Awaitable<error_code> connect() {
    auto [resolve_error, endpoints] = co_await resolver_.async_resolve(
        server_.origin.host, std::to_string(server_.origin.port), as_result);
    if (resolve_error) co_return resolve_error;
    stream_.expires_after(server_.timeout);
    const auto [error, endpoint] = co_await stream_.async_connect(endpoints, as_awaited);
    if (error) co_return error;
    error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    if (server_.origin.encrypted) co_return co_await shake_hands();
    co_return error_code();
  }

  Awaitable<error_code> write(const BeastRequest& request) {
    stream_.expires_after(server_.timeout);
    if (tls_) {
      const auto [error, size] = co_await http::async_write(*tls_, request, as_awaited);
      co_return error;
    }
    const auto [error, size] = co_await http::async_write(stream_, request, as_awaited);
    co_return error;
  }

  Awaitable<error_code> read(Parser& parser) {
    parser.body_limit(answer_bytes_max);
    stream_.expires_after(server_.timeout);
    if (tls_) {
      const auto [error, size] = co_await http::async_read(*tls_, buffer_, parser, as_awaited);
      co_return error;
    }
    const auto [error, size] = co_await http::async_read(stream_, buffer_, parser, as_awaited);
    co_return error;
  }

 private:
  Awaitable<error_code> shake_hands() {
    const std::string& host = server_.origin.host;
    tls_.emplace(stream_, *server_.tls);
    error_code error;
    tls_->set_verify_callback(ssl::host_name_verification(host), error);
    error_code no_address;
    asio::ip::make_address(host, no_address);
    if (no_address) name_server(host);
    stream_.expires_after(server_.timeout);
    const auto [failed] = co_await tls_->async_handshake(ssl::stream_base::client, as_awaited);
    co_return failed;
  }

  // SSL_set_tlsext_host_name, which is a macro with a cast in it.
  void name_server(std::string name) {
    SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             name.data());
  }

  Server server_;
  Resolver resolver_;
  PlainStream stream_;
  std::optional<TlsStream> tls_;
  beast::flat_buffer buffer_;
};

Client::Client(asio::io_context& io, const Server& server) : io_(io), server_(server) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;

Awaitable<core::Result<void, std::string>> Client::connect() {
  connection_ = std::make_unique<Connection>(io_, server_);
  const error_code error = co_await connection_->connect();
  if (!error) co_return core::Result<void, std::string>();
  connection_.reset();
  co_return Unexpected{"cannot connect: " + text_of(error)};
}

Awaitable<core::Result<HttpAnswer, std::string>> Client::exchange(const HttpRequest& request) {
  const BeastRequest sent = to_beast(request, server_.origin);
  while (true) {
    const bool is_old = connection_ != nullptr;
    if (!is_old) {
      const auto connected = co_await connect();
      if (!connected) co_return Unexpected{connected.error()};
    }
    Parser parser;
    error_code error = co_await connection_->write(sent);
    if (!error) error = co_await connection_->read(parser);
    if (!error) {
      if (!parser.get().keep_alive()) connection_.reset();
      co_return to_answer(parser.release());
    }
    connection_.reset();
    if (!is_old || error == beast::error::timeout) co_return Unexpected{text_of(error)};
  }
}

Awaitable<core::Result<void, std::string>> Client::send_and_hang_up(const HttpRequest& request) {
  const BeastRequest sent = to_beast(request, server_.origin);
  if (connection_ == nullptr) {
    const auto connected = co_await connect();
    if (!connected) co_return Unexpected{connected.error()};
  }
  // That an idle connection was closed meanwhile is as good as a loss on the way.
  co_await connection_->write(sent);
  connection_.reset();
  co_return core::Result<void, std::string>();
}

}  // namespace authd::simulate
