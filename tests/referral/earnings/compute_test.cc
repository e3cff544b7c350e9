#include "authd/referral/earnings/compute.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>

namespace authd::referral {
namespace {

using Texts = std::vector<std::string>;

constexpr core::Timestamp at(std::int64_t second) { return {second * core::us_per_s}; }

// Member 10 spends; 1 has invited him, 2 that one, 3 that one, all at second 100. Rates of
// purchases are 5, 2 and 1 percent. What is booked is booked at second 1,000 of day 50.
class Compute : public testing::Test {
 protected:
  Compute() {
    terms().id = 1;
    terms().rates[SourceKind::purchase] = {500, 200, 100};
  }

  Terms& terms() {
    auto& versions = facts_.rules["demo"].terms;
    if (versions.empty()) versions.emplace_back();
    return versions.back();
  }

  Entry& purchase(std::int64_t amount, std::int64_t origin = 0) {
    Entry& entry = facts_.entries.emplace_back();
    entry.seq = static_cast<std::int64_t>(facts_.entries.size());
    entry.booked_at = at(1'000);
    entry.day.days = 50;
    entry.month.days = 40;
    entry.spender = 10;
    entry.program = "demo";
    entry.source = SourceKind::purchase;
    entry.amount = amount;
    entry.origin = origin == 0 ? entry.seq : origin;
    for (std::size_t level = 0; level < entry.links.size(); ++level) {
      entry.links[level] = {static_cast<std::int64_t>(level) + 1, true, at(100), false, 0};
    }
    return entry;
  }

  Entry& given_back(std::int64_t amount, std::int64_t origin) {
    Entry& entry = purchase(amount, origin);
    entry.source.reset();
    return entry;
  }

  Changes changes() {
    const auto result = compute(facts_);
    EXPECT_TRUE(result);
    return result ? *result : Changes{};
  }

  // "1:50 2:20/7": earner and amount, and the case it waits for.
  std::string earned() { return text(changes().earned); }
  // Likewise, with the entry that brought it about: "1:-50@2".
  std::string corrected() { return text(changes().corrected); }
  std::size_t sources() { return changes().sources.size(); }

  static std::string text(const std::vector<Earning>& earnings) {
    std::string text;
    for (const Earning& earning : earnings) {
      if (!text.empty()) text += ' ';
      text += fmt::format("{}:{}", earning.earner, earning.amount);
      if (earning.case_id != 0) text += fmt::format("/{}", earning.case_id);
      if (earning.entry != earning.source || earning.kind != EarningKind::earned) {
        text += fmt::format("@{}", earning.entry);
      }
      if (earning.kind != EarningKind::earned) {
        EXPECT_EQ(earning.kind == EarningKind::reversed, earning.amount < 0);
      }
    }
    return text;
  }

  Facts facts_;
};

TEST_F(Compute, EarnsOnThreeLevels) {
  purchase(1'000);
  EXPECT_EQ(earned(), "1:50 2:20 3:10");
  EXPECT_EQ(sources(), 1U);
}

TEST_F(Compute, EarnsFromTheMinimumOnAndKeepsSmallerSources) {
  terms().minimum = 1'000;
  purchase(1'000);
  purchase(999);
  const Changes all = changes();
  EXPECT_EQ(text(all.earned), "1:50 2:20 3:10");
  EXPECT_EQ(all.sources.size(), 2U);
}

TEST_F(Compute, TakesTermsFromTheirStartToTheirEnd) {
  terms().starts_at = at(1'000);
  terms().ends_at = at(2'000);
  purchase(1'000).booked_at = at(999);
  EXPECT_EQ(sources(), 0U);
  facts_.entries[0].booked_at = at(1'000);
  EXPECT_EQ(sources(), 1U);
  facts_.entries[0].booked_at = {at(2'000).unix_us - 1};
  EXPECT_EQ(sources(), 1U);
  facts_.entries[0].booked_at = at(2'000);
  EXPECT_EQ(sources(), 0U);
}

TEST_F(Compute, TakesTheHighestVersionThatHasStartedAndNoneOnceThatHasEnded) {
  terms().ends_at = at(9'000);
  Terms later;
  later.id = 2;
  later.starts_at = at(1'000);
  later.ends_at = at(1'500);
  later.rates[SourceKind::purchase] = {1'000, 0, 0};
  facts_.rules["demo"].terms.insert(facts_.rules["demo"].terms.begin(), later);
  purchase(1'000).booked_at = at(999);
  purchase(1'000);
  purchase(1'000).booked_at = at(1'500);
  EXPECT_EQ(earned(), "1:50 2:20 3:10 1:100");
  EXPECT_EQ(changes().earned.back().terms, 2);
}

TEST_F(Compute, EarnsNothingWithinAPause) {
  facts_.rules["demo"].pauses = {{at(1'000), at(2'000)}, {at(3'000), std::nullopt}};
  purchase(1'000).booked_at = at(999);
  purchase(2'000).booked_at = at(1'000);
  purchase(3'000).booked_at = {at(2'000).unix_us - 1};
  purchase(4'000).booked_at = at(2'000);
  purchase(5'000).booked_at = at(3'000);
  EXPECT_EQ(earned(), "1:50 2:20 3:10 1:200 2:80 3:40");
  EXPECT_EQ(sources(), 2U);
}

TEST_F(Compute, NeedsARateOfTheKind) {
  purchase(1'000).source = SourceKind::cash;
  EXPECT_EQ(sources(), 0U);
  terms().rates[SourceKind::cash] = {0, 100, 0};
  EXPECT_EQ(earned(), "2:10");
}

TEST_F(Compute, NeedsLinksThatWereMadeByThenAndAreNotVoid) {
  purchase(1'000).links[1].made_at = at(1'000);
  EXPECT_EQ(earned(), "1:50 2:20 3:10");
  facts_.entries[0].links[1].made_at = at(1'001);
  EXPECT_EQ(earned(), "1:50");
  facts_.entries[0].links[1] = {2, true, at(100), true, 0};
  EXPECT_EQ(earned(), "1:50");
  facts_.entries[0].links[1] = {};
  EXPECT_EQ(earned(), "1:50");
  facts_.entries[0].links[0].is_void = true;
  EXPECT_EQ(earned(), "");
  EXPECT_EQ(sources(), 1U);
}

TEST_F(Compute, PassesOverWhoIsSuspended) {
  purchase(1'000).links[0].is_earner_active = false;
  EXPECT_EQ(earned(), "2:20 3:10");
  // His part is in nobody's pool: of 99 the others have 1.98 and 0.99, together 2.
  facts_.entries[0].amount = 99;
  EXPECT_EQ(earned(), "2:1 3:1");
}

TEST_F(Compute, CapsASource) {
  terms().cap_source = 20;
  purchase(1'000);
  EXPECT_EQ(earned(), "1:20 2:20 3:10");
  terms().cap_source = 19;
  EXPECT_EQ(earned(), "1:19 2:19 3:10");
}

TEST_F(Compute, CapsADayOverBatchesAndWithinOne) {
  terms().cap_day = 100;
  facts_.granted[{1, Span::day, core::LocalDay{50}}] = 30;
  facts_.granted[{1, Span::month, core::LocalDay{40}}] = 5'000;
  purchase(1'000);
  purchase(1'000);
  purchase(1'000);
  purchase(1'000).day.days = 51;
  EXPECT_EQ(earned(), "1:50 2:20 3:10 1:20 2:20 3:10 2:20 3:10 1:50 2:20 3:10");
}

TEST_F(Compute, CapsAMonthOverBatchesAndWithinOne) {
  terms().cap_month = 100;
  facts_.granted[{1, Span::month, core::LocalDay{40}}] = 30;
  purchase(1'000);
  purchase(1'000).day.days = 51;
  purchase(1'000).day.days = 52;
  purchase(1'000).month.days = 70;
  EXPECT_EQ(earned(), "1:50 2:20 3:10 1:20 2:20 3:10 2:20 3:10 1:50 2:20 3:10");
}

TEST_F(Compute, MakesNoRoomUnderCapsByReversals) {
  terms().cap_day = 50;
  purchase(1'000, 77);
  given_back(1'000, 77);
  purchase(1'000);
  EXPECT_EQ(earned(), "1:50 2:20 3:10 2:20 3:10");
  EXPECT_EQ(corrected(), "1:-50@2 2:-20@2 3:-10@2");
}

TEST_F(Compute, PutsUnderTheFirstOpenCaseOnTheWayUp) {
  purchase(1'000).links[1].case_id = 7;
  facts_.entries[0].links[2].case_id = 8;
  EXPECT_EQ(earned(), "1:50 2:20/7 3:10/7");
  facts_.entries[0].links[0].case_id = 9;
  EXPECT_EQ(earned(), "1:50/9 2:20/9 3:10/9");
}

TEST_F(Compute, OpensOneCaseADayBeyondTheLimitOfReview) {
  purchase(1'000).review_day = 100;
  purchase(1'000).review_day = 100;
  purchase(20).review_day = 100;
  purchase(1'000).review_day = 100;
  const Changes all = changes();
  EXPECT_EQ(text(all.earned), "1:50 2:20 3:10 1:50 2:20 3:10 1:1/-1 1:50/-1 2:20 3:10");
  ASSERT_EQ(all.cases.size(), 1U);
  EXPECT_EQ(all.cases[0].earner, 1);
  EXPECT_EQ(all.cases[0].day.days, 50);
}

TEST_F(Compute, FollowsWhatWasDecidedOnTheDaysCase) {
  const DayKey key{1, core::LocalDay{50}};
  purchase(1'000).review_day = 49;
  facts_.day_cases[key] = {5, CaseState::open};
  EXPECT_EQ(earned(), "1:50/5 2:20 3:10");
  facts_.day_cases[key] = {5, CaseState::cleared};
  EXPECT_EQ(earned(), "1:50 2:20 3:10");
  facts_.day_cases[key] = {5, CaseState::confirmed};
  EXPECT_EQ(earned(), "2:20 3:10");
  facts_.entries[0].review_day = 50;
  EXPECT_EQ(earned(), "1:50 2:20 3:10");
  facts_.entries[0].review_day = 49;
  facts_.entries[0].links[0].case_id = 6;  // about the link: it goes first
  EXPECT_EQ(earned(), "1:50/6 2:20/6 3:10/6");
}

TEST_F(Compute, TakesBackInPartsAndToTheUnit) {
  purchase(99, 77);  // 4, 2, 1
  given_back(33, 77);
  given_back(33, 77);
  given_back(33, 77);
  given_back(1, 77);  // more than it was
  EXPECT_EQ(corrected(), "1:-2@2 2:-1@2 3:-1@2 1:-1@3 2:-1@3 1:-1@4");
  EXPECT_EQ(changes().given_back.at(77), 100);
  EXPECT_EQ(changes().sources[0].reversed, 99);
}

TEST_F(Compute, RestoresWhatAChargebacksReversalTakesAgain) {
  purchase(1'000, 77);
  given_back(1'000, 77);
  given_back(-1'000, 77);
  EXPECT_EQ(corrected(), "1:-50@2 2:-20@2 3:-10@2 1:50@3 2:20@3 3:10@3");
  EXPECT_EQ(changes().sources[0].reversed, 0);
}

TEST_F(Compute, TakesBackFromASourceThatComesAfterItsRefund) {
  given_back(600, 77);
  purchase(1'000, 77);
  EXPECT_EQ(earned(), "1:50 2:20 3:10");
  EXPECT_EQ(corrected(), "1:-30@2 2:-12@2 3:-6@2");
}

TEST_F(Compute, LetsTheOldestSourceBearFirst) {
  purchase(1'000, 77);
  purchase(2'000, 77);
  given_back(1'000, 77);
  given_back(1, 77);
  EXPECT_EQ(corrected(), "1:-50@3 2:-20@3 3:-10@3 1:-1@4 2:-1@4 3:-1@4");
  EXPECT_EQ(changes().sources[0].reversed, 1'000);
  EXPECT_EQ(changes().sources[1].reversed, 1);
}

TEST_F(Compute, GoesOnWithSourcesOfEarlierBatches) {
  OriginState& origin = facts_.origins[77];
  origin.given_back = 100;
  SourceState& source = origin.sources.emplace_back();
  source = {-5, 10, 1'000, 100, {}};
  source.levels[0] = {1, 1, 50, 45, false};
  source.levels[1] = {2, 1, 20, 0, true};  // voided with its case
  given_back(100, 77);
  EXPECT_EQ(corrected(), "1:-5@1");
  EXPECT_EQ(changes().reversed.at(-5), 200);
  EXPECT_EQ(changes().given_back.at(77), 200);
}

TEST_F(Compute, RefusesWhatInt64CannotHold) {
  constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
  terms().rates[SourceKind::purchase] = {10'000, 0, 0};
  facts_.granted[{1, Span::month, core::LocalDay{40}}] = 1;
  purchase(max - 1);
  EXPECT_EQ(earned(), fmt::format("1:{}", max - 1));
  facts_.entries[0].amount = max;
  const auto refused = compute(facts_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().seq, 1);

  facts_.entries.clear();
  facts_.origins[77].given_back = max;
  given_back(1, 77);
  EXPECT_FALSE(compute(facts_));
}

}  // namespace
}  // namespace authd::referral
