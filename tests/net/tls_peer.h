// TlsPeer: a client of an encrypted listener, blocking; every wait ends after a minute.

#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/net/certificates.h"

namespace authd::test {

class TlsPeer {
 public:
  struct Options {
    int version_min = TLS1_2_VERSION;
    int version_max = TLS1_3_VERSION;
    std::string trusted;                 // PEM of the authority; empty: nobody is believed
    std::optional<Identity> identity{};  // a client certificate
    SSL_SESSION* session = nullptr;      // to resume
  };

  TlsPeer(std::uint16_t port, const Options& options);
  ~TlsPeer();
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  bool is_connected() const noexcept { return connected_; }  // handshake and verification done
  bool send(std::string_view bytes);
  std::string receive();  // what comes next; empty at the end

  // A whole answer of the connection, as long as it has a body. Empty at the end.
  std::string exchange(std::string_view request);

  bool ended_properly() const;  // by close_notify
  bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  int version() const { return SSL_version(ssl_.get()); }
  std::string server_name() const;  // common name of its certificate
  std::shared_ptr<SSL_SESSION> session();
  SSL* native() noexcept { return ssl_.get(); }

 private:
  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<SSL> ssl_;
  int fd_ = -1;
  bool connected_ = false;
};

}  // namespace authd::test
