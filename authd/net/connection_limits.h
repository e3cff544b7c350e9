// ConnectionLimits: how many connections are open, in total and from each address, over all network
// threads.
//
// Threads: any. A Seat is held for the life of a connection and may be given back by another
// thread.

#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "authd/net/refusal.h"
#include "core/result.h"

namespace authd::net {

class ConnectionLimits {
 public:
  class Seat;

  // `per_peer_max` is at least 1.
  ConnectionLimits(std::size_t total_max, std::size_t per_peer_max) noexcept;

  // connections_total or connections_per_peer when there is no room.
  core::Result<Seat, Refusal> admit(const boost::asio::ip::address& peer);

  std::size_t total() const;  // open now

 private:
  void leave(const boost::asio::ip::address& peer) noexcept;

  const std::size_t total_max_;
  const std::size_t per_peer_max_;
  mutable std::mutex mutex_;
  std::size_t total_ = 0;
  std::unordered_map<boost::asio::ip::address, std::size_t>
      by_peer_;  // only peers that are connected
};

class ConnectionLimits::Seat {
 public:
  Seat(Seat&& other) noexcept
      : limits_(std::exchange(other.limits_, nullptr)), peer_(std::move(other.peer_)) {}
  Seat& operator=(Seat&&) = delete;
  ~Seat() {
    if (limits_ != nullptr) limits_->leave(peer_);
  }

 private:
  friend class ConnectionLimits;
  Seat(ConnectionLimits& limits, const boost::asio::ip::address& peer) noexcept
      : limits_(&limits), peer_(peer) {}

  ConnectionLimits* limits_;
  boost::asio::ip::address peer_;
};

}  // namespace authd::net
