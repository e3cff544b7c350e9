#include "authd/simulate/random/script.h"

#include <algorithm>

#include "authd/simulate/random/amounts.h"
#include "authd/simulate/random/clock_text.h"
#include "core/assert.h"

namespace authd::simulate::random {

std::int64_t Totals::open_minor() const noexcept {
  return std::max<std::int64_t>(authorized_minor - cleared_minor, 0);
}

std::int64_t Totals::held_minor() const noexcept { return is_closed ? 0 : open_minor(); }

Script::Script(Plan plan, const Abilities& abilities, const Bounds& bounds, Draw draw)
    : plan_(std::move(plan)),
      abilities_(abilities),
      bounds_(bounds),
      draw_(draw),
      now_s_(bounds.now_unix_s) {}

std::optional<Step> Script::next() {
  AUTHD_ASSERT(!is_waiting_);  // the caller plays a question to its end
  if (!is_decided_) return decide();
  if (!is_opened_) return open();
  if (plan_.increments > 0) {
    --plan_.increments;
    now_s_ += hour_s + draw_.below(20 * hour_s);
    Step step = ask(share(totals_.authorized_minor, 100 + static_cast<int>(draw_.below(500))));
    step.is_increment = true;
    question_ = step;
    return step;
  }
  while (next_later_ < plan_.later.size()) {
    const auto step = go_on(plan_.later[next_later_++]);
    if (step) return step;
  }
  return std::nullopt;
}

void Script::answered(std::optional<std::int64_t> approved_minor, Decider decider) {
  AUTHD_ASSERT(is_waiting_);
  AUTHD_ASSERT(!approved_minor || *approved_minor <= question_.amount_minor);
  is_waiting_ = false;
  approved_minor_ = approved_minor;
  decider_ = decider;
  if (approved_minor) approve(*approved_minor);
}

void Script::not_answered() {
  AUTHD_ASSERT(is_waiting_);
  is_waiting_ = false;
  const bool is_approved = abilities_.fallback && is_debit() && draw_.chance(35);
  decider_ = is_approved ? Decider::fallback : Decider::timeout;
  approved_minor_.reset();
  if (is_approved) approved_minor_ = question_.amount_minor;
  // Two increments of which the processor has declined one and approved the other by itself: what
  // Stripe tells then does not say which.
  plan_.increments = 0;
}

Effect Script::effect() const noexcept {
  return {totals_.held_minor(), totals_.credited_minor - totals_.cleared_minor};
}

bool Script::is_debit() const noexcept {
  return plan_.kind == Kind::purchase || plan_.kind == Kind::single || plan_.kind == Kind::cash;
}

void Script::approve(std::int64_t amount_minor) noexcept {
  if (is_debit()) totals_.authorized_minor += amount_minor;
  if (plan_.kind == Kind::credit) announced_minor_ = amount_minor;
}

std::int64_t Script::whole_grains(std::int64_t amount_minor) const noexcept {
  const std::int64_t grain = abilities_.grain_minor;
  return std::max(amount_minor / grain * grain, grain);
}

std::int64_t Script::share(std::int64_t of_minor, int per_mille) const noexcept {
  if (per_mille == 1000) return of_minor;
  return whole_grains(of_minor / 1000 * per_mille + of_minor % 1000 * per_mille / 1000);
}

// Small amounts are much more frequent than large ones.
std::int64_t Script::first_amount() {
  constexpr int percent_of_max[] = {5, 5, 10, 10, 20, 20, 50, 100};
  constexpr std::int64_t beyond = 1000;
  if (plan_.kind == Kind::verification || plan_.kind == Kind::inquiry) return 0;
  const std::int64_t max = bounds_.amount_max_minor;
  const std::int64_t range = std::max<std::int64_t>(max / 100 * draw_.one_of(percent_of_max), 1);
  const std::int64_t amount = whole_grains(std::min(1 + draw_.below(range), max));
  return plan_.beyond_means ? amount + whole_grains(max) * beyond : amount;
}

Step Script::at_once(What what, std::int64_t amount_minor) {
  Step step;
  step.what = what;
  step.at_unix_s = now_s_;
  step.amount_minor = amount_minor;
  step.before = totals_;
  step.after = totals_;
  return step;
}

Step Script::after(What what, std::int64_t wait_s) {
  now_s_ += 1 + wait_s / 2 + draw_.below(wait_s);
  return at_once(what, 0);
}

Step Script::open() {
  is_opened_ = true;
  const std::int64_t amount = first_amount();
  if (plan_.kind == Kind::forced || plan_.kind == Kind::refund) {
    Step step = plan_.kind == Kind::forced ? clear(amount, false) : refund(amount);
    step.is_linked = false;
    return step;
  }
  if (plan_.is_asked) return ask(amount);
  question_ = at_once(What::question, amount);
  approved_minor_ = amount;
  decider_ = Decider::network;
  return decide();
}

Step Script::ask(std::int64_t amount_minor) {
  Step step = at_once(What::question, amount_minor);
  step.partial_allowed = plan_.partial_allowed;
  if (plan_.kind == Kind::cash) {
    step.fee_minor = draw_.chance(70) ? std::min(share(amount_minor, 30), amount_minor) : 0;
  }
  question_ = step;
  is_waiting_ = true;
  is_decided_ = false;
  return step;
}

Step Script::decide() {
  is_decided_ = true;
  now_s_ += 1 + draw_.below(3);
  const bool is_told_late = decider_ == Decider::fallback || decider_ == Decider::network;
  if (is_told_late && approved_minor_) approve(*approved_minor_);
  const bool is_posted = plan_.kind == Kind::single || plan_.kind == Kind::cash;
  if (is_posted && approved_minor_) totals_.cleared_minor += *approved_minor_;

  Step step = at_once(What::decision, approved_minor_.value_or(question_.amount_minor));
  step.fee_minor = question_.fee_minor;
  step.is_increment = question_.is_increment;
  step.is_approved = approved_minor_.has_value();
  step.decider = decider_;
  step.before = question_.before;
  if (!approved_minor_ && !question_.is_increment) {
    plan_.later.clear();  // it never was
    plan_.increments = 0;
  }
  return step;
}

std::optional<Step> Script::go_on(const Later& later) {
  const std::int64_t open = totals_.open_minor();
  switch (later.what) {
    case What::question:
    case What::decision: break;
    case What::adjustment: return adjust(share(totals_.authorized_minor, later.per_mille));
    case What::reversal:
      if (open == 0) break;
      return give_back(std::min(share(open, later.per_mille), open));
    case What::expiry: return expire();
    case What::clearing:
      if (open == 0) break;
      return clear(share(open, later.per_mille), later.final);
    case What::refund: {
      const bool is_credit = plan_.kind == Kind::credit;
      const std::int64_t base = is_credit ? announced_minor_ : totals_.cleared_minor;
      if (base == 0) break;
      return refund(std::min(share(base, later.per_mille), base));
    }
  }
  return std::nullopt;
}

std::optional<Step> Script::adjust(std::int64_t total_minor) {
  if (total_minor == totals_.authorized_minor) return std::nullopt;
  Step step = after(What::adjustment, 4 * hour_s);
  step.amount_minor = total_minor;
  totals_.authorized_minor = total_minor;
  step.after = totals_;
  return step;
}

Step Script::give_back(std::int64_t amount_minor) {
  Step step = after(What::reversal, 6 * hour_s);
  step.amount_minor = amount_minor;
  step.is_final = amount_minor == totals_.open_minor();
  totals_.authorized_minor -= amount_minor;
  totals_.is_closed = step.is_final;
  step.after = totals_;
  return step;
}

Step Script::expire() {
  Step step = after(What::expiry, 7 * day_s);
  step.amount_minor = totals_.held_minor();
  totals_.is_closed = true;
  step.after = totals_;
  return step;
}

Step Script::clear(std::int64_t amount_minor, bool is_final) {
  Step step = after(What::clearing, 2 * day_s);
  step.amount_minor = amount_minor;
  step.is_final = is_final;
  totals_.cleared_minor += amount_minor;
  totals_.is_closed = totals_.is_closed || is_final;
  step.after = totals_;
  return step;
}

Step Script::refund(std::int64_t amount_minor) {
  Step step = after(What::refund, 5 * day_s);
  step.amount_minor = amount_minor;
  totals_.credited_minor += amount_minor;
  step.after = totals_;
  return step;
}

}  // namespace authd::simulate::random
