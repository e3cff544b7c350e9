#include "core/decide.h"

#include "core/assert.h"

namespace authd::core {

namespace {

// Whether `used` + `amount` stays within `limit`; reaching the limit exactly is within.
bool within(const std::optional<std::int64_t>& limit, std::int64_t used,
            std::int64_t amount) noexcept {
  if (!limit) return true;
  const auto sum = checked_add(used, amount);
  return sum && *sum <= *limit;
}

Reason card_refusal(const Card& card, Timestamp now) noexcept {
  if (card.status == CardStatus::closed) return Reason::card_closed;
  if (card.status == CardStatus::frozen) return Reason::card_frozen;
  if (card.status == CardStatus::inactive) return Reason::card_inactive;
  if (now >= card.expires_at) return Reason::card_expired;
  return Reason::approved;
}

Reason account_refusal(const Account& account) noexcept {
  if (account.status == AccountStatus::closed) return Reason::account_closed;
  if (account.status == AccountStatus::frozen) return Reason::account_frozen;
  return Reason::approved;
}

Reason money_refusal(std::int64_t amount, const Facts& facts) noexcept {
  const Card& card = *facts.card;
  const Account& account = *facts.account;
  if (!within(card.transaction_limit_minor, 0, amount)) return Reason::transaction_limit;
  if (!within(card.daily_limit_minor, facts.card_usage.amount_minor, amount))
    return Reason::card_daily_limit;
  if (!within(account.daily_limit_minor, facts.account_usage.amount_minor, amount)) {
    return Reason::account_daily_limit;
  }
  const auto available = account.available_minor();
  if (!available || amount > *available) return Reason::insufficient_funds;
  const bool sums_fit =
      checked_add(account.held_minor, amount) &&
      checked_add(facts.card_usage.amount_minor, amount) &&
      checked_add(facts.account_usage.amount_minor, amount) &&
      (!facts.increments || checked_add(facts.increments->amount.minor_units, amount));
  return sums_fit ? Reason::approved : Reason::sum_out_of_range;
}

Reason refusal(const Request& request, const Facts& facts, Timestamp now) noexcept {
  if (facts.program == nullptr) return Reason::program_unknown;
  if (!facts.card) return Reason::card_unknown;
  if (const Reason reason = card_refusal(*facts.card, now); reason != Reason::approved)
    return reason;
  if (!facts.account) return Reason::account_unknown;
  if (const Reason reason = account_refusal(*facts.account); reason != Reason::approved)
    return reason;
  if (request.amount.currency != facts.account->currency) return Reason::currency_mismatch;
  if (request.kind == Kind::unsupported) return Reason::kind_not_supported;
  if (reserves_money(request.kind)) return money_refusal(request.amount.minor_units, facts);
  return Reason::approved;
}

}  // namespace

bool reserves_money(Kind kind) noexcept {
  return kind == Kind::purchase || kind == Kind::cash || kind == Kind::quasi_cash;
}

Decision decide(const Request& request, const Facts& facts, Timestamp now) noexcept {
  AUTHD_ASSERT(request.amount.minor_units >= 0);  // adapters refuse negative amounts
  AUTHD_ASSERT(!facts.account || facts.account->held_minor >= 0);

  Decision decision;
  decision.reason = refusal(request, facts, now);
  decision.approved = {decision.is_approved() ? request.amount.minor_units : 0,
                       request.amount.currency};
  if (facts.account) {
    const std::int64_t reserved =
        decision.is_approved() && reserves_money(request.kind) ? request.amount.minor_units : 0;
    decision.balance.posted_minor = facts.account->posted_minor;
    decision.balance.available_minor = facts.account->available_minor().value_or(0) - reserved;
  }
  return decision;
}

}  // namespace authd::core
