// The parts that random life cycles are made of.

#include <gtest/gtest.h>

#include <set>

#include "authd/processors/card_number.h"
#include "authd/simulate/random/amounts.h"
#include "authd/simulate/random/clock_text.h"
#include "authd/simulate/random/draw.h"
#include "authd/simulate/random/json_answer.h"
#include "authd/simulate/random/json_object.h"

namespace authd::simulate::random {

TEST(RandomDraw, IsTheSameEverywhere) {
  Draw draw(5489);
  for (int i = 1; i < 10'000; ++i) draw.below(2);
  EXPECT_EQ(draw.below(1'000'000), 789'042);  // the standard: the 10,000th is 9981545732273789042
  EXPECT_EQ(Draw(1).uuid(), Draw(1).uuid());
  EXPECT_NE(Draw(1).uuid(), Draw(2).uuid());
}

TEST(RandomDraw, StaysBelowItsBound) {
  Draw draw(7);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(draw.below(3));
  EXPECT_EQ(seen, (std::set<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(draw.below(1), 0);
  EXPECT_FALSE(draw.chance(0));
  EXPECT_TRUE(draw.chance(100));
}

TEST(RandomDraw, HasIdsOfTheProcessorsShapes) {
  Draw draw(3);
  const std::string uuid = draw.uuid();
  EXPECT_EQ(uuid.size(), 36U);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
  EXPECT_EQ(draw.mixed("evt").substr(0, 5), "evt_1");
  EXPECT_EQ(draw.mixed("evt").size(), 28U);
  EXPECT_EQ(draw.letters_and_digits(16).size(), 16U);
}

TEST(RandomDraw, NeverLooksLikeACardNumber) {
  Draw draw(5);
  for (int i = 0; i < 20'000; ++i) {
    for (const std::string& text : {draw.digits(15), draw.digits(16), draw.uuid(),
                                    draw.letters_and_digits(25), draw.mixed("ipi")}) {
      EXPECT_FALSE(processors::holds_card_number(text)) << text;
    }
  }
}

TEST(RandomAmounts, AreWrittenInMajorUnits) {
  EXPECT_EQ(major_units(42'75, 2), "42.75");
  EXPECT_EQ(major_units(61'40, 2), "61.4");
  EXPECT_EQ(major_units(73'00, 2), "73");
  EXPECT_EQ(major_units(5, 2), "0.05");
  EXPECT_EQ(major_units(-5, 2), "-0.05");
  EXPECT_EQ(major_units(7'125, 3), "7.125");
  EXPECT_EQ(major_units(1000, 0), "1000");
  EXPECT_EQ(major_units(0, 2), "0");
  EXPECT_EQ(major_units_with_point(73'00, 2), "73.0");
  EXPECT_EQ(major_units_with_point(42'75, 2), "42.75");
}

TEST(RandomAmounts, AreReadFromTheirDigits) {
  EXPECT_EQ(minor_units("42.75", 2), 42'75);
  EXPECT_EQ(minor_units("42.750", 2), 42'75);
  EXPECT_EQ(minor_units("42", 2), 42'00);
  EXPECT_EQ(minor_units("0.05", 2), 5);
  EXPECT_EQ(minor_units("9999999999999999.99", 2), 999'999'999'999'999'999);
  for (const char* const bad :
       {"", ".", "1.", ".5", "-1", "1e2", "1.2.3", "42.751", "10000000000000000.00"}) {
    EXPECT_EQ(minor_units(bad, 2), std::nullopt) << bad;
  }
}

TEST(RandomAmounts, ScaleBetweenUnits) {
  const Scale coarser{2, 0};
  EXPECT_EQ(coarser.grain_minor(), 100);
  EXPECT_EQ(coarser.units(12'00), 12);
  EXPECT_EQ(coarser.minor(12), 12'00);
  const Scale finer{0, 2};
  EXPECT_EQ(finer.grain_minor(), 1);
  EXPECT_EQ(finer.units(12), 12'00);
  EXPECT_EQ(finer.minor(12'99), 12);
}

TEST(RandomClock, WritesTimes) {
  constexpr std::int64_t noon = 1'793'620'800;
  EXPECT_EQ(utc_time(noon), "2026-11-02T12:00:00Z");
  EXPECT_EQ(utc_time(noon - 1), "2026-11-02T11:59:59Z");
  EXPECT_EQ(utc_date(noon + 12 * hour_s), "2026-11-03");
  EXPECT_EQ(central_european_time(noon + 11 * hour_s), "2026-11-03T00:00:00+01:00");
}

TEST(RandomJson, KeepsOrderAndDigits) {
  JsonObject object;
  object.text("b", "q\"\n").raw("a", "10.0").flag("c", true).null("d").integer("e", -5);
  object.array("f", JsonArray().add_text("x").add(JsonObject())).text_or_null("g", "");
  EXPECT_EQ(object.str(),
            R"({"b":"q\"\u000a","a":10.0,"c":true,"d":null,"e":-5,"f":["x",{}],"g":null})");
}

TEST(RandomJson, FindsValuesByTheirPath) {
  const auto answer = JsonAnswer::parse(
      R"({"a":{"b":10.50,"c":"x\"y","n":null},"list":[{"k":1},{"k":2}],"t":true,"i":-7})");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->number("a.b"), "10.50");
  EXPECT_EQ(answer->text("a.c"), "x\"y");
  EXPECT_EQ(answer->number("list.[].k"), "2");
  EXPECT_EQ(answer->flag("t"), true);
  EXPECT_EQ(answer->integer("i"), -7);
  EXPECT_TRUE(answer->has("a.n"));
  EXPECT_FALSE(answer->has("a.z"));
  EXPECT_EQ(answer->text("a.b"), std::nullopt);
  EXPECT_EQ(answer->integer("a.b"), std::nullopt);
}

TEST(RandomJson, IsOneObjectWithoutRepeatedKeys) {
  for (const char* const bad : {"", "[]", "1", "{", R"({"a":1,"a":1})", R"({"a":{"b":1,"b":2}})",
                                "{}{}", "{} x", R"({"a":01})"}) {
    EXPECT_FALSE(JsonAnswer::parse(bad)) << bad;
  }
  EXPECT_TRUE(JsonAnswer::parse("{} \n"));
}

}  // namespace authd::simulate::random
