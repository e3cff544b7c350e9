#include "authd/processors/composed_id.h"

#include <gtest/gtest.h>

#include <string>

namespace authd::processors {
namespace {

std::string of(std::initializer_list<std::string_view> parts) {
  return std::string(composed_id(parts).view());
}

TEST(ComposedId, JoinsItsPartsWhereTheyFit) {
  EXPECT_EQ(of({"a", "b", "c"}), "a|b|c");
  EXPECT_EQ(of({"alone"}), "alone");
  EXPECT_EQ(of({"", "b", ""}), "|b|");
  EXPECT_EQ(of({std::string(62, 'x'), "y"}), std::string(62, 'x') + "|y");
}

// The digests are those of `printf '…' | sha256sum`.
TEST(ComposedId, ShortensToItsFrontAndADigestOfAll) {
  EXPECT_EQ(of({std::string(63, 'x'), "y"}),
            std::string(31, 'x') + "~1f34fbf212b5732153dbd22b84b48714");
  EXPECT_EQ(of({"e6d0bca5-d8d0-4d74-b524-71b10787be65", "authorization.clearing", "COMPLETION"}),
            "e6d0bca5-d8d0-4d74-b524-71b1078~638c4c6673fe4585871866b283bfa9c8");
  EXPECT_EQ(of({"caf\xC3\xA9 1"}), "caf???1~0a61b4044a8a207c9f1e874d25aef49a");
  EXPECT_EQ(of({""}), "~e3b0c44298fc1c149afbf4c8996fb924");
}

TEST(ComposedId, DiffersAsAnyPartDiffers) {
  const std::string token(60, 'x');
  EXPECT_NE(of({token, "clearing", "PENDING"}), of({token, "clearing", "COMPLETION"}));
  EXPECT_NE(of({"a", "b"}), of({"ab"}));
  EXPECT_NE(of({"a\x01"}), of({"a\x02"}));
}

}  // namespace
}  // namespace authd::processors
