// The fields of Marqeta's transaction object, by the names of the Core API's `transaction` schema.
//
// A question is a transaction; a webhook carries an array of them. Both tables have the same fields
// in the same order, so that one reader serves for both: element_reader() gives one element of the
// webhook as if it were a body, and only its errors tell the difference ("transactions.[].token").

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "authd/processors/field_reader.h"
#include "authd/processors/json_fields.h"

namespace authd::processors::marqeta {

// First what we use, then the identifiers in which digits mean no PAN. Tokens are not among the
// exceptions: a card number used as a token is what the rule is for.
inline constexpr JsonField transaction_fields[] = {
    {"token"},
    {"type"},
    {"state"},
    {"card_token"},
    {"currency_code"},
    {"amount"},
    {"preceding_related_transaction_token"},
    {"original_transaction_token"},
    {"cash_back_amount"},
    {"is_final_clearing"},
    {"chargeback"},
    {"chargeback.credit_user"},
    {"gpa_order"},
    {"gpa_order.currency_code"},
    {"gpa_order.funding"},
    {"gpa_order.funding.gateway_log"},
    {"gpa_order.funding.gateway_log.timed_out"},
    {"gpa_order.jit_funding"},
    {"gpa_order.jit_funding.token"},
    {"gpa_order.jit_funding.method"},
    {"gpa_order.jit_funding.user_token"},
    {"gpa_order.jit_funding.acting_user_token"},
    {"gpa_order.jit_funding.business_token"},
    {"gpa_order.jit_funding.amount"},
    {"gpa_order.jit_funding.address_verification"},
    {"gpa_order.jit_funding.address_verification.issuer"},
    {"gpa_order.jit_funding.address_verification.issuer.response"},
    {"gpa_order.jit_funding.address_verification.issuer.response.code"},
    {"gpa_order_unload"},
    {"gpa_order_unload.currency_code"},
    {"gpa_order_unload.funding"},
    {"gpa_order_unload.funding.gateway_log"},
    {"gpa_order_unload.funding.gateway_log.timed_out"},
    {"gpa_order_unload.jit_funding"},
    {"gpa_order_unload.jit_funding.token"},
    {"gpa_order_unload.jit_funding.method"},
    {"gpa_order_unload.jit_funding.user_token"},
    {"gpa_order_unload.jit_funding.acting_user_token"},
    {"gpa_order_unload.jit_funding.business_token"},
    {"gpa_order_unload.jit_funding.amount"},
    {"gpa_order_unload.jit_funding.address_verification"},
    {"gpa_order_unload.jit_funding.address_verification.issuer"},
    {"gpa_order_unload.jit_funding.address_verification.issuer.response"},
    {"gpa_order_unload.jit_funding.address_verification.issuer.response.code"},
    {"card_acceptor"},
    {"card_acceptor.mcc"},
    {"card_acceptor.mid", Digits::identifier},
    {"card_acceptor.name"},
    {"card_acceptor.country_code"},
    {"pos"},
    {"pos.pan_entry_mode"},
    {"pos.card_presence"},
    {"pos.partial_approval_capable"},
    {"pos.is_recurring"},
    {"pos.is_installment"},
    {"transaction_metadata"},
    {"transaction_metadata.payment_channel"},
    {"currency_conversion"},
    {"currency_conversion.network"},
    {"currency_conversion.network.original_currency_code"},
    {"card_security_code_verification"},
    {"card_security_code_verification.response"},
    {"card_security_code_verification.response.code"},
    {"cardholder_authentication_data"},
    {"cardholder_authentication_data.verification_result"},
    {"cardholder_authentication_data.electronic_commerce_indicator"},
    {"digital_wallet_token"},
    {"digital_wallet_token.token_service_provider"},
    {"digital_wallet_token.token_service_provider.token_requestor_name"},

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
    {"chargeback.network_case_id", Digits::identifier},
    {"digital_wallet_token.device"},
    {"digital_wallet_token.device.device_id", Digits::identifier},
    {"digital_wallet_token.device.phone_number", Digits::identifier},
    {"digital_wallet_token.token_service_provider.token_reference_id", Digits::identifier},
    {"digital_wallet_token.token_service_provider.pan_reference_id", Digits::identifier},
    {"identifier", Digits::identifier},
    {"issuer_payment_node", Digits::identifier},
    {"merchant_initiated_original_trace_id", Digits::identifier},
    {"network_reference_id", Digits::identifier},
    {"network_transaction_lifecycle_id", Digits::identifier},
    {"pos.terminal_id", Digits::identifier},
};

// Of a question, and by index of an element too.
inline constexpr auto fields = json_fields(transaction_fields);

inline constexpr std::string_view element_path = "transactions.[]";
inline constexpr std::size_t fields_above_element = 2;  // the body, and "transactions"

// "transactions.[].token": paths with storage of their own.
struct ElementPath {
  std::array<char, 112> text{};
  std::size_t size = 0;

