// FieldReader: the fields that a walk has found, read as what they should be; every refusal names
// the field.
//
// null counts as absent everywhere. Unknown members of enumerations are the adapter's business:
// they are texts here.

#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "authd/processors/json_fields.h"
#include "authd/processors/json_walk.h"
#include "authd/processors/parse_error.h"
#include "core/money.h"
#include "core/result.h"
#include "core/text.h"

namespace authd::processors {

template <class T>
using Field = core::Result<T, ParseError>;

class FieldReader {
 public:
  // Both outlive the reader.
  FieldReader(JsonTable table, std::span<const JsonValue> values) noexcept
      : table_(table), values_(values) {}

  const JsonValue& value(std::size_t field) const noexcept { return values_[field]; }

  core::Unexpected<ParseError> refuse(ParseFault fault, std::size_t field) const noexcept {
    return {{fault, table_.nodes[field].path}};
  }

  // Whether the object is there; anything else in its place is refused.
  Field<bool> has_object(std::size_t field) const;

  Field<std::string_view> text(std::size_t field) const;
  Field<std::optional<std::string_view>> optional_text(std::size_t field) const;

  // Nothing when absent.
  Field<std::optional<core::Currency>> optional_currency(std::size_t field) const;

  // Minor units from major units, written as a number or as a string of digits; the currency's
  // decimals are those of ISO 4217.
  Field<std::int64_t> major_units(std::size_t field, core::Currency currency) const;

  // A required identifier of core, byte for byte.
  template <class Id>
  Field<Id> identifier(std::size_t field) const {
    AUTHD_TRY(found, text(field));
    return identifier_of<Id>(found, field);
  }

  // The same, empty when absent.
  template <class Id>
  Field<Id> optional_identifier(std::size_t field) const {
    AUTHD_TRY(found, optional_text(field));
    return found ? identifier_of<Id>(*found, field) : Field<Id>(Id{});
  }

  // A text to be given back as it came: any characters, never empty when required, at most Max
  // bytes.
  template <std::size_t Max>
  Field<core::InlineText<Max>> echo(std::size_t field) const {
    AUTHD_TRY(found, text(field));
    if (found.empty()) return refuse(ParseFault::missing, field);
    return inline_text<Max>(found, field);
  }

  template <std::size_t Max>
  Field<core::InlineText<Max>> optional_echo(std::size_t field) const {
    AUTHD_TRY(found, optional_text(field));
    return inline_text<Max>(found.value_or(std::string_view{}), field);
  }

 private:
  template <class Id>
  Field<Id> identifier_of(std::string_view text, std::size_t field) const {
    if (text.size() > Id::size_max) return refuse(ParseFault::value_too_long, field);
    const auto id = Id::from(text);
    if (!id) return refuse(ParseFault::not_an_identifier, field);
    return *id;
  }

  template <std::size_t Max>
  Field<core::InlineText<Max>> inline_text(std::string_view text, std::size_t field) const {
    const auto kept = core::InlineText<Max>::from(text);
    if (!kept) return refuse(ParseFault::value_too_long, field);
    return *kept;
  }

  JsonTable table_;
  std::span<const JsonValue> values_;
};

}  // namespace authd::processors
