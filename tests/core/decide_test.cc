#include "core/decide.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "tests/core/world.h"

namespace authd::core::test {
namespace {

struct Case {
  Program the_program = program();
  Facts facts;
  Request request = purchase("m1", 10'00);
  Timestamp now = noon;

  Case() {
    facts.program = &the_program;
    facts.card = card();
    facts.account = account();
  }
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;
  Reason reason() const { return decide(request, facts, now).reason; }
};

TEST(Decide, ApprovesAnOrdinaryPurchase) {
  const Case c;
  const Decision decision = decide(c.request, c.facts, c.now);
  EXPECT_TRUE(decision.is_approved());
  EXPECT_EQ(decision.approved, (Money{10'00, usd}));
  EXPECT_EQ(decision.balance, (Balance{100'00, 90'00}));
}

TEST(Decide, ADeclineApprovesNothingAndLeavesTheBalance) {
  Case c;
  c.request.amount.minor_units = 100'01;
  const Decision decision = decide(c.request, c.facts, c.now);
  EXPECT_EQ(decision.approved, (Money{0, usd}));
  EXPECT_EQ(decision.balance, (Balance{100'00, 100'00}));
}

// Everything is wrong; each step repairs what was named, and the next reason in rank shows.
TEST(Decide, NamesTheFirstReasonInRank) {
  Case c;
  c.request.amount = {200'00, eur};
  c.request.kind = Kind::unsupported;
  c.facts.program = nullptr;
  c.facts.card.reset();
  c.facts.account.reset();
  EXPECT_EQ(c.reason(), Reason::program_unknown);
  c.facts.program = &c.the_program;
  EXPECT_EQ(c.reason(), Reason::card_unknown);

  c.facts.card = card();
  c.facts.card->expires_at = c.now;
  c.facts.card->transaction_limit_minor = 1;
  c.facts.card->daily_limit_minor = 2;
  c.facts.card->status = CardStatus::closed;
  EXPECT_EQ(c.reason(), Reason::card_closed);
  c.facts.card->status = CardStatus::frozen;
  EXPECT_EQ(c.reason(), Reason::card_frozen);
  c.facts.card->status = CardStatus::inactive;
  EXPECT_EQ(c.reason(), Reason::card_inactive);
  c.facts.card->status = CardStatus::active;
  EXPECT_EQ(c.reason(), Reason::card_expired);
  c.facts.card->expires_at = {c.now.unix_us + 1};
  EXPECT_EQ(c.reason(), Reason::account_unknown);

  c.facts.account = account();
  c.facts.account->daily_limit_minor = 3;
  c.facts.account->status = AccountStatus::closed;
  EXPECT_EQ(c.reason(), Reason::account_closed);
  c.facts.account->status = AccountStatus::frozen;
  EXPECT_EQ(c.reason(), Reason::account_frozen);
  c.facts.account->status = AccountStatus::active;
  EXPECT_EQ(c.reason(), Reason::currency_mismatch);
  c.request.amount.currency = usd;
  EXPECT_EQ(c.reason(), Reason::kind_not_supported);
  c.request.kind = Kind::purchase;
  EXPECT_EQ(c.reason(), Reason::transaction_limit);
  c.facts.card->transaction_limit_minor.reset();
  EXPECT_EQ(c.reason(), Reason::card_daily_limit);
  c.facts.card->daily_limit_minor.reset();
  EXPECT_EQ(c.reason(), Reason::account_daily_limit);
  c.facts.account->daily_limit_minor.reset();
  EXPECT_EQ(c.reason(), Reason::insufficient_funds);
  c.request.amount.minor_units = 100'00;
  EXPECT_EQ(c.reason(), Reason::approved);
}

TEST(Decide, ApprovesExactlyTheAvailableBalance) {
  Case c;
  c.facts.account->held_minor = 40'00;
  c.request.amount.minor_units = 60'00;
  EXPECT_EQ(c.reason(), Reason::approved);
  c.request.amount.minor_units = 60'01;
  EXPECT_EQ(c.reason(), Reason::insufficient_funds);
}

TEST(Decide, ApprovesNothingBelowZero) {
  Case c;
  c.facts.account->posted_minor = -1;
  c.request.amount.minor_units = 1;
  EXPECT_EQ(c.reason(), Reason::insufficient_funds);
}

TEST(Decide, ApprovesExactlyTheTransactionLimit) {
  Case c;
  c.facts.card->transaction_limit_minor = 10'00;
  EXPECT_EQ(c.reason(), Reason::approved);
  c.request.amount.minor_units = 10'01;
  EXPECT_EQ(c.reason(), Reason::transaction_limit);
}

TEST(Decide, ApprovesExactlyTheDailyLimitOfTheCard) {
  Case c;
  c.facts.card->daily_limit_minor = 30'00;
  c.facts.card_usage.amount_minor = 20'00;
  EXPECT_EQ(c.reason(), Reason::approved);
  c.request.amount.minor_units = 10'01;
  EXPECT_EQ(c.reason(), Reason::card_daily_limit);
}

TEST(Decide, ApprovesExactlyTheDailyLimitOfTheAccount) {
  Case c;
  c.facts.account->daily_limit_minor = 30'00;
  c.facts.account_usage.amount_minor = 20'00;
  EXPECT_EQ(c.reason(), Reason::approved);
  c.request.amount.minor_units = 10'01;
  EXPECT_EQ(c.reason(), Reason::account_daily_limit);
}

TEST(Decide, ACardIsGoodUntilTheMomentItExpires) {
  Case c;
  c.facts.card->expires_at = {noon.unix_us + 1};
  EXPECT_EQ(c.reason(), Reason::approved);
  c.now = {noon.unix_us + 1};
  EXPECT_EQ(c.reason(), Reason::card_expired);
}

TEST(Decide, SumsThatDoNotFitAreDeclined) {
  Case c;
  c.facts.account->posted_minor = std::numeric_limits<std::int64_t>::max();
  c.facts.card_usage.amount_minor = std::numeric_limits<std::int64_t>::max() - 10'00;
  EXPECT_EQ(c.reason(), Reason::approved);
  c.facts.card_usage.amount_minor += 1;
  EXPECT_EQ(c.reason(), Reason::sum_out_of_range);
}

TEST(Decide, ABalanceThatDoesNotFitIsInsufficient) {
  Case c;
  c.facts.account->posted_minor = std::numeric_limits<std::int64_t>::min();
  c.facts.account->held_minor = 1;
  EXPECT_EQ(c.reason(), Reason::insufficient_funds);
}

TEST(Decide, QuestionsWithoutMoneyIgnoreTheBalance) {
  Case c;
  c.facts.account->posted_minor = 0;
  for (const Kind kind : {Kind::account_verification, Kind::balance_inquiry, Kind::credit}) {
    c.request.kind = kind;
    EXPECT_EQ(c.reason(), Reason::approved) << name(kind);
  }
  for (const Kind kind : {Kind::purchase, Kind::cash, Kind::quasi_cash}) {
    c.request.kind = kind;
    EXPECT_EQ(c.reason(), Reason::insufficient_funds) << name(kind);
  }
}

TEST(Decide, EveryReasonHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const Reason reason : all_reasons()) {
    EXPECT_TRUE(names.insert(name(reason)).second) << name(reason);
    EXPECT_TRUE(is_reason(static_cast<std::uint16_t>(reason)));
  }
  EXPECT_FALSE(is_reason(1));
}

}  // namespace
}  // namespace authd::core::test
