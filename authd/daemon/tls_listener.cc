#include "authd/daemon/tls_listener.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace authd {

namespace {

net::Tls::Time now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::string describe(const net::TlsError& error, std::string_view listener) {
  std::string text = fmt::format("{}.tls: {}: {}", listener, error.path, name(error.code));
  if (!error.detail.empty()) text += " (" + error.detail + ")";
  return text;
}

}  // namespace

core::Result<std::shared_ptr<net::Tls>, std::string> load_tls(
    const std::optional<TlsConfig>& config, std::string_view listener) {
  if (!config) return std::shared_ptr<net::Tls>();
  auto tls = net::Tls::load(
      {config->certificate.string(), config->key.string(), config->client_ca.string()}, now());
  if (!tls) return core::Unexpected{describe(tls.error(), listener)};
  return std::move(*tls);
}

void add_certificate(Status& status, std::string_view listener, const net::Tls* tls) {
  if (tls == nullptr) return;
  status.certificates.push_back(
      {std::string(listener), tls->expires_at().time_since_epoch().count()});
}

void reload_tls(net::Tls* tls, std::string_view listener) {
  if (tls == nullptr) return;
  if (const auto reloaded = tls->reload(now()); !reloaded) {
    spdlog::error("certificates stay as they were: {}", describe(reloaded.error(), listener));
    return;
  }
  spdlog::info("{}.tls: new connections get the certificate that expires {:%Y-%m-%dT%H:%M:%SZ}",
               listener, tls->expires_at());
}

}  // namespace authd
