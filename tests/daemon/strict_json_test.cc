#include "authd/load/strict_json.h"

#include <gtest/gtest.h>

#include "tests/daemon/control_text.h"

namespace authd {
namespace {

using test::quoted;

TEST(StrictJson, RefusesAKeyThatStandsTwiceInOneObject) {
  const auto error = [](const std::string& text) {
    const auto json = parse_strict_json(quoted(text));
    return json ? "no error" : json.error();
  };
  EXPECT_EQ(error("{'a':{'max':1,'b':2},'max':1}"), "no error");
  EXPECT_EQ(error("[{'max':1},{'max':2}]"), "no error");
  EXPECT_EQ(error("{'a':{'max':1,'max':2}}"), "max stands twice");
  EXPECT_EQ(error("{'a':1,'b':{'c':[{}]},'a':2}"), "a stands twice");
  EXPECT_EQ(error("{'max':1,'m\\u0061x':2}"), "max stands twice");
}

TEST(StrictJson, RefusesWhatIsNotJson) {
  for (const char* text : {"", "{", "{} {}", "{'a':01}", "{'a':1,}", "// x", "\xFF", "{'a':NaN}"}) {
    const auto json = parse_strict_json(quoted(text));
    ASSERT_FALSE(json) << text;
    EXPECT_EQ(json.error().substr(0, 10), "not JSON: ") << text;
  }
  EXPECT_FALSE(parse_strict_json(std::string(33, '[') + std::string(33, ']')));
  EXPECT_TRUE(parse_strict_json(std::string(32, '[') + std::string(32, ']')));
}

}  // namespace
}  // namespace authd
