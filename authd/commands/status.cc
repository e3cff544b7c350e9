#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <string>

#include "authd/commands/commands.h"

namespace authd::commands {

namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using boost::system::error_code;
using core::Unexpected;

std::string text_of(const json::value& value) {
  return value.is_string() ? std::string(std::string_view(value.get_string()))
                           : json::serialize(value);
}

void print(const json::object& object, const std::string& prefix) {
  for (const auto& [key, value] : object) {
    const std::string name = prefix + std::string(std::string_view(key));
    if (const json::object* const inner = value.if_object()) {
      print(*inner, name + ".");
    } else {
      std::printf("%-28s %s\n", name.c_str(), text_of(value).c_str());
    }
  }
}

}  // namespace

core::Result<json::object, std::string> ask_daemon(const Endpoint& admin, std::string_view method,
                                                   std::string_view path) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  error_code failed;
  socket.connect({asio::ip::make_address(admin.address), admin.port}, failed);
  if (failed) return Unexpected{failed.message()};
  const std::string request = std::string(method) + " " + std::string(path) +
                              " HTTP/1.1\r\nHost: authd\r\nConnection: close\r\n"
                              "Content-Length: 0\r\n\r\n";
  asio::write(socket, asio::buffer(request), failed);
  if (failed) return Unexpected{failed.message()};
  std::string answer;
  asio::read(socket, asio::dynamic_buffer(answer), failed);
  if (failed != asio::error::eof) return Unexpected{failed.message()};
  const std::string other = "not an answer of authd";
  if (!answer.starts_with("HTTP/1.1 ")) return Unexpected{other};
  const std::size_t body = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 20") || body == std::string::npos) {
    return Unexpected{answer.substr(0, answer.find("\r\n"))};
  }
  json::value root = json::parse(std::string_view(answer).substr(body + 4), failed);
  if (failed || !root.is_object()) return Unexpected{other};
  return std::move(root.get_object());
}

int status(const std::filesystem::path& config_file) {
  const auto config = configured(config_file);
  if (!config) return exit_cannot_start;
  const Endpoint& admin = config->server.admin_listen;
  const auto answer = ask_daemon(admin, "GET", "/status");
  if (!answer) {
    std::fprintf(stderr, "authd at %s:%u does not answer: %s\n", admin.address.c_str(),
                 unsigned{admin.port}, answer.error().c_str());
    return exit_failed;
  }
  print(*answer, "");
  const json::value* const ready = answer->if_contains("ready");
  return ready != nullptr && ready->is_bool() && ready->get_bool() ? exit_ok : exit_failed;
}

}  // namespace authd::commands
