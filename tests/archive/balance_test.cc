#include <gtest/gtest.h>

#include "tests/archive/world.h"

namespace authd::test {
namespace {

using store::Month;

class BalanceAsOf : public ArchiveTest {
 protected:
  // Compares with the sums over the copy at many moments: of months that are not cold within
  // the month as well.
  void expect_true_balances() {
    std::string moments;
    for (int age = months_; age >= -1; --age) {
      const std::string begins = "timestamptz '" + month(age).date() + " 00:00:00Z'";
      moments += (moments.empty() ? "" : ", ") + ("(" + begins + ")");
      if (is_cold(month(age))) continue;
      for (const char* const after : {"1 hour", "3 days 5 hours", "20 days"}) {
        moments += ", (" + begins + " + interval '" + after + "')";
      }
    }
    // Wrong ones, those before the account was opened, and how many there are at all.
    EXPECT_EQ(
        text("SELECT count(*) FILTER (WHERE a.opened_at < t AND (b.posted_minor, b.held_minor)"
             "         IS DISTINCT FROM (o.posted, o.held)) || ' ' ||"
             "       count(b.posted_minor) FILTER (WHERE a.opened_at >= t) || ' ' ||"
             "       (count(DISTINCT (b.posted_minor, b.held_minor)) > 50)"
             "  FROM (VALUES " +
             moments +
             ") AS v(t), (SELECT * FROM authd.account WHERE id IN (1, 6, 11, 20)) AS a"
             "  LEFT JOIN LATERAL authd.balance_as_of(a.id, t) AS b ON true,"
             "  LATERAL (SELECT sum(amount_minor) FILTER (WHERE book IN (1, 2)) AS posted,"
             "           coalesce(sum(amount_minor) FILTER (WHERE book = 2), 0) AS held"
             "    FROM original.posting AS p"
             "    WHERE p.account_id = a.id AND p.booked_at < t) AS o"),
        "0 0 true");
  }

  bool is_cold(Month month) {
    for (const store::ArchiveFile& file : files(month)) {
      if (file.dropped) return true;
    }
    return false;
  }
};

TEST_F(BalanceAsOf, IsTheSumOfWhatWasBookedBeforeWhereverItIsNow) {
  expect_true_balances();
  store::ArchiveOptions options = this->options();
  options.warm_months = options.cold_months;
  run(options);  // nothing cold yet
  EXPECT_NE(text("SELECT count(*) FROM authd.balance_at"), "0");
  expect_true_balances();
  run(this->options());
  expect_true_balances();
  restore(month(14));
  expect_true_balances();
}

TEST_F(BalanceAsOf, StaysTrueWhenMonthsAreMovedInAnyOrder) {
  // The youngest first.
  for (const int age : {10, 14, 12, 20}) {
    const auto tables = *store::Catalog(*connection_).tables();
    for (const auto& table : tables) {
      ASSERT_TRUE(store::Transitions(*connection_, tables).to_warm(table, month(age)));
    }
    expect_true_balances();
  }
}

TEST_F(BalanceAsOf, CountsLateRecordsBeforeAndAfterTheyAreMoved) {
  run(options());
  for (const int age : {14, 6}) record_late(month(age), 40);
  expect_true_balances();
  run(options());
  expect_true_balances();
  for (const int age : {14, 6}) record_late(month(age), 15);
  expect_true_balances();
  run(options());
  expect_true_balances();
  restore(month(14));
  expect_true_balances();
}

TEST_F(BalanceAsOf, IsNothingBeforeTheAccountWasOpenedOrWithoutOne) {
  EXPECT_EQ(text("SELECT count(*) FROM authd.account AS a, LATERAL authd.balance_as_of(a.id, "
                 "a.opened_at)"),
            "0");
  EXPECT_EQ(text("SELECT count(*) FROM authd.account AS a, LATERAL authd.balance_as_of(a.id, "
                 "a.opened_at + interval '1 us')"),
            "20");
  EXPECT_EQ(text("SELECT posted_minor FROM authd.account AS a, LATERAL authd.balance_as_of(a.id, "
                 "a.opened_at + interval '1 us')"
                 " WHERE id = 7"),
            "7000");
  EXPECT_EQ(text("SELECT count(*) FROM authd.balance_as_of(999, now())"), "0");
}

TEST_F(BalanceAsOf, RefusesATimeWithinAColdMonth) {
  run(options());
  const std::string begins = "timestamptz '" + month(14).date() + " 00:00:00Z'";
  EXPECT_EQ(
      refused(*connection_, "SELECT authd.balance_as_of(1, " + begins + " + interval '1 us')"),
      "55000");
  EXPECT_EQ(refused(*connection_, "SELECT authd.balance_as_of(1, " + begins + ")"), "not refused");
  restore(month(14));
  EXPECT_EQ(
      refused(*connection_, "SELECT authd.balance_as_of(1, " + begins + " + interval '1 us')"),
      "not refused");
}

TEST_F(BalanceAsOf, MayBeAskedByTheApi) {
  run(options());
  ASSERT_TRUE(connection_->exec("SET ROLE authd_api"));
  EXPECT_EQ(text("SELECT count(*) FROM authd.balance_as_of(1, now())"), "1");
  EXPECT_EQ(refused(*connection_, "DELETE FROM authd.archive_file"), "42501");
}

}  // namespace
}  // namespace authd::test
