// ParseError: why a body was not understood, and which field of it is to blame.
//
// An operating error of whoever sent the body: answered with 400, counted, never recorded. It names
// a field by the path that we know it under and never repeats anything that the peer wrote, so it
// can be logged and sent back.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/money.h"

namespace authd::processors {

enum class ParseFault : std::uint8_t {
  // of the body as a whole, or of the value of any field in it
  malformed = 1,            // not JSON, not UTF-8, or something after its end
  body_too_long = 2,        // longer than the walk was made for
  not_an_object = 3,        // the outermost value
  too_deep = 4,             // containers within containers
  number_out_of_range = 5,  // valid JSON, but not for every reader: see JsonWalk
  duplicate_key = 6,
  escaped_key = 7,
  card_number = 8,  // what looks like a PAN, where none may be

  // of a field we use
  missing = 20,
  wrong_type = 21,
  value_too_long = 22,
  not_an_identifier = 23,  // empty, or anything but visible ASCII
  unknown_currency = 24,
  conflicting = 25,       // contradicts another field
  unknown_word = 26,      // where a guess would move money
  unknown_decimals = 27,  // of a currency, until the configuration says

  // of an amount
  amount_not_a_number = 40,
  amount_negative = 41,
  amount_exponent = 42,
  amount_too_many_decimals = 43,
  amount_overflow = 44,
};

// For people: "more decimals than the currency has".
std::string_view name(ParseFault fault) noexcept;

ParseFault fault_of(core::MoneyError error) noexcept;

struct ParseError {
  ParseFault fault;
  std::string_view field;  // "card_acceptor.name", of static storage; empty: no field of ours
  friend bool operator==(const ParseError&, const ParseError&) = default;
};

// Replaces `body` by the body of the 400, without "field" when there is none:
// {"error":"invalid_request","field":"card_token","detail":"missing"}
void render_parse_error(const ParseError& error, std::string& body);

}  // namespace authd::processors
