#include "authd/simulate/random/adyen_bodies.h"

#include <algorithm>
#include <array>

#include "authd/simulate/random/amounts.h"
#include "authd/simulate/random/clock_text.h"
#include "authd/simulate/random/json_answer.h"
#include "authd/simulate/random/json_object.h"

namespace authd::simulate::random {

namespace {

constexpr std::array<std::string_view, 4> possible_reasons{"insufficient funds", "amount limit",
                                                           "count limit", "exposure limit"};

// Currencies that Adyen counts in other units than ISO 4217.
Scale scale_of(const processors::AdyenOptions& options, const Setting& setting) {
  Scale scale{setting.exponent, setting.exponent};
  if (options.decimals == processors::adyen::Decimals::iso_4217) return scale;
  const std::string& currency = setting.currency;
  if (currency == "CLP" || currency == "ISK") scale.decimals = 2;
  if (currency == "CVE" || currency == "IDR") scale.decimals = 0;
  return scale;
}

// One of data.events[]: what it changes, negative for money that goes out or is set aside.
struct Event {
  std::string_view status;
  std::int64_t at_unix_s = 0;
  std::int64_t balance_minor = 0;
  std::int64_t received_minor = 0;
  std::int64_t reserved_minor = 0;
  std::int64_t stated_minor = 0;  // `amount`; 0: only the transfer has one
};

class AdyenScribe final : public Scribe {
 public:
  AdyenScribe(const processors::AdyenOptions& options, const Scene& scene)
      : timeout_reason_(options.timeout_reason),
        setting_(scene.setting),
        scale_(scale_of(options, scene.setting)),
        kind_(scene.plan.kind),
        is_adjusted_(
            std::any_of(scene.plan.later.begin(), scene.plan.later.end(),
                        [](const Later& later) { return later.what == What::adjustment; })),
        at_(scene.circumstances),
        draw_(scene.draw),
        transfer_(draw_.letters_and_digits(16)),
        account_holder_("AH" + draw_.letters_and_digits(23)),
        balance_account_("BA" + draw_.letters_and_digits(23)),
        reference_(draw_.letters_and_digits(20)),
        scheme_id_(draw_.letters_and_digits(9)),
        last_four_(draw_.digits(4)),
        began_at_s_(scene.setting.now_unix_s) {}

  std::string ask(const Step& question) override;
  Verdict read(const Heard& answer) override;
  std::vector<std::string> tell(const Step& step) override;

  // Every webhook repeats the transfer from its beginning.
  bool order_matters() const override { return false; }

 private:
  std::vector<std::string> decision(const Step& step);
  std::vector<std::string> refund(const Step& step);
  Event change(const Step& step) const;

  // Adds the event and writes the transfer as it stands then.
  std::string with(const Event& event);

  JsonObject event(const Event& made);
  JsonObject money(std::int64_t minor) const;
  JsonObject question_merchant() const;
  JsonObject question_instrument() const;
  JsonObject category_data() const;
  JsonObject counterparty() const;
  std::string_view processing_type() const;
  std::string_view entry_mode() const;

  std::string timeout_reason_;
  Setting setting_;
  Scale scale_;
  Kind kind_;
  bool is_adjusted_;
  Circumstances at_;
  Draw draw_;
  std::string transfer_;
  std::string account_holder_;
  std::string balance_account_;
  std::string reference_;
  std::string scheme_id_;
  std::string last_four_;
  std::int64_t began_at_s_;

