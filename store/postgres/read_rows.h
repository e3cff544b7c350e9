// Rows of the ledger's tables as rows of the state.
//
// Each read_… takes one row of a result whose columns are its list of columns. What the program
// has no value for makes the fields' ok() false; the row is then of no use.

#pragma once

#include <optional>
#include <string>

#include "core/rows.h"
#include "store/postgres/connection.h"

namespace authd::store {

// The fields of one row.
class PgRow {
 public:
  PgRow(const PgResult& result, int row) : result_(result), row_(row) {}

  template <class Id>
  Id identifier(int column) {
    return known(Id::from(result_.text(row_, column)));
  }
  template <class Id>
  Id identifier_or_empty(int column) {
    return result_.is_null(row_, column) ? Id{} : identifier<Id>(column);
  }
  // Null is 0.
  template <class Id>
  Id numbered(int column) const {
    return {static_cast<decltype(Id::value)>(optional(column).value_or(0))};
  }
  core::Currency currency(int column) {
    if (result_.is_null(row_, column)) return {};
    return known(core::Currency::from_alpha(result_.text(row_, column)));
  }
  template <class Enum>
  Enum enumerator(int column, Enum last) {  // enumerators are numbered 1..last
    const auto value = number<std::int16_t>(column);
    if (value < 1 || value > static_cast<std::int16_t>(last)) ok_ = false;
    return static_cast<Enum>(value);
  }
  core::Reason reason(int column) {
    const auto value = static_cast<std::uint16_t>(number<std::int16_t>(column));
    if (!core::is_reason(value)) ok_ = false;
    return static_cast<core::Reason>(value);
  }
  template <std::integral T>
  T number(int column) const {
    return result_.number<T>(row_, column);
  }
  std::int64_t minor(int column) const { return number<std::int64_t>(column); }
  std::optional<std::int64_t> optional(int column) const { return result_.optional(row_, column); }
  bool flag(int column) const { return number<std::int8_t>(column) != 0; }
  core::Timestamp time(int column) const { return result_.time(row_, column); }
  bool is_null(int column) const { return result_.is_null(row_, column); }
  std::string_view text(int column) const { return result_.text(row_, column); }
  Bytes bytes(int column) const { return bytes_of(result_.text(row_, column)); }

  // `value`, or an empty one when there is none.
  template <class T>
  T known(const std::optional<T>& value) {
    if (!value) ok_ = false;
    return value.value_or(T{});
  }
  void expect(bool condition) noexcept { ok_ = ok_ && condition; }
  bool ok() const noexcept { return ok_; }

 private:
  const PgResult& result_;
  int row_;
  bool ok_ = true;
};

extern const std::string account_columns;  // of account_tables
extern const std::string account_tables;
core::Account read_account(PgRow& in);

extern const std::string card_columns;  // of authd.card
core::Card read_card(PgRow& in);

extern const std::string control_columns;  // of authd.spend_control
core::Owner read_owner(PgRow& in);
core::Control read_control(PgRow& in);  // of one that is not removed
bool is_removed(const PgRow& in);

}  // namespace authd::store
