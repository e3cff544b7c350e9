#include "authd/simulate/random/lithic_bodies.h"

#include <algorithm>
#include <array>

#include "authd/simulate/random/clock_text.h"
#include "authd/simulate/random/json_answer.h"
#include "authd/simulate/random/json_object.h"

namespace authd::simulate::random {

namespace {

constexpr std::array<std::string_view, 3> possible_results{"INSUFFICIENT_FUNDS",
                                                           "VELOCITY_EXCEEDED", "EXPOSURE_LIMIT"};

// The status of a question, and the type of the event that tells how it ended.
std::string_view asked_as(Kind kind) noexcept {
  switch (kind) {
    case Kind::single:
    case Kind::cash: return "FINANCIAL_AUTHORIZATION";
    case Kind::inquiry: return "BALANCE_INQUIRY";
    case Kind::credit: return "CREDIT_AUTHORIZATION";
    case Kind::purchase:
    case Kind::verification:
    case Kind::refund:
    case Kind::forced: break;
  }
  return "AUTHORIZATION";
}

// One of events[].
struct Event {
  std::string_view type;
  bool is_debit = true;
  std::int64_t at_unix_s = 0;
  std::int64_t amount_minor = 0;
  std::string result = "APPROVED";
  std::string detail = "APPROVED";
};

class LithicScribe final : public Scribe {
 public:
  LithicScribe(const processors::LithicOptions& options, const Scene& scene)
      : options_(options),
        setting_(scene.setting),
        kind_(scene.plan.kind),
        at_(scene.circumstances),
        draw_(scene.draw),
        token_(draw_.uuid()),
        account_(draw_.uuid()),
        financial_account_(draw_.uuid()),
        last_four_(draw_.digits(4)),
        authorization_code_(draw_.digits(6)),
        retrieval_reference_(draw_.digits(12)),
        began_at_s_(scene.setting.now_unix_s) {}

  std::string ask(const Step& question) override;
  Verdict read(const Heard& answer) override;
  std::vector<std::string> tell(const Step& step) override;

  // Every webhook repeats the transaction from its beginning.
  bool order_matters() const override { return false; }

 private:
  Event decision(const Step& step);
  Event posting(const Step& step) const;

  // Adds the event and writes the transaction as it stands then.
  std::string with(const Event& event, const Totals& totals);

  JsonObject event(const Event& made);
  JsonObject network_info();
  JsonObject amounts_of_transaction(const Totals& totals) const;
  std::string_view status(const Event& last, const Totals& totals) const;
  JsonObject money(std::int64_t minor, bool has_rate) const;
  JsonObject merchant_money(std::int64_t minor) const;
  JsonObject merchant() const;
  JsonObject pos(bool partial_allowed) const;
  JsonObject card() const;
  std::string_view merchant_currency() const;

  processors::LithicOptions options_;
  Setting setting_;
  Kind kind_;
  Circumstances at_;
  Draw draw_;
  std::string token_;
  std::string account_;
  std::string financial_account_;
  std::string last_four_;
  std::string authorization_code_;
  std::string retrieval_reference_;
  std::int64_t began_at_s_;

