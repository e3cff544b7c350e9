// Payers: the connections that pay, and the list they share.
//
// Each takes the next holder of the list and pays him. Whoever finds the list empty reads the next
// page, and the others wait for it: that is shorter than one payment.
//
// Threads: pay() starts its own and waits for them.

#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "authd/referral/payout/owed.h"
#include "authd/referral/payout/payout.h"

namespace authd::referral {

class Payers {
 public:
  // All outlive it. The pages are read over `reader`.
  Payers(const PayoutOptions& options, const std::string& program, core::LocalDay day,
         const std::string& requested_by, const std::stop_token& stop, store::Connection& reader,
         const std::function<void(const PayoutProgress&)>& on_progress);

  // Pays everybody who is owed something. Nothing: the program was paused meanwhile.
  core::Result<std::optional<PayoutCounts>, store::PgError> pay();

 private:
  struct Paid {
    PayOutcome outcome;
    std::int64_t minor;
  };

  void work();
  core::Result<void, store::PgError> pay_from_list(store::Connection& connection);
  core::Result<std::optional<Owed>, store::PgError> next();
  core::Result<void, store::PgError> read_page();
  core::Result<Paid, store::PgError> pay(store::Connection& connection, const Owed& owed);
  core::Result<void, store::PgError> record_refusal(store::Connection& connection, const Owed& owed,
                                                    const std::string& refusal);
  void count(const Owed& owed, const Paid& paid);

  const PayoutOptions& options_;
  const std::string& program_;
  const core::LocalDay day_;
  const std::string& requested_by_;
  const std::stop_token& stop_;
  const std::function<void(const PayoutProgress&)>& on_progress_;
  std::int64_t of_ = 0;

  std::mutex mutex_;  // of all that follow
  store::Connection& reader_;
  std::deque<Owed> list_;
  std::int64_t after_ = 0;  // the last holder of the pages so far
  bool is_read_ = false;    // there are no more pages, or they are not wanted
  bool rests_ = false;
  PayoutCounts counts_;
  std::optional<store::PgError> error_;  // the first; nobody takes a holder any more
};

}  // namespace authd::referral
