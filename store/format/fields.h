// FieldReader and FieldWriter: the domain's values on top of the primitives. What is read and does
// not exist (an unknown currency, an enumerator out of range) fails the decoder like missing bytes
// do.

#pragma once

#include "core/rows.h"
#include "store/format/bytes.h"

namespace authd::store {

class FieldWriter : public Encoder {
 public:
  using Encoder::Encoder;

  template <class Enum>
  requires std::is_enum_v<Enum>
  void enumerator(Enum value) { number(static_cast<std::underlying_type_t<Enum>>(value)); }
  void money(const core::Money& money) {
    number(money.minor_units);
    number(money.currency.numeric());
  }
  void decision(const core::Decision& decision) {
    enumerator(decision.reason);
    money(decision.approved);
    number(decision.balance.posted_minor);
    number(decision.balance.available_minor);
  }
};

class FieldReader : public Decoder {
 public:
  using Decoder::Decoder;

  // An identifier, or an empty one where Id allows it to be absent.
  template <class Id>
  Id identifier() noexcept {
    return known(Id::from(text()));
  }
  template <class Id>
  Id optional_identifier() noexcept {
    const std::string_view bytes = text();
    return bytes.empty() ? Id{} : known(Id::from(bytes));
  }
  template <class Text>
  Text inline_text() noexcept {
    return known(Text::from(text()));
  }
  template <class Enum>
  Enum enumerator(Enum last) noexcept {  // enumerators are numbered 1..last
    const auto value = number<std::underlying_type_t<Enum>>();
    if (value < 1 || value > static_cast<std::underlying_type_t<Enum>>(last)) fail();
    return static_cast<Enum>(value);
  }
  core::Currency currency() noexcept {
    return known(core::Currency::from_numeric(number<std::uint16_t>()));
  }
  core::Money money() noexcept {
    const auto minor_units = number<std::int64_t>();
    return {minor_units, currency()};
  }
  core::Decision decision() noexcept {
    core::Decision decision;
    const auto reason = number<std::uint16_t>();
    if (!core::is_reason(reason)) fail();
    decision.reason = static_cast<core::Reason>(reason);
    decision.approved = money();
    decision.balance.posted_minor = number<std::int64_t>();
    decision.balance.available_minor = number<std::int64_t>();
    return decision;
  }
  core::Timestamp time() noexcept { return {number<std::int64_t>()}; }

 private:
  template <class T>
  T known(const std::optional<T>& value) noexcept {
    if (!value) fail();
    return value.value_or(T{});
  }
};

}  // namespace authd::store
