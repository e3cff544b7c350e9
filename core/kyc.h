// Kyc: what is known about who holds an account, and how much of it a program asks for before the
// account's cards may be used.

#pragma once

#include <cstdint>
#include <string_view>

namespace authd::core {

// Of the holder: whether the issuer has checked who they are.
enum class Kyc : std::uint8_t { none = 1, pending = 2, verified = 3, rejected = 4 };
inline constexpr Kyc kyc_last = Kyc::rejected;
std::string_view name(Kyc kyc) noexcept;  // "pending"

// Of the program: whose cards may be used.
enum class KycPolicy : std::uint8_t {
  ignored = 1,       // everybody's
  not_rejected = 2,  // those of holders who were not turned down
  verified = 3,      // those of holders who were checked
};
inline constexpr KycPolicy kyc_policy_last = KycPolicy::verified;
std::string_view name(KycPolicy policy) noexcept;  // "not_rejected"

bool satisfies(Kyc kyc, KycPolicy policy) noexcept;

}  // namespace authd::core
