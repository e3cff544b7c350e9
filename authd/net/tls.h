// Tls: certificate, key and rules of an encrypted listener.
//
// TLS 1.2 with forward secrecy and 1.3; session tickets, so that a processor that connects again
// pays for no second signature; no early data, which could be replayed; no renegotiation. Client
// certificates are asked for where `client_ca` is given, and must then come from it; who shows none
// is let in, and Service decides (see HttpRequest::certificate_names).
//
// reload() reads the files again: connections that are open stay as they are, new ones get the new
// certificate. When anything is wrong with the files, everything stays as it was.
//
// Threads: any. Errors: TlsError names the file; nothing of the key is repeated.

#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "authd/net/io.h"
#include "core/result.h"

namespace authd::net {

struct TlsFiles {
  std::string certificate;  // PEM: the server's own, then those between it and the root
  std::string key;          // PEM, not encrypted
  std::string client_ca;    // PEM: who signs clients' certificates; empty: none are asked for
};

struct TlsError {
  enum class Code : std::uint8_t {
    certificate = 1,   // cannot be read, or is none
    key = 2,           // likewise, or is encrypted
    key_mismatch = 3,  // is not the certificate's
    client_ca = 4,
    expired = 5,  // the certificate is not valid now
  };
  Code code = Code::certificate;
  std::string path;
  std::string detail;  // OpenSSL's words; may be empty
};
std::string_view name(TlsError::Code code) noexcept;

class Tls {
 public:
  using Time = std::chrono::sys_seconds;

  static core::Result<std::shared_ptr<Tls>, TlsError> load(TlsFiles files, Time now);
  core::Result<void, TlsError> reload(Time now);

  // Of connections that begin now.
  std::shared_ptr<asio::ssl::context> context() const;
  Time expires_at() const;  // the certificate

 private:
  struct Loaded {
    std::shared_ptr<asio::ssl::context> context;
    Time expires_at;
  };

  Tls(TlsFiles files, Loaded loaded) : files_(std::move(files)), loaded_(std::move(loaded)) {}
  static core::Result<Loaded, TlsError> read(const TlsFiles& files, Time now);

  const TlsFiles files_;
  mutable std::mutex mutex_;  // guards loaded_
  Loaded loaded_;
};

using TlsStream = asio::ssl::stream<Socket&>;

// The names in the certificate that the peer has shown: subject's common name, DNS names and URIs.
// Empty when it has shown none.
std::vector<std::string> certificate_names(TlsStream& stream);

}  // namespace authd::net
