#include "authd/net/connection_limits.h"

#include "core/assert.h"

namespace authd::net {

ConnectionLimits::ConnectionLimits(std::size_t total_max, std::size_t per_peer_max) noexcept
    : total_max_(total_max), per_peer_max_(per_peer_max) {
  AUTHD_ASSERT(per_peer_max_ > 0);
}

core::Result<ConnectionLimits::Seat, Refusal> ConnectionLimits::admit(
    const boost::asio::ip::address& peer) {
  const std::lock_guard lock(mutex_);
  if (total_ >= total_max_) return core::Unexpected{Refusal::connections_total};
  std::size_t& of_peer = by_peer_[peer];
  if (of_peer >= per_peer_max_) return core::Unexpected{Refusal::connections_per_peer};
  ++of_peer;
  ++total_;
  return Seat(*this, peer);
}

std::size_t ConnectionLimits::total() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

void ConnectionLimits::leave(const boost::asio::ip::address& peer) noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = by_peer_.find(peer);
  AUTHD_ASSERT(found != by_peer_.end() && total_ > 0);
  --total_;
  if (--found->second == 0) by_peer_.erase(found);
}

}  // namespace authd::net
