// Request and Event: what a processor says, in our own terms, whichever processor it is.
//
// A request is answered with a decision. An event tells what has happened already: it is recorded
// and booked, and cannot be declined. Both belong to an authorization, the life cycle of one
// purchase: see lifecycle.h.

#pragma once

#include <cstdint>

#include "core/details.h"
#include "core/identifiers.h"
#include "core/money.h"

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
inline constexpr Kind kind_last = Kind::unsupported;
std::string_view name(Kind kind) noexcept;  // "purchase"

// Whether an approval of this kind holds money and counts towards limits.
constexpr bool is_debit(Kind kind) noexcept {
  return kind == Kind::purchase || kind == Kind::cash || kind == Kind::quasi_cash;
}

struct Request {
  ProgramId program;
  MessageId message;        // the same id again is the same message again
  MessageId authorization;  // the life cycle it belongs to, by the id of its first message or the
                            // processor's own; empty when it begins one named by `message`. A
                            // credit on one that has ended begins its own as well
  CardToken card;
  Kind kind = Kind::purchase;
  Money amount;                      // in the cardholder's billing currency, never negative; for an
                                     // increment the change
  std::int64_t cash_back_minor = 0;  // part of `amount`
  bool partial_approval = false;     // less than `amount` may be approved
  Details details;
  friend bool operator==(const Request&, const Request&) = default;
};

// What has happened. Stored: numbers are never reused.
enum class EventKind : std::uint8_t {
  approved = 1,  // by us or by the processor (stand-in, default): `amount` is authorized. About a
                 // message: by that message; otherwise: in all, at least
  incremented = 2,  // `amount` more is authorized, nobody asked us; a processor that tells totals
                    // tells `approved` with the new one instead
  advised = 3,      // `amount` is now authorized in all, whatever it was
  declined = 4,     // about a message: it was declined or timed out after all, what it authorized
                    // is void; otherwise the whole authorization
  reversed = 5,     // `amount` of what was authorized is given back
  closed = 6,       // nothing more will come: what is still held is released
  expired = 7,      // likewise, by the processor's calendar
  cleared = 8,      // `amount` is presented: money moves
  refunded = 9,     // `amount` comes back to the cardholder: refund, original credit, correction
  credit_approved = 10,      // a credit is announced: `amount` will come
  charged_back = 11,         // `amount` is given to the cardholder for a dispute
  chargeback_reversed = 12,  // and taken again
};
inline constexpr EventKind event_kind_last = EventKind::chargeback_reversed;
std::string_view name(EventKind kind) noexcept;  // "cleared"

struct Event {
  ProgramId program;
  MessageId notice;         // the same id again is the same event again
  MessageId authorization;  // the life cycle it belongs to; empty when it stands alone
  MessageId about;          // the request it reports on (approved, declined); may be empty
  CardToken card;
  EventKind kind = EventKind::cleared;
  Kind transaction = Kind::purchase;
  Money amount;            // in the cardholder's billing currency, never negative
  bool final = false;      // cleared, reversed: nothing more will come
  bool timed_out = false;  // declined: because our answer did not arrive in time
  Details details;
  friend bool operator==(const Event&, const Event&) = default;
};

}  // namespace authd::core
