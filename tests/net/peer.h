// Peer: the other side of a connection, byte by byte: a blocking loopback socket whose every wait
// ends after a minute, so that a server that does not answer fails a test instead of hanging it,
// and one on a slow machine does not.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace authd::net {

struct PeerAnswer {
  int status = 0;
  std::string head;
  std::string body;

  bool has(std::string_view line) const { return head.find(line) != std::string::npos; }
};

class Peer {
 public:
  // Not connected when nobody listens. `before_connect` runs when the socket exists.
  explicit Peer(
      std::uint16_t port, const std::function<void()>& before_connect = [] {});
  ~Peer();
  Peer(Peer&& other) noexcept;
  Peer& operator=(Peer&&) = delete;

  bool is_connected() const noexcept { return fd_ >= 0; }
  bool send(std::string_view bytes);  // false when the connection is gone
  void finish_sending();              // FIN
  void reset();                       // RST

  // The next answer of the connection; nothing when it ends before.
  enum class Body : std::uint8_t { follows, absent };
  std::optional<PeerAnswer> receive(Body body = Body::follows);

  // What is left until the server closes; nothing when it resets the connection or lets it be for a
  // minute.
  std::optional<std::string> receive_rest();

  // Whether bytes or the end of the connection can be read now.
  bool has_news(int wait_ms) const;

 private:
  bool receive_more();

  int fd_ = -1;
  std::string received_;
  bool reset_ = false;
};

// A request of `method` with as many fields as it needs.
std::string request(std::string_view method, std::string_view target, std::string_view body = "",
                    std::string_view more_fields = "");

}  // namespace authd::net
