// StripeReader: what Stripe's questions and notifications have in common, read from the fields that
// one walk has found.
//
// Ids, currencies and amounts are strict. What describes the merchant or the terminal is not: see
// Adapter.

#pragma once

#include <span>

#include "authd/processors/field_reader.h"
#include "authd/processors/stripe_fields.h"
#include "authd/processors/stripe_units.h"
#include "core/details.h"
#include "core/identifiers.h"
#include "core/request.h"

namespace authd::processors::stripe {

class StripeReader {
 public:
  // Both outlive the reader.
  StripeReader(std::span<const JsonValue> values, const Units& units) noexcept
      : reader_(fields.table(), values), units_(units) {}

  const FieldReader& found() const noexcept { return reader_; }
  bool is_absent(std::size_t field) const noexcept;  // or null

  // Refuses a body that has no `data.object`.
  Field<bool> has_data() const;

  Field<core::MessageId> id(std::size_t field) const;

  // Of an object that is named by its id or stands there itself; empty when absent.
  Field<core::MessageId> optional_id_of(std::size_t field, std::size_t id_in_object) const;
  Field<core::CardToken> card() const;

  // In lower case, and with known decimals.
  Field<core::Currency> currency(std::size_t field) const;

  // Not negative.
  Field<std::int64_t> amount(std::size_t field, core::Currency currency) const;
  // 0 when absent.
  Field<std::int64_t> optional_amount(std::size_t field, core::Currency currency) const;
  // With the sign that it has.
  Field<std::int64_t> signed_amount(std::size_t field, core::Currency currency) const;

  Field<bool> boolean(std::size_t field) const;
  // false when absent.
  Field<bool> optional_boolean(std::size_t field) const;

  // `merchant_currency` and `atm_fee` stand in two places.
  core::Details details(std::size_t merchant_currency, std::size_t atm_fee,
                        core::Currency billing) const noexcept;

 private:
  FieldReader reader_;
  const Units& units_;
};

// Stripe does not say what a purchase is, so the merchant's category does.
core::Kind kind_of(const core::Details& details, std::int64_t amount_minor) noexcept;

}  // namespace authd::processors::stripe
