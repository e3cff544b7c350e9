#include "core/proposal.h"

#include <algorithm>

#include "core/apply_parts.h"

namespace authd::core {

namespace {

// Held beyond the amount of a debit; the fixed part once an authorization.
// Nothing: out of range.
std::optional<std::int64_t> extra_hold(const Program& program, const Request& request,
                                       bool is_first) noexcept {
  constexpr std::int64_t basis = 10'000;
  const auto found = std::find_if(program.extra_holds.begin(), program.extra_holds.end(),
                                  [&request](const ExtraHold& extra) {
                                    return contains(extra.mccs, request.details.merchant.mcc);
                                  });
  if (found == program.extra_holds.end() || request.amount.minor_units == 0) return 0;
  // amount × basis points / 10,000, rounded up, in two parts that cannot
  // overflow
  const std::int64_t whole = request.amount.minor_units / basis * found->basis_points;
  const std::int64_t rest = request.amount.minor_units % basis * found->basis_points;
  const auto percentage = checked_add(whole, (rest + basis - 1) / basis);
  return percentage ? checked_add(*percentage, is_first ? found->fixed_minor : 0) : std::nullopt;
}

}  // namespace

bool give_share(Authorization& authorization, Message& message, std::int64_t minor) noexcept {
  return share_of(message, message.kind == Kind::credit, minor, authorization);
}

std::optional<Proposal> propose(const Request& request, const Message& message,
                                const Program& program, const Authorization& authorization) {
  auto course = course_of(authorization);
  if (!course) return std::nullopt;
  Proposal proposal{std::move(*course), {}, 0, 0};
  Authorization& after = proposal.course.after;
  Message asked = message;
  if (!give_share(after, asked, request.amount.minor_units)) return std::nullopt;
  const auto bare = standing(after);
  if (!bare) return std::nullopt;

  if (is_debit(request.kind)) {
    const auto extra = extra_hold(program, request, authorization.approved_minor == 0);
    const auto sum = extra ? checked_add(after.extra_minor, *extra) : std::nullopt;
    if (!sum) return std::nullopt;
    proposal.extra_minor = *extra;
    after.extra_minor = *sum;
  }
  const auto full = standing(after);
  if (!full) return std::nullopt;
  proposal.after = *full;
  proposal.held_without_extra_minor = bare->held_minor - proposal.course.stood.held_minor;
  return proposal;
}

std::int64_t approvable(const Request& request, const Message& message, const Parties& parties,
                        const Proposal& proposal, bool& in_full) noexcept {
  const std::int64_t amount = request.amount.minor_units;
  const std::int64_t change = proposal.after.held_minor - proposal.course.stood.held_minor;
  const auto available = parties.account->available_minor();
  in_full = change <= 0 || (available && change <= *available);
  if (in_full) return amount;
  if (!request.partial_approval || !parties.program->partial_approval || !available) return 0;
  const auto limit = checked_add(*available, amount - proposal.held_without_extra_minor);
  const std::int64_t part = std::min(amount, limit.value_or(0));
  if (part <= 0 || part < request.cash_back_minor) return 0;
  // An advice that came first fixes the total, however small the part: it must
  // be there.
  Authorization after = proposal.course.before;
  Message asked = message;
  const auto stands = give_share(after, asked, part) ? standing(after) : std::nullopt;
  return stands && stands->held_minor - proposal.course.stood.held_minor <=
                       std::max<std::int64_t>(*available, 0)
             ? part
             : 0;
}

}  // namespace authd::core
