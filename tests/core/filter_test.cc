// Filters: every attribute matches and does not, and what is not known is on no list.

#include "core/filter.h"

#include <gtest/gtest.h>

#include "tests/core/world.h"

namespace authd::core::test {
namespace {

const auto shop_1 = *decltype(Merchant::id)::from("shop-1");
const auto shop_2 = *decltype(Merchant::id)::from("shop-2");
const auto usa = *decltype(Merchant::country)::from("USA");
const auto zaf = *decltype(Merchant::country)::from("ZAF");

bool matches(const Filter& filter, const Details& details = grocery()) {
  return core::matches(filter, Kind::purchase, details);
}

// A condition on a list: on it, off it, the same with `except`, and on something not said.
template <class T>
void expect_list(List<T> Filter::*list, const T& said, const T& other, const Details& silent) {
  Filter filter;
  (filter.*list).values = {other, said};
  EXPECT_TRUE(matches(filter));
  EXPECT_FALSE(matches(filter, silent));
  (filter.*list).except = true;
  EXPECT_FALSE(matches(filter));
  EXPECT_FALSE(matches(filter, silent));
  (filter.*list).values = {other};
  EXPECT_TRUE(matches(filter));
  EXPECT_FALSE(matches(filter, silent));
  (filter.*list).except = false;
  EXPECT_FALSE(matches(filter));
}

// A condition on an enumeration: each value alone matches itself and no other.
template <class Enum>
void expect_set(EnumSet<Enum> Filter::*set, Enum Details::*attribute, Enum last) {
  const auto count = static_cast<unsigned>(last);
  for (unsigned wanted = 1; wanted <= count; ++wanted) {
    for (unsigned said = 1; said <= count; ++said) {
      Filter filter;
      (filter.*set).add(static_cast<Enum>(wanted));
      Details details = grocery();
      details.*attribute = static_cast<Enum>(said);
      EXPECT_EQ(matches(filter, details), wanted == said);
    }
  }
}

TEST(Filter, AnEmptyOneMatchesEverything) {
  EXPECT_TRUE(matches(Filter{}));
  EXPECT_TRUE(matches(Filter{}, Details{}));
}

TEST(Filter, MatchesMccsInARangeWithBothItsEnds) {
  Filter filter;
  filter.mccs.values = {{5400, 5411}, {6011, 6011}};
  const auto with = [&filter](std::uint16_t mcc) {
    Details details;
    details.merchant.mcc = mcc;
    return matches(filter, details);
  };
  const auto expect = [&with](bool inside) {
    for (const int mcc : {5400, 5405, 5411, 6011}) {
      EXPECT_EQ(with(static_cast<std::uint16_t>(mcc)), inside) << mcc;
    }
    for (const int mcc : {5399, 5412, 6010, 6012}) {
      EXPECT_EQ(with(static_cast<std::uint16_t>(mcc)), !inside) << mcc;
    }
    EXPECT_FALSE(with(0));
  };
  expect(true);
  filter.mccs.except = true;
  expect(false);
}

TEST(Filter, MatchesMerchants) {
  Details silent = grocery();
  silent.merchant.id = {};
  expect_list(&Filter::merchants, shop_1, shop_2, silent);
}

TEST(Filter, MatchesCountries) {
  Details silent = grocery();
  silent.merchant.country = {};
  expect_list(&Filter::countries, usa, zaf, silent);
}

TEST(Filter, MatchesTheMerchantsCurrency) {
  Details silent = grocery();
  silent.currency = {};
  expect_list(&Filter::currencies, usd, eur, silent);
}

TEST(Filter, MatchesHowTheCardWasUsed) {
  expect_set(&Filter::entry_modes, &Details::entry_mode, entry_mode_last);
  expect_set(&Filter::card_presences, &Details::card_presence, card_presence_last);
  expect_set(&Filter::channels, &Details::channel, channel_last);
  expect_set(&Filter::wallets, &Details::wallet, wallet_last);
  expect_set(&Filter::recurrences, &Details::recurrence, recurrence_last);
}

TEST(Filter, MatchesTheKind) {
  Filter filter;
  filter.kinds.add(Kind::cash);
  filter.kinds.add(Kind::credit);
  for (unsigned i = 1; i <= static_cast<unsigned>(kind_last); ++i) {
    const Kind kind = static_cast<Kind>(i);
    EXPECT_EQ(core::matches(filter, kind, grocery()), kind == Kind::cash || kind == Kind::credit);
  }
}

TEST(Filter, EveryConditionMustHold) {
  Filter filter;
  filter.merchants.values = {shop_1};
  filter.countries.values = {usa};
  EXPECT_TRUE(matches(filter));
  filter.countries.values = {zaf};
  EXPECT_FALSE(matches(filter));
}

TEST(EnumSet, IsAnyUntilSomethingIsAdded) {
  EnumSet<Wallet> set;
  EXPECT_TRUE(set.is_any());
  EXPECT_TRUE(set.contains(Wallet::other));
  set.add(Wallet::apple);
  EXPECT_FALSE(set.is_any());
  EXPECT_TRUE(set.contains(Wallet::apple));
  EXPECT_FALSE(set.contains(Wallet::other));
  EXPECT_EQ(EnumSet<Wallet>::from_bits(set.bits()), set);
}

}  // namespace
}  // namespace authd::core::test
