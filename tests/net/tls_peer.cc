#include "tests/net/tls_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace authd::test {

namespace {

int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const timeval wait{60, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return fd;
}

}  // namespace

TlsPeer::TlsPeer(std::uint16_t port, const Options& options)
    : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free), fd_(connect_to(port)) {
  std::signal(SIGPIPE, SIG_IGN);  // a server that has hung up already is an error of SSL_connect()
  SSL_CTX* const context = context_.get();
  SSL_CTX_set_security_level(context, 0);  // to offer what a server must refuse
  SSL_CTX_set_min_proto_version(context, options.version_min);
  SSL_CTX_set_max_proto_version(context, options.version_max);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (!options.trusted.empty()) {
    SSL_CTX_load_verify_locations(context, options.trusted.c_str(), nullptr);
  }
  if (options.identity) {
    SSL_CTX_use_certificate_chain_file(context, options.identity->certificate.c_str());
    SSL_CTX_use_PrivateKey_file(context, options.identity->key.c_str(), SSL_FILETYPE_PEM);
  }
  ssl_ = std::shared_ptr<SSL>(SSL_new(context), SSL_free);
  SSL_set_fd(ssl_.get(), fd_);
  if (options.session != nullptr) SSL_set_session(ssl_.get(), options.session);
  connected_ = SSL_connect(ssl_.get()) == 1;
}

TlsPeer::~TlsPeer() { close(fd_); }

bool TlsPeer::send(std::string_view bytes) {
  return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0;
}

std::string TlsPeer::receive() {
  std::array<char, 16'384> bytes;
  const int size = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  return size > 0 ? std::string(bytes.data(), static_cast<std::size_t>(size)) : std::string();
}

std::string TlsPeer::exchange(std::string_view request) {
  if (!send(request)) return {};
  std::string answer;
  for (;;) {
    const std::string more = receive();
    if (more.empty()) return {};
    answer += more;
    const std::size_t head = answer.find("\r\n\r\n");
    const std::size_t length = answer.find("Content-Length: ");
    if (head == std::string::npos || length == std::string::npos) continue;
    if (answer.size() - head - 4 >= std::stoul(answer.substr(length + 16, 12))) return answer;
  }
}

bool TlsPeer::ended_properly() const {
  return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

std::string TlsPeer::server_name() const {
  std::array<char, 256> text{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(ssl_.get())),
                            NID_commonName, text.data(), text.size());
  return text.data();
}

std::shared_ptr<SSL_SESSION> TlsPeer::session() {
  return {SSL_get1_session(ssl_.get()), SSL_SESSION_free};
}

}  // namespace authd::test
