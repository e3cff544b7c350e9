// Scope: what a key of the wallet API may do, by the kind of object.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace authd::api {

enum class Scope : std::uint8_t {
  none = 0,  // of operations that need no key
  holders_read = 1,
  holders_write = 2,
  accounts_read = 3,
  accounts_write = 4,
  cards_read = 5,
  cards_write = 6,
  controls_read = 7,
  controls_write = 8,
  money_read = 9,
  money_write = 10,
  decisions_read = 11,
  recon_read = 12,
  recon_write = 13,    // starts runs, works on exceptions
  recon_approve = 14,  // decides on what others propose
  referrals_read = 15,
  referrals_write = 16,     // members, claims, invitations
  referrals_admin = 17,     // programs, terms, cases, adjustments, suspensions
  referrals_receipts = 18,  // the gateway that sends the invitations
};
inline constexpr std::uint8_t scope_max = 18;

std::string_view name(Scope scope) noexcept;  // "holders:read"
std::optional<Scope> scope_named(std::string_view name) noexcept;

class ScopeSet {
 public:
  constexpr void add(Scope scope) noexcept { bits_ |= bit(scope); }
  constexpr bool contains(Scope scope) const noexcept { return (bits_ & bit(scope)) != 0; }
  constexpr bool empty() const noexcept { return bits_ == 0; }

 private:
  static constexpr std::uint32_t bit(Scope scope) noexcept {
    return std::uint32_t{1} << static_cast<unsigned>(scope);
  }
  std::uint32_t bits_ = 0;
};

}  // namespace authd::api
