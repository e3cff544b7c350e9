#include "authd/simulate/random/marqeta_bodies.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "authd/simulate/random/amounts.h"
#include "authd/simulate/random/json_answer.h"
#include "authd/simulate/random/marqeta_transaction.h"

namespace authd::simulate::random {

namespace {

constexpr std::array<std::string_view, 3> possible_reasons{
    "INSUFFICIENT_FUNDS", "AMOUNT_LIMIT_EXCEEDED", "TRANSACTION_COUNT_LIMIT_EXCEEDED"};

// What a transaction is called when it is asked about.
struct Words {
  std::string_view type;
  std::string_view method;
  std::string_view asked_state = "PENDING";
  std::string_view approved_state = "PENDING";
};

Words words_of(Kind kind, bool is_increment) noexcept {
  if (is_increment) return {"authorization.incremental", "pgfs.authorization.incremental"};
  switch (kind) {
    case Kind::single: return {"pindebit", "pgfs.auth_plus_capture", "COMPLETION", "COMPLETION"};
    case Kind::cash:
      return {"pindebit.atm.withdrawal", "pgfs.pindebit.atm.withdrawal", "COMPLETION",
              "COMPLETION"};
    case Kind::verification:
      return {"authorization", "pgfs.authorization.account_verification", "PENDING", "CLEARED"};
    case Kind::inquiry: return {"balanceinquiry", "pgfs.balanceinquiry", "PENDING", "COMPLETION"};
    case Kind::credit:
      return {"original.credit.authorization", "pgfs.original.credit.authorization"};
    case Kind::purchase:
    case Kind::refund:
    case Kind::forced: break;
  }
  return {"authorization", "pgfs.authorization"};
}

class MarqetaScribe final : public Scribe {
 public:
  explicit MarqetaScribe(const Scene& scene)
      : setting_(scene.setting),
        kind_(scene.plan.kind),
        draw_(scene.draw),
        writer_(scene, draw_.split()) {}

  std::string ask(const Step& question) override {
    asked_ = question;
    MarqetaTransaction made = begin(question);
    const Words words = words_of(kind_, question.is_increment);
    made.type = words.type;
    made.state = made.order_state = words.asked_state;
    made.method = words.method;
    made.is_question = true;
    return writer_.write(made).str();
  }

  Verdict read(const Heard& answer) override;
  std::vector<std::string> tell(const Step& step) override;

  // Every transaction names the first one, and sums do not depend on the order.
  bool order_matters() const override { return false; }

 private:
  MarqetaTransaction begin(const Step& question);
  MarqetaTransaction follow(const Step& step);

  MarqetaTransaction decision(const Step& step);
  MarqetaTransaction adjustment(const Step& step);
  MarqetaTransaction reversal(const Step& step);
  MarqetaTransaction expiry(const Step& step);
  MarqetaTransaction clearing(const Step& step);
  MarqetaTransaction refund(const Step& step);

  Verdict read_balances(const JsonAnswer& said) const;

  Setting setting_;
  Kind kind_;
  Draw draw_;
  MarqetaWriter writer_;

