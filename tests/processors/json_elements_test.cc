// Arrays of a table: their elements come one at a time.

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "authd/processors/json_walk.h"
#include "tests/processors/padded.h"

namespace authd::processors {
namespace {

using test::Padded;

constexpr auto fields = json_fields({
    {"id"},
    {"fees"},
    {"fees.[]"},
    {"fees.[].amount"},
    {"fees.[].of"},
    {"fees.[].of.trace", Digits::identifier},
    {"fees.[].parts"},
    {"fees.[].parts.[]"},
    {"after"},
});

constexpr std::string_view test_number = "4111111111111111";

// "amount/trace id after" of each element, "+part" of each part.
struct Walked {
  std::optional<ParseError> error;
  std::vector<std::string> elements;
};

Walked walk(std::string_view text) {
  JsonWalk json_walk(4096);
  std::array<JsonValue, fields.count> values;
  Walked walked;
  const auto said = [](std::string_view text_of_value) { return std::string(text_of_value); };
  const Padded body(text);
  const auto result = json_walk.run(body.body(), fields.table(), values, [&](std::size_t field) {
    if (field == fields["fees.[].parts.[]"]) {
      walked.elements.push_back("+" + said(values[field].text));
      return;
    }
    walked.elements.push_back(said(values[fields["fees.[].amount"]].text) + "/" +
                              said(values[fields["fees.[].of.trace"]].text) + " " +
                              said(values[fields["id"]].text) + " " +
                              said(values[fields["after"]].text));
  });
  if (!result) walked.error = result.error();
  return walked;
}

TEST(JsonElements, ComeOneByOneWithWhatStoodBeforeThem) {
  const Walked walked =
      walk(R"({"id":"a","fees":[{"amount":1,"of":{"trace":"t1"}},{"amount":2}],"after":"z"})");
  ASSERT_FALSE(walked.error);
  EXPECT_EQ(walked.elements, (std::vector<std::string>{"1/t1 a ", "2/ a "}));
}

TEST(JsonElements, MayBeOfAnyTypeAndNone) {
  EXPECT_EQ(walk(R"({"fees":[]})").elements.size(), 0U);
  EXPECT_EQ(walk(R"({"fees":null})").elements.size(), 0U);
  EXPECT_EQ(walk(R"({"fees":{"[]":{"amount":1}}})").elements.size(), 0U);
  EXPECT_EQ(walk(R"({"fees":[null,7,"x",[{"amount":1}],{"amount":2}]})").elements,
            (std::vector<std::string>{"/  ", "/  ", "/  ", "/  ", "2/  "}));
}

TEST(JsonElements, MayHoldArrays) {
  EXPECT_EQ(walk(R"({"fees":[{"parts":["p","q"],"amount":1},{"parts":[],"amount":2}]})").elements,
            (std::vector<std::string>{"+p", "+q", "1/  ", "2/  "}));
}

TEST(JsonElements, AreHeldToTheSameRules) {
  const std::string number(test_number);
  EXPECT_EQ(walk(R"({"fees":[{"amount":1},{"amount":1,"amount":2}]})").error,
            (ParseError{ParseFault::duplicate_key, "fees.[].amount"}));
  EXPECT_EQ(walk(R"({"fees":[{"amount":")" + number + R"("}]})").error,
            (ParseError{ParseFault::card_number, "fees.[].amount"}));
  EXPECT_EQ(walk(R"({"fees":[{"other":")" + number + R"("}]})").error,
            (ParseError{ParseFault::card_number, ""}));
  EXPECT_EQ(walk(R"({"fees":[{"of":{"trace":")" + number + R"("}}]})").elements,
            (std::vector<std::string>{"/" + number + "  "}));
  EXPECT_EQ(walk(R"({"fees":[{"am\u006funt":1}]})").error,
            (ParseError{ParseFault::escaped_key, "fees.[]"}));
  EXPECT_TRUE(walk(R"({"fees":[{"amount":1},]})").error);
}

}  // namespace
}  // namespace authd::processors
