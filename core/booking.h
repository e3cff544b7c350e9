// Booking: what a changed authorization means for its account, its counters and the calendar of
// expiries. The one place where a life cycle changes an account's sums; transfers change them in
// apply_transfer.cc.

#pragma once

#include "core/apply.h"
#include "core/spending.h"

namespace authd::core {

// An authorization before and after a command.
struct Course {
  Authorization before;
  Authorization after;
  Standing stood;  // of before
};

// Nothing when the sums of `before` leave int64, which only damaged rows can do.
std::optional<Course> course_of(const Authorization& before) noexcept;

// A new authorization for `parties`, created by the record at `moment`.
Authorization begin_authorization(const ProgramId& program, const MessageId& key,
                                  const CardToken& card, const Parties& parties, Currency currency,
                                  const Moment& moment) noexcept;

// Changes of an account's sums.
struct Movement {
  std::int64_t held_minor = 0;
  std::int64_t posted_minor = 0;
  std::int64_t pending_credit_minor = 0;
};

// The account with the changes made; nothing when a sum leaves int64.
std::optional<Account> moved(Account account, const Movement& by) noexcept;

// What a life cycle's message says beyond the authorization's sums.
struct Posting {
  std::int64_t posted_minor = 0;  // change of the account's posted balance
  Kind kind = Kind::purchase;
  const Details* details = nullptr;
};

// Moves what the change of `course` moves: the account's held, posted and pending sums, the
// counters, the due slot. Appends the changed rows and fills the booking's sums and account. False,
// and nothing is done, when a sum would leave int64.
Result<bool, StateFault> book(const State& state, Parties& parties, Course& course,
                              const Posting& posting, const Moment& moment, Booking& booking,
                              std::vector<Row>& rows);

// The account and card of an authorization. Its program must be known.
Result<Parties, StateFault> parties_of(const State& state, const Authorization& authorization);

}  // namespace authd::core
