#include "authd/processors/marqeta_transaction.h"

namespace authd::processors::marqeta {

namespace {

constexpr std::string_view original_token = "original_transaction_token";
constexpr std::string_view preceding_token = "preceding_related_transaction_token";

}  // namespace

core::Kind kind_in(const Container& container, core::Kind kind,
                   std::int64_t amount_minor) noexcept {
  using core::Kind;
  const bool is_unload = &container == &unload;
  switch (kind) {
    case Kind::purchase:
      if (is_unload) return Kind::credit;
      return amount_minor == 0 ? Kind::account_verification : kind;
    case Kind::cash:
    case Kind::quasi_cash: return is_unload ? Kind::credit : kind;
    case Kind::credit: return is_unload ? kind : Kind::unsupported;
    case Kind::account_verification:
    case Kind::balance_inquiry: return amount_minor == 0 ? kind : Kind::unsupported;
    case Kind::unsupported: break;
  }
  return Kind::unsupported;
}

bool is_increment(std::string_view type, std::string_view method) noexcept {
  return type == "authorization.incremental" || method == "pgfs.authorization.incremental";
}

Field<const Container*> find_container(const FieldReader& reader) {
  AUTHD_TRY(has_order, reader.has_object(order.self));
  AUTHD_TRY(has_unload, reader.has_object(unload.self));
  if (has_order && has_unload) return reader.refuse(ParseFault::conflicting, unload.self);
  if (has_order) return &order;
  return has_unload ? &unload : nullptr;
}

Field<core::Currency> currency_of(const FieldReader& reader, const Container* container) {
  AUTHD_TRY(of_transaction, reader.optional_currency(fields["currency_code"]));
  if (container != nullptr) {
    AUTHD_TRY(of_container, reader.optional_currency(container->currency));
    if (of_container && of_transaction && *of_container != *of_transaction)
      return reader.refuse(ParseFault::conflicting, container->currency);
    if (of_container) return *of_container;
  }
  if (of_transaction) return *of_transaction;
  return reader.refuse(ParseFault::missing, fields["currency_code"]);
}

Field<core::MessageId> linked_authorization(const FieldReader& reader) {
  AUTHD_TRY(original, reader.optional_identifier<core::MessageId>(fields[original_token]));
  if (!original.empty()) return original;
  return reader.optional_identifier<core::MessageId>(fields[preceding_token]);
}

std::optional<bool> flag_of(const JsonValue& value) noexcept {
  if (value.type != JsonType::boolean && value.type != JsonType::string) return std::nullopt;
  if (value.text == "true" || value.text == "TRUE") return true;
  if (value.text == "false" || value.text == "FALSE") return false;
  return std::nullopt;
}

bool is_absent(const JsonValue& value) noexcept {
  return value.type == JsonType::absent || value.type == JsonType::null;
}

}  // namespace authd::processors::marqeta
