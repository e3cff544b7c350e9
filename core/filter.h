// Filter: which transactions a spend control is about.
//
// Every condition that is given must hold; an empty filter matches everything. A condition on
// something the message does not say (no merchant id, unknown country) does not hold, with or
// without `except`: what is not known is neither on a list nor off it.

#pragma once

#include <cstdint>
#include <vector>

#include "core/request.h"

namespace authd::core {

// A set of one of the small enumerations of details.h and Kind; empty means any value.
template <class Enum>
class EnumSet {
 public:
  constexpr EnumSet() = default;
  static constexpr EnumSet from_bits(std::uint16_t bits) noexcept {
    EnumSet set;
    set.bits_ = bits;
    return set;
  }

  constexpr void add(Enum value) noexcept {
    bits_ = static_cast<std::uint16_t>(bits_ | bit(value));
  }
  constexpr bool is_any() const noexcept { return bits_ == 0; }
  constexpr bool contains(Enum value) const noexcept {
    return is_any() || (bits_ & bit(value)) != 0;
  }
  constexpr std::uint16_t bits() const noexcept { return bits_; }

  friend constexpr bool operator==(EnumSet, EnumSet) noexcept = default;

 private:
  static constexpr std::uint16_t bit(Enum value) noexcept {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(value));
  }
  std::uint16_t bits_ = 0;
};

// Merchant category codes from..to, both included.
struct MccRange {
  std::uint16_t from = 0;
  std::uint16_t to = 0;
  friend constexpr bool operator==(MccRange, MccRange) noexcept = default;
};
bool contains(const std::vector<MccRange>& ranges, std::uint16_t mcc) noexcept;

// A list of values; with `except` the values that do not match. Empty: any value.
template <class T>
struct List {
  static constexpr std::size_t values_max = 128;

  std::vector<T> values;
  bool except = false;
  friend bool operator==(const List&, const List&) = default;
};

struct Filter {
  List<MccRange> mccs;
  List<decltype(Merchant::id)> merchants;
  List<decltype(Merchant::country)> countries;
  List<Currency> currencies;  // the merchant's
  EnumSet<EntryMode> entry_modes;
  EnumSet<CardPresence> card_presences;
  EnumSet<Channel> channels;
  EnumSet<Wallet> wallets;
  EnumSet<Recurrence> recurrences;
  EnumSet<Kind> kinds;
  friend bool operator==(const Filter&, const Filter&) = default;
};

bool matches(const Filter& filter, Kind kind, const Details& details) noexcept;

}  // namespace authd::core
