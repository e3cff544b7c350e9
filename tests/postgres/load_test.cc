#include "store/postgres/load.h"

#include <gtest/gtest.h>

#include "tests/postgres/cluster.h"
#include "tests/postgres/world.h"

namespace authd::test {

namespace {

using store::LoadCounts;
using store::Loader;
using store::LoadError;

core::OpenAccount open(std::int64_t id, std::int64_t posted_minor) {
  return {account(id, posted_minor)};
}

core::IssueCard issue(const std::string& token, std::int64_t account_id) {
  return {card("demo", token, account_id)};
}

class Load : public LedgerTest {
 protected:
  static constexpr core::Timestamp now{1'790'000'000'000'000};
};

TEST_F(Load, BooksTheOpeningBalanceOfANewAccount) {
  auto connection = connect();
  Loader loader(connection, {10, now});
  ASSERT_TRUE(loader.add(open(1, 5'000)));
  ASSERT_TRUE(loader.add(open(2, -300)));
  ASSERT_TRUE(loader.add(open(3, 0)));
  ASSERT_TRUE(loader.finish());
  EXPECT_EQ(query_text(connection,
                       "SELECT string_agg(account_id || ':' || book || ':' || amount_minor, ' '"
                       " ORDER BY account_id, leg) FROM authd.posting WHERE shard = 0"),
            "1:1:5000 1:3:-5000 2:1:-300 2:3:300");
  EXPECT_EQ(query_text(connection,
                       "SELECT count(*) FROM authd.journal_entry JOIN authd.posting USING"
                       " (shard, seq, account_id) WHERE kind = 1 AND booked_at ="
                       " to_timestamp(1790000000)"),
            "4");
}

TEST_F(Load, LeavesAndCountsWhatExists) {
  auto connection = connect();
  for (const std::int64_t posted : {5'000, 9'000}) {
    Loader loader(connection, {3, now});
    for (std::int64_t id = 1; id <= 5; ++id) ASSERT_TRUE(loader.add(open(id, posted)));
    for (std::int64_t id = 1; id <= 5; ++id) {
      ASSERT_TRUE(loader.add(issue("card_" + std::to_string(id), id)));
    }
    const auto report = loader.finish();
    ASSERT_TRUE(report);
    const bool first = posted == 5'000;
    EXPECT_EQ(report->accounts, (LoadCounts{first ? 5 : 0, first ? 0 : 5}));
    EXPECT_EQ(report->cards, (LoadCounts{first ? 5 : 0, first ? 0 : 5}));
  }
  EXPECT_EQ(query_text(connection, "SELECT sum(posted_minor) FROM authd.account"), "25000");
  EXPECT_EQ(query_text(connection, "SELECT count(*) FROM authd.posting"), "10");
}

TEST_F(Load, CreatesWhatIsGivenTwiceOnce) {
  auto connection = connect();
  Loader loader(connection, {100, now});
  ASSERT_TRUE(loader.add(open(1, 5'000)));
  ASSERT_TRUE(loader.add(open(1, 7'000)));
  ASSERT_TRUE(loader.add(issue("card_1", 1)));
  ASSERT_TRUE(loader.add(issue("card_1", 1)));
  const auto report = loader.finish();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->accounts, (LoadCounts{1, 1}));
  EXPECT_EQ(report->cards, (LoadCounts{1, 1}));
  EXPECT_EQ(query_text(connection, "SELECT sum(amount_minor) FROM authd.posting WHERE book = 1"),
            "5000");
}

TEST_F(Load, NamesTheCardWhoseAccountIsMissingAndKeepsNothingOfItsBatch) {
  auto connection = connect();
  Loader loader(connection, {2, now});
  ASSERT_TRUE(loader.add(open(1, 5'000)));
  ASSERT_TRUE(loader.add(issue("card_1", 1)));  // the first batch is full
  ASSERT_TRUE(loader.add(open(2, 5'000)));
  const auto failed = loader.add(issue("card_x", 99));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, LoadError::Code::account_missing);
  EXPECT_EQ(failed.error().card.token.view(), "card_x");
  EXPECT_EQ(failed.error().card.account.value, 99);
  EXPECT_EQ(query_text(connection, "SELECT string_agg(id::text, ' ') FROM authd.account"), "1");
  EXPECT_EQ(query_text(connection, "SELECT count(*) FROM authd.posting"), "2");
}

}  // namespace

}  // namespace authd::test
