// perform_payout: everybody whom a program owes something on a day is paid it, once.
//
// What is owed stands in authd.referral_due. Holders are found in pages, in the order of their
// numbers, and each is paid by one statement, which is a transaction of its own: it takes his dues
// (authd.referral_pay), credits his account and writes down that he was paid, or why he could not
// be. So whatever breaks, a member is paid with all that belongs to it or not at all, and nothing
// has to be remembered: a payout that was interrupted begins anew, and who was paid is not owed
// any more. That nobody is paid twice a day is a UNIQUE of authd.referral_payout.
//
// Connections commit synchronously, as the server is set up to: what is reported as paid, and shown
// to a member, must not go with a crash of the server or a failover. It costs little, because the
// commits of several connections share a flush.
//
// One process at a time pays a program, which keeps figures right and work from being done twice;
// that everybody is paid once does not depend on it. The lock is the session's: it ends with the
// process.
//
// A day that has been paid can be paid again. Who could not be paid is tried again, and who is owed
// something that he was not when the day was paid before is paid it, unless he was paid on that day
// already: then it waits for the next day.
//
// Threads: the caller's waits; options.at_once others pay, each over its own connection.
// Memory: one page of holders.
// Errors: a member whom PostgreSQL refuses to pay is a failure of his, and the others are paid.
// Anything else ends the call, and the day is not finished: what was paid stays so.

#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "authd/referral/payout/day.h"
#include "authd/referral/words.h"
#include "store/postgres/connection.h"

namespace authd::referral {

struct PayoutOptions {
  store::Connection::Options connection;
  std::int32_t at_once = 4;         // connections that pay, besides the one that finds whom
  std::int32_t page_holders = 500;  // a program that is paused rests from the next page on
};

// Why a day is not paid now.
enum class PayoutObstacle : std::uint8_t {
  unknown_program = 1,  // it has no referral
  future_day = 2,       // has not begun in the program's time zone
  resting = 3,          // the program is paused
};

// Nothing: it can be paid. The first that applies, in the order of their numbers.
core::Result<std::optional<PayoutObstacle>, store::PgError> payout_obstacle(
    store::Connection& connection, const std::string& program, core::LocalDay day);

// Members by what became of them.
struct PayoutCounts {
  std::int64_t paid = 0;
  std::int64_t paid_minor = 0;
  std::int64_t paid_before = 0;  // on this day; what they are owed waits for the next one
  std::int64_t carried = 0;      // owed less than the minimum, or less than nothing
  std::int64_t carried_minor = 0;
  std::array<std::int64_t, payout_failure_names.size()> failed{};  // by reason
  std::int64_t failed_minor = 0;

  void count(PayOutcome outcome, std::int64_t minor);
  std::int64_t failures() const noexcept;
  std::int64_t members() const noexcept { return paid + paid_before + carried + failures(); }
};

// After each member who was to be paid.
struct PayoutProgress {
  std::int64_t holder = 0;
  PayOutcome outcome = PayOutcome::paid;
  PayoutCounts so_far;  // of this call
  std::int64_t of = 0;  // who were to be paid when it began
};

struct PayoutReport {
  std::string program;
  core::LocalDay day;
  std::string currency;
  bool was_finished = false;  // before this call: it was paid again
  PayoutCounts now;           // of this call
  // Of the day, this call and those before it, as authd.referral_payout_run has them.
  std::int64_t paid = 0;
  std::int64_t paid_minor = 0;
  std::int64_t failed = 0;
  std::int64_t carried = 0;
  std::int64_t carried_minor = 0;
};

// Nothing: somebody else pays this program, or it rests; a program that is paused meanwhile too.
// The errors `unexpected`: there is no such program, or the day is in the future there.
// `requested_by` of 1 to 100 characters: who is remembered. `on_progress` may be empty; is called
// by one thread at a time, and must not take long.
core::Result<std::optional<PayoutReport>, store::PgError> perform_payout(
    const PayoutOptions& options, const std::string& program, core::LocalDay day,
    const std::string& requested_by, const std::stop_token& stop,
    const std::function<void(const PayoutProgress&)>& on_progress);

}  // namespace authd::referral
