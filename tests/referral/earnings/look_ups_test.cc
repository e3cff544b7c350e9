// How an earnings batch reads what its entries touch, on a ledger that is new.

#include <fmt/format.h>

#include <array>

#include "tests/postgres/plan.h"
#include "tests/referral/earnings/earnings_fixture.h"

namespace authd::test {

namespace {

using EarningsLookUps = EarningsTest;

TEST_F(EarningsLookUps, GoByKeyInTablesThatNobodyHasAnalysed) {
  for (int source = 1; source <= 200; ++source) {
    books_->clear(10, -1'000, at_ + source % 20 * seconds_per_day, source);
    if (source == 1) books_->refund(10, 500, at_, source);
    if (source <= 10) earn_booked();
  }
  earn_booked();
  ASSERT_EQ(ask("SELECT count(*) FROM authd.referral_source"), "200");
  run("INSERT INTO authd.referral_case (program, holder_id, day, kind, detail)"
      " SELECT 'demo', holder, date '2026-10-05' + day, 4, '{}'"
      " FROM generate_series(1, 3) AS holder, generate_series(1, 20) AS day");
  const std::string day = std::to_string(first_second / seconds_per_day + 1);
  const std::string days = fmt::format("'{{{0},{0},{0}}}'", day);
  for (const auto& [statement, keys] : std::initializer_list<std::array<std::string, 2>>{
           {"referral_granted", "'{1,2,3}', '{1,1,1}', " + days},
           {"referral_day_cases", "'{1,2,3}', " + days},
           {"referral_origins", "1, '{1,2,3}'"},
           {"referral_sources", "1, '{1,2,3}'"},
           {"referral_earnings", "1, '{1,2,3}'"}}) {
    const auto most = most_rows(*earner_, "EXECUTE " + statement + " (" + keys + ")");
    EXPECT_LE(most, 15) << statement;
    EXPECT_GE(most, 3) << statement;
  }
}

// Made while a table was empty, a plan may read the whole of it for each key by the wrong index.
TEST_F(EarningsLookUps, ArePlannedForWhatIsGiven) {
  for (int source = 1; source <= 10; ++source) {
    books_->clear(10, -1'000, at_, source);
    books_->refund(10, 500, at_, source);
    earn_booked();
  }
  EXPECT_EQ(query_text(*earner_,
                       "SELECT string_agg(name, ' ' ORDER BY name) FROM pg_prepared_statements"
                       " WHERE custom_plans = 0 AND generic_plans > 0"),
            "referral_entries referral_marks");
  EXPECT_EQ(query_text(*earner_,
                       "SELECT count(*) FROM pg_prepared_statements"
                       " WHERE custom_plans = 10 AND generic_plans = 0 AND name IN"
                       " ('referral_granted', 'referral_day_cases', 'referral_origins',"
                       "  'referral_sources', 'referral_earnings')"),
            "5");
}

}  // namespace

}  // namespace authd::test
