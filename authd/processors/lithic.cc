#include "authd/processors/lithic.h"

#include <algorithm>
#include <array>

#include "authd/processors/acquirer_fields.h"
#include "authd/processors/integer_amount.h"
#include "authd/processors/lithic_parts.h"

namespace authd::processors {

namespace lithic {

namespace {

using core::Kind;

// What the statuses of a question ask for. `purchase` stands for every debit.
struct StatusKind {
  std::string_view status;
  Kind kind;
};
constexpr std::array status_kinds{
    StatusKind{"AUTHORIZATION", Kind::purchase},
    StatusKind{"FINANCIAL_AUTHORIZATION", Kind::purchase},
    StatusKind{"CREDIT_AUTHORIZATION", Kind::credit},
    StatusKind{"FINANCIAL_CREDIT_AUTHORIZATION", Kind::credit},
    StatusKind{"BALANCE_INQUIRY", Kind::balance_inquiry},
};

constexpr std::string_view question_type = "card_authorization.approval_request";

Field<Kind> kind_of_status(const FieldReader& reader) {
  AUTHD_TRY(status, reader.text(fields["status"]));
  AUTHD_TRY(event_type, reader.optional_text(fields["event_type"]));
  if (event_type.value_or(question_type) != question_type) return Kind::unsupported;
  const auto* const found =
      std::find_if(status_kinds.begin(), status_kinds.end(),
                   [&status](const StatusKind& entry) { return entry.status == status; });
  return found == status_kinds.end() ? Kind::unsupported : found->kind;
}

enum class Sign : std::uint8_t { refused, ignored };

Field<std::int64_t> minor_units(const FieldReader& reader, std::size_t field, Sign sign) {
  AUTHD_TRY(amount, integer_amount(reader, field));
  if (amount.is_negative && sign == Sign::refused)
    return reader.refuse(ParseFault::amount_negative, field);
  return amount.units;
}

// What the cardholder is charged, and how much of the account it takes until that is known.
struct Asked {
  core::Money charged;
  std::int64_t held_minor = 0;  // never less
};

Field<core::Money> charged_of(const FieldReader& reader, Sign sign) {
  AUTHD_TRY(has_amounts, reader.has_object(fields["amounts"]));
  AUTHD_TRY(has_charged, reader.has_object(fields["amounts.cardholder"]));
  const bool is_nested = has_amounts && has_charged;  // else by the deprecated fields
  const std::size_t amount = is_nested ? fields["amounts.cardholder.amount"] : fields["amount"];
  const std::size_t currency =
      is_nested ? fields["amounts.cardholder.currency"] : fields["cardholder_currency"];

  AUTHD_TRY(minor, minor_units(reader, amount, sign));
  AUTHD_TRY(billing, reader.optional_currency(currency));
  if (!billing) return reader.refuse(ParseFault::missing, currency);
  return core::Money{minor, *billing};
}

// The hold is stated in the settlement currency. Where that is another, it cannot be compared.
Field<Asked> asked_of(const FieldReader& reader, Sign sign) {
  AUTHD_TRY(charged, charged_of(reader, sign));
  AUTHD_TRY(has_hold, reader.has_object(fields["amounts.hold"]));
  if (!has_hold) return Asked{charged, charged.minor_units};
  AUTHD_TRY(hold_minor, minor_units(reader, fields["amounts.hold.amount"], sign));
  AUTHD_TRY(currency, reader.optional_currency(fields["amounts.hold.currency"]));
  const bool comparable = currency.value_or(charged.currency) == charged.currency;
  return Asked{charged,
               comparable ? std::max(hold_minor, charged.minor_units) : charged.minor_units};
}

// Cash paid out: a part of the amount, or all of it at an ATM.
Field<std::int64_t> cash_of(const FieldReader& reader) {
  const JsonType type = reader.value(fields["cash_amount"]).type;
  if (type == JsonType::absent || type == JsonType::null) return 0;
  return minor_units(reader, fields["cash_amount"], Sign::refused);
}

// Of a debit.
Kind debit_kind(const Asked& asked, std::int64_t cash_minor, bool pays_cash) noexcept {
  if (asked.held_minor == 0) return Kind::account_verification;
  const bool is_all_cash = cash_minor > 0 && cash_minor >= asked.charged.minor_units;
  return pays_cash || is_all_cash ? Kind::cash : Kind::purchase;
}

// An estimate may not be approved in part: Lithic would take the answer for a part of the charge.
bool allows_part(const FieldReader& reader, const Asked& asked) noexcept {
  const auto capable = flag(reader.value(fields["pos.terminal.partial_approval_capable"]));
  return capable.value_or(false) && asked.held_minor == asked.charged.minor_units;
}

Field<Question> question_of(const FieldReader& reader, const core::ProgramId& program,
                            const LithicOptions& options) {
  AUTHD_TRY(token, reader.identifier<core::MessageId>(fields["token"]));
  AUTHD_TRY(card, reader.identifier<core::CardToken>(fields["card.token"]));
  AUTHD_TRY(kind, kind_of_status(reader));
  // Which sign the amounts of a credit have is not documented.
  AUTHD_TRY(asked, asked_of(reader, kind == Kind::credit ? Sign::ignored : Sign::refused));

  Question question;
  core::Request& request = question.request;
  request.program = program;
  request.message = token;
  if (options.has_event_tokens) {
    AUTHD_TRY(message, reader.identifier<core::MessageId>(fields["event_token"]));
    request.message = message;
    request.authorization = token;
  }
  request.card = card;
  request.amount = {asked.held_minor, asked.charged.currency};
  request.details = details_of(reader, asked.charged.currency);
  request.kind = kind;
  if (kind == Kind::purchase) {
    AUTHD_TRY(cash_minor, cash_of(reader));
    request.kind = debit_kind(asked, cash_minor, pays_cash(request.details));
    if (request.kind == Kind::purchase) request.cash_back_minor = cash_minor;
    request.partial_approval = allows_part(reader, asked);
  }
  if (kind == Kind::balance_inquiry && asked.held_minor > 0) request.kind = Kind::unsupported;

  question.echo[0] = *Question::Echo::value_type::from(token.view());
  const JsonValue& address = reader.value(fields["avs.address_on_file_match"]);
  if (address.type == JsonType::string) {
    question.echo[1] = Question::Echo::value_type::truncated(address.text);
  }
  return question;
}

}  // namespace

}  // namespace lithic

core::Result<Question, ParseError> LithicAdapter::read_question(JsonWalk& walk,
                                                                const core::ProgramId& program,
                                                                PaddedBody body) const {
  std::array<JsonValue, lithic::fields.count> values;
  AUTHD_TRY_VOID(walk.run(body, lithic::fields.table(), values));
  return lithic::question_of(FieldReader(lithic::fields.table(), values), program, options_);
}

}  // namespace authd::processors
