// HttpClient: one keep-alive connection to a daemon on this machine, over a plain blocking socket.
//
// It sends what it is told, byte for byte, broken requests included.
//
// Threads: one at a time. Errors: a connection that ends, or is silent for 20 s, yields nothing.

#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace authd::test {

struct HttpAnswer {
  int status = 0;
  std::string body;
  friend bool operator==(const HttpAnswer&, const HttpAnswer&) = default;
  friend std::ostream& operator<<(std::ostream& out, const HttpAnswer& answer) {
    return out << answer.status << " " << answer.body;
  }
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  bool send(std::string_view bytes);
  std::optional<HttpAnswer> receive();  // complete, or nothing
  std::optional<HttpAnswer> exchange(std::string_view request);

  // Whether the daemon has closed the connection: waits for it.
  bool is_closed_by_peer();

 private:
  bool receive_more();

  int socket_ = -1;
  std::string received_;
};

// One request on a connection of its own.
std::optional<HttpAnswer> http_get(std::uint16_t port, std::string_view path);

}  // namespace authd::test
