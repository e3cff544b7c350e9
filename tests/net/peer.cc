#include "tests/net/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace authd::net {

Peer::Peer(std::uint16_t port, const std::function<void()>& before_connect)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval a_minute{60, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &a_minute, sizeof a_minute);
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &a_minute, sizeof a_minute);
  before_connect();
  const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
  if (connect(fd_, generic, sizeof address) != 0) {
    close(fd_);
    fd_ = -1;
  }
}

Peer::~Peer() {
  if (fd_ >= 0) close(fd_);
}

Peer::Peer(Peer&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Peer::finish_sending() { shutdown(fd_, SHUT_WR); }

void Peer::reset() {
  const linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(fd_);
  fd_ = -1;
}

bool Peer::receive_more() {
  std::array<char, 16'384> bytes{};
  const ssize_t received = recv(fd_, bytes.data(), bytes.size(), 0);
  if (received < 0) reset_ = true;
  if (received <= 0) return false;
  received_.append(bytes.data(), static_cast<std::size_t>(received));
  return true;
}

std::optional<PeerAnswer> Peer::receive(Body body) {
  std::size_t head_end = 0;
  while ((head_end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_more()) return std::nullopt;
  }
  PeerAnswer answer;
  answer.head = received_.substr(0, head_end + 4);
  answer.status = std::stoi(answer.head.substr(9, 3));
  received_.erase(0, answer.head.size());
  constexpr std::string_view length_field = "\r\nContent-Length: ";
  const std::size_t length_at = answer.head.find(length_field);
  if (body == Body::absent || length_at == std::string::npos) return answer;
  const std::size_t length = std::stoul(answer.head.substr(length_at + length_field.size()));
  while (received_.size() < length) {
    if (!receive_more()) return std::nullopt;
  }
  answer.body = received_.substr(0, length);
  received_.erase(0, length);
  return answer;
}

std::optional<std::string> Peer::receive_rest() {
  while (receive_more()) {
  }
  if (reset_) return std::nullopt;
  return std::exchange(received_, {});
}

bool Peer::has_news(int wait_ms) const {
  pollfd watched{fd_, POLLIN, 0};
  return poll(&watched, 1, wait_ms) > 0;
}

std::string request(std::string_view method, std::string_view target, std::string_view body,
                    std::string_view more_fields) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
  text.append(more_fields);
  if (!body.empty() || method == "POST") {
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return text.append("\r\n").append(body);
}

}  // namespace authd::net
