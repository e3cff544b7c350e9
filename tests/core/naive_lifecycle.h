// One authorization of the model: the list of everything that was said about it. Whatever is asked
// is computed from the whole list again, in integers wide enough never to overflow.

#pragma once

#include <optional>
#include <vector>

#include "core/apply.h"

namespace authd::core::test::naive {

__extension__ using Wide = __int128;

inline bool fits(Wide value) { return value >= INT64_MIN && value <= INT64_MAX; }

struct Fact {
  enum class What { requested, event, abandoned, expired_here };

  What what = What::event;
  MessageId message;  // whose share it changes; empty: of the whole authorization
  EventKind kind = EventKind::cleared;
  bool credit = false;
  std::int64_t minor = 0;
  std::int64_t extra = 0;
  bool final = false;
};

// What follows from the facts.
struct Sums {
  Wide approved = 0;
  Wide confirmed = 0;
  Wide adjusted = 0;
  Wide released = 0;
  Wide cleared = 0;
  Wide extra = 0;
  Wide credit_approved = 0;
  Wide credit_confirmed = 0;
  Wide credited = 0;
  Wide posted = 0;  // change of the account's posted balance so far
  std::optional<Wide> awaited;
  Closure closure = Closure::open;

  Wide authorized() const;
  Wide counted() const;
  Wide held() const;
  Wide pending() const;
  bool in_range() const;  // whether all of these fit int64
};

Sums sums_of(const std::vector<Fact>& facts);

// The share that `message` has in what is approved, and whether it was declined after all.
struct Share {
  std::int64_t minor = 0;
  bool credit = false;
  bool declined = false;
};
Share share_of(const std::vector<Fact>& facts, const MessageId& message);

// Whose spending is counted, and under which number.
struct Counter {
  CounterId id;
  decltype(Owner::of) owner;
  friend auto operator<=>(const Counter&, const Counter&) = default;
};

// Money that was counted towards limits by one message, and by which counters.
struct Taken {
  Timestamp at;
  Wide minor = 0;
  std::vector<Counter> counters;
};

struct Lifecycle {
  AuthorizationId id;
  ProgramId program;
  CardToken card;
  AccountId account;
  Currency currency;
  Timestamp expires_at;
  std::vector<Fact> facts;
  std::vector<Taken> taken;  // oldest first
  Sums sums;                 // of `facts`
};

}  // namespace authd::core::test::naive