  Step asked_;               // last
  std::string event_token_;  // of the question
  std::string said_ = "DECLINED";
  JsonArray events_;
  std::int64_t asked_for_minor_ = 0;  // in all
};

std::string_view LithicScribe::merchant_currency() const {
  return at_.foreign != nullptr ? at_.foreign->currency : std::string_view(setting_.currency);
}

JsonObject LithicScribe::money(std::int64_t minor, bool has_rate) const {
  JsonObject object;
  object.integer("amount", minor);
  if (has_rate) object.text("conversion_rate", at_.foreign != nullptr ? at_.rate() : "1.000000");
  return object.text("currency", setting_.currency);
}

JsonObject LithicScribe::merchant_money(std::int64_t minor) const {
  const bool is_negative = minor < 0;
  const std::int64_t size = at_.merchant_minor(is_negative ? -minor : minor, setting_.exponent);
  JsonObject object;
  object.integer("amount", is_negative ? -size : size);
  return object.text("currency", merchant_currency());
}

JsonObject LithicScribe::merchant() const {
  JsonObject object;
  object.text("acceptor_id", at_.merchant.id).text("acquiring_institution_id", "018842");
  object.text("city", at_.city()).text("country", at_.merchant.country_3);
  object.text("descriptor", at_.name()).text("mcc", at_.merchant.mcc).text("state", at_.state());
  object.text_or_null("postal_code", at_.is_dirty ? "" : at_.merchant.postal_code);
  object.text_or_null("street_address", at_.merchant.street);
  return object.null("phone_number");
}

JsonObject LithicScribe::pos(bool partial_allowed) const {
  constexpr std::array<std::string_view, 5> modes{"ICC", "CONTACTLESS", "MAGNETIC_STRIPE",
                                                  "ECOMMERCE", "CREDENTIAL_ON_FILE"};
  const bool is_present = at_.is_present();
  const bool is_machine = at_.merchant.place == Place::machine;
  const std::string_view orders = at_.is_recurring ? "REOCCURRING" : "ELECTRONIC_ORDER";
  JsonObject entry;
  entry.text("card", is_present ? "PRESENT" : "NOT_PRESENT");
  entry.text("cardholder", is_present ? "PRESENT" : orders);
  entry.text("pan", modes.at(static_cast<std::size_t>(at_.entry))).flag("pin_entered", is_machine);
  JsonObject terminal;
  terminal.text_or_null("acceptor_terminal_id", is_present ? at_.merchant.id.substr(7) : "");
  terminal.flag("attended", is_present && !is_machine).flag("card_retention_capable", false);
  terminal.flag("on_premise", is_present);
  terminal.text("operator", is_present ? "CARD_ACCEPTOR" : "CARDHOLDER");
  terminal.flag("partial_approval_capable", partial_allowed);
  terminal.text("pin_capability", is_present ? "CAPABLE" : "NOT_CAPABLE");
  terminal.text("type", is_machine ? "ATM" : (is_present ? "POS_TERMINAL" : "ECOMMERCE"));
  return JsonObject().object("entry_mode", entry).object("terminal", terminal);
}

JsonObject LithicScribe::card() const {
  JsonObject object;
  object.text("token", setting_.card_token).text("last_four", last_four_);
  object.text("memo", "simulated card").integer("spend_limit", 0);
  object.text("spend_limit_duration", "TRANSACTION").text("state", "OPEN");
  return object.text("type", at_.is_present() ? "PHYSICAL" : "VIRTUAL");
}

std::string LithicScribe::ask(const Step& question) {
  asked_ = question;
  event_token_ = draw_.uuid();
  asked_for_minor_ += question.amount_minor;
  const std::int64_t amount = question.amount_minor;
  const bool is_machine = kind_ == Kind::cash;
  JsonObject amounts;
  amounts.object("cardholder", money(amount, true)).object("hold", money(amount, false));
  amounts.object("merchant", merchant_money(amount)).null("settlement");
  JsonObject avs;
  avs.null("address").text_or_null("zipcode", at_.is_present() ? "" : "28801");
  avs.text("address_on_file_match", at_.is_present() ? "NOT_PRESENT" : "MATCH_ZIP_ONLY");

  JsonObject body;
  body.text("token", token_).text("event_type", "card_authorization.approval_request");
  if (options_.has_event_tokens) body.text("event_token", event_token_);
  body.text("status", asked_as(kind_)).text("created", utc_time(question.at_unix_s));
  body.text("network", at_.network == Network::visa ? "VISA" : "MASTERCARD");
  body.integer("network_risk_score", at_.risk).text("transaction_initiator", "CARDHOLDER");
  body.integer("amount", amount).integer("authorization_amount", amount);
  body.integer("acquirer_fee", question.fee_minor);
  body.integer("cash_amount", is_machine ? amount : 0).integer("cashback", 0);
  body.integer("settled_amount", 0).text("merchant_currency", merchant_currency());
  body.integer("merchant_amount", at_.merchant_minor(amount, setting_.exponent));
  body.text("cardholder_currency", setting_.currency).raw("conversion_rate", at_.rate());
  body.object("amounts", amounts).object("merchant", merchant()).null("service_location");
  body.object("avs", avs).object("card", card()).object("pos", pos(question.partial_allowed));
  if (at_.wallet == Wallet::none) {
    body.null("token_info");
  } else {
    const bool is_apple = at_.wallet == Wallet::apple;
    body.object("token_info",
                JsonObject().text("wallet_type", is_apple ? "APPLE_PAY" : "GOOGLE_PAY"));
  }
  return body.null("name_validation").str();
}

Verdict LithicScribe::read(const Heard& answer) {
  said_ = "DECLINED";
  if (answer.status != 200) return Verdict::none("status " + std::to_string(answer.status));
  const auto said = JsonAnswer::parse(answer.body);
  const auto result = said ? said->text("result") : std::nullopt;
  if (!result) return Verdict::none("no JSON object with a result");
  if (said->has("token") && said->text("token") != token_) return Verdict::none("another token");
  if (*result != "APPROVED") {
    said_ = *result;
    return judge_decline(*result, possible_results);
  }
  if (kind_ == Kind::inquiry &&
      (!said->integer("balance.amount") || !said->integer("balance.available"))) {
    return Verdict::none("no balance");
  }
  if (!said->has("approved_amount")) return judge_approval(asked_, asked_.amount_minor);
  const auto part = said->integer("approved_amount");
  return part ? judge_approval(asked_, *part) : Verdict::none("approved_amount is no integer");
}

Event LithicScribe::decision(const Step& step) {
  Event made;
  made.type = step.decider == Decider::network ? "AUTHORIZATION_ADVICE" : asked_as(kind_);
  made.is_debit = kind_ != Kind::credit;
  made.at_unix_s = step.at_unix_s;
  made.amount_minor = step.amount_minor;
  if (step.is_approved) return made;
  const bool was_answered = step.decider == Decider::issuer;
  made.result = was_answered ? said_ : "DECLINED";
  made.detail = was_answered ? said_ : "MALFORMED_ASA_RESPONSE";
  if (step.decider == Decider::timeout) made.detail = "CUSTOMER_ASA_TIMEOUT";
  return made;
}

Event LithicScribe::posting(const Step& step) const {
  Event made;
  made.at_unix_s = step.at_unix_s;
  made.amount_minor = step.amount_minor;
  switch (step.what) {
    case What::adjustment: made.type = "AUTHORIZATION_ADVICE"; break;
    case What::reversal: made.type = "AUTHORIZATION_REVERSAL"; break;
    case What::expiry: made.type = "AUTHORIZATION_EXPIRY"; break;
    case What::clearing: made.type = "CLEARING"; break;
    case What::refund: made.type = kind_ == Kind::credit ? "CLEARING" : "RETURN"; break;
    case What::question:
    case What::decision: break;
  }
  made.is_debit = step.what == What::adjustment || step.what == What::clearing;
  return made;
}

// What a last clearing leaves is given back by a reversal.
std::vector<std::string> LithicScribe::tell(const Step& step) {
  if (step.what == What::decision) return {with(decision(step), step.after)};
  const std::int64_t left =
      step.what == What::clearing ? step.before.held_minor() - step.amount_minor : 0;
  if (left <= 0 || !step.is_final) return {with(posting(step), step.after)};

  Totals between = step.after;
  between.is_closed = false;
  Event rest;
  rest.type = "AUTHORIZATION_REVERSAL";
  rest.is_debit = false;
  rest.at_unix_s = step.at_unix_s + hour_s;
  rest.amount_minor = left;
  std::vector<std::string> bodies{with(posting(step), between)};
  bodies.push_back(with(rest, step.after));
  return bodies;
}

JsonObject LithicScribe::network_info() {
  JsonObject acquirer;
  acquirer.text("acquirer_reference_number", draw_.digits(23));
  acquirer.text("retrieval_reference_number", retrieval_reference_);
  JsonObject object;
  object.object("acquirer", acquirer).null("amex");
  if (at_.network == Network::visa) {
    JsonObject visa;
    visa.text("transaction_id", draw_.digits(15)).null("original_transaction_id");
    return object.null("mastercard").object("visa", visa);
  }
  JsonObject mastercard;
  mastercard.text("banknet_reference_number", draw_.letters_and_digits(6));
  mastercard.null("original_banknet_reference_number").null("switch_serial_number");
  return object.object("mastercard", mastercard).null("visa");
}

// The amounts of a RETURN are negative, all others positive.
JsonObject LithicScribe::event(const Event& made) {
  const std::int64_t amount = made.type == "RETURN" ? -made.amount_minor : made.amount_minor;
  const bool is_posted = made.type == "CLEARING" || made.type == "RETURN";
  JsonObject amounts;
  amounts.object("cardholder", money(amount, true)).object("merchant", merchant_money(amount));
  if (is_posted) {
    amounts.object("settlement", money(amount, true));
  } else {
    amounts.null("settlement");
  }
  const bool is_of_question = made.type == asked_as(kind_);
  const std::string drawn = draw_.uuid();
  JsonObject object;
  object.text("token", is_of_question && !event_token_.empty() ? event_token_ : drawn);
  object.text("type", made.type).integer("amount", amount);
  object.text("created", utc_time(made.at_unix_s)).object("amounts", amounts);
  object.array("detailed_results", JsonArray().add_text(made.detail));
  object.text("effective_polarity", made.is_debit ? "DEBIT" : "CREDIT");
  object.object("network_info", network_info());
  return object.text("result", made.result).array("rule_results", JsonArray());
}

std::string_view LithicScribe::status(const Event& last, const Totals& totals) const {
  const bool is_posted = totals.cleared_minor > 0 || totals.credited_minor > 0;
  const bool is_open = totals.held_minor() > 0;
  if (is_open) return "PENDING";
  if (is_posted || kind_ == Kind::inquiry) return "SETTLED";
  if (last.type == "AUTHORIZATION_REVERSAL") return "VOIDED";
  if (last.type == "AUTHORIZATION_EXPIRY") return "EXPIRED";
  return last.result == "APPROVED" ? "PENDING" : "DECLINED";
}

// A debit is negative here.
JsonObject LithicScribe::amounts_of_transaction(const Totals& totals) const {
  const std::int64_t posted = totals.credited_minor - totals.cleared_minor;
  JsonObject amounts;
  amounts.object("cardholder", money(posted, true));
  amounts.object("hold", money(-totals.held_minor(), false));
  amounts.object("merchant", merchant_money(posted));
  return amounts.object("settlement", money(posted, false));
}

std::string LithicScribe::with(const Event& made, const Totals& totals) {
  events_.add(event(made));
  const std::int64_t settled = totals.cleared_minor - totals.credited_minor;
  const std::int64_t charged = std::max(totals.held_minor(), settled);
  JsonObject body;
  body.text("token", token_).text("event_type", "card_transaction.updated");
  body.text("account_token", account_).integer("acquirer_fee", 0);
  body.null("acquirer_reference_number").integer("amount", charged);
  body.object("amounts", amounts_of_transaction(totals));
  if (asked_for_minor_ > 0) {
    body.integer("authorization_amount", asked_for_minor_);
  } else {
    body.null("authorization_amount");
  }
  body.text("authorization_code", authorization_code_).null("avs");
  body.text("card_token", setting_.card_token).null("cardholder_authentication");
  body.text("created", utc_time(began_at_s_)).array("events", events_);
  body.text("financial_account_token", financial_account_).object("merchant", merchant());
  body.null("service_location").text("merchant_currency", merchant_currency());
  body.integer("merchant_amount",
               at_.merchant_minor(std::max<std::int64_t>(charged, 0), setting_.exponent));
  body.text("network", at_.network == Network::visa ? "VISA" : "MASTERCARD");
  body.integer("network_risk_score", at_.risk).object("pos", pos(asked_.partial_allowed));
  body.text("result", made.result).integer("settled_amount", settled);
  body.text("status", status(made, totals)).object("tags", JsonObject()).null("token_info");
  return body.text("updated", utc_time(made.at_unix_s)).str();
}

}  // namespace

Abilities abilities(const processors::LithicOptions& options, const Setting&) {
  Abilities some;
  some.partial_approval = some.adjustments = some.balance_inquiry = true;
  some.credits = some.linked_refunds = true;
  some.increments = options.has_event_tokens;
  return some;
}

std::unique_ptr<Scribe> make_scribe(const processors::LithicOptions& options, const Scene& scene) {
  return std::make_unique<LithicScribe>(options, scene);
}

}  // namespace authd::simulate::random
