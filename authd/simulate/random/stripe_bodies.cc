#include "authd/simulate/random/stripe_bodies.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "authd/simulate/random/amounts.h"
#include "authd/simulate/random/clock_text.h"
#include "authd/simulate/random/json_answer.h"
#include "authd/simulate/random/json_object.h"
#include "core/money.h"

namespace authd::simulate::random {

namespace {

constexpr std::array<std::string_view, 4> possible_reasons{"insufficient_funds", "amount_limit",
                                                           "count_limit", "exposure_limit"};

// Currencies that Stripe counts in other units than ISO 4217, unless it is configured otherwise.
Scale scale_of(const processors::StripeOptions& options, const Setting& setting) {
  Scale scale{setting.exponent, setting.exponent};
  if (setting.currency == "MGA") scale.decimals = 0;
  if (setting.currency == "ISK") scale.decimals = 2;
  for (const auto& configured : options.decimals) {
    if (configured.currency.alpha() == setting.currency) scale.decimals = configured.decimals;
  }
  return scale;
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

class StripeScribe final : public Scribe {
 public:
  StripeScribe(const processors::StripeOptions& options, const Scene& scene)
      : version_(options.api_version),
        setting_(scene.setting),
        scale_(scale_of(options, scene.setting)),
        is_incremented_(scene.plan.increments > 0),
        kind_(scene.plan.kind),
        at_(scene.circumstances),
        draw_(scene.draw),
        currency_(lower_case(setting_.currency)),
        authorization_(draw_.mixed("iauth")),
        cardholder_(draw_.mixed("ich")),
        last_four_(draw_.digits(4)),
        network_transaction_(draw_.digits(15)),
        began_at_s_(scene.setting.now_unix_s) {}

  std::string ask(const Step& question) override;
  Verdict read(const Heard& answer) override;
  std::vector<std::string> tell(const Step& step) override;

  // Totals that grow and amounts that have fallen come to the same in any order. An increment that
  // was declined because there was no answer sets the total instead.
  bool order_matters() const override { return is_incremented_; }

 private:
  // The authorization after a change.
  struct Shown {
    std::int64_t amount_minor = 0;
    bool is_approved = false;
    std::string_view status = "pending";
  };

  std::vector<std::string> decision(const Step& step);
  std::vector<std::string> clearing(const Step& step);
  std::string updated(const Step& step, const Shown& shown, const JsonObject& before);
  std::string transaction_created(const Step& step);

  std::string event(std::string_view type, std::int64_t at_unix_s, const JsonObject& data);
  JsonObject authorization(const Shown& shown, const Step* pending);
  JsonObject transaction(const Step& step);
  JsonObject pending_request(const Step& question) const;
  JsonObject history_entry(const Step& step);
  JsonObject card() const;
  JsonObject merchant_data() const;
  JsonObject verification_data() const;
  JsonObject amount_details(std::int64_t fee_minor) const;
  JsonObject fallen(std::int64_t before_minor) const;
  std::int64_t merchant_amount(std::int64_t minor) const;
  std::string merchant_currency() const;
  std::string_view wallet() const;

  std::string version_;
  Setting setting_;
  Scale scale_;
  bool is_incremented_;
  Kind kind_;
  Circumstances at_;
  Draw draw_;
  std::string currency_;
  std::string authorization_;
  std::string cardholder_;
  std::string last_four_;
  std::string network_transaction_;
  std::int64_t began_at_s_;

  Step asked_;  // last
  JsonArray history_;
  JsonArray transactions_;
  bool is_decided_ = false;
};

std::string StripeScribe::merchant_currency() const {
  return at_.foreign != nullptr ? lower_case(at_.foreign->currency) : currency_;
}

std::int64_t StripeScribe::merchant_amount(std::int64_t minor) const {
  if (at_.foreign == nullptr) return scale_.units(minor);
  const bool is_negative = minor < 0;
  const std::int64_t size = at_.merchant_minor(is_negative ? -minor : minor, setting_.exponent);
  return is_negative ? -size : size;
}

std::string_view StripeScribe::wallet() const {
  if (at_.wallet == Wallet::none) return "";
  return at_.wallet == Wallet::apple ? "apple_pay" : "google_pay";
}

JsonObject StripeScribe::amount_details(std::int64_t fee_minor) const {
  JsonObject object;
  if (kind_ == Kind::cash) {
    object.integer("atm_fee", scale_.units(fee_minor));
  } else {
    object.null("atm_fee");
  }
  return object.null("cashback_amount");
}

JsonObject StripeScribe::merchant_data() const {
  JsonObject object;
  object.text("category", at_.merchant.category).text("category_code", at_.merchant.mcc);
  object.text("city", at_.city()).text("country", at_.merchant.country_2);
  object.text("name", at_.name()).text("network_id", at_.merchant.id.substr(9));
  object.text_or_null("postal_code", at_.is_dirty ? "" : at_.merchant.postal_code);
  object.text("state", at_.state()).null("tax_id");
  object.text_or_null("terminal_id", at_.is_present() ? at_.merchant.id.substr(7) : "");
  return object.null("url");
}

JsonObject StripeScribe::card() const {
  JsonObject cardholder;
  cardholder.text("id", cardholder_).text("object", "issuing.cardholder");
  cardholder.text("name", "Ada Sample").text("status", "active").text("type", "individual");
  cardholder.null("phone_number").object("metadata", JsonObject());
  JsonObject object;
  object.text("id", setting_.card_token).text("object", "issuing.card");
  object.text("brand", "Visa").null("cancellation_reason").object("cardholder", cardholder);
  object.text("currency", currency_).integer("exp_month", 11).integer("exp_year", 2031);
  object.text("last4", last_four_).flag("livemode", false).object("metadata", JsonObject());
  object.null("replaced_by").null("shipping").text("status", "active");
  return object.text("type", at_.is_present() ? "physical" : "virtual").null("wallets");
}

JsonObject StripeScribe::verification_data() const {
  const bool is_present = at_.is_present();
  JsonObject object;
  object.text("address_line1_check", "not_provided");
  object.text("address_postal_code_check", is_present ? "not_provided" : "match");
  object.null("authentication_exemption");
  object.text("cvc_check", is_present ? "not_provided" : "match").text("expiry_check", "match");
  if (at_.entry == Entry::online) {
    object.object("three_d_secure", JsonObject().text("result", "authenticated"));
  } else {
    object.null("three_d_secure");
  }
  return object;
}

JsonObject StripeScribe::pending_request(const Step& question) const {
  JsonObject object;
  object.integer("amount", scale_.units(question.amount_minor));
  object.object("amount_details", amount_details(question.fee_minor));
  object.text("currency", currency_);
  object.flag("is_amount_controllable", question.partial_allowed);
  object.integer("merchant_amount", merchant_amount(question.amount_minor));
  object.text("merchant_currency", merchant_currency());
  return object.integer("network_risk_score", at_.risk);
}

// `pending` may be null.
JsonObject StripeScribe::authorization(const Shown& shown, const Step* pending) {
  constexpr std::array<std::string_view, 5> methods{"chip", "contactless", "swipe", "online",
                                                    "keyed_in"};
  JsonObject object;
  object.text("id", authorization_).text("object", "issuing.authorization");
  object.integer("amount", scale_.units(shown.amount_minor));
  object.object("amount_details", amount_details(asked_.fee_minor));
  object.flag("approved", shown.is_approved);
  object.text("authorization_method", methods.at(static_cast<std::size_t>(at_.entry)));
  object.array("balance_transactions", JsonArray()).object("card", card());
  object.text("card_presence", at_.is_present() ? "present" : "not_present");
  object.text("cardholder", cardholder_).integer("created", began_at_s_);
  object.text("currency", currency_).null("fleet").null("fuel").flag("livemode", false);
  object.integer("merchant_amount", merchant_amount(shown.amount_minor));
  object.text("merchant_currency", merchant_currency()).object("merchant_data", merchant_data());
  object.object("metadata", JsonObject());
  object.object("network_data", JsonObject().text("transaction_id", network_transaction_));
  if (pending != nullptr) {
    object.object("pending_request", pending_request(*pending));
  } else {
    object.null("pending_request");
  }
  object.array("request_history", history_).text("status", shown.status).null("token");
  object.array("transactions", transactions_).object("verification_data", verification_data());
  return object.text_or_null("wallet", wallet());
}

std::string StripeScribe::event(std::string_view type, std::int64_t at_unix_s,
                                const JsonObject& data) {
  JsonObject object;
  object.text("id", draw_.mixed("evt")).text("object", "event").text("api_version", version_);
  object.integer("created", at_unix_s).object("data", data).flag("livemode", false);
  object.integer("pending_webhooks", 1);
  object.object("request", JsonObject().null("id").null("idempotency_key"));
  return object.text("type", type).str();
}

std::string StripeScribe::ask(const Step& question) {
  asked_ = question;
  const Shown shown{question.before.authorized_minor, question.is_increment, "pending"};
  const JsonObject data = JsonObject().object("object", authorization(shown, &question));
  return event("issuing_authorization.request", question.at_unix_s, data);
}

Verdict StripeScribe::read(const Heard& answer) {
  if (answer.status != 200) return Verdict::none("status " + std::to_string(answer.status));
  const std::string version = "\r\nstripe-version: " + lower_case(version_) + "\r\n";
  if (("\r\n" + lower_case(answer.fields)).find(version) == std::string::npos) {
    return Verdict::none("no header field Stripe-Version: " + version_);
  }
  const auto said = JsonAnswer::parse(answer.body);
  const auto approved = said ? said->flag("approved") : std::nullopt;
  if (!approved) return Verdict::none("no JSON object with approved");
  if (!*approved) {
    const auto reason = said->text("metadata.decline_reason");
    if (!reason) return Verdict::declined("no metadata.decline_reason");
    return judge_decline(*reason, possible_reasons);
  }
  if (!said->has("amount")) return judge_approval(asked_, asked_.amount_minor);
  const auto part = said->integer("amount");
  if (!part || *part > scale_.units(asked_.amount_minor)) {
    return Verdict::none("amount is no integer, or more than was asked for");
  }
  return judge_approval(asked_, scale_.minor(*part));
}

JsonObject StripeScribe::history_entry(const Step& step) {
  std::string_view reason = step.is_approved ? "webhook_approved" : "webhook_declined";
  if (step.decider == Decider::fault) reason = "webhook_error";
  if (step.decider == Decider::network) reason = "network_stip";
  const bool timed_out = step.decider == Decider::timeout || step.decider == Decider::fallback;
  if (timed_out) reason = "webhook_timeout";
  JsonObject object;
  object.integer("amount", scale_.units(step.amount_minor));
  object.object("amount_details", amount_details(step.fee_minor));
  object.flag("approved", step.is_approved);
  object.text_or_null("authorization_code",
                      step.is_approved ? "S" + draw_.digits(5) : std::string());
  object.integer("created", step.at_unix_s).text("currency", currency_);
  object.integer("merchant_amount", merchant_amount(step.amount_minor));
  object.text("merchant_currency", merchant_currency()).integer("network_risk_score", at_.risk);
  object.text("reason", reason).null("reason_message");
  return object.integer("requested_at", step.at_unix_s - 1);
}

JsonObject StripeScribe::transaction(const Step& step) {
  const bool is_refund = step.what == What::refund;
  const std::int64_t minor = is_refund ? step.amount_minor : -step.amount_minor;
  JsonObject network;
  network.text("processing_date", utc_date(step.at_unix_s));
  JsonObject object;
  object.text("id", draw_.mixed("ipi")).text("object", "issuing.transaction");
  object.integer("amount", scale_.units(minor));
  object.object("amount_details", amount_details(step.fee_minor));
  object.text_or_null("authorization", step.is_linked ? authorization_ : std::string());
  object.text("balance_transaction", draw_.mixed("txn")).text("card", setting_.card_token);
  object.text("cardholder", cardholder_).integer("created", step.at_unix_s);
  object.text("currency", currency_).null("dispute").flag("livemode", false);
  object.integer("merchant_amount", merchant_amount(minor));
  object.text("merchant_currency", merchant_currency()).object("merchant_data", merchant_data());
  object.object("metadata", JsonObject());
  object.object("network_data", network.text("transaction_id", network_transaction_));
  object.null("token").text("type", is_refund ? "refund" : "capture");
  return object.text_or_null("wallet", wallet());
}

std::string StripeScribe::transaction_created(const Step& step) {
  const JsonObject made = transaction(step);
  transactions_.add(made);
  return event("issuing_transaction.created", step.at_unix_s, JsonObject().object("object", made));
}

// `before` are the previous values of what has changed.
std::string StripeScribe::updated(const Step& step, const Shown& shown, const JsonObject& before) {
  JsonObject data;
  data.object("object", authorization(shown, nullptr)).object("previous_attributes", before);
  return event("issuing_authorization.updated", step.at_unix_s, data);
}

JsonObject StripeScribe::fallen(std::int64_t before_minor) const {
  JsonObject before;
  before.integer("amount", scale_.units(before_minor));
  return before.integer("merchant_amount", merchant_amount(before_minor));
}

// Single messages are captured at once.
std::vector<std::string> StripeScribe::decision(const Step& step) {
  history_.add(history_entry(step));
  if (is_decided_) {  // an increment
    const Shown shown{step.after.authorized_minor, true, "pending"};
    return {updated(step, shown, fallen(step.before.authorized_minor))};
  }
  is_decided_ = true;
  const bool is_pending = step.is_approved && kind_ != Kind::verification;
  const Shown shown{step.amount_minor, step.is_approved, is_pending ? "pending" : "closed"};
  const JsonObject data = JsonObject().object("object", authorization(shown, nullptr));
  std::vector<std::string> bodies{event("issuing_authorization.created", step.at_unix_s, data)};
  if (step.is_approved && (kind_ == Kind::single || kind_ == Kind::cash)) {
    Step capture = step;
    capture.what = What::clearing;
    capture.is_final = true;
    for (std::string& body : clearing(capture)) bodies.push_back(std::move(body));
  }
  return bodies;
}

// `amount` stays what was authorized.
std::vector<std::string> StripeScribe::clearing(const Step& step) {
  std::vector<std::string> bodies{transaction_created(step)};
  if (!step.is_linked) return bodies;
  const std::int64_t authorized = step.after.authorized_minor;
  if (step.is_final) {
    const JsonObject before = JsonObject().text("status", "pending");
    bodies.push_back(updated(step, Shown{authorized, true, "closed"}, before));
  } else if (!step.after.is_closed && draw_.chance(30)) {
    const JsonObject before = JsonObject().array("transactions", JsonArray());
    bodies.push_back(updated(step, Shown{authorized, true, "pending"}, before));
  }
  return bodies;
}

std::vector<std::string> StripeScribe::tell(const Step& step) {
  const std::int64_t before = step.before.authorized_minor;
  switch (step.what) {
    case What::decision: return decision(step);
    case What::clearing: return clearing(step);
    case What::refund: return {transaction_created(step)};
    case What::reversal: {
      const Shown shown{step.after.authorized_minor, true, step.is_final ? "reversed" : "pending"};
      return {updated(step, shown, fallen(before))};
    }
    case What::expiry:
      return {updated(step, Shown{0, true, "expired"}, fallen(before).text("status", "pending"))};
    case What::question:
    case What::adjustment: break;
  }
  return {};
}

}  // namespace

Abilities abilities(const processors::StripeOptions& options, const Setting& setting) {
  Abilities some;
  some.partial_approval = some.increments = some.linked_refunds = some.fallback = true;
  some.grain_minor = scale_of(options, setting).grain_minor();
  return some;
}

std::unique_ptr<Scribe> make_scribe(const processors::StripeOptions& options, const Scene& scene) {
  return std::make_unique<StripeScribe>(options, scene);
}

}  // namespace authd::simulate::random
