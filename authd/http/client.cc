#include "authd/http/client.h"

#include <algorithm>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace authd::http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
using core::Unexpected;
using net::as_result;
using net::Awaitable;

using PlainStream = beast::basic_stream<tcp, net::Executor>;
using TlsStream = ssl::stream<PlainStream&>;
using Resolver = asio::ip::basic_resolver<tcp, net::Executor>;
using BeastRequest = wire::request<wire::string_body>;
using Parser = wire::response_parser<wire::string_body>;

// Beast's operations cannot be deferred as Asio's can (net::as_result).
constexpr auto as_awaited = asio::as_tuple(asio::use_awaitable_t<net::Executor>());

BeastRequest to_beast(const Request& request, const Server& server) {
  constexpr unsigned http_1_1 = 11;
  BeastRequest made(request.is_post ? wire::verb::post : wire::verb::get, request.target, http_1_1);
  made.set(wire::field::host, server.origin.host_field());
  made.set(wire::field::user_agent, server.user_agent);
  const bool says_type =
      std::any_of(request.fields.begin(), request.fields.end(),
                  [](const Field& field) { return is_same_name(field.name, "Content-Type"); });
  if (request.is_post && !says_type) made.set(wire::field::content_type, "application/json");
  for (const Field& field : request.fields) made.insert(field.name, field.value);
  made.body() = request.body;
  made.prepare_payload();
  return made;
}

Answer to_answer(Parser::value_type&& response) {
  Answer answer;
  answer.status = static_cast<int>(response.result_int());
  for (const auto& field : response.base()) {
    answer.fields += std::string(field.name_string()) + ": " + std::string(field.value()) + "\r\n";
  }
  answer.body = std::move(response.body());
  return answer;
}

std::string text_of(const error_code& error) {
  if (error == beast::error::timeout) return "no answer in time";
  if (error == wire::error::end_of_stream || error == asio::error::eof)
    return "the server has closed the connection";
  if (error == asio::error::access_denied) return "the server's address is not allowed";
  if (error == wire::error::body_limit) return "the answer is too long";
  return error.message();
}

Failure not_connected(const error_code& error) {
  return {Failure::Stage::connecting, 0, "cannot connect: " + text_of(error)};
}

// Too long a body is found out with its length, before the header counts as done.
Failure not_answered(const error_code& error, const Parser& parser) {
  const bool has_status = parser.is_header_done() || error == wire::error::body_limit;
  const int status = has_status ? static_cast<int>(parser.get().result_int()) : 0;
  return {Failure::Stage::exchanging, status, text_of(error)};
}

}  // namespace

class Client::Connection {
 public:
  bool has_answered = false;

  Connection(asio::io_context& io, const Server& server)
      : server_(server), resolver_(io.get_executor()), stream_(io.get_executor()) {}

  Awaitable<error_code> connect() {
    auto [resolve_error, resolved] = co_await resolver_.async_resolve(
        server_.origin.host, std::to_string(server_.origin.port), as_result);
    if (resolve_error) co_return resolve_error;
    std::vector<tcp::endpoint> endpoints;
    for (const auto& entry : resolved) {
      const tcp::endpoint endpoint = entry.endpoint();
      if (!server_.is_allowed || server_.is_allowed(endpoint.address()))
        endpoints.push_back(endpoint);
    }
    if (endpoints.empty()) co_return error_code(asio::error::access_denied);
    stream_.expires_after(server_.timeout);
    const auto [error, endpoint] = co_await stream_.async_connect(endpoints, as_awaited);
    if (error) co_return error;
    error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    if (server_.origin.encrypted) co_return co_await shake_hands();
    co_return error_code();
  }

  // The time runs until the answer has been read.
  Awaitable<error_code> write(const BeastRequest& request) {
    stream_.expires_after(server_.timeout);
    if (tls_) {
      const auto [error, size] = co_await wire::async_write(*tls_, request, as_awaited);
      co_return error;
    }
    const auto [error, size] = co_await wire::async_write(stream_, request, as_awaited);
    co_return error;
  }

  Awaitable<error_code> read(Parser& parser) {
    parser.body_limit(server_.answer_bytes_max);
    if (tls_) {
      const auto [error, size] = co_await wire::async_read(*tls_, buffer_, parser, as_awaited);
      co_return error;
    }
    const auto [error, size] = co_await wire::async_read(stream_, buffer_, parser, as_awaited);
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

Awaitable<core::Result<void, Failure>> Client::connect() {
  connection_ = std::make_unique<Connection>(io_, server_);
  const error_code error = co_await connection_->connect();
  if (!error) co_return core::Result<void, Failure>();
  connection_.reset();
  co_return Unexpected{not_connected(error)};
}

Awaitable<core::Result<Answer, Failure>> Client::exchange(const Request& request) {
  const BeastRequest sent = to_beast(request, server_);
  while (true) {
    const bool is_old = connection_ != nullptr && connection_->has_answered;
    if (connection_ == nullptr) {
      const auto connected = co_await connect();
      if (!connected) co_return Unexpected{connected.error()};
    }
    Parser parser;
    error_code error = co_await connection_->write(sent);
    if (!error) error = co_await connection_->read(parser);
    if (!error) {
      connection_->has_answered = true;
      if (!parser.get().keep_alive()) connection_.reset();
      co_return to_answer(parser.release());
    }
    connection_.reset();
    const Failure failure = not_answered(error, parser);
    const bool was_idle = is_old && failure.status == 0 && error != beast::error::timeout;
    if (!was_idle) co_return Unexpected{failure};
  }
}

Awaitable<core::Result<void, Failure>> Client::send_and_hang_up(const Request& request) {
  const BeastRequest sent = to_beast(request, server_);
  if (connection_ == nullptr) {
    const auto connected = co_await connect();
    if (!connected) co_return Unexpected{connected.error()};
  }
  // That an idle connection was closed meanwhile is as good as a loss on the way.
  co_await connection_->write(sent);
  connection_.reset();
  co_return core::Result<void, Failure>();
}

}  // namespace authd::http
