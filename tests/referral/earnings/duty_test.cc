#include "authd/referral/earnings/duty.h"

#include <gtest/gtest.h>

namespace authd::test {

namespace {

using referral::Duty;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duty::Clock::time_point start{};

TEST(Duty, RestsForTheOtherPartOfTheTime) {
  EXPECT_EQ(Duty(20, minutes(1)).rest_after(milliseconds(10)), milliseconds(40));
  EXPECT_EQ(Duty(1, minutes(1)).rest_after(milliseconds(10)), milliseconds(990));
  EXPECT_EQ(Duty(100, minutes(1)).rest_after(milliseconds(10)), milliseconds(0));
  EXPECT_EQ(Duty(0, minutes(1)).percent(), 1);
  EXPECT_EQ(Duty(101, minutes(1)).percent(), 100);
}

TEST(Duty, IsDoubledWhileTheBacklogGrowsAndKeptUntilNothingIsLeft) {
  Duty duty(20, minutes(1));
  duty.look(1'000, start);
  EXPECT_EQ(duty.percent(), 20);
  duty.look(9'000, start + seconds(59));  // looks are a minute apart
  EXPECT_EQ(duty.percent(), 20);
  duty.look(1'001, start + minutes(1));
  EXPECT_EQ(duty.percent(), 40);
  duty.look(1'001, start + minutes(2));
  EXPECT_EQ(duty.percent(), 40);
  duty.look(500, start + minutes(3));  // it falls: at less it would grow again
  EXPECT_EQ(duty.percent(), 40);
  duty.look(501, start + minutes(4));
  EXPECT_EQ(duty.percent(), 80);
  duty.look(502, start + minutes(5));
  duty.look(503, start + minutes(6));
  EXPECT_EQ(duty.percent(), 100);
  duty.caught_up();
  EXPECT_EQ(duty.percent(), 20);
  duty.look(9'000, start + minutes(7));  // a new backlog, whatever there was before
  EXPECT_EQ(duty.percent(), 20);
}

}  // namespace

}  // namespace authd::test
