#include "authd/processors/parse_error.h"

#include "authd/processors/json_text.h"

namespace authd::processors {

std::string_view name(ParseFault fault) noexcept {
  switch (fault) {
    case ParseFault::malformed: return "not valid JSON";
    case ParseFault::body_too_long: return "longer than accepted";
    case ParseFault::not_an_object: return "not a JSON object";
    case ParseFault::too_deep: return "nested too deeply";
    case ParseFault::number_out_of_range: return "number out of range";
    case ParseFault::duplicate_key: return "given more than once";
    case ParseFault::escaped_key: return "key written with an escape";
    case ParseFault::card_number: return "holds what looks like a card number";
    case ParseFault::missing: return "missing";
    case ParseFault::wrong_type: return "of the wrong type";
    case ParseFault::value_too_long: return "too long";
    case ParseFault::not_an_identifier: return "empty, or not visible ASCII";
    case ParseFault::unknown_currency: return "not a currency of ISO 4217";
    case ParseFault::unknown_word: return "a word that is not known";
    case ParseFault::unknown_decimals:
      return "a currency whose decimals the configuration does not say";
    case ParseFault::conflicting: return "contradicts another field";
    case ParseFault::amount_not_a_number: return name(core::MoneyError::not_a_number);
    case ParseFault::amount_negative: return name(core::MoneyError::negative);
    case ParseFault::amount_exponent: return name(core::MoneyError::exponent);
    case ParseFault::amount_too_many_decimals: return name(core::MoneyError::too_many_decimals);
    case ParseFault::amount_overflow: return name(core::MoneyError::overflow);
  }
  return "unknown";
}

ParseFault fault_of(core::MoneyError error) noexcept {
  switch (error) {
    case core::MoneyError::not_a_number: return ParseFault::amount_not_a_number;
    case core::MoneyError::negative: return ParseFault::amount_negative;
    case core::MoneyError::exponent: return ParseFault::amount_exponent;
    case core::MoneyError::too_many_decimals: return ParseFault::amount_too_many_decimals;
    case core::MoneyError::overflow: return ParseFault::amount_overflow;
  }
  return ParseFault::amount_not_a_number;
}

void render_parse_error(const ParseError& error, std::string& body) {
  body = R"({"error":"invalid_request")";
  if (!error.field.empty()) append_member(body, "field", error.field);
  append_member(body, "detail", name(error.fault));
  body += '}';
}

}  // namespace authd::processors
