#include "core/apply.h"

#include <algorithm>

namespace authd::core {

namespace {

// The owner's counter as it stands on `today`. A counter that is ahead (another program's time
// zone, a clock that went back) keeps its day: time in the state never goes back.
Result<Usage, StateFault> usage_of_day(const State& state, const UsageOwner& owner,
                                       LocalDay today) {
  AUTHD_TRY(stored, state.usage(owner, Window::day));
  if (stored && stored->day >= today) return *stored;
  return Usage{owner, Window::day, today, 0, 0};
}

// The open hold that `request` adds to, if there is one on the same account.
Lookup<Hold> incremented_hold(const State& state, const Request& request, AccountId account) {
  if (request.increments.empty()) return std::optional<Hold>{};
  AUTHD_TRY(first, state.idempotency(request.program, request.increments));
  if (!first || first->hold == HoldId{}) return std::optional<Hold>{};
  AUTHD_TRY(hold, state.hold(first->hold));
  const bool fits = hold && hold->status == HoldStatus::open && hold->account == account &&
                    hold->amount.currency == request.amount.currency;
  return fits ? hold : std::optional<Hold>{};
}

Result<Facts, StateFault> gather(const State& state, const Request& request, Timestamp now) {
  Facts facts;
  facts.program = state.program(request.program);
  if (facts.program == nullptr) return facts;

  AUTHD_TRY(card, state.card(request.program, request.card));
  facts.card = card;
  if (!card) return facts;

  AUTHD_TRY(account, state.account(card->account));
  facts.account = account;
  if (!account) return facts;

  const LocalDay today = facts.program->time_zone.local_day(now);
  AUTHD_TRY(card_usage,
            usage_of_day(state, {UsageOwner::CardOwner{card->program, card->token}}, today));
  AUTHD_TRY(account_usage, usage_of_day(state, {account->id}, today));
  AUTHD_TRY(increments, incremented_hold(state, request, account->id));
  facts.card_usage = card_usage;
  facts.account_usage = account_usage;
  facts.increments = increments;
  return facts;
}

bool same_message(const Request& request, const Idempotency& stored) noexcept {
  return request.card == stored.card && request.kind == stored.kind &&
         request.amount == stored.amount;
}

Applied answer_again(const Request& request, const Idempotency& stored) {
  Answer answer{Answer::Origin::repeated, stored.decision, stored.hold, stored.decided_at};
  if (!same_message(request, stored)) {
    answer = {Answer::Origin::refused,
              {Reason::message_conflict, {0, request.amount.currency}, {}},
              {},
              stored.decided_at};
  }
  return {answer, {}};
}

Usage increased(Usage usage, std::int64_t amount_minor) noexcept {
  usage.amount_minor += amount_minor;  // decide() has checked that the sum fits
  usage.count += 1;
  return usage;
}

// Reserves the approved money: the account's held sum, the hold, and what is used of the limits.
HoldId reserve(const Request& request, const Facts& facts, Moment now, Changes& changes) {
  const std::int64_t amount = request.amount.minor_units;

  Account account = *facts.account;
  account.held_minor += amount;  // decide() has checked that the sum fits
  AUTHD_ASSERT(account.held_minor >= amount);
  AUTHD_ASSERT(account.available_minor().value_or(-1) >= 0);  // an approval never overdraws

  Hold hold = facts.increments.value_or(
      Hold{HoldId{now.sequence.value}, account.id, request.program, request.card, request.message,
           Money{0, request.amount.currency}, HoldStatus::open, now.at});
  hold.amount.minor_units += amount;

  changes.add(account);
  changes.add(hold);
  changes.add(increased(facts.card_usage, amount));
  changes.add(increased(facts.account_usage, amount));
  return hold.id;
}

Result<Applied, StateFault> apply_one(const State& state, const Request& request, Moment now) {
  AUTHD_TRY(stored, state.idempotency(request.program, request.message));
  if (stored) return answer_again(request, *stored);

  AUTHD_TRY(facts, gather(state, request, now.at));
  const Decision decision = decide(request, facts, now.at);

  Applied applied;
  Answer answer{Answer::Origin::decided, decision, HoldId{}, now.at};
  if (decision.is_approved() && reserves_money(request.kind) && request.amount.minor_units > 0) {
    answer.hold = reserve(request, facts, now, applied.changes);
  }
  applied.changes.add(Idempotency{request.program, request.message, request.card, request.kind,
                                  request.amount, decision, answer.hold, now.at});
  applied.outcome = answer;
  return applied;
}

Result<Applied, StateFault> apply_one(const State& state, const OpenAccount& open, Moment) {
  AUTHD_ASSERT(open.account.id.value > 0 && open.account.held_minor == 0);
  AUTHD_TRY(stored, state.account(open.account.id));
  Applied applied;
  applied.outcome = stored ? Opening::exists : Opening::created;
  if (!stored) applied.changes.add(open.account);
  return applied;
}

Result<Applied, StateFault> apply_one(const State& state, const IssueCard& issue, Moment) {
  AUTHD_TRY(stored, state.card(issue.card.program, issue.card.token));
  AUTHD_TRY(account, state.account(issue.card.account));
  Applied applied;
  applied.outcome = stored    ? Opening::exists
                    : account ? Opening::created
                              : Opening::account_unknown;
  if (!stored && account) applied.changes.add(issue.card);
  return applied;
}

}  // namespace

Result<Applied, StateFault> apply(const State& state, const Command& command, Moment now) {
  return std::visit([&](const auto& one) { return apply_one(state, one, now); }, command);
}

}  // namespace authd::core
