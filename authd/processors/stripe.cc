#include "authd/processors/stripe.h"

#include <algorithm>
#include <array>

#include "authd/processors/stripe_reader.h"

namespace authd::processors {

namespace {

using stripe::fields;
using stripe::StripeReader;

constexpr std::string_view request_type = "issuing_authorization.request";

// The authorization's own currency is that of all its events.
Field<core::Currency> currency_of(const StripeReader& reader) {
  constexpr std::size_t of_request = fields["data.object.pending_request.currency"];
  constexpr std::size_t of_authorization = fields["data.object.currency"];
  AUTHD_TRY(currency, reader.currency(of_request));
  if (reader.is_absent(of_authorization)) return currency;
  AUTHD_TRY(other, reader.currency(of_authorization));
  if (other != currency) return reader.found().refuse(ParseFault::conflicting, of_request);
  return currency;
}

// The part of the amount that is paid out at the till.
Field<std::int64_t> cash_back_of(const StripeReader& reader, core::Money amount) {
  constexpr std::size_t field =
      fields["data.object.pending_request.amount_details.cashback_amount"];
  AUTHD_TRY(minor, reader.optional_amount(field, amount.currency));
  if (minor > amount.minor_units) return reader.found().refuse(ParseFault::conflicting, field);
  return minor;
}

Field<core::Request> request_of(const StripeReader& reader, const core::ProgramId& program) {
  constexpr std::size_t pending = fields["data.object.pending_request"];
  AUTHD_TRY(type, reader.found().text(fields["type"]));
  AUTHD_TRY_VOID(reader.has_data());
  AUTHD_TRY(has_question, reader.found().has_object(pending));
  if (!has_question) return reader.found().refuse(ParseFault::missing, pending);

  AUTHD_TRY(message, reader.id(fields["id"]));
  AUTHD_TRY(authorization, reader.id(fields["data.object.id"]));
  AUTHD_TRY(card, reader.card());
  AUTHD_TRY(currency, currency_of(reader));
  AUTHD_TRY(minor, reader.amount(fields["data.object.pending_request.amount"], currency));
  AUTHD_TRY(cash_back_minor, cash_back_of(reader, {minor, currency}));
  AUTHD_TRY(partial_approval,
            reader.optional_boolean(fields["data.object.pending_request.is_amount_controllable"]));

  core::Request request;
  request.program = program;
  request.message = message;
  request.authorization = authorization;
  request.card = card;
  request.amount = {minor, currency};
  request.cash_back_minor = cash_back_minor;
  request.partial_approval = partial_approval;
  request.details =
      reader.details(fields["data.object.pending_request.merchant_currency"],
                     fields["data.object.pending_request.amount_details.atm_fee"], currency);
  request.kind =
      type == request_type ? stripe::kind_of(request.details, minor) : core::Kind::unsupported;
  return request;
}

}  // namespace

StripeAdapter::StripeAdapter(const StripeOptions& options)
    : units_(options.decimals),
      fields_("Stripe-Version: " + options.api_version + "\r\n"),
      reference_in_metadata_(options.reference_in_metadata) {
  AUTHD_ASSERT(valid(options));  // the configuration has been checked
}

bool StripeAdapter::valid(const StripeOptions& options) noexcept {
  constexpr std::size_t version_size_max = 64;
  const std::string& version = options.api_version;
  const bool is_text =
      !version.empty() && version.size() <= version_size_max &&
      std::all_of(version.begin(), version.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  return is_text && std::all_of(options.decimals.begin(), options.decimals.end(),
                                [](const stripe::Units::Decimals& entry) {
                                  return entry.currency != core::Currency{} &&
                                         entry.decimals >= 0 &&
                                         entry.decimals <= stripe::Units::decimals_max;
                                });
}

core::Result<Question, ParseError> StripeAdapter::read_question(JsonWalk& walk,
                                                                const core::ProgramId& program,
                                                                PaddedBody body) const {
  std::array<JsonValue, fields.count> values;
  AUTHD_TRY_VOID(walk.run(body, fields.table(), values));
  AUTHD_TRY(request, request_of(StripeReader(values, units_), program));
  return Question{request, {}};
}

}  // namespace authd::processors
