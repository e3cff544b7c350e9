#include "authd/referral/invitations/placeholders.h"

#include <gtest/gtest.h>

namespace authd::referral {
namespace {

TEST(Template, HasTheInvitersNameAndCode) {
  EXPECT_EQ(fill_template("{name} invites you: {code}, {code}!", "Thandi", "AB12"),
            "Thandi invites you: AB12, AB12!");
  EXPECT_EQ(fill_template("{code}", "", "AB12"), "AB12");
  EXPECT_EQ(fill_template("", "Thandi", "AB12"), "");
}

TEST(Template, DoesNotLookThroughNames) {
  EXPECT_EQ(fill_template("{name}: {code}", "{code}{name}", "AB12"), "{code}{name}: AB12");
  EXPECT_EQ(fill_template("{name}{code}", "{", "AB12"), "{AB12");
}

TEST(Template, KeepsOtherBraces) {
  EXPECT_EQ(fill_template("{} {{code}} { code} {co", "n", "c"), "{} {c} { code} {co");
}

TEST(Template, NamesWhatIsWrong) {
  EXPECT_EQ(check_template("{name}: {code}"), std::nullopt);
  EXPECT_EQ(check_template("{code}"), std::nullopt);
  EXPECT_EQ(check_template("{code} {first_name}"),
            "nothing stands for {first_name}: there are {name} and {code}");
  EXPECT_TRUE(check_template("{code} {Code}"));
  EXPECT_TRUE(check_template("{code} {code2}"));
  EXPECT_EQ(check_template("{name} invites you"), "{code} is missing");
}

}  // namespace
}  // namespace authd::referral
