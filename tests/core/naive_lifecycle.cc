#include "tests/core/naive_lifecycle.h"

#include <algorithm>
#include <map>

namespace authd::core::test::naive {
namespace {

using Shares = std::map<MessageId, Share>;

void note(Shares& shares, const Fact& fact) {
  Share& share = shares[fact.message];
  if (fact.what == Fact::What::abandoned) {
    share.minor = 0;
  } else if (fact.what == Fact::What::requested || fact.kind == EventKind::approved) {
    if (share.minor == 0) share.credit = fact.credit;  // what is shared stays where it is
    if (!share.declined) share.minor = fact.minor;
  } else if (fact.kind == EventKind::declined) {
    share.declined = true;
    share.minor = 0;
  }
}

bool is_about_a_message(const Fact& fact) {
  if (fact.message.empty()) return false;
  return fact.what == Fact::What::requested || fact.what == Fact::What::abandoned ||
         (fact.what == Fact::What::event &&
          (fact.kind == EventKind::approved || fact.kind == EventKind::declined));
}

void end(Sums& sums, Closure closure) {
  if (sums.closure == Closure::open) sums.closure = closure;
}

void tell(Sums& sums, Wide& incremented, const Fact& fact) {
  const Wide minor = fact.minor;
  switch (fact.kind) {
    case EventKind::approved: {
      Wide& sum = fact.credit ? sums.credit_confirmed : sums.confirmed;
      sum = std::max(sum, minor);
      break;
    }
    case EventKind::incremented: incremented += minor; break;
    case EventKind::advised:
      if (sums.approved == 0 && sums.confirmed == 0) {
        sums.awaited = minor;
      } else {
        sums.adjusted = minor + sums.released - std::max(sums.approved, sums.confirmed);
      }
      break;
    case EventKind::declined: end(sums, Closure::declined); break;
    case EventKind::reversed:
      sums.released += minor;
      if (fact.final) end(sums, Closure::reversed);
      break;
    case EventKind::closed: end(sums, Closure::completed); break;
    case EventKind::expired: end(sums, Closure::expired); break;
    case EventKind::cleared:
      sums.cleared += minor;
      sums.posted -= minor;
      if (fact.final) end(sums, Closure::completed);
      break;
    case EventKind::refunded:
    case EventKind::charged_back:
      sums.credited += minor;
      sums.posted += minor;
      break;
    case EventKind::credit_approved:
      sums.credit_confirmed = std::max(sums.credit_confirmed, minor);
      break;
    case EventKind::chargeback_reversed:
      sums.credited -= minor;
      sums.posted -= minor;
      break;
  }
}

}  // namespace

Wide Sums::authorized() const { return std::max(approved, confirmed) + adjusted; }

Wide Sums::counted() const {
  if (closure != Closure::open) return cleared;
  return std::max(authorized() - released, cleared);
}

Wide Sums::held() const {
  const Wide rest = authorized() - released - cleared;
  if (closure != Closure::open || rest <= 0) return 0;
  return cleared == 0 ? rest + extra : rest;
}

Wide Sums::pending() const {
  if (closure != Closure::open) return 0;
  return std::max<Wide>(0,
                        std::max(credit_approved, credit_confirmed) - std::max<Wide>(0, credited));
}

bool Sums::in_range() const {
  const Wide all[] = {approved,
                      confirmed,
                      adjusted,
                      released,
                      cleared,
                      extra,
                      credited,
                      credit_approved,
                      credit_confirmed,
                      posted,
                      authorized(),
                      counted(),
                      held(),
                      pending(),
                      authorized() - released,
                      authorized() - released - cleared};
  return std::all_of(std::begin(all), std::end(all), fits);
}

Sums sums_of(const std::vector<Fact>& facts) {
  Sums sums;
  Shares shares;
  Wide incremented = 0;
  for (const Fact& fact : facts) {
    if (is_about_a_message(fact)) {
      note(shares, fact);
      if (fact.what == Fact::What::requested) sums.extra += fact.extra;
    } else if (fact.what == Fact::What::expired_here) {
      end(sums, Closure::expired);
    } else {
      tell(sums, incremented, fact);
    }
    sums.approved = incremented;
    sums.credit_approved = 0;
    for (const auto& [message, share] : shares) {
      (share.credit ? sums.credit_approved : sums.approved) += share.minor;
    }
    if (sums.awaited && (sums.approved != 0 || sums.confirmed != 0)) {
      sums.adjusted = *sums.awaited + sums.released - std::max(sums.approved, sums.confirmed);
      sums.awaited.reset();
    }
  }
  return sums;
}

Share share_of(const std::vector<Fact>& facts, const MessageId& message) {
  Shares shares;
  for (const Fact& fact : facts) {
    if (is_about_a_message(fact) && fact.message == message) note(shares, fact);
  }
  return shares[message];
}

}  // namespace authd::core::test::naive
