// Request: an authorization request in our own terms, whichever processor sent it.

#pragma once

#include <cstdint>

#include "core/identifiers.h"
#include "core/money.h"
#include "core/text.h"

namespace authd::core {

// What is asked for. Stored: numbers are never reused.
enum class Kind : std::uint8_t {
  purchase = 1,
  cash = 2,
  quasi_cash = 3,
  credit = 4,                // money towards the cardholder; spendable only once it is posted
  account_verification = 5,  // is the card good? Never holds money
  balance_inquiry = 6,       // answered with the balance
  unsupported = 7,           // a question we do not know: always declined
};

inline constexpr std::uint8_t kind_max = 7;
std::string_view name(Kind kind) noexcept;  // "purchase"

// Where the card was used, as the acquirer describes it: often dirty, never trusted for money.
struct Merchant {
  std::uint16_t mcc = 0;  // ISO 18245; 0 when absent
  InlineText<32> id;      // card acceptor id
  InlineText<64> name;
  InlineText<3> country;  // ISO 3166-1 alpha-3
  friend bool operator==(const Merchant&, const Merchant&) = default;
};

struct Request {
  ProgramId program;
  MessageId message;  // the same id again is the same message again
  MessageId
      increments;  // the earlier message whose hold this one adds to; empty when it stands alone
  CardToken card;
  Kind kind = Kind::purchase;
  Money
      amount;  // in the cardholder's billing currency, never negative; the change for an increment
  Merchant merchant;
  friend bool operator==(const Request&, const Request&) = default;
};

}  // namespace authd::core
