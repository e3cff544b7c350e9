#include "authd/processors/adyen.h"

#include <array>

#include "authd/processors/acquirer_fields.h"
#include "authd/processors/adyen_parts.h"

namespace authd::processors {

namespace adyen {

namespace {

using core::Kind;
using core::Verification;

// First what we use, then the identifiers in which digits mean no PAN.
constexpr auto fields = json_fields({
    {"id"},
    {"type"},
    {"amount"},
    {"amount.value"},
    {"amount.currency"},
    {"originalAmount"},
    {"originalAmount.currency"},
    {"paymentInstrument"},
    {"paymentInstrument.id"},
    {"entryMode"},
    {"processingType"},
    {"merchantData"},
    {"merchantData.mcc"},
    {"merchantData.merchantId", Digits::identifier},
    {"merchantData.nameLocation"},
    {"merchantData.nameLocation.name"},
    {"merchantData.nameLocation.country"},
    {"threeDSecure"},
    {"validationResult"},
    {"validationResult.[]"},
    {"validationResult.[].type"},
    {"validationResult.[].result"},

    {"authCode", Digits::identifier},
    {"reference", Digits::identifier},
    {"schemeTraceId", Digits::identifier},
    {"schemeUniqueTransactionId", Digits::identifier},
    {"merchantData.acquirerId", Digits::identifier},
});

constexpr std::array validation_results{
    Word<Verification>{"valid", Verification::match},
    Word<Verification>{"invalid", Verification::mismatch},
};

// What Adyen has verified, of validationResult[].
struct Verified {
  Verification security_code = Verification::absent;
  Verification cardholder = Verification::absent;

  void take(const FieldReader& reader) noexcept {
    const JsonValue& type = reader.value(fields["validationResult.[].type"]);
    const Verification result = value_of(reader.value(fields["validationResult.[].result"]),
                                         validation_results, Verification::absent);
    if (type.text == "CVC2") security_code = result;
    if (type.text == "CardholderAuthentication") cardholder = result;
  }
};

// Cardholders are authenticated in other ways too, at the terminal: only with 3-D Secure it counts
// as such here.
core::Details details_of(const FieldReader& reader, const Verified& verified,
                         core::Currency billing) noexcept {
  core::Details details = adyen::details_of(
      {reader.value(fields["merchantData.mcc"]), reader.value(fields["merchantData.merchantId"]),
       reader.value(fields["merchantData.nameLocation.name"]),
       reader.value(fields["merchantData.nameLocation.country"]), reader.value(fields["entryMode"]),
       reader.value(fields["processingType"])});
  const auto currency =
      core::Currency::from_alpha(acquirer_text(reader.value(fields["originalAmount.currency"])));
  details.currency = currency.value_or(billing);
  details.security_code = verified.security_code;
  if (reader.value(fields["threeDSecure"]).type == JsonType::object)
    details.cardholder = verified.cardholder;
  return details;
}

// By direction, then by what the terminal does.
Field<Kind> kind_of(const FieldReader& reader, const IntegerAmount& amount,
                    const core::Details& details) {
  constexpr std::string_view question_type = "balancePlatform.authorisation.relayed";
  AUTHD_TRY(type, reader.optional_text(fields["type"]));
  if (type.value_or(question_type) != question_type) return Kind::unsupported;
  if (reader.value(fields["processingType"]).text == "balanceInquiry")
    return amount.units == 0 ? Kind::balance_inquiry : Kind::unsupported;
  if (amount.units == 0) return Kind::account_verification;
  if (!amount.is_negative) return Kind::credit;
  return pays_cash(details) ? Kind::cash : Kind::purchase;
}

Field<Question> question_of(const FieldReader& reader, const core::ProgramId& program,
                            const Verified& verified, Decimals decimals) {
  AUTHD_TRY(id, reader.identifier<core::MessageId>(fields["id"]));
  AUTHD_TRY(card, reader.identifier<core::CardToken>(fields["paymentInstrument.id"]));
  AUTHD_TRY(amount, integer_amount(reader, fields["amount.value"]));
  AUTHD_TRY(currency, reader.optional_currency(fields["amount.currency"]));
  if (!currency) return reader.refuse(ParseFault::missing, fields["amount.currency"]);
  AUTHD_TRY(minor, minor_units(reader, fields["amount.value"], amount, *currency, decimals));
  const core::Details details = details_of(reader, verified, *currency);
  AUTHD_TRY(kind, kind_of(reader, amount, details));

  Question question;
  question.request.program = program;
  question.request.message = id;
  question.request.card = card;
  question.request.kind = kind;
  question.request.amount = {minor, *currency};
  question.request.details = details;
  return question;
}

}  // namespace

}  // namespace adyen

core::Result<Question, ParseError> AdyenAdapter::read_question(JsonWalk& walk,
                                                               const core::ProgramId& program,
                                                               PaddedBody body) const {
  using adyen::fields;
  std::array<JsonValue, fields.count> values;
  const FieldReader reader(fields.table(), values);
  adyen::Verified verified;
  AUTHD_TRY_VOID(
      walk.run(body, fields.table(), values, [&](std::size_t) { verified.take(reader); }));
  return adyen::question_of(reader, program, verified, options_.decimals);
}

}  // namespace authd::processors
