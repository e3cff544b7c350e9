// Details: where and how a card was used, as acquirer and network describe it. Often dirty, never
// trusted for money; spend controls filter on it.
//
// All enumerations are stored: numbers are never reused, and stay below 16 because filters keep
// sets of them as bits.

#pragma once

#include <cstdint>
#include <string_view>

#include "core/money.h"
#include "core/text.h"

namespace authd::core {

struct Merchant {
  std::uint16_t mcc = 0;  // ISO 18245; 0 when absent
  InlineText<32> id;      // card acceptor id
  InlineText<64> name;
  InlineText<3> country;  // ISO 3166-1 alpha-3
  friend bool operator==(const Merchant&, const Merchant&) = default;
};

// How the card number came into the terminal (ISO 8583 field 22).
enum class EntryMode : std::uint8_t {
  unknown = 1,
  chip = 2,
  contactless = 3,  // chip or magnetic stripe data
  magnetic_stripe = 4,
  fallback = 5,  // magnetic stripe because the chip failed
  manual = 6,    // keyed
  ecommerce = 7,
  credential_on_file = 8,
  other = 9,
};

enum class CardPresence : std::uint8_t { unknown = 1, present = 2, not_present = 3 };

enum class Channel : std::uint8_t {
  unknown = 1,
  point_of_sale = 2,
  ecommerce = 3,
  atm = 4,
  mail_or_telephone = 5,
};

enum class Wallet : std::uint8_t { none = 1, apple = 2, google = 3, samsung = 4, other = 5 };

enum class Recurrence : std::uint8_t { unknown = 1, single = 2, recurring = 3, installment = 4 };

// Result of an address (AVS), security code (CVV) or cardholder (3-D Secure) verification.
enum class Verification : std::uint8_t {
  absent = 1,    // not asked for, or not known
  match = 2,     // 3-D Secure: authenticated
  partial = 3,   // AVS: address or postal code alone; 3-D Secure: attempted
  mismatch = 4,  // 3-D Secure: failed
};

inline constexpr EntryMode entry_mode_last = EntryMode::other;
inline constexpr CardPresence card_presence_last = CardPresence::not_present;
inline constexpr Channel channel_last = Channel::mail_or_telephone;
inline constexpr Wallet wallet_last = Wallet::other;
inline constexpr Recurrence recurrence_last = Recurrence::installment;
inline constexpr Verification verification_last = Verification::mismatch;

// "contactless"; the words of configuration, journal dump and metrics.
std::string_view name(EntryMode value) noexcept;
std::string_view name(CardPresence value) noexcept;
std::string_view name(Channel value) noexcept;
std::string_view name(Wallet value) noexcept;
std::string_view name(Recurrence value) noexcept;
std::string_view name(Verification value) noexcept;

struct Details {
  Merchant merchant;
  Currency currency;  // the merchant's; none when absent
  EntryMode entry_mode = EntryMode::unknown;
  CardPresence card_presence = CardPresence::unknown;
  Channel channel = Channel::unknown;
  Wallet wallet = Wallet::none;
  Recurrence recurrence = Recurrence::unknown;
  Verification address = Verification::absent;
  Verification security_code = Verification::absent;
  Verification cardholder = Verification::absent;
  friend bool operator==(const Details&, const Details&) = default;
};

}  // namespace authd::core
