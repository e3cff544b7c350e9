#include "authd/http/tls_client.h"

#include <openssl/ssl.h>

namespace authd::http {

namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;
using core::Unexpected;

// Otherwise OpenSSL would ask at the terminal for the passphrase of an encrypted key.
int no_passphrase(char*, int, int, void*) { return -1; }

Unexpected<std::string> wrong(const std::filesystem::path& file, const error_code& error) {
  return Unexpected{file.string() + ": " + error.message()};
}

core::Result<void, std::string> show_certificate(ssl::context& context, const TlsFiles& files) {
  if (files.certificate.empty() != files.key.empty())
    return Unexpected{std::string("a client certificate needs its key, and the key it")};
  if (files.certificate.empty()) return {};
  error_code error;
  context.use_certificate_chain_file(files.certificate.string(), error);
  if (error) return wrong(files.certificate, error);
  context.use_private_key_file(files.key.string(), ssl::context::pem, error);
  if (error) return wrong(files.key, error);
  return {};
}

}  // namespace

core::Result<std::unique_ptr<ssl::context>, std::string> make_tls_client(const TlsFiles& files) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_default_passwd_cb(context->native_handle(), no_passphrase);
  error_code error;
  context->set_verify_mode(ssl::verify_peer, error);
  if (files.ca.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(files.ca.string(), error);
  }
  if (error) return wrong(files.ca, error);
  AUTHD_TRY_VOID(show_certificate(*context, files));
  return context;
}

}  // namespace authd::http