  constexpr ElementPath() = default;
  consteval explicit ElementPath(std::string_view path) {
    append(element_path);
    append(".");
    append(path);
  }
  constexpr std::string_view view() const noexcept { return {text.data(), size}; }

 private:
  consteval void append(std::string_view part) {
    for (const char c : part) text[size++] = c;
  }
};

template <std::size_t N>
consteval std::array<ElementPath, N> element_paths(const JsonField (&rows)[N]) {
  std::array<ElementPath, N> paths;
  for (std::size_t i = 0; i < N; ++i) paths[i] = ElementPath(rows[i].path);
  return paths;
}
inline constexpr auto paths_in_element = element_paths(transaction_fields);

struct WebhookFields {
  JsonField rows[fields_above_element + paths_in_element.size()] = {};

  consteval WebhookFields() {
    rows[0] = {"transactions"};
    rows[1] = {element_path};
    for (std::size_t i = 0; i < paths_in_element.size(); ++i)
      rows[fields_above_element + i] = {paths_in_element[i].view(), transaction_fields[i].digits};
  }
};
inline constexpr auto webhook_fields = json_fields(WebhookFields().rows);

// The element that the walk is at. `values` are those of webhook_fields.
inline FieldReader element_reader(std::span<const JsonValue> values) noexcept {
  const JsonTable table = webhook_fields.table();
  return FieldReader({table.nodes.subspan(fields_above_element), table.buckets},
                     values.subspan(fields_above_element));
}

// The two places of `jit_funding`.
struct Container {
  std::size_t self, currency, timed_out, funding, token, method, user_token, acting_user_token,
      business_token, amount, address_code;
};

// Money that the cardholder spends.
inline constexpr Container order{
    fields["gpa_order"],
    fields["gpa_order.currency_code"],
    fields["gpa_order.funding.gateway_log.timed_out"],
    fields["gpa_order.jit_funding"],
    fields["gpa_order.jit_funding.token"],
    fields["gpa_order.jit_funding.method"],
    fields["gpa_order.jit_funding.user_token"],
    fields["gpa_order.jit_funding.acting_user_token"],
    fields["gpa_order.jit_funding.business_token"],
    fields["gpa_order.jit_funding.amount"],
    fields["gpa_order.jit_funding.address_verification.issuer.response.code"]};

// Money for the cardholder.
inline constexpr Container unload{
    fields["gpa_order_unload"],
    fields["gpa_order_unload.currency_code"],
    fields["gpa_order_unload.funding.gateway_log.timed_out"],
    fields["gpa_order_unload.jit_funding"],
    fields["gpa_order_unload.jit_funding.token"],
    fields["gpa_order_unload.jit_funding.method"],
    fields["gpa_order_unload.jit_funding.user_token"],
    fields["gpa_order_unload.jit_funding.acting_user_token"],
    fields["gpa_order_unload.jit_funding.business_token"],
    fields["gpa_order_unload.jit_funding.amount"],
    fields["gpa_order_unload.jit_funding.address_verification.issuer.response.code"]};

}  // namespace authd::processors::marqeta
