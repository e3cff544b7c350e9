// What Adyen's questions and webhooks have in common: decimals, merchant and terminal.

#pragma once

#include <cstdint>

#include "authd/processors/field_reader.h"
#include "authd/processors/integer_amount.h"
#include "core/details.h"
#include "core/money.h"

namespace authd::processors::adyen {

// Which decimals an amount has: those of ISO 4217, or Adyen's where they differ. CLP and ISK have
// two at Adyen and none in ISO 4217, CVE and IDR the other way round (Adyen, Currency codes and
// minor units).
enum class Decimals : std::uint8_t { iso_4217, adyen };

// Minor units of ISO 4217, without the sign. Refused, in the name of `field`, when there is a part
// of one, or more than core::minor_units_max.
Field<std::int64_t> minor_units(const FieldReader& reader, std::size_t field,
                                const IntegerAmount& amount, core::Currency currency,
                                Decimals decimals);

// Where they stand in a question or a webhook.
struct DetailFields {
  const JsonValue& mcc;
  const JsonValue& merchant_id;
  const JsonValue& name;
  const JsonValue& country;
  const JsonValue& entry_mode;
  const JsonValue& processing_type;
};
core::Details details_of(const DetailFields& fields) noexcept;

}  // namespace authd::processors::adyen
