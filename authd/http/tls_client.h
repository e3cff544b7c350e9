// The client's side of TLS 1.2 and 1.3: whom it believes and who it says it is.
//
// Threads: a context is used by the clients of one thread. Errors say which file is wrong and why.

#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "core/result.h"

namespace authd::http {

struct TlsFiles {
  std::filesystem::path ca;           // PEM; empty: the authorities that the system believes
  std::filesystem::path certificate;  // PEM, of the client, with its chain; empty: none
  std::filesystem::path key;          // PEM, without a passphrase
};

// Servers must have a certificate of a believed authority; of their name, see Client.
core::Result<std::unique_ptr<boost::asio::ssl::context>, std::string> make_tls_client(
    const TlsFiles& files);

}  // namespace authd::http
