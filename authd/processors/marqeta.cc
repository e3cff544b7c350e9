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
    {"original_transaction_token"},
    {"cash_back_amount"},
    {"gpa_order"},
    {"gpa_order.currency_code"},
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
    {"pos.pan_entry_mode"},
    {"pos.card_presence"},
    {"pos.partial_approval_capable"},
    {"pos.is_recurring"},
    {"pos.is_installment"},
    {"pos.terminal_id", Digits::identifier},
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
    {"network_reference_id", Digits::identifier},
    {"network_transaction_lifecycle_id", Digits::identifier},
    {"merchant_initiated_original_trace_id", Digits::identifier},
    {"issuer_payment_node", Digits::identifier},
    {"digital_wallet_token"},
    {"digital_wallet_token.token_service_provider"},
    {"digital_wallet_token.token_service_provider.token_requestor_name"},
    {"digital_wallet_token.token_service_provider.token_reference_id", Digits::identifier},
    {"digital_wallet_token.token_service_provider.pan_reference_id", Digits::identifier},
    {"digital_wallet_token.device"},
    {"digital_wallet_token.device.device_id", Digits::identifier},
    {"digital_wallet_token.device.phone_number", Digits::identifier},
});

// The two places of `jit_funding`.
struct Container {
  std::size_t self, currency, funding, token, method, user_token, acting_user_token, business_token,
      amount, address_code;
};

constexpr Container order{
    fields["gpa_order"],
    fields["gpa_order.currency_code"],
    fields["gpa_order.jit_funding"],
    fields["gpa_order.jit_funding.token"],
    fields["gpa_order.jit_funding.method"],
    fields["gpa_order.jit_funding.user_token"],
    fields["gpa_order.jit_funding.acting_user_token"],
    fields["gpa_order.jit_funding.business_token"],
    fields["gpa_order.jit_funding.amount"],
    fields["gpa_order.jit_funding.address_verification.issuer.response.code"]};

constexpr Container unload{
    fields["gpa_order_unload"],
    fields["gpa_order_unload.currency_code"],
    fields["gpa_order_unload.jit_funding"],
    fields["gpa_order_unload.jit_funding.token"],
    fields["gpa_order_unload.jit_funding.method"],
    fields["gpa_order_unload.jit_funding.user_token"],
    fields["gpa_order_unload.jit_funding.acting_user_token"],
    fields["gpa_order_unload.jit_funding.business_token"],
    fields["gpa_order_unload.jit_funding.amount"],
    fields["gpa_order_unload.jit_funding.address_verification.issuer.response.code"]};

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

// The life cycle that an incremental authorization belongs to; empty for everything else.
Field<core::MessageId> life_cycle_of(const FieldReader& reader, std::string_view method) {
  AUTHD_TRY(type, reader.optional_text(fields["type"]));
  if (method != incremental_method && type != incremental_type) return core::MessageId{};
  AUTHD_TRY(original,
            reader.optional_identifier<core::MessageId>(fields["original_transaction_token"]));
  if (!original.empty()) return original;
  return reader.optional_identifier<core::MessageId>(fields["preceding_related_transaction_token"]);
}