  Step asked_;                    // last
  std::string answer_reference_;  // empty: there was no answer
  std::string reason_ = "approved";
  std::int64_t amount_minor_ = 0;  // of the transfer
  std::int64_t balance_minor_ = 0;
  std::int64_t received_minor_ = 0;
  std::int64_t reserved_minor_ = 0;
  int sequence_ = 0;
  JsonArray events_;
};

JsonObject AdyenScribe::money(std::int64_t minor) const {
  JsonObject object;
  object.text("currency", setting_.currency);
  return object.integer("value", scale_.units(minor));
}

std::string_view AdyenScribe::processing_type() const {
  if (kind_ == Kind::inquiry) return "balanceInquiry";
  if (kind_ == Kind::cash) return "atmWithdraw";
  if (at_.is_recurring) return "recurring";
  return at_.is_present() ? "pos" : "ecommerce";
}

std::string_view AdyenScribe::entry_mode() const {
  constexpr std::array<std::string_view, 5> modes{"chip", "contactless", "magstripe", "ecommerce",
                                                  "cof"};
  return modes.at(static_cast<std::size_t>(at_.entry));
}

JsonObject AdyenScribe::question_merchant() const {
  JsonObject where;
  where.text("city", at_.city()).text("country", at_.merchant.country_3).text("name", at_.name());
  where.text("rawData", at_.name() + ' ' + at_.city() + ' ' + at_.state());
  JsonObject object;
  object.text("acquirerId", at_.merchant.id.substr(9)).text("mcc", at_.merchant.mcc);
  object.text("merchantId", at_.merchant.id).object("nameLocation", where);
  return object.text_or_null("postalCode", at_.is_dirty ? "" : at_.merchant.postal_code);
}

JsonObject AdyenScribe::question_instrument() const {
  JsonObject card;
  card.text("brand", at_.network == Network::visa ? "visa" : "mc");
  card.text("formFactor", at_.is_present() ? "physical" : "virtual").text("lastFour", last_four_);
  card.object("expiration", JsonObject().text("month", "11").text("year", "2031"));
  JsonObject object;
  object.text("id", setting_.card_token).text("balanceAccountId", balance_account_);
  object.text("description", "Simulated card").text("issuingCountryCode", "NL");
  return object.text("status", "active").text("type", "card").object("card", card);
}

// What goes out is negative.
std::string AdyenScribe::ask(const Step& question) {
  asked_ = question;
  amount_minor_ = question.amount_minor;
  JsonObject original = money(-question.amount_minor);
  if (at_.foreign != nullptr) {
    original = JsonObject().text("currency", at_.foreign->currency);
    original.integer("value", -at_.merchant_minor(question.amount_minor, setting_.exponent));
  }
  JsonObject decision;
  decision.text("reasonCode", "APPROVED").text("status", "Authorised");
  JsonArray checks;
  for (const char* const check :
       {"TransactionValidation", "PaymentInstrumentActive", "BalanceCheck", "TransactionRules"}) {
    checks.add(JsonObject().text("result", "valid").text("type", check));
  }
  JsonObject body;
  body.object("accountHolder", JsonObject().text("id", account_holder_));
  body.object("amount", money(-question.amount_minor)).text("authCode", draw_.digits(6));
  body.object("authorisationDecision", decision);
  body.text("authorisationType", is_adjusted_ ? "preAuthorisation" : "finalAuthorisation");
  body.object("balanceAccount", JsonObject().text("id", balance_account_));
  body.text("balancePlatform", "SimulatedPlatform").text("entryMode", entry_mode());
  body.text("id", transfer_).object("merchantData", question_merchant());
  body.object("originalAmount", original).object("paymentInstrument", question_instrument());
  body.text("processingType", processing_type()).text("reference", reference_);
  body.text("schemeUniqueTransactionId", scheme_id_);
  body.object("transactionRulesResult",
              JsonObject().flag("allHardBlockRulesPassed", true).integer("score", at_.risk));
  body.array("validationResult", checks).text("environment", "test");
  return body.text("type", "balancePlatform.authorisation.relayed").str();
}

Verdict AdyenScribe::read(const Heard& answer) {
  if (answer.status != 200) return Verdict::none("status " + std::to_string(answer.status));
  const auto said = JsonAnswer::parse(answer.body);
  const auto status = said ? said->text("authorisationDecision.status") : std::nullopt;
  if (!status) return Verdict::none("no JSON object with authorisationDecision.status");
  answer_reference_ = said->text("reference").value_or("");
  if (*status == "Authorised") return judge_approval(asked_, asked_.amount_minor);
  if (*status != "Refused") return Verdict::none("status " + *status);
  const auto reason = said->text("authorisationDecision.refusalReason");
  if (!reason) return Verdict::declined("no refusalReason");
  return judge_decline(*reason, possible_reasons);
}

JsonObject AdyenScribe::category_data() const {
  JsonObject object;
  object.text("type", "issuedCard");
  object.text("authorisationType", is_adjusted_ ? "preAuthorisation" : "finalAuthorisation");
  object.text("panEntryMode", entry_mode()).text("processingType", processing_type());
  object.text("schemeUniqueTransactionId", scheme_id_);
  if (answer_reference_.empty()) return object;
  JsonObject relayed;
  relayed.object("metadata", JsonObject()).text("reference", answer_reference_);
  return object.object("relayedAuthorisationData", relayed);
}

JsonObject AdyenScribe::counterparty() const {
  JsonObject merchant;
  merchant.text("acquirerId", at_.merchant.id.substr(9)).text("city", at_.city());
  merchant.text("country", at_.merchant.country_3).text("mcc", at_.merchant.mcc);
  merchant.text("merchantId", at_.merchant.id).text("name", at_.name());
  return JsonObject().object("merchant", merchant);
}

JsonObject AdyenScribe::event(const Event& made) {
  JsonObject mutation;
  mutation.text("currency", setting_.currency);
  const auto add = [&](std::string_view key, std::int64_t minor) {
    if (minor != 0) mutation.integer(key, scale_.units(minor));
    return minor != 0;
  };
  const bool has_balance = add("balance", made.balance_minor);
  const bool has_received = add("received", made.received_minor);
  const bool has_reserved = add("reserved", made.reserved_minor);
  JsonArray mutations;
  if (has_balance || has_received || has_reserved) mutations.add(mutation);

  JsonObject object;
  object.text("bookingDate", central_european_time(made.at_unix_s));
  object.text("id", draw_.letters_and_digits(16)).array("mutations", mutations);
  object.text("status", made.status).text("type", "accounting");
  if (made.stated_minor != 0) object.object("amount", money(made.stated_minor));
  if (has_balance) object.text("transactionId", "EVJN" + draw_.letters_and_digits(20));
  return object;
}

std::string AdyenScribe::with(const Event& made) {
  const JsonObject added = event(made);
  events_.add(added);
  balance_minor_ += made.balance_minor;
  received_minor_ += made.received_minor;
  reserved_minor_ += made.reserved_minor;
  JsonObject sums;
  sums.integer("balance", scale_.units(balance_minor_)).text("currency", setting_.currency);
  sums.integer("received", scale_.units(received_minor_));
  sums.integer("reserved", scale_.units(reserved_minor_));
  const bool is_refund = kind_ == Kind::refund;
  const std::string time = central_european_time(made.at_unix_s);

  JsonObject data;
  data.object("accountHolder", JsonObject().text("id", account_holder_));
  data.object("amount", money(amount_minor_));
  data.object("balanceAccount", JsonObject().text("id", balance_account_));
  data.text("balancePlatform", "SimulatedPlatform").array("balances", JsonArray().add(sums));
  data.text("category", "issuedCard").object("categoryData", category_data());
  data.object("counterparty", counterparty());
  data.text("createdAt", central_european_time(began_at_s_));
  data.text("direction", is_refund ? "incoming" : "outgoing").array("events", events_);
  data.text("id", transfer_);
  data.object("paymentInstrument", JsonObject().text("id", setting_.card_token));
  data.text("reason", reason_).text("reference", reference_);
  data.integer("sequenceNumber", ++sequence_).text("status", made.status);
  data.text("type", is_refund ? "refund" : (kind_ == Kind::forced ? "capture" : "payment"));
  data.text("updatedAt", time);
  JsonObject body;
  body.object("data", data).text("environment", "test").text("timestamp", time);
  const bool is_first = sequence_ == 1;
  return body
      .text("type",
            is_first ? "balancePlatform.transfer.created" : "balancePlatform.transfer.updated")
      .str();
}

std::vector<std::string> AdyenScribe::decision(const Step& step) {
  const std::int64_t amount = step.amount_minor;
  amount_minor_ = amount;
  Event received{"received", step.at_unix_s, 0, -amount, 0, 0};
  std::vector<std::string> bodies{with(received)};
  if (!step.is_approved) {
    reason_ = step.decider == Decider::timeout ? timeout_reason_ : "refusedByCustomer";
    bodies.push_back(with({"refused", step.at_unix_s + 1, 0, amount, 0, 0}));
    return bodies;
  }
  bodies.push_back(with({"authorised", step.at_unix_s + 1, 0, amount, -amount, 0}));
  if (kind_ == Kind::cash || kind_ == Kind::single) {
    const std::string_view status = kind_ == Kind::cash ? "atmWithdrawal" : "captured";
    bodies.push_back(with({status, step.at_unix_s + minute_s, -amount, 0, amount, 0}));
  }
  return bodies;
}

std::vector<std::string> AdyenScribe::refund(const Step& step) {
  const std::int64_t amount = step.amount_minor;
  amount_minor_ = amount;
  std::vector<std::string> bodies{with({"refundPending", step.at_unix_s, 0, amount, 0, 0})};
  bodies.push_back(with({"refunded", step.at_unix_s + day_s, amount, -amount, 0, 0}));
  return bodies;
}

// Of what was reserved, as much goes as is no longer held.
Event AdyenScribe::change(const Step& step) const {
  Event made;
  made.at_unix_s = step.at_unix_s;
  made.reserved_minor = step.before.held_minor() - step.after.held_minor();
  switch (step.what) {
    case What::adjustment:
      made.status = "authAdjustmentAuthorised";
      made.stated_minor = step.amount_minor;
      break;
    case What::reversal:
      made.status = step.is_final ? "cancelled" : "authAdjustmentAuthorised";
      if (!step.is_final) made.stated_minor = step.after.authorized_minor;
      break;
    case What::expiry: made.status = "expired"; break;
    case What::clearing:
      made.status = "captured";
      made.balance_minor = -step.amount_minor;
      made.stated_minor = step.amount_minor;
      break;
    case What::question:
    case What::decision:
    case What::refund: break;
  }
  return made;
}

std::vector<std::string> AdyenScribe::tell(const Step& step) {
  if (step.what == What::decision) return decision(step);
  if (step.what == What::refund) return refund(step);
  if (!step.is_linked) amount_minor_ = step.amount_minor;
  if (step.what == What::adjustment) amount_minor_ = step.amount_minor;
  if (step.is_final && step.what == What::reversal) reason_ = "cancelled";
  return {with(change(step))};
}

}  // namespace

Abilities abilities(const processors::AdyenOptions& options, const Setting& setting) {
  Abilities some;
  some.adjustments = some.balance_inquiry = some.fallback = true;
  some.grain_minor = scale_of(options, setting).grain_minor();
  return some;
}

std::unique_ptr<Scribe> make_scribe(const processors::AdyenOptions& options, const Scene& scene) {
  return std::make_unique<AdyenScribe>(options, scene);
}

}  // namespace authd::simulate::random
