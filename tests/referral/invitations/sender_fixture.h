// A sender between a ledger and a gateway.

#pragma once

#include <gtest/gtest.h>

#include "authd/referral/invitations/sender.h"
#include "tests/referral/invitations/invitation_fixture.h"
#include "tests/referral/invitations/test_gateway.h"

namespace authd::test {

class SenderTest : public InvitationTest {
 protected:
  // With short pauses.
  referral::Sender::Options options(const referral::GatewaySettings& gateway) const {
    using namespace std::chrono_literals;
    referral::Sender::Options options;
    options.gateway = gateway;
    options.connection.conninfo = conninfo();
    options.look_every = 20ms;
    options.pause_min = 10ms;
    options.pause_max = 50ms;
    return options;
  }

  std::unique_ptr<referral::Sender> start(const TestGateway& gateway) const {
    return start(options(gateway.settings()));
  }
  std::unique_ptr<referral::Sender> start(const referral::Sender::Options& options) const {
    auto sender = referral::Sender::start(options);
    EXPECT_TRUE(sender) << sender.error();
    return sender ? *std::move(sender) : nullptr;
  }

  // Whether the message comes to that state.
  bool becomes(std::int64_t id, const std::string& wanted) {
    return eventually([&] { return state(id) == wanted; });
  }
  bool has_attempts(std::int64_t id, const std::string& wanted) {
    return eventually([&] { return column(id, "state <> 2 AND attempts = " + wanted) == "t"; });
  }
};

}  // namespace authd::test
