#include "tests/e2e/http_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace authd::test {

namespace {

constexpr std::string_view end_of_head = "\r\n\r\n";

std::size_t number_after(std::string_view text, std::string_view prefix) {
  std::size_t number = 0;
  const std::size_t at = text.find(prefix);
  if (at == std::string_view::npos) return 0;
  std::from_chars(text.data() + at + prefix.size(), text.data() + text.size(), number);
  return number;
}

}  // namespace

HttpClient::HttpClient(std::uint16_t port)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const timeval silence{.tv_sec = 20, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence);
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr address{};
  std::memcpy(&address, &to, sizeof to);
  if (::connect(socket_, &address, sizeof to) != 0) {
    close(socket_);
    socket_ = -1;
  }
}

HttpClient::~HttpClient() {
  if (socket_ >= 0) close(socket_);
}

bool HttpClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::optional<HttpAnswer> HttpClient::receive() {
  std::size_t head = std::string::npos;
  while ((head = received_.find(end_of_head)) == std::string::npos) {
    if (!receive_more()) return std::nullopt;
  }
  const std::string_view fields = std::string_view(received_).substr(0, head + 2);
  const std::size_t begin = head + end_of_head.size();
  const std::size_t size = number_after(fields, "\r\nContent-Length: ");
  const int status = static_cast<int>(number_after(fields, "HTTP/1.1 "));
  while (received_.size() < begin + size) {
    if (!receive_more()) return std::nullopt;
  }
  HttpAnswer answer{status, received_.substr(begin, size)};
  received_.erase(0, begin + size);
  return answer;
}

std::optional<HttpAnswer> HttpClient::exchange(std::string_view request) {
  // A daemon that refuses early may close before everything is sent: its answer still counts.
  send(request);
  return receive();
}

bool HttpClient::is_closed_by_peer() {
  errno = 0;
  while (receive_more()) {
  }
  return errno != EAGAIN;
}

bool HttpClient::receive_more() {
  std::array<char, 16'384> chunk{};
  const auto count = recv(socket_, chunk.data(), chunk.size(), 0);
  if (count <= 0) return false;
  received_.append(chunk.data(), static_cast<std::size_t>(count));
  return true;
}

std::optional<HttpAnswer> http_get(std::uint16_t port, std::string_view path) {
  HttpClient client(port);
  std::string request = "GET ";
  request += path;
  request += " HTTP/1.1\r\nHost: authd\r\nConnection: close\r\n\r\n";
  return client.exchange(request);
}

}  // namespace authd::test
