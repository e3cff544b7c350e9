#include "core/mcc_groups.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace authd::core {
namespace {

std::vector<MccRange> ranges_of(std::string_view name) {
  const MccGroup* const group = mcc_group(name);
  if (group == nullptr) return {};
  return {group->ranges.begin(), group->ranges.end()};
}

bool holds(std::string_view name, std::uint16_t mcc) { return contains(ranges_of(name), mcc); }

TEST(MccGroups, AreSortedByNameAndFoundByIt) {
  const auto groups = mcc_groups();
  ASSERT_FALSE(groups.empty());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    EXPECT_TRUE(i == 0 || groups[i - 1].name < groups[i].name) << groups[i].name;
    EXPECT_EQ(mcc_group(groups[i].name), &groups[i]);
    EXPECT_EQ(groups[i].name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"),
              std::string_view::npos);
    EXPECT_FALSE(groups[i].description.empty()) << groups[i].name;
  }
}

TEST(MccGroups, AreNotFoundByAnotherName) {
  for (const char* name : {"", "a", "Gambling", "gamblin", "gambling ", "zoo"}) {
    EXPECT_EQ(mcc_group(name), nullptr) << name;
  }
}

TEST(MccGroups, HaveFewRangesWithinBoundsThatAscendWithoutTouching) {
  for (const MccGroup& group : mcc_groups()) {
    ASSERT_FALSE(group.ranges.empty()) << group.name;
    EXPECT_LE(group.ranges.size(), MccGroup::ranges_max) << group.name;
    int last = -1;
    for (const MccRange range : group.ranges) {
      EXPECT_GE(range.from, 1) << group.name;
      EXPECT_LE(range.from, range.to) << group.name;
      EXPECT_LE(range.to, 9'999) << group.name;
      EXPECT_GT(range.from, last + 1) << group.name << ' ' << range.from;
      last = range.to;
    }
  }
}

TEST(MccGroups, TheSectionsOfTheStandardDoNotOverlap) {
  std::vector<MccRange> sections;
  for (const char* name :
       {"agricultural_services", "contracted_services", "transportation", "utilities", "retail",
        "clothing", "miscellaneous_stores", "service_providers", "business_services",
        "repair_services", "amusement", "professional_services", "government_services"}) {
    const auto ranges = ranges_of(name);
    ASSERT_FALSE(ranges.empty()) << name;
    sections.insert(sections.end(), ranges.begin(), ranges.end());
  }
  for (int mcc = 1; mcc <= 9'999; ++mcc) {
    const auto times = std::count_if(sections.begin(), sections.end(), [mcc](MccRange range) {
      return range.from <= mcc && mcc <= range.to;
    });
    const bool airline_car_or_hotel = 3'000 <= mcc && mcc <= 3'999;
    const bool outside = (9'000 <= mcc && mcc <= 9'199) || (9'403 <= mcc && mcc != 9'405);
    EXPECT_EQ(times, airline_car_or_hotel || outside ? 0 : 1) << mcc;
  }
}

TEST(MccGroups, SingleAirlinesCarRentalsAndHotelsMeetWithoutGaps) {
  for (int mcc = 3'000; mcc <= 3'999; ++mcc) {
    const auto code = static_cast<std::uint16_t>(mcc);
    EXPECT_EQ(holds("airlines", code) + holds("car_rental", code) + holds("lodging", code), 1)
        << mcc;
    EXPECT_TRUE(holds("travel", code));
  }
  EXPECT_TRUE(holds("airlines", 3'302));  // Flybe, the last that Visa gave out so far
  EXPECT_TRUE(holds("airlines", 3'350));
  EXPECT_TRUE(holds("car_rental", 3'351));
  EXPECT_TRUE(holds("car_rental", 3'500));
  EXPECT_TRUE(holds("lodging", 3'501));  // Holiday Inn
}

TEST(MccGroups, KnowTheCodesThatIssuersMeanByThem) {
  const auto expect = [](std::string_view name, std::set<std::uint16_t> codes) {
    for (const std::uint16_t code : codes) EXPECT_TRUE(holds(name, code)) << name << ' ' << code;
  };
  expect("airlines", {4'511});
  expect("lodging", {7'011});
  expect("car_rental", {7'512, 7'513, 7'519});
  expect("gambling", {7'800, 7'801, 7'802, 7'995, 9'406});
  expect("cash", {6'010, 6'011});
  expect("quasi_cash", {4'829, 6'050, 6'051, 6'540});
  expect("money_transfer", {4'829, 6'536, 6'537, 6'538});
  expect("crypto", {6'051});
  expect("fuel", {5'541, 5'542});
  expect("automated_fuel", {5'542});
  expect("restaurants", {5'811, 5'812, 5'813, 5'814});
  expect("tips", {4'121, 5'812, 5'813, 5'814, 7'230, 7'298});
  expect("adult", {5'967, 7'273, 7'297});
  expect("groceries", {5'411, 5'422, 5'499});
  expect("pharmacies", {5'912});
  EXPECT_FALSE(holds("automated_fuel", 5'541));
  EXPECT_FALSE(holds("gambling", 7'994));
  EXPECT_FALSE(holds("gambling", 7'996));
  EXPECT_FALSE(holds("restaurants", 5'815));
}

}  // namespace
}  // namespace authd::core
