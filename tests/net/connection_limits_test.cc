#include "authd/net/connection_limits.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

namespace authd::net {
namespace {

const auto peer_a = boost::asio::ip::make_address("192.0.2.1");
const auto peer_b = boost::asio::ip::make_address("2001:db8::1");

TEST(ConnectionLimits, AdmitExactlyTheTotal) {
  ConnectionLimits limits(2, 2);
  const auto first = limits.admit(peer_a);
  const auto second = limits.admit(peer_b);
  ASSERT_TRUE(first && second);
  const auto third = limits.admit(peer_a);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error(), Refusal::connections_total);
}

TEST(ConnectionLimits, AdmitExactlyTheNumberOfOnePeer) {
  ConnectionLimits limits(10, 1);
  const auto first = limits.admit(peer_a);
  ASSERT_TRUE(first);
  const auto second = limits.admit(peer_a);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), Refusal::connections_per_peer);
  EXPECT_TRUE(limits.admit(peer_b));
}

TEST(ConnectionLimits, GetTheirSeatBackOnce) {
  ConnectionLimits limits(1, 1);
  {
    auto seat = limits.admit(peer_a);
    ASSERT_TRUE(seat);
    const ConnectionLimits::Seat moved = std::move(*seat);
    EXPECT_FALSE(limits.admit(peer_a));
  }
  const auto again = limits.admit(peer_a);
  EXPECT_TRUE(again);
  EXPECT_FALSE(limits.admit(peer_a));
}

}  // namespace
}  // namespace authd::net
