#include "authd/referral/invitations/address_guard.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace authd::referral {

namespace {

namespace ip = boost::asio::ip;
using V6Bytes = ip::address_v6::bytes_type;

struct V4Range {
  std::uint32_t network;
  unsigned bits;
};

constexpr std::array special_v4{
    V4Range{0x00000000, 8},   // 0.0.0.0: this network
    V4Range{0x0A000000, 8},   // 10.0.0.0: private
    V4Range{0x64400000, 10},  // 100.64.0.0: carriers' translation
    V4Range{0x7F000000, 8},   // 127.0.0.0: loopback
    V4Range{0xA9FE0000, 16},  // 169.254.0.0: link-local
    V4Range{0xAC100000, 12},  // 172.16.0.0: private
    V4Range{0xC0000000, 24},  // 192.0.0.0: protocol assignments
    V4Range{0xC0000200, 24},  // 192.0.2.0: documentation
    V4Range{0xC0A80000, 16},  // 192.168.0.0: private
    V4Range{0xC6120000, 15},  // 198.18.0.0: benchmarking
    V4Range{0xC6336400, 24},  // 198.51.100.0: documentation
    V4Range{0xCB007100, 24},  // 203.0.113.0: documentation
    V4Range{0xE0000000, 4},   // 224.0.0.0: multicast
    V4Range{0xF0000000, 4},   // 240.0.0.0: reserved, and broadcast
};

bool is_public_v4(std::uint32_t address) {
  return std::none_of(special_v4.begin(), special_v4.end(), [address](const V4Range& range) {
    const unsigned host_bits = 32U - range.bits;
    return address >> host_bits == range.network >> host_bits;
  });
}

std::uint32_t v4_at(const V6Bytes& bytes, std::size_t at) {
  std::uint32_t address = 0;
  for (std::size_t i = at; i < at + 4; ++i) address = address << 8U | bytes[i];
  return address;
}

// Whether the first `bits` of the address are those of `network`, whose other bits are 0.
bool begins_with(const V6Bytes& bytes, const std::array<std::uint8_t, 12>& network, unsigned bits) {
  for (std::size_t i = 0; i < bits / 8; ++i) {
    if (bytes[i] != network[i]) return false;
  }
  const unsigned rest = bits % 8;
  return rest == 0 || bytes[bits / 8] >> (8U - rest) == network[bits / 8] >> (8U - rest);
}

bool is_public_v6(const V6Bytes& bytes) {
  using Network = std::array<std::uint8_t, 12>;
  constexpr Network mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};  // ::ffff:0:0/96
  constexpr Network nat64{0, 0x64, 0xFF, 0x9B};                        // 64:ff9b::/96
  constexpr Network global{0x20};                                      // 2000::/3
  constexpr Network teredo{0x20, 0x01, 0, 0};                          // 2001::/32
  constexpr Network protocols{0x20, 0x01};  // 2001::/23: assignments, benchmarking, ORCHID
  constexpr Network documentation{0x20, 0x01, 0x0D, 0xB8};  // 2001:db8::/32
  constexpr Network six_to_four{0x20, 0x02};                // 2002::/16
  constexpr Network documentation_2{0x3F, 0xFF};            // 3fff::/20

  if (begins_with(bytes, mapped, 96) || begins_with(bytes, nat64, 96))
    return is_public_v4(v4_at(bytes, 12));
  if (!begins_with(bytes, global, 3)) return false;
  // RFC 4380, section 4: its server, and the client with every bit turned over.
  if (begins_with(bytes, teredo, 32))
    return is_public_v4(v4_at(bytes, 4)) && is_public_v4(~v4_at(bytes, 12));
  if (begins_with(bytes, six_to_four, 16)) return is_public_v4(v4_at(bytes, 2));
  return !begins_with(bytes, protocols, 23) && !begins_with(bytes, documentation, 32) &&
         !begins_with(bytes, documentation_2, 20);
}

}  // namespace

bool is_public(const ip::address& address) {
  return address.is_v4() ? is_public_v4(address.to_v4().to_uint())
                         : is_public_v6(address.to_v6().to_bytes());
}

}  // namespace authd::referral
