// A program of a few members who are owed something, and what paying them leaves behind.

#pragma once

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "authd/referral/payout/payout.h"
#include "authd/referral/payout/preview.h"
#include "tests/postgres/cluster.h"

namespace authd::test {

class PayoutTest : public LedgerTest {
 protected:
  using Paid = core::Result<std::optional<referral::PayoutReport>, store::PgError>;

  // The program "demo", USD, UTC, with a minimum of 100 and payouts from this day on.
  static constexpr const char* first_day = "2024-03-10";

  void SetUp() override;

  // Members first … last with an account each, of the same number; accounts of holder 7 and 1,000
  // more.
  void add_members(int first, int last, const std::string& program = "demo");
  void add_program(const std::string& program, const std::string& zone = "UTC");

  // Earnings that a day's payout is the first to pay, each its own source.
  void owe(int first, int last, std::int64_t minor, const std::string& day = first_day,
           std::int64_t under_case = 0);
  // An adjustment, which may take.
  void adjust(int holder, std::int64_t minor, const std::string& day = first_day);

  Paid pay(const std::string& day = first_day, const std::string& program = "demo",
           const std::stop_token& stop = {});
  // The same where it must work out.
  referral::PayoutReport paid(const std::string& day = first_day);

  std::map<std::int64_t, referral::PreviewLine> preview(const std::string& day = first_day);
  void reconnect() { connection_.emplace(connect()); }
  std::string ask(const std::string& statement);
  // One field of every row.
  std::vector<std::string> list(const std::string& statement);

  // What is not as it must be, whoever was paid what: each payout is one credit of its amount to an
  // account of the member, and all the dues that it took; nobody has two of a day; stats agree with
  // rows. Empty: nothing.
  std::string faults();

  // False: not within a time that is long for it.
  template <class Condition>
  static bool wait_until(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }

  referral::PayoutOptions options_;
  std::function<void(const referral::PayoutProgress&)> on_progress_;

 private:
  std::optional<store::Connection> connection_;
  std::int64_t sources_ = 0;
};

core::LocalDay day_of(const std::string& text);

}  // namespace authd::test