  Step asked_;                   // last
  MarqetaTransaction question_;  // of it
  std::string first_;            // token of the first transaction
  std::string first_funding_;
  std::string last_;  // of the last that changed the authorization
  std::string decline_reason_;
};

// The first transaction of a life cycle, or an increment.
MarqetaTransaction MarqetaScribe::begin(const Step& question) {
  MarqetaTransaction made;
  made.token = draw_.uuid();
  made.funding_token = draw_.uuid();
  made.at_unix_s = question.at_unix_s;
  made.amount_minor = made.funding_minor = made.requested_minor = question.amount_minor;
  made.fee_minor = question.fee_minor;
  made.is_unload = kind_ == Kind::credit;
  made.partial_allowed = question.partial_allowed;
  if (first_.empty()) {
    first_ = last_ = made.token;
    first_funding_ = made.funding_token;
  } else {
    made.preceding = first_;
    made.original_funding = first_funding_;
  }
  question_ = made;
  return made;
}

// One that follows them.
MarqetaTransaction MarqetaScribe::follow(const Step& step) {
  MarqetaTransaction made;
  made.token = draw_.uuid();
  made.funding_token = draw_.uuid();
  made.at_unix_s = step.at_unix_s;
  made.amount_minor = made.funding_minor = made.requested_minor = step.amount_minor;
  if (!step.is_linked) return made;
  made.preceding = last_;
  made.original_funding = first_funding_;
  if (last_ != first_) made.original = first_;
  return made;
}

std::vector<std::string> MarqetaScribe::tell(const Step& step) {
  MarqetaTransaction made;
  switch (step.what) {
    case What::question: break;
    case What::decision: made = decision(step); break;
    case What::adjustment: made = adjustment(step); break;
    case What::reversal: made = reversal(step); break;
    case What::expiry: made = expiry(step); break;
    case What::clearing: made = clearing(step); break;
    case What::refund: made = refund(step); break;
  }
  const JsonArray transactions = JsonArray().add(writer_.write(made));
  return {JsonObject().array("transactions", transactions).str()};
}

MarqetaTransaction MarqetaScribe::decision(const Step& step) {
  const bool stands_in = step.decider == Decider::fallback || step.decider == Decider::network;
  MarqetaTransaction made = step.decider == Decider::network ? begin(step) : question_;
  const Words words = words_of(kind_, step.is_increment);
  made.at_unix_s = step.at_unix_s;
  made.decider = step.decider;
  made.type = words.type;
  made.method = words.method;
  made.state = step.is_approved ? words.approved_state : "DECLINED";
  made.order_state = made.state;
  if (!step.is_approved) {
    made.code = "1016";
    made.memo = "Not sufficient funds";
    made.decline_reason = decline_reason_;
    return made;
  }
  if (step.amount_minor < made.requested_minor) {
    made.code = "0002";
    made.memo = "Partially approved";
  }
  made.amount_minor = made.funding_minor = step.amount_minor;
  if (step.is_increment) last_ = made.token;
  const bool is_first = kind_ == Kind::purchase && !step.is_increment;
  if (stands_in && is_first) made.method = "pgfs.authorization.standin";
  return made;
}

MarqetaTransaction MarqetaScribe::adjustment(const Step& step) {
  MarqetaTransaction made = follow(step);
  const std::int64_t change = step.amount_minor - step.before.authorized_minor;
  made.type = "authorization.advice";
  made.method = change < 0 ? "pgfs.authorization.reversal" : "pgfs.authorization.advice";
  made.state = made.order_state = "PENDING";
  made.funding_minor = std::abs(change);
  last_ = made.token;
  return made;
}

MarqetaTransaction MarqetaScribe::reversal(const Step& step) {
  MarqetaTransaction made = follow(step);
  made.type = "authorization.reversal";
  made.method = "pgfs.authorization.reversal";
  made.state = step.is_final ? "CLEARED" : "PENDING";
  made.order_state = step.is_final ? "REVERSED" : "PENDING";
  made.requested_minor = step.before.authorized_minor;
  return made;
}

MarqetaTransaction MarqetaScribe::expiry(const Step& step) {
  MarqetaTransaction made = follow(step);
  made.type = "authorization.reversal.issuerexpiration";
  made.method = "pgfs.authorization.reversal";
  made.state = made.order_state = "CLEARED";
  made.is_unload = true;
  return made;
}

MarqetaTransaction MarqetaScribe::clearing(const Step& step) {
  MarqetaTransaction made = follow(step);
  made.type = "authorization.clearing";
  made.method = step.is_linked ? "pgfs.authorization.clearing" : "pgfs.force_capture";
  made.state = made.order_state = "COMPLETION";
  const std::int64_t left = std::max<std::int64_t>(step.before.held_minor() - step.amount_minor, 0);
  const bool is_only = step.before.cleared_minor == 0 && left == 0;
  made.is_clearing = true;
  if (step.is_linked && !is_only) made.is_final = step.is_final;
  made.released_minor = left;
  return made;
}

MarqetaTransaction MarqetaScribe::refund(const Step& step) {
  MarqetaTransaction made = follow(step);
  const bool is_credit = kind_ == Kind::credit;
  made.type = is_credit ? "original.credit.authorization.clearing" : "refund";
  made.method = is_credit ? "pgfs.original.credit.authorization.clearing" : "pgfs.refund";
  made.state = made.order_state = "COMPLETION";
  made.is_unload = true;
  if (step.is_linked) made.preceding = first_;  // of which it gives back
  made.original.clear();
  return made;
}

Verdict MarqetaScribe::read(const Heard& answer) {
  decline_reason_.clear();
  if (answer.status != 200 && answer.status != 402) {
    return Verdict::none("status " + std::to_string(answer.status));
  }
  const auto said = JsonAnswer::parse(answer.body);
  if (!said) return Verdict::none("no JSON object");
  const Words words = words_of(kind_, asked_.is_increment);
  if (said->text("jit_funding.token") != question_.funding_token ||
      said->text("jit_funding.method") != words.method ||
      said->text("jit_funding.user_token") != writer_.user_token()) {
    return Verdict::none("token, method or user_token of jit_funding is another");
  }
  const auto written = said->number("jit_funding.amount");
  const auto minor = written ? minor_units(*written, setting_.exponent) : std::nullopt;
  if (!minor) return Verdict::none("jit_funding.amount is not an amount");
  const auto reason = said->text("jit_funding.decline_reason");
  if (answer.status == 402) {
    if (!reason) return Verdict::declined("no decline_reason");
    decline_reason_ = *reason;
    return judge_decline(*reason, possible_reasons);
  }
  if (reason) return Verdict::none("approved, with a decline_reason");
  return kind_ == Kind::inquiry ? read_balances(*said) : judge_approval(asked_, *minor);
}

Verdict MarqetaScribe::read_balances(const JsonAnswer& said) const {
  const std::string path = "jit_funding.balances." + setting_.currency + '.';
  for (const char* const member : {"ledger_balance", "available_balance"}) {
    const auto written = said.number(path + member);
    const std::string_view digits = written ? std::string_view(*written) : std::string_view();
    const bool is_negative = digits.starts_with('-');
    if (!minor_units(digits.substr(is_negative ? 1 : 0), setting_.exponent)) {
      return Verdict::none(path + member + " is not an amount");
    }
  }
  if (said.text(path + "currency_code") != setting_.currency) {
    return Verdict::none(path + "currency_code is another");
  }
  return judge_approval(asked_, 0);
}

}  // namespace

Abilities abilities(const processors::MarqetaOptions&, const Setting&) {
  Abilities all;
  all.partial_approval = all.increments = all.adjustments = all.balance_inquiry = true;
  all.credits = all.linked_refunds = all.fallback = true;
  return all;
}

std::unique_ptr<Scribe> make_scribe(const processors::MarqetaOptions&, const Scene& scene) {
  return std::make_unique<MarqetaScribe>(scene);
}

}  // namespace authd::simulate::random
