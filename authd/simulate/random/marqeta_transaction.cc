#include "authd/simulate/random/marqeta_transaction.h"

#include <algorithm>
#include <array>

#include "authd/simulate/random/amounts.h"
#include "authd/simulate/random/clock_text.h"
#include "core/money.h"

namespace authd::simulate::random {

namespace {

std::string numeric_code(std::string_view currency) {
  const auto known = core::Currency::from_alpha(currency);
  const std::string code = std::to_string(known ? known->numeric() : 0);
  return std::string(3 - std::min<std::size_t>(code.size(), 3), '0') + code;
}

}  // namespace

MarqetaWriter::MarqetaWriter(const Scene& scene, Draw draw)
    : setting_(scene.setting),
      at_(scene.circumstances),
      draw_(draw),
      numeric_(numeric_code(setting_.currency)),
      user_(draw_.chance(30) ? draw_.digits(8) : draw_.uuid()),
      business_(draw_.chance(10) ? draw_.uuid() : ""),
      card_product_(draw_.uuid()),
      funding_source_("**********" + draw_.hex(4)),
      order_(draw_.uuid()),
      last_four_(draw_.digits(4)),
      network_reference_(draw_.letters_and_digits(9)) {}

std::string MarqetaWriter::amount(std::int64_t minor) {
  return draw_.chance(50) ? major_units(minor, setting_.exponent)
                          : major_units_with_point(minor, setting_.exponent);
}

JsonObject MarqetaWriter::funding(const MarqetaTransaction& made) {
  JsonObject object;
  object.text("token", made.funding_token).text("method", made.method).text("user_token", user_);
  object.text("acting_user_token", user_);
  if (!business_.empty()) object.text("business_token", business_);
  object.raw("amount", amount(made.funding_minor));
  if (!made.original_funding.empty())
    object.text("original_jit_funding_token", made.original_funding);
  return object;
}

// How the gateway has answered.
JsonObject MarqetaWriter::gateway_log(const MarqetaTransaction& made) {
  constexpr std::int64_t deadline_ms = 3000;
  const bool timed_out = made.decider != Decider::issuer && made.decider != Decider::fault;
  const bool is_declined = made.state == "DECLINED";
  JsonObject log;
  log.text("order_number", made.token).text("transaction_id", made.funding_token);
  log.integer("duration", timed_out ? deadline_ms + 1 : 40 + draw_.below(400));
  log.flag("timed_out", timed_out);
  if (timed_out) return log.text("message", "No response from gateway before the deadline");

  log.text("message", is_declined ? "Funding request declined by gateway" : made.memo);
  JsonObject said = funding(made);
  if (is_declined) said.text_or_null("decline_reason", made.decline_reason);
  JsonObject response;
  response.text("code", is_declined ? "402" : "200");
  response.object("data", JsonObject().object("jit_funding", said));
  return log.object("response", response);
}

JsonObject MarqetaWriter::order(const MarqetaTransaction& made) {
  JsonObject source;
  source.text("type", "programgateway").text("token", funding_source_).flag("active", true);
  source.text("name", "simulated_gateway").flag("is_default_account", false);
  JsonObject funded;
  funded.raw("amount", amount(made.funding_minor)).object("source", source);
  if (made.decider && made.decider != Decider::network) {
    funded.object("gateway_log", gateway_log(made));
  }
  JsonObject object;
  object.text("token", order_).raw("amount", amount(made.funding_minor));
  object.text("transaction_token", draw_.uuid()).text("state", made.order_state);
  object.object("funding", funded).text("funding_source_token", funding_source_);
  object.object("jit_funding", funding(made));
  return object.text("user_token", user_).text("currency_code", setting_.currency);
}

JsonObject MarqetaWriter::conversion(const MarqetaTransaction& made) const {
  const int exponent = at_.foreign != nullptr ? at_.foreign->exponent : setting_.exponent;
  JsonObject network;
  network.raw("original_amount",
              major_units(at_.merchant_minor(made.amount_minor, setting_.exponent), exponent));
  network.raw("conversion_rate", at_.rate());
  network.text("original_currency_code", at_.foreign != nullptr ? at_.foreign->numeric : numeric_);
  if (at_.foreign != nullptr) network.flag("dynamic_currency_conversion", false);
  return JsonObject().object("network", network);
}

JsonObject MarqetaWriter::acquirer() {
  JsonObject object;
  object.text("institution_id_code", "0" + std::string(at_.merchant.id.substr(10)));
  object.text("retrieval_reference_number", draw_.digits(12));
  return object.text("system_trace_audit_number", draw_.digits(6));
}

JsonObject MarqetaWriter::card_acceptor() const {
  JsonObject object;
  object.text("mid", at_.merchant.id).text("mcc", at_.merchant.mcc).text("name", at_.name());
  object.text_or_null("street_address", at_.merchant.street).text("city", at_.city());
  object.text("state", at_.state());
  object.text_or_null("postal_code", at_.is_dirty ? "" : at_.merchant.postal_code);
  return object.text("country_code", at_.merchant.country_3);
}

JsonObject MarqetaWriter::pos(bool partial_allowed) const {
  constexpr std::array<std::string_view, 5> modes{"CHIP", "CHIP_CONTACTLESS", "MAG_STRIPE",
                                                  "KEY_ENTERED", "CREDENTIALS_ON_FILE"};
  const bool is_present = at_.is_present();
  const bool is_machine = at_.merchant.place == Place::machine;
  JsonObject object;
  object.text("pan_entry_mode", modes.at(static_cast<std::size_t>(at_.entry)));
  object.text("pin_entry_mode", is_machine ? "TRUE" : "UNKNOWN").flag("pin_present", is_machine);
  object.text("terminal_id", at_.merchant.id.substr(7));
  object.text("terminal_attendance", is_present && !is_machine ? "ATTENDED" : "UNATTENDED");
  object.flag("card_holder_presence", is_present).flag("card_presence", is_present);
  object.text("zip", std::string(at_.merchant.postal_code) + "   ");
  object.flag("partial_approval_capable", partial_allowed).flag("purchase_amount_only", false);
  return object.flag("is_recurring", at_.is_recurring).flag("is_installment", false);
}

// What only a webhook says.
void MarqetaWriter::add_outcome(const MarqetaTransaction& made, JsonObject& object) {
  object.object("response", JsonObject().text("code", made.code).text("memo", made.memo));
  object.integer("duration", 90 + draw_.below(400));
  if (made.state != "DECLINED") object.text("approval_code", draw_.digits(6));
  if (made.decider == Decider::fallback || made.decider == Decider::network) {
    object.text("standin_approved_by", "COMMANDO_AUTO").text("standin_by", "COMMANDO_AUTO");
    object.null("standin_reason");
  }
  if (!made.is_clearing) return;
  object.text("acquirer_reference_data", draw_.digits(23)).text("batch_number", draw_.digits(9));
  if (made.is_final) object.flag("is_final_clearing", *made.is_final);
  if (made.is_final.value_or(false))
    object.raw("amount_to_be_released", amount(made.released_minor));
}

void MarqetaWriter::add_surroundings(const MarqetaTransaction& made, JsonObject& object) {
  const bool is_visa = at_.network == Network::visa;
  object.text("network", is_visa ? "VISA" : "MASTERCARD");
  object.text("subnetwork", is_visa ? "VISANET" : "MASTERCARDDEBIT");
  object.object("acquirer", acquirer());
  object.object("card", JsonObject().text("last_four", last_four_));
  object.text("network_reference_id", network_reference_);
  object.object("card_acceptor", card_acceptor()).object("pos", pos(made.partial_allowed));

  const bool is_machine = at_.merchant.place == Place::machine;
  const std::string_view elsewhere = at_.entry == Entry::online ? "ECOMMERCE" : "OTHER";
  JsonObject metadata;
  metadata.text("payment_channel", is_machine ? "ATM" : elsewhere).null("moto_indicator");
  object.object("transaction_metadata", metadata);
  if (at_.wallet != Wallet::none) {
    const JsonObject provider = JsonObject().text(
        "token_requestor_name", at_.wallet == Wallet::apple ? "APPLE_PAY" : "ANDROID_PAY");
    object.object("digital_wallet_token", JsonObject().object("token_service_provider", provider));
  }
  const JsonObject network = JsonObject().integer("transaction_risk_score", at_.risk);
  object.object("fraud", JsonObject().object("network", network));
}

JsonObject MarqetaWriter::write(const MarqetaTransaction& made) {
  const std::string time = utc_time(made.at_unix_s);
  JsonObject object;
  object.text("type", made.type).text("state", made.state).text("token", made.token);
  object.text("user_token", user_).text("acting_user_token", user_);
  object.text("card_token", setting_.card_token).text("card_product_token", card_product_);
  if (!made.preceding.empty()) object.text("preceding_related_transaction_token", made.preceding);
  if (!made.original.empty()) object.text("original_transaction_token", made.original);
  object.object(made.is_unload ? "gpa_order_unload" : "gpa_order", order(made));
  object.text("created_time", time).text("user_transaction_time", time);
  object.text("settlement_date", utc_date(made.at_unix_s) + "T00:00:00Z");
  object.raw("request_amount", amount(made.requested_minor));
  object.raw("amount", amount(made.amount_minor));
  object.raw("acquirer_fee_amount", amount(made.fee_minor));
  object.object("currency_conversion", conversion(made));
  object.text("currency_code", setting_.currency);
  if (!made.is_question) add_outcome(made, object);
  add_surroundings(made, object);
  return object;
}

}  // namespace authd::simulate::random
