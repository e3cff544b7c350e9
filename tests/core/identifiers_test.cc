#include "core/identifiers.h"

#include <gtest/gtest.h>

#include <string>

namespace authd::core {
namespace {

TEST(Identifier, TakesOneToMaxVisibleAsciiCharacters) {
  EXPECT_EQ(ProgramId::from("demo")->view(), "demo");
  EXPECT_TRUE(ProgramId::from(std::string(32, 'x')));
  EXPECT_FALSE(ProgramId::from(std::string(33, 'x')));
  EXPECT_FALSE(ProgramId::from(""));
  for (const char* text : {"a b", "a\tb", "a\x7F", "\xC3\xA9"})
    EXPECT_FALSE(ProgramId::from(text)) << text;
  EXPECT_FALSE(ProgramId::from(std::string_view("a\0b", 3)));
  EXPECT_TRUE(ProgramId::from("!~"));
}

TEST(InlineText, TruncatesBetweenCharacters) {
  EXPECT_EQ(InlineText<4>::truncated("abcdef").view(), "abcd");
  EXPECT_EQ(InlineText<4>::truncated("abc\xC3\xA9").view(), "abc");  // é would be cut in two
  EXPECT_EQ(InlineText<5>::truncated("abc\xC3\xA9").view(), "abc\xC3\xA9");
  EXPECT_EQ(InlineText<4>::truncated("").view(), "");
}

}  // namespace
}  // namespace authd::core