// The part of the amount that is paid out at the till.
Field<std::int64_t> cash_back_of(const FieldReader& reader, core::Currency currency,
                                 std::int64_t amount_minor) {
  const std::size_t field = fields["cash_back_amount"];
  const JsonType type = reader.value(field).type;
  if (type == JsonType::absent || type == JsonType::null) return 0;
  AUTHD_TRY(cash_back_minor, reader.major_units(field, currency));
  if (cash_back_minor > amount_minor) return reader.refuse(ParseFault::conflicting, field);
  return cash_back_minor;
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

// The word that stands for a value of ours.
template <class Enum>
struct Word {
  std::string_view word;
  Enum value;
};

// What is not in the table is `unknown`: Marqeta adds words without notice.
template <class Enum, std::size_t N>
Enum value_of(const JsonValue& value, const std::array<Word<Enum>, N>& words,
              Enum unknown) noexcept {
  if (value.type != JsonType::string) return unknown;
  const auto* const found = std::find_if(
      words.begin(), words.end(), [&value](const auto& word) { return word.word == value.text; });
  return found == words.end() ? unknown : found->value;
}

// true and false, or the same as a string, as some samples have them. Nothing: not said.
std::optional<bool> flag(const JsonValue& value) noexcept {
  if (value.type != JsonType::boolean && value.type != JsonType::string) return std::nullopt;
  if (value.text == "true" || value.text == "TRUE") return true;
  if (value.text == "false" || value.text == "FALSE") return false;
  return std::nullopt;
}

using core::Channel;
using core::EntryMode;
using core::Verification;

// `pos.pan_entry_mode` of the Core API.
constexpr std::array entry_modes{
    Word<EntryMode>{"CHIP", EntryMode::chip},
    Word<EntryMode>{"CHIP_CONTACTLESS", EntryMode::contactless},
    Word<EntryMode>{"MAG_STRIPE_CONTACTLESS", EntryMode::contactless},
    Word<EntryMode>{"MAG_STRIPE", EntryMode::magnetic_stripe},
    Word<EntryMode>{"CHIP_FALLBACK", EntryMode::fallback},
    Word<EntryMode>{"MANUAL", EntryMode::manual},
    Word<EntryMode>{"KEY_ENTERED", EntryMode::manual},
    Word<EntryMode>{"KEYED_CARD_PCSC", EntryMode::manual},
    Word<EntryMode>{"MAG_STRIPE_READ_KEYED_PCSC", EntryMode::magnetic_stripe},
    Word<EntryMode>{"CARD_ON_FILE", EntryMode::credential_on_file},
    Word<EntryMode>{"CREDENTIALS_ON_FILE", EntryMode::credential_on_file},
    Word<EntryMode>{"BAR_CODE", EntryMode::other},
    Word<EntryMode>{"OCR", EntryMode::other},
    Word<EntryMode>{"MICR", EntryMode::other},
    Word<EntryMode>{"OTHER", EntryMode::other},
};

// `transaction_metadata.payment_channel`.
constexpr std::array channels{
    Word<Channel>{"ATM", Channel::atm},
    Word<Channel>{"ECOMMERCE", Channel::ecommerce},
    Word<Channel>{"MAIL", Channel::mail_or_telephone},
    Word<Channel>{"PHONE", Channel::mail_or_telephone},
    Word<Channel>{"MOTO", Channel::mail_or_telephone},
};

// Address verification: both, address alone, postal code alone match. The rest match nothing.
constexpr std::array address_codes{
    Word<Verification>{"0000", Verification::match},
    Word<Verification>{"0001", Verification::partial},
    Word<Verification>{"0100", Verification::partial},
    Word<Verification>{"0101", Verification::mismatch},
};

// Unverified: the codes of card_security_code_verification are those of other responses.
constexpr std::array security_codes{
    Word<Verification>{"0000", Verification::match},
    Word<Verification>{"0001", Verification::mismatch},
};

// `cardholder_authentication_data.verification_result`. Unverified but for the first.
constexpr std::array cardholder_results{
    Word<Verification>{"verified", Verification::match},
    Word<Verification>{"not_verified", Verification::mismatch},
    Word<Verification>{"failed", Verification::mismatch},
};
constexpr std::array cardholder_indicators{
    Word<Verification>{"authentication_successful", Verification::match},
    Word<Verification>{"authentication_attempted", Verification::partial},
};

core::Wallet wallet_of(const FieldReader& reader) noexcept {
  constexpr std::array wallets{
      Word<core::Wallet>{"APPLE_PAY", core::Wallet::apple},
      Word<core::Wallet>{"ANDROID_PAY", core::Wallet::google},
      Word<core::Wallet>{"GOOGLE_PAY", core::Wallet::google},
      Word<core::Wallet>{"SAMSUNG_PAY", core::Wallet::samsung},
  };
  if (reader.value(fields["digital_wallet_token"]).type != JsonType::object) {
    return core::Wallet::none;
  }
  return value_of(
      reader.value(fields["digital_wallet_token.token_service_provider.token_requestor_name"]),
      wallets, core::Wallet::other);
}

core::Recurrence recurrence_of(const FieldReader& reader) noexcept {
  const auto recurring = flag(reader.value(fields["pos.is_recurring"]));
  const auto installment = flag(reader.value(fields["pos.is_installment"]));
  if (recurring.value_or(false)) return core::Recurrence::recurring;
  if (installment.value_or(false)) return core::Recurrence::installment;
  return recurring || installment ? core::Recurrence::single : core::Recurrence::unknown;
}

Channel channel_of(const FieldReader& reader, const core::Details& details) noexcept {
  const Channel said = value_of(reader.value(fields["transaction_metadata.payment_channel"]),
                                channels, Channel::unknown);
  if (said != Channel::unknown) return said;
  const bool present = details.card_presence == core::CardPresence::present;
  return present ? Channel::point_of_sale : Channel::unknown;
}

Verification cardholder_of(const FieldReader& reader) noexcept {
  const Verification result =
      value_of(reader.value(fields["cardholder_authentication_data.verification_result"]),
               cardholder_results, Verification::absent);
  if (result != Verification::absent) return result;
  return value_of(
      reader.value(fields["cardholder_authentication_data.electronic_commerce_indicator"]),
      cardholder_indicators, Verification::absent);
}

// The merchant's currency stands there as the three digits of ISO 4217; the billing currency where
// they are missing.
core::Currency merchant_currency(const FieldReader& reader, core::Currency billing) noexcept {
  const JsonValue& value =
      reader.value(fields["currency_conversion.network.original_currency_code"]);
  const std::string_view digits = value.type == JsonType::string ? value.text : std::string_view{};
  std::uint16_t code = 0;
  const bool is_code = digits.size() == 3 && std::all_of(digits.begin(), digits.end(), is_digit);
  if (is_code) std::from_chars(digits.data(), digits.data() + digits.size(), code);
  return core::Currency::from_numeric(code).value_or(billing);
}

core::Details details_of(const FieldReader& reader, const Container& container,
                         core::Currency billing) noexcept {
  core::Details details;
  details.merchant = merchant_of(reader);
  details.currency = merchant_currency(reader, billing);
  details.entry_mode =
      value_of(reader.value(fields["pos.pan_entry_mode"]), entry_modes, EntryMode::unknown);
  if (const auto present = flag(reader.value(fields["pos.card_presence"]))) {
    details.card_presence =
        *present ? core::CardPresence::present : core::CardPresence::not_present;
  }
  details.channel = channel_of(reader, details);
  details.wallet = wallet_of(reader);
  details.recurrence = recurrence_of(reader);
  details.address =
      value_of(reader.value(container.address_code), address_codes, Verification::absent);
  details.security_code =
      value_of(reader.value(fields["card_security_code_verification.response.code"]),
               security_codes, Verification::absent);
  details.cardholder = cardholder_of(reader);
  return details;
}

Field<GatewayMessage> message_of(const FieldReader& reader, const core::ProgramId& program) {
  AUTHD_TRY(message, reader.identifier<core::MessageId>(fields["token"]));
  AUTHD_TRY(card, reader.identifier<core::CardToken>(fields["card_token"]));
  AUTHD_TRY(container, container_of(reader));
  AUTHD_TRY(currency, currency_of(reader, *container));
  AUTHD_TRY(funding, funding_of(reader, *container));
  AUTHD_TRY(amount_minor, reader.major_units(container->amount, currency));
  AUTHD_TRY(life_cycle, life_cycle_of(reader, funding.method.view()));
  AUTHD_TRY(cash_back_minor, cash_back_of(reader, currency, amount_minor));

  GatewayMessage result;
  result.funding = funding;
  core::Request& request = result.request;
  request.program = program;
  request.message = message;
  request.authorization = life_cycle;
  request.card = card;
  request.kind = kind_of(funding.method.view(), container == &unload, amount_minor);
  request.amount = {amount_minor, currency};
  request.cash_back_minor = cash_back_minor;
  request.partial_approval =
      flag(reader.value(fields["pos.partial_approval_capable"])).value_or(false);
  request.details = details_of(reader, *container, currency);
  return result;
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
