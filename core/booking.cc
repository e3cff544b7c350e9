#include "core/booking.h"

#include <algorithm>

#include "core/assert.h"
#include "core/due.h"

namespace authd::core {

namespace {

std::int32_t hold_days(const Program& program, const Merchant& merchant) noexcept {
  for (const HoldPeriod& period : program.hold_periods) {
    if (contains(period.mccs, merchant.mcc)) return period.days;
  }
  return program.hold_days;
}

void extend(Authorization& authorization, const Program& program, const Details& details,
            Timestamp now) noexcept {
  const Timestamp until{now.unix_us + hold_days(program, details.merchant) * us_per_day};
  authorization.expires_at = std::max(authorization.expires_at, until);
}

}  // namespace

std::optional<Account> moved(Account account, const Movement& by) noexcept {
  const auto held = checked_add(account.held_minor, by.held_minor);
  const auto posted = checked_add(account.posted_minor, by.posted_minor);
  const auto pending = checked_add(account.pending_credit_minor, by.pending_credit_minor);
  if (!held || !posted || !pending) return std::nullopt;
  account.held_minor = *held;
  account.posted_minor = *posted;
  account.pending_credit_minor = *pending;
  if (!account.available_minor()) return std::nullopt;
  AUTHD_ASSERT(account.held_minor >= 0 && account.pending_credit_minor >= 0);
  return account;
}

std::optional<Course> course_of(const Authorization& before) noexcept {
  const auto stood = standing(before);
  if (!stood) return std::nullopt;
  return Course{before, before, *stood};
}

Authorization begin_authorization(const ProgramId& program, const MessageId& key,
                                  const CardToken& card, const Parties& parties, Currency currency,
                                  const Moment& moment) noexcept {
  Authorization authorization;
  authorization.id = {moment.sequence.value};
  authorization.program = program;
  authorization.key = key;
  authorization.card = card;
  if (parties.account) authorization.account = parties.account->id;
  authorization.currency = currency;
  authorization.opened_at = moment.at;
  return authorization;
}

Result<Parties, StateFault> parties_of(const State& state, const Authorization& authorization) {
  Parties parties;
  parties.program = state.program(authorization.program);
  if (authorization.account == AccountId{}) return parties;
  AUTHD_TRY(account, state.account(authorization.account));
  AUTHD_TRY(card, state.card(authorization.program, authorization.card));
  // An authorization is bound to rows that exist, and rows are never removed.
  if (!account || !card) return Unexpected{StateFault::corrupt};
  parties.account = account;
  parties.card = card;
  return parties;
}

Result<bool, StateFault> book(const State& state, Parties& parties, Course& course,
                              const Posting& posting, const Moment& moment, Booking& booking,
                              std::vector<Row>& rows) {
  const auto stands = standing(course.after);
  if (!stands) return false;
  booking.authorization = course.after.id;
  booking.account = course.after.account;
  booking.currency = course.after.currency;
  booking.held_minor = stands->held_minor - course.stood.held_minor;
  booking.posted_minor = posting.posted_minor;
  booking.pending_credit_minor = stands->pending_credit_minor - course.stood.pending_credit_minor;
  if (parties.account) {
    const auto account = moved(
        *parties.account, {booking.held_minor, booking.posted_minor, booking.pending_credit_minor});
    if (!account) return false;
    if (*account != *parties.account) rows.emplace_back(*account);
    parties.account = account;
  }

  AUTHD_TRY(spending, Spending::load(state, parties));
  const Details& details = *posting.details;
  AUTHD_TRY_VOID(spending.count(course.after, course.stood.counted_minor, stands->counted_minor,
                                posting.kind, details, moment.at));
  if (booking.held_minor > 0) extend(course.after, *parties.program, details, moment.at);
  if (stands->held_minor > 0 && course.after.due_slot == 0) {
    AUTHD_TRY_VOID(link_due(state, course.after, moment.at, rows));
  }
  if (course.after != course.before) rows.emplace_back(course.after);
  spending.changed_rows(rows);
  return true;
}

}  // namespace authd::core
