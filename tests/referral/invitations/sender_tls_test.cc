// A gateway over TLS.

#include <stdlib.h>

#include <filesystem>

#include "tests/net/certificates.h"
#include "tests/referral/invitations/sender_fixture.h"

namespace authd::referral {
namespace {

using test::eventually;
using test::TestGateway;

class EncryptedGateway : public test::SenderTest {
 protected:
  // The certificates are of 127.0.0.1.
  simulate::test::TemporaryDirectory directory_;
  test::Authority authority_{directory_.path(), "authority"};
  test::Identity gateway_ = authority_.issue("gateway");
};

TEST_F(EncryptedGateway, TakesMessages) {
  TestGateway gateway({}, gateway_);
  GatewaySettings settings = gateway.settings();
  settings.ca = authority_.certificate();
  const auto id = invite();
  const auto sender = start(options(settings));
  EXPECT_TRUE(becomes(id, "3"));
  EXPECT_EQ(gateway.count(), 1U);
}

TEST_F(EncryptedGateway, IsNotBelievedWithoutAnAuthority) {
  TestGateway gateway({}, gateway_);
  const auto id = invite();
  const auto sender = start(gateway);
  EXPECT_TRUE(eventually([&] {
    return sender->status().last_error.find("certificate verify failed") != std::string::npos;
  }));
  EXPECT_EQ(gateway.count(), 0U);
  EXPECT_TRUE(has_attempts(id, "0"));
}

TEST_F(EncryptedGateway, IsNotBelievedUnderAnotherName) {
  TestGateway gateway({}, gateway_);
  GatewaySettings settings = gateway.settings();
  settings.ca = authority_.certificate();
  settings.url.replace(settings.url.find("127.0.0.1"), 9, "localhost");
  invite();
  const auto sender = start(options(settings));
  EXPECT_TRUE(eventually([&] {
    return sender->status().last_error.find("certificate verify failed") != std::string::npos;
  }));
  EXPECT_EQ(gateway.count(), 0U);
}

}  // namespace
}  // namespace authd::referral
