#include "authd/processors/field_reader.h"

namespace authd::processors {

namespace {

bool is_absent(const JsonValue& value) noexcept {
  return value.type == JsonType::absent || value.type == JsonType::null;
}

}  // namespace

Field<bool> FieldReader::has_object(std::size_t field) const {
  const JsonValue& found = values_[field];
  if (is_absent(found)) return false;
  if (found.type != JsonType::object) return refuse(ParseFault::wrong_type, field);
  return true;
}

Field<std::optional<std::string_view>> FieldReader::optional_text(std::size_t field) const {
  const JsonValue& found = values_[field];
  if (is_absent(found)) return std::optional<std::string_view>{};
  if (found.type != JsonType::string) return refuse(ParseFault::wrong_type, field);
  return std::optional{found.text};
}

Field<std::string_view> FieldReader::text(std::size_t field) const {
  AUTHD_TRY(found, optional_text(field));
  if (!found) return refuse(ParseFault::missing, field);
  return *found;
}

Field<std::optional<core::Currency>> FieldReader::optional_currency(std::size_t field) const {
  AUTHD_TRY(alpha, optional_text(field));
  if (!alpha) return std::optional<core::Currency>{};
  const auto currency = core::Currency::from_alpha(*alpha);
  if (!currency) return refuse(ParseFault::unknown_currency, field);
  return currency;
}

Field<std::int64_t> FieldReader::major_units(std::size_t field, core::Currency currency) const {
  const JsonValue& found = values_[field];
  if (is_absent(found)) return refuse(ParseFault::missing, field);
  if (found.type != JsonType::number && found.type != JsonType::string)
    return refuse(ParseFault::wrong_type, field);
  const auto minor_units = core::parse_major_units(found.text, currency.exponent());
  if (!minor_units) return refuse(fault_of(minor_units.error()), field);
  return *minor_units;
}

}  // namespace authd::processors
