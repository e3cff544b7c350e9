// TestGateway: a gateway on loopback that remembers what it was asked.

#pragma once

#include <map>
#include <mutex>

#include "authd/referral/settings.h"
#include "tests/simulate/stub_server.h"

namespace authd::test {

class TestGateway {
 public:
  using Asked = simulate::test::Asked;
  using Told = simulate::test::Told;
  using Answer = std::function<Told(const Asked&)>;

  // With `identity` encrypted. Without `answer` everything is taken, and the gateway's id of
  // "authd-1" is "gateway-authd-1".
  explicit TestGateway(Answer answer = {}, const std::optional<Identity>& identity = std::nullopt,
                       std::uint16_t port = 0);

  // For messages to it, with short times.
  referral::GatewaySettings settings() const;

  std::uint16_t port() const { return server_->server().origin.port; }

  std::vector<Asked> asked() const;
  std::size_t count() const { return asked().size(); }
  std::map<std::string, int> times_by_id() const;  // our ids
  int connections() const noexcept { return server_->connections(); }

  static std::string id_of(const Asked& asked);
  static Told status(int status, const std::string& field = "", const std::string& value = "");

 private:
  bool is_encrypted_;
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
  std::unique_ptr<simulate::test::StubServer> server_;  // last: its thread uses the others
};

}  // namespace authd::test
