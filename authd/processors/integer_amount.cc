#include "authd/processors/integer_amount.h"

namespace authd::processors {

Field<IntegerAmount> integer_amount(const FieldReader& reader, std::size_t field) {
  const JsonValue& found = reader.value(field);
  if (found.type == JsonType::absent || found.type == JsonType::null)
    return reader.refuse(ParseFault::missing, field);
  if (found.type != JsonType::number) return reader.refuse(ParseFault::wrong_type, field);
  const bool is_negative = found.text.starts_with('-');
  const auto units = core::parse_major_units(found.text.substr(is_negative ? 1 : 0), 0);
  if (!units) return reader.refuse(fault_of(units.error()), field);
  return IntegerAmount{*units, is_negative && *units != 0};
}

}  // namespace authd::processors
