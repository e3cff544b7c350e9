#include "authd/net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <optional>
#include <utility>

namespace authd::net {

namespace {

using core::Unexpected;
using Code = TlsError::Code;

// Ephemeral key exchange and an AEAD. Those of TLS 1.3 need no list.
constexpr const char* ciphers_of_tls_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305";

// Sessions are resumed by this service alone; without it OpenSSL refuses to resume those of clients
// with a certificate.
constexpr unsigned char session_context[] = {'a', 'u', 't', 'h', 'd'};

// Otherwise OpenSSL would ask at the terminal for the passphrase of an encrypted key.
int no_passphrase(char*, int, int, void*) { return -1; }

std::string last_reason() {
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "" : reason;
}

Unexpected<TlsError> failure(Code code, const std::string& path) {
  return Unexpected{TlsError{code, path, last_reason()}};
}

std::optional<Tls::Time> to_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return Tls::Time(std::chrono::seconds(timegm(&parts)));
}

void set_rules(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);  // of idle connections
  SSL_CTX_set_cipher_list(context, ciphers_of_tls_1_2);
  SSL_CTX_set_max_early_data(context, 0);
  SSL_CTX_set_session_id_context(context, session_context, sizeof session_context);
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
}

std::string text_of(const ASN1_STRING* text) {
  unsigned char* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, text);
  if (size < 0) return {};
  std::string result(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return result;
}

void add_common_names(const X509* certificate, std::vector<std::string>& names) {
  const X509_NAME* const subject = X509_get_subject_name(certificate);
  for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
    names.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  }
}

void add_alternative_names(const X509* certificate, std::vector<std::string>& names) {
  const std::unique_ptr<GENERAL_NAMES, void (*)(GENERAL_NAMES*)> all(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      GENERAL_NAMES_free);
  for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {  // none: -1
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
    if (name->type == GEN_URI) names.push_back(text_of(name->d.uniformResourceIdentifier));
  }
}

}  // namespace

std::string_view name(TlsError::Code code) noexcept {
  switch (code) {
    case Code::certificate: return "certificate cannot be used";
    case Code::key: return "key cannot be used";
    case Code::key_mismatch: return "key does not belong to the certificate";
    case Code::client_ca: return "certificates of client_ca cannot be used";
    case Code::expired: return "certificate is not valid now";
  }
  return "unknown";
}

core::Result<std::shared_ptr<Tls>, TlsError> Tls::load(TlsFiles files, Time now) {
  AUTHD_TRY(loaded, read(files, now));
  return std::shared_ptr<Tls>(new Tls(std::move(files), std::move(loaded)));
}

core::Result<void, TlsError> Tls::reload(Time now) {
  AUTHD_TRY(loaded, read(files_, now));
  const std::scoped_lock lock(mutex_);
  loaded_ = std::move(loaded);
  return {};
}

std::shared_ptr<asio::ssl::context> Tls::context() const {
  const std::scoped_lock lock(mutex_);
  return loaded_.context;
}

Tls::Time Tls::expires_at() const {
  const std::scoped_lock lock(mutex_);
  return loaded_.expires_at;
}

core::Result<Tls::Loaded, TlsError> Tls::read(const TlsFiles& files, Time now) {
  ERR_clear_error();
  Loaded loaded{std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server), {}};
  SSL_CTX* const context = loaded.context->native_handle();
  set_rules(context);
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
    return failure(Code::certificate, files.certificate);
  }
  // The certificate's own key is compared here too.
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool mismatch = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
                          ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH;
    return failure(mismatch ? Code::key_mismatch : Code::key, files.key);
  }
  const X509* const certificate = SSL_CTX_get0_certificate(context);
  const auto begins_at = to_time(X509_get0_notBefore(certificate));
  const auto expires_at = to_time(X509_get0_notAfter(certificate));
  if (!begins_at || !expires_at || now < *begins_at || now >= *expires_at) {
    return failure(Code::expired, files.certificate);
  }
  loaded.expires_at = *expires_at;
  if (!files.client_ca.empty()) {
    STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(files.client_ca.c_str());
    if (names == nullptr ||
        SSL_CTX_load_verify_locations(context, files.client_ca.c_str(), nullptr) != 1) {
      sk_X509_NAME_pop_free(names, X509_NAME_free);
      return failure(Code::client_ca, files.client_ca);
    }
    SSL_CTX_set_client_CA_list(context, names);  // which owns them now
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
  return loaded;
}

std::vector<std::string> certificate_names(TlsStream& stream) {
  std::vector<std::string> names;
  const X509* const certificate = SSL_get0_peer_certificate(stream.native_handle());
  if (certificate == nullptr) return names;
  add_common_names(certificate, names);
  add_alternative_names(certificate, names);
  return names;
}

}  // namespace authd::net
