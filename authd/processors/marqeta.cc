#include "authd/processors/marqeta.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "authd/processors/card_number.h"
#include "authd/processors/field_reader.h"

namespace authd::processors::marqeta {

namespace {

using core::Kind;

// First what we use, then the identifiers in which digits mean no PAN. Names of the Core API's
// `transaction` schema. Tokens are not among the exceptions: a card number used as a token is what
// the rule is for.
constexpr auto fields = json_fields({
    {"token"},
    {"type"},
    {"card_token"},
    {"currency_code"},
    {"preceding_related_transaction_token"},
    {"gpa_order"},
    {"gpa_order.currency_code"},
    {"gpa_order.jit_funding"},
    {"gpa_order.jit_funding.token"},
    {"gpa_order.jit_funding.method"},
    {"gpa_order.jit_funding.user_token"},
    {"gpa_order.jit_funding.acting_user_token"},
    {"gpa_order.jit_funding.business_token"},
    {"gpa_order.jit_funding.amount"},
    {"gpa_order_unload"},
    {"gpa_order_unload.currency_code"},
    {"gpa_order_unload.jit_funding"},
    {"gpa_order_unload.jit_funding.token"},
    {"gpa_order_unload.jit_funding.method"},
    {"gpa_order_unload.jit_funding.user_token"},
    {"gpa_order_unload.jit_funding.acting_user_token"},
    {"gpa_order_unload.jit_funding.business_token"},
    {"gpa_order_unload.jit_funding.amount"},
    {"card_acceptor"},
    {"card_acceptor.mcc"},
    {"card_acceptor.mid", Digits::identifier},
    {"card_acceptor.name"},
    {"card_acceptor.country_code"},

    {"card_acceptor.network_mid", Digits::identifier},
    {"card_acceptor.network_assigned_id", Digits::identifier},
    {"card_acceptor.payment_facilitator_id", Digits::identifier},
    {"card_acceptor.independent_sales_organization_id", Digits::identifier},
    {"card_acceptor.sub_merchant_id", Digits::identifier},
    {"card_acceptor.special_merchant_id", Digits::identifier},
    {"card_acceptor.merchant_tax_id", Digits::identifier},
    {"card_acceptor.merchant_vat_registration_id", Digits::identifier},
    {"card_acceptor.business_registration_id", Digits::identifier},
    {"card_acceptor.phone", Digits::identifier},
    {"card_acceptor.customer_service_phone", Digits::identifier},
    {"acquirer"},
    {"acquirer.institution_id_code", Digits::identifier},
    {"acquirer.retrieval_reference_number", Digits::identifier},
    {"acquirer.system_trace_audit_number", Digits::identifier},
    {"acquirer_reference_id", Digits::identifier},
    {"acquirer_reference_data", Digits::identifier},
    {"pos"},
    {"pos.terminal_id", Digits::identifier},
    {"network_reference_id", Digits::identifier},
    {"network_transaction_lifecycle_id", Digits::identifier},
    {"merchant_initiated_original_trace_id", Digits::identifier},
    {"issuer_payment_node", Digits::identifier},
    {"digital_wallet_token"},
    {"digital_wallet_token.token_service_provider"},
    {"digital_wallet_token.token_service_provider.token_reference_id", Digits::identifier},
    {"digital_wallet_token.token_service_provider.pan_reference_id", Digits::identifier},
    {"digital_wallet_token.device"},
    {"digital_wallet_token.device.device_id", Digits::identifier},
    {"digital_wallet_token.device.phone_number", Digits::identifier},
});

// The two places of `jit_funding`.
struct Container {
  std::size_t self, currency, funding, token, method, user_token, acting_user_token, business_token,
      amount;
};

constexpr Container order{fields["gpa_order"],
                          fields["gpa_order.currency_code"],
                          fields["gpa_order.jit_funding"],
                          fields["gpa_order.jit_funding.token"],
                          fields["gpa_order.jit_funding.method"],
                          fields["gpa_order.jit_funding.user_token"],
                          fields["gpa_order.jit_funding.acting_user_token"],
                          fields["gpa_order.jit_funding.business_token"],
                          fields["gpa_order.jit_funding.amount"]};

constexpr Container unload{fields["gpa_order_unload"],
                           fields["gpa_order_unload.currency_code"],
                           fields["gpa_order_unload.jit_funding"],
                           fields["gpa_order_unload.jit_funding.token"],
                           fields["gpa_order_unload.jit_funding.method"],
                           fields["gpa_order_unload.jit_funding.user_token"],
                           fields["gpa_order_unload.jit_funding.acting_user_token"],
                           fields["gpa_order_unload.jit_funding.business_token"],
                           fields["gpa_order_unload.jit_funding.amount"]};

constexpr std::string_view incremental_method = "pgfs.authorization.incremental";
constexpr std::string_view incremental_type = "authorization.incremental";

// The questions among the methods. What is missing here tells of something that has happened
// (clearings, reversals, completed refunds, chargebacks, stand-in …) or is younger than this table.
struct MethodKind {
  std::string_view method;
  Kind kind;
};
constexpr std::array method_kinds{
    MethodKind{"pgfs.authorization", Kind::purchase},
    MethodKind{incremental_method, Kind::purchase},
    MethodKind{"pgfs.authorization.cashback", Kind::purchase},
    MethodKind{"pgfs.auth_plus_capture", Kind::purchase},
    MethodKind{"pgfs.pindebit", Kind::purchase},
    MethodKind{"pgfs.pindebit.cashback", Kind::purchase},
    MethodKind{"pgfs.pindebit.authorization", Kind::purchase},
    MethodKind{"pgfs.billpayment", Kind::purchase},
    MethodKind{"pgfs.atm.withdrawal", Kind::cash},
    MethodKind{"pgfs.pindebit.atm.withdrawal", Kind::cash},
    MethodKind{"pgfs.authorization.quasi.cash", Kind::quasi_cash},
    MethodKind{"pgfs.pindebit.quasi.cash", Kind::quasi_cash},
    MethodKind{"pgfs.original.credit.authorization", Kind::credit},
    MethodKind{"pgfs.original.credit.auth_plus_capture", Kind::credit},
    MethodKind{"pgfs.refund.authorization", Kind::credit},
    MethodKind{"pgfs.authorization.account_verification", Kind::account_verification},
    MethodKind{"pgfs.balanceinquiry", Kind::balance_inquiry},
    MethodKind{"pgfs.pindebit.balanceinquiry", Kind::balance_inquiry},
};

Kind kind_of_method(std::string_view method) noexcept {
  const auto* const found =
      std::find_if(method_kinds.begin(), method_kinds.end(),
                   [method](const MethodKind& entry) { return entry.method == method; });
  return found == method_kinds.end() ? Kind::unsupported : found->kind;
}

// The direction follows the container, so that nothing that moves money away from the cardholder is
// taken for a kind that holds none.
Kind kind_of(std::string_view method, bool is_unload, std::int64_t amount_minor) noexcept {
  const Kind kind = kind_of_method(method);
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

Field<const Container*> container_of(const FieldReader& reader) {
  AUTHD_TRY(has_order, reader.has_object(order.self));
  AUTHD_TRY(has_unload, reader.has_object(unload.self));
  if (has_order && has_unload) return reader.refuse(ParseFault::conflicting, unload.self);
  if (!has_order && !has_unload) return reader.refuse(ParseFault::missing, order.self);
  const Container* const container = has_order ? &order : &unload;

  AUTHD_TRY(has_funding, reader.has_object(container->funding));
  if (!has_funding) return reader.refuse(ParseFault::missing, container->funding);
  return container;
}

Field<core::Currency> currency_of(const FieldReader& reader, const Container& container) {
  AUTHD_TRY(of_container, reader.optional_currency(container.currency));
  AUTHD_TRY(of_transaction, reader.optional_currency(fields["currency_code"]));
  if (of_container && of_transaction && *of_container != *of_transaction)
    return reader.refuse(ParseFault::conflicting, container.currency);
  if (of_container) return *of_container;
  if (of_transaction) return *of_transaction;
  return reader.refuse(ParseFault::missing, fields["currency_code"]);
}

Field<JitFunding> funding_of(const FieldReader& reader, const Container& container) {
  constexpr std::size_t bytes_max = JitFunding::Text::size_max;
  AUTHD_TRY(token, reader.echo<bytes_max>(container.token));
  AUTHD_TRY(method, reader.echo<bytes_max>(container.method));
  AUTHD_TRY(user_token, reader.echo<bytes_max>(container.user_token));
  AUTHD_TRY(acting_user_token, reader.optional_echo<bytes_max>(container.acting_user_token));
  AUTHD_TRY(business_token, reader.optional_echo<bytes_max>(container.business_token));
  return JitFunding{token, method, user_token, acting_user_token, business_token};
}

// The message whose hold an incremental authorization adds to; empty for everything else.
Field<core::MessageId> increments_of(const FieldReader& reader, std::string_view method) {
  AUTHD_TRY(type, reader.optional_text(fields["type"]));
  if (method != incremental_method && type != incremental_type) return core::MessageId{};
  return reader.optional_identifier<core::MessageId>(fields["preceding_related_transaction_token"]);
}

// What an acquirer wrote, without the blanks it was padded with; empty when absent, no string, or
// with control characters in it, which PostgreSQL (NUL) and terminals do not take.
std::string_view acquirer_text(const JsonValue& value) noexcept {
  if (value.type != JsonType::string) return {};
  std::string_view text = value.text;
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (has_control) return {};
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  text.remove_suffix(text.size() - (text.find_last_not_of(' ') + 1));
  return text;
}

std::uint16_t merchant_category(std::string_view digits) noexcept {
  std::uint16_t mcc = 0;
  if (digits.size() != 4 || !std::all_of(digits.begin(), digits.end(), is_digit)) return 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), mcc);
  return mcc;
}

core::Merchant merchant_of(const FieldReader& reader) noexcept {
  core::Merchant merchant;
  merchant.mcc = merchant_category(acquirer_text(reader.value(fields["card_acceptor.mcc"])));
  const std::string_view id = acquirer_text(reader.value(fields["card_acceptor.mid"]));
  merchant.id = decltype(merchant.id)::from(id).value_or(decltype(merchant.id){});
  const std::string_view name = acquirer_text(reader.value(fields["card_acceptor.name"]));
  merchant.name = decltype(merchant.name)::truncated(name);

  const std::string_view country =
      acquirer_text(reader.value(fields["card_acceptor.country_code"]));
  const bool is_alpha_3 =
      country.size() == 3 &&
      std::all_of(country.begin(), country.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (is_alpha_3) merchant.country = *decltype(merchant.country)::from(country);
  return merchant;
}

Field<GatewayMessage> message_of(const FieldReader& reader, const core::ProgramId& program) {
  AUTHD_TRY(message, reader.identifier<core::MessageId>(fields["token"]));
  AUTHD_TRY(card, reader.identifier<core::CardToken>(fields["card_token"]));
  AUTHD_TRY(container, container_of(reader));
  AUTHD_TRY(currency, currency_of(reader, *container));
  AUTHD_TRY(funding, funding_of(reader, *container));
  AUTHD_TRY(amount_minor, reader.major_units(container->amount, currency));
  AUTHD_TRY(increments, increments_of(reader, funding.method.view()));
  const Kind kind = kind_of(funding.method.view(), container == &unload, amount_minor);
  return GatewayMessage{
      {program, message, increments, card, kind, {amount_minor, currency}, merchant_of(reader)},
      funding};
}

}  // namespace

core::Result<GatewayMessage, ParseError> parse_gateway_request(JsonWalk& walk,
                                                               const core::ProgramId& program,
                                                               PaddedBody body) {
  std::array<JsonValue, fields.count> values;
  AUTHD_TRY_VOID(walk.run(body, fields.table(), values));
  return message_of(FieldReader(fields.table(), values), program);
}

}  // namespace authd::processors::marqeta
