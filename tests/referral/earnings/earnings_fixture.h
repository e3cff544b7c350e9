// A ledger with a program, and what earning from it writes.

#pragma once

#include <optional>

#include "authd/referral/earnings/batch.h"
#include "tests/postgres/cluster.h"
#include "tests/referral/earnings/books.h"

namespace authd::test {

// Member 3 has invited 2, 2 has invited 1, 1 has invited 10, and all of them were from
// first_second on. 10 spends; 11 has nobody's code. Rates of purchases are 5, 2 and 1 percent.
class EarningsTest : public LedgerTest {
 protected:
  void SetUp() override;

  // With the role that has no more rights than it needs.
  store::Connection connect_earner() const;

  // Batches of so many entries until nothing is left.
  void earn(std::int32_t entries_max = 1'000, std::int32_t shard = 1);
  // The same of what was booked since.
  void earn_booked();

  // From here on batches on this connection are refused at their very end, when they commit.
  void crash_batches(bool does_crash);

  // The earnings that were written since the last call: "1:50 2:20 3:10", kinds other than earned
  // in front: "reversed 1:-50", and "/7" where the due waits for case 7.
  std::string earnings();
  std::string ask(const std::string& statement) { return query_text(*owner_, statement); }
  void run(const std::string& statements) { execute(*owner_, statements); }

  std::optional<store::Connection> owner_;
  std::optional<store::Connection> earner_;
  std::optional<Books> books_;
  std::int64_t at_ = first_second + 100;  // when things are booked

 private:
  void add_crash();

  std::int64_t last_earning_ = 0;
};

}  // namespace authd::test
