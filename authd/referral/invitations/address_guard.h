// Which addresses a gateway may have: those of the public internet. What an operator's mistake, or
// whoever answers for the gateway's name, could point at instead is refused: this machine, networks
// around it, metadata services of clouds.
//
// References: RFC 6890 and IANA's registries of special-purpose addresses.

#pragma once

#include <boost/asio/ip/address.hpp>

namespace authd::referral {

// Addresses of version 6 that stand for one of version 4 (mapped, NAT64, 6to4, Teredo) are judged
// by that one; of the others, those alone that IANA has opened for global use are public.
bool is_public(const boost::asio::ip::address& address);

}  // namespace authd::referral
