// FieldReader and FieldWriter: the domain's values on top of the primitives. What is read and does
// not exist (an unknown currency, an enumerator out of range, a list beyond its bound) fails the
// decoder like missing bytes do.
//
//   amount       zigzag: minor units of a currency known from elsewhere
//   money        amount, currency
//   currency     its numeric code, 2 bytes; 0: none
//   time         microseconds since 1970-01-01 UTC, 8 bytes
//   enumerator   its number, as wide as its type
//   enum set     varint of its bits
//   count        varint: of the list that follows

#pragma once

#include "core/explanation.h"
#include "core/rows.h"
#include "store/format/bytes.h"

namespace authd::store {

class FieldWriter : public Encoder {
 public:
  using Encoder::Encoder;

  template <class Enum>
  requires std::is_enum_v<Enum>
  void enumerator(Enum value) { number(static_cast<std::underlying_type_t<Enum>>(value)); }
  template <class Enum>
  void enum_set(core::EnumSet<Enum> set) {
    varint(set.bits());
  }
  void amount(std::int64_t minor_units) { zigzag(minor_units); }
  void currency(core::Currency currency) { number(currency.numeric()); }
  void money(const core::Money& money) {
    amount(money.minor_units);
    currency(money.currency);
  }
  void balance(const core::Balance& balance) {
    amount(balance.posted_minor);
    amount(balance.available_minor);
  }
  void decision(const core::Decision& decision) {
    enumerator(decision.reason);
    money(decision.approved);
    balance(decision.balance);
  }
  void time(core::Timestamp time) { number(time.unix_us); }
  void count(std::size_t count) { varint(count); }
};

class FieldReader : public Decoder {
 public:
  using Decoder::Decoder;

  // An identifier, or an empty one where it may be absent.
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
  template <class Enum>
  core::EnumSet<Enum> enum_set(Enum last) noexcept {
    const auto bits = varint<std::uint16_t>();
    const unsigned outside = ~((2U << static_cast<unsigned>(last)) - 2U);
    if ((bits & outside) != 0) fail();
    return core::EnumSet<Enum>::from_bits(bits);
  }
  std::int64_t amount() noexcept { return zigzag(); }
  core::Currency currency() noexcept {
    return known(core::Currency::from_numeric(number<std::uint16_t>()));
  }
  core::Currency optional_currency() noexcept {
    const auto numeric = number<std::uint16_t>();
    return numeric == 0 ? core::Currency{} : known(core::Currency::from_numeric(numeric));
  }
  core::Money money() noexcept {
    const std::int64_t minor_units = amount();
    return {minor_units, optional_currency()};
  }
  core::Balance balance() noexcept {
    const std::int64_t posted_minor = amount();
    return {posted_minor, amount()};
  }
  core::Reason reason() noexcept {
    const auto number = this->number<std::uint16_t>();
    if (!core::is_reason(number)) fail();
    return static_cast<core::Reason>(number);
  }
  core::Decision decision() noexcept {
    core::Decision decision;
    decision.reason = reason();
    decision.approved = money();
    decision.balance = balance();
    return decision;
  }
  core::Timestamp time() noexcept { return {number<std::int64_t>()}; }
  std::size_t count(std::size_t count_max) noexcept {
    const std::uint64_t count = varint();
    if (count > count_max) fail();
    return ok() ? static_cast<std::size_t>(count) : 0;
  }

 private:
  template <class T>
  T known(const std::optional<T>& value) noexcept {
    if (!value) fail();
    return value.value_or(T{});
  }
};

// A list: its count, then `write(value)` or `read()` for each.
template <class T, class Write>
void write_list(FieldWriter& out, const std::vector<T>& values, Write write) {
  out.count(values.size());
  for (const T& value : values) write(value);
}
template <class T, class Read>
void read_list(FieldReader& in, std::vector<T>& values, std::size_t count_max, Read read) {
  const std::size_t count = in.count(count_max);
  values.clear();
  for (std::size_t i = 0; i < count && in.ok(); ++i) values.push_back(read());
}

}  // namespace authd::store
