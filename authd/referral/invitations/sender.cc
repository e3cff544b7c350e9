#include "authd/referral/invitations/sender.h"

#include "authd/http/tls_client.h"
#include "authd/referral/invitations/address_guard.h"
#include "authd/referral/invitations/loop.h"
#include "authd/referral/invitations/message.h"

namespace authd::referral {

using core::Unexpected;

namespace {

constexpr std::uint64_t answer_bytes_max = std::uint64_t{64} << 10;

http::Server server_of(const GatewaySettings& gateway, const http::Origin& origin) {
  http::Server server;
  server.origin = origin;
  server.timeout = gateway.timeout;
  server.answer_bytes_max = answer_bytes_max;
  if (!gateway.allow_private) server.is_allowed = is_public;
  return server;
}

}  // namespace

core::Result<std::unique_ptr<Sender>, std::string> Sender::start(Options options) {
  const std::vector<std::string> wrong = check(options.gateway);
  if (!wrong.empty()) return Unexpected{wrong.front()};
  AUTHD_TRY(url, http::parse_url(options.gateway.url));
  std::unique_ptr<boost::asio::ssl::context> tls;
  if (url.origin.encrypted) {
    AUTHD_TRY(made, http::make_tls_client({options.gateway.ca, {}, {}}));
    tls = std::move(made);
  }
  const http::Server server = server_of(options.gateway, url.origin);
  auto loop = std::make_unique<Loop>(std::move(options), server, url.target, std::move(tls));
  return std::unique_ptr<Sender>(new Sender(std::move(loop)));
}

Sender::Sender(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Sender::~Sender() = default;

void Sender::wake() { loop_->wake(); }
void Sender::stop() { loop_->stop(); }
SenderStatus Sender::status() const { return loop_->status(); }

}  // namespace authd::referral
