// Circumstances: where and how the card is used in one life cycle. Every merchant is invented.
//
// What acquirers write is often dirty, and so it is here now and then: texts padded with blanks, a
// telephone number for a city, a country for a state, letters beyond ASCII, things left out.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "authd/simulate/random/draw.h"
#include "authd/simulate/random/plan.h"

namespace authd::simulate::random {

enum class Place : std::uint8_t { shop = 1, online = 2, machine = 3, transfer = 4 };

struct Merchant {
  std::string_view name;
  std::string_view id;
  std::string_view mcc;
  std::string_view category;  // the MCC in Stripe's words
  std::string_view street;
  std::string_view city;
  std::string_view state;
  std::string_view postal_code;
  std::string_view country_3;
  std::string_view country_2;
  Place place = Place::shop;
  bool final_amount_is_later = false;  // tips, fuel, rooms
};

// Index of each scribe's table of words.
enum class Entry : std::uint8_t { chip, contactless, magnetic_stripe, online, on_file };
enum class Network : std::uint8_t { mastercard, visa };
enum class Wallet : std::uint8_t { none, apple, google };

// The currency that the merchant is paid in, when it is not the cardholder's.
struct Foreign {
  std::string_view currency;
  std::string_view numeric;
  int exponent = 2;
  std::int64_t rate_ppm = 1'000'000;  // of the cardholder's currency for one of it
};

struct Circumstances {
  Merchant merchant;
  Entry entry = Entry::chip;
  Network network = Network::mastercard;
  Wallet wallet = Wallet::none;
  const Foreign* foreign = nullptr;  // none
  bool is_recurring = false;
  bool is_dirty = false;
  int risk = 0;  // 0 to 99

  bool is_present() const noexcept { return entry != Entry::online && entry != Entry::on_file; }

  // As the merchant is paid. Minor units of the foreign currency, or the same when there is none.
  std::int64_t merchant_minor(std::int64_t minor, int exponent) const noexcept;

  std::string rate() const;  // "1.314205"

  // As the acquirer writes them.
  std::string name() const;
  std::string city() const;
  std::string state() const;
};

Circumstances draw_circumstances(const Plan& plan, std::string_view currency, int exponent,
                                 Draw& draw);

}  // namespace authd::simulate::random
