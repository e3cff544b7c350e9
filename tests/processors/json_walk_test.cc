// The walk by itself: what it takes for JSON, what it refuses beyond that, and how it finds fields.

#include "authd/processors/json_walk.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "authd/processors/card_number.h"
#include "tests/processors/allocations.h"
#include "tests/processors/padded.h"

namespace authd::processors {
namespace {

using test::Padded;

constexpr std::size_t body_bytes_max = 4096;

constexpr auto fields = json_fields({
    {"id"},
    {"terminal", Digits::identifier},
    {"order"},
    {"order.amount"},
    {"order.note"},
});

// What may stand behind a body: memory that an earlier body has used.
constexpr std::array paddings{'}', ']', '"', ',', ':', '0', ' ', '\\', '{', '\xFF', '\0'};

struct Walked {
  std::optional<ParseError> error;
  std::array<JsonValue, fields.count> values;
};

// Views in the result point into `body`.
Walked walk(const Padded& body) {
  static JsonWalk json_walk(body_bytes_max);
  Walked walked;
  const auto result = json_walk.run(body.body(), fields.table(), walked.values);
  if (!result) walked.error = result.error();
  return walked;
}

std::optional<ParseError> refusal(std::string_view body) { return walk(Padded(body)).error; }

std::string nested(std::size_t depth) {
  std::string body = R"({"x":)";
  body.append(depth - 1, '[');
  body.append(depth - 1, ']');
  return body + "}";
}

TEST(JsonFields, AreFoundByTheirPath) {
  static_assert(fields["order.amount"] != fields["order"]);
  EXPECT_EQ(fields.table().nodes[fields["order.amount"]].path, "order.amount");
  EXPECT_EQ(fields.table().child(0, "order"), fields["order"]);
  EXPECT_EQ(fields.table().child(0, "amount"), JsonNode::none);
  EXPECT_EQ(fields.table().child(0, ""), JsonNode::none);
}

TEST(JsonWalk, FindsEveryFieldOfTheTableWithItsType) {
  const Padded body(
      R"({"id":"a\u0062\n","order":{"amount":-1.50e+2,"note":null},"terminal":[1,{"id":2}]})");
  const Walked walked = walk(body);
  ASSERT_FALSE(walked.error);
  EXPECT_EQ(walked.values[fields["id"]].type, JsonType::string);
  EXPECT_EQ(walked.values[fields["id"]].text, "ab\n");
  EXPECT_EQ(walked.values[fields["order"]].type, JsonType::object);
  EXPECT_EQ(walked.values[fields["order.amount"]].type, JsonType::number);
  EXPECT_EQ(walked.values[fields["order.amount"]].text, "-1.50e+2");
  EXPECT_EQ(walked.values[fields["order.note"]].type, JsonType::null);
  EXPECT_EQ(walked.values[fields["terminal"]].type, JsonType::array);
}

TEST(JsonWalk, LeavesAbsentWhatIsNotThereAndForgetsTheBodyBefore) {
  ASSERT_FALSE(refusal(R"({"id":"a","order":{"amount":1}})"));
  const Padded body(R"({"Id":true, "amount":2, "other":{"order":{"amount":3}}})");
  const Walked walked = walk(body);
  ASSERT_FALSE(walked.error);
  for (std::size_t i = 1; i < fields.count; ++i) {
    EXPECT_EQ(walked.values[i].type, JsonType::absent) << fields.table().nodes[i].path;
  }
}

TEST(JsonWalk, FindsKeysInFrontOfAnyBlanks) {
  const Padded body("{\"order\" \n:\t {\"amount\"\r\n\t : \n 7 \n} \n} \n");
  const Walked walked = walk(body);
  ASSERT_FALSE(walked.error);
  EXPECT_EQ(walked.values[fields["order.amount"]].text, "7");
}

TEST(JsonWalk, AcceptsValidJson) {
  const char* const accepted[] = {"{}",
                                  " {} \r\n\t",
                                  R"({"":""})",
                                  R"({"x":[[],{},[{}]]})",
                                  R"({"x":[true,false,null,"",0,-0,0.0,1e5,1E+05,1.5e-09,-12.30]})",
                                  R"({"x":9999999999999999999,"y":-999999999999999999})",
                                  R"({"x":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"})",
                                  "{\"x\":\"\xC3\xA9\xF0\x9F\x98\x80\x7F\"}",
                                  R"({"x":1,"x":2})",
                                  R"({"other":{"\u0069d":1,"id":2,"id":3}})"};
  for (const std::string_view body : accepted) EXPECT_FALSE(refusal(body)) << body;
}

TEST(JsonWalk, RefusesWhatIsNotJson) {
  const char* const refused[] = {"",
                                 " ",
                                 "{",
                                 "}",
                                 "{}}",
                                 "{}{}",
                                 "{} x",
                                 "{},",
                                 "{}null",
                                 "{,}",
                                 R"({"x"})",
                                 R"({"x":})",
                                 R"({"x":1,})",
                                 R"({"x":1 "y":2})",
                                 R"({"x"::1})",
                                 R"({"x":"a":1})",
                                 R"({"x":{"y":"a":1}}})",
                                 R"({"x":["a":1]]})",
                                 R"({"x":"a" "b"})",
                                 R"({x:1})",
                                 R"({1:1})",
                                 R"({"x":'a'})",
                                 R"({"x":[1,]})",
                                 R"({"x":[,1]})",
                                 R"({"x":[1 2]})",
                                 R"({"x":[1})",
                                 R"({"x":[1}])",
                                 R"({"x":{"y":1}]})",
                                 R"({"x":{"y":1})",
                                 R"({"x":[{})",
                                 R"({"x":tru})",
                                 R"({"x":truex})",
                                 R"({"x":True})",
                                 R"({"x":nul})",
                                 R"({"x":nulll})",
                                 R"({"x":falsE})",
                                 R"({"x":undefined})",
                                 R"({"x":NaN})",
                                 R"({"x":Infinity})",
                                 R"({"x":+1})",
                                 R"({"x":01})",
                                 R"({"x":-01})",
                                 R"({"x":-})",
                                 R"({"x":.5})",
                                 R"({"x":5.})",
                                 R"({"x":1.e5})",
                                 R"({"x":1e})",
                                 R"({"x":1e+})",
                                 R"({"x":1.5.5})",
                                 R"({"x":0x10})",
                                 R"({"x":1_000})",
                                 R"({"x":1a})",
                                 R"({"x":--1})",
                                 R"({"x":"a)",
                                 R"({"x":"a\"})",
                                 R"({"x":"\x"})",
                                 R"({"x":"\u12"})",
                                 R"({"x":"\u12g4"})",
                                 R"({"x":"\ud800"})",
                                 R"({"x":"\udc00"})",
                                 R"({"x":"\ud800\u0041"})",
                                 R"({"\u12":1})",
                                 R"({"x":1}\)",
                                 R"({"x":1\})",
                                 R"({"x":"a"\,"y":1})",
                                 "{\"x\":\"a\nb\"}",
                                 "{\"x\":\"\x01\"}",
                                 "{\"x\":\f1}",
                                 "{\"x\":1//\n}",
                                 "\xEF\xBB\xBF{}"};
  for (const std::string_view body : refused) {
    for (const char padding : paddings) {
      const auto error = walk(Padded(body, padding)).error;
      ASSERT_TRUE(error) << body << " before " << padding;
      EXPECT_TRUE(error->fault == ParseFault::malformed ||
                  error->fault == ParseFault::not_an_object)
          << body << ": " << name(error->fault);
    }
  }
}

TEST(JsonWalk, RefusesABodyThatIsNoObject) {
  for (const std::string_view body : {"[]", "[{}]", "1", "\"a\"", "null", "true"}) {
    EXPECT_EQ(refusal(body), (ParseError{ParseFault::not_an_object, {}})) << body;
  }
}

TEST(JsonWalk, RefusesInvalidUtf8InStringsKeysAndBetween) {
  const char* const bad[] = {"\x80",
                             "\xC0\xAF",
                             "\xC3",
                             "\xE2\x82",
                             "\xED\xA0\x80",
                             "\xF4\x90\x80\x80",
                             "\xF8\x88\x80\x80\x80",
                             "\xFF"};
  for (const std::string bytes : bad) {
    EXPECT_TRUE(refusal("{\"x\":\"" + bytes + "\"}"));
    EXPECT_TRUE(refusal("{\"" + bytes + "\":1}"));
    EXPECT_TRUE(refusal("{\"x\":1" + bytes + "}"));
    EXPECT_TRUE(refusal("{\"x\":1}" + bytes));
  }
}

TEST(JsonWalk, DoesNotTakeThePaddingForPartOfTheBody) {
  const std::string_view whole = R"({"id":"a","x":[{"y":[1]}],"order":{"amount":12}})";
  for (const char padding : paddings) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_TRUE(walk(Padded(whole.substr(0, size), padding)).error) << size << padding;
    }
    EXPECT_FALSE(walk(Padded(whole, padding)).error) << padding;
  }
}

TEST(JsonWalk, RefusesNumbersThatNoIntegerAndNoDoubleHolds) {
  const ParseError expected{ParseFault::number_out_of_range, "order.amount"};
  const auto body = [](const std::string& number) {
    return R"({"order":{"amount":)" + number + "}}";
  };
  EXPECT_FALSE(refusal(body("2999999999999999999")));  // 19 digits
  EXPECT_EQ(refusal(body("29999999999999999999")), expected);
  EXPECT_FALSE(refusal(body("-299999999999999999")));  // 18 digits
  EXPECT_EQ(refusal(body("-2999999999999999999")), expected);
  EXPECT_FALSE(refusal(body("1e99")));
  EXPECT_EQ(refusal(body("1e100")), expected);
  EXPECT_FALSE(refusal(body("0." + std::string(62, '1'))));  // 64 bytes
  EXPECT_EQ(refusal(body("0." + std::string(63, '1'))), expected);
}

TEST(JsonWalk, AcceptsSixteenLevelsAndRefusesSeventeen) {
  EXPECT_FALSE(refusal(nested(JsonWalk::depth_max)));
  EXPECT_EQ(refusal(nested(JsonWalk::depth_max + 1)), (ParseError{ParseFault::too_deep, {}}));
  EXPECT_EQ(refusal(nested(1500))->fault, ParseFault::too_deep);
  std::string objects = "{}";
  for (std::size_t depth = 1; depth < JsonWalk::depth_max; ++depth)
    objects.insert(0, R"({"x":)") += '}';
  EXPECT_FALSE(refusal(objects));
  EXPECT_EQ(refusal(R"({"x":)" + objects + "}")->fault, ParseFault::too_deep);
}

TEST(JsonWalk, RefusesAFieldGivenTwiceWhateverItsTypes) {
  EXPECT_EQ(refusal(R"({"id":1,"id":1})"), (ParseError{ParseFault::duplicate_key, "id"}));
  EXPECT_EQ(refusal(R"({"id":null,"x":0,"id":"a"})"),
            (ParseError{ParseFault::duplicate_key, "id"}));
  EXPECT_EQ(refusal(R"({"order":{},"order":null})"),
            (ParseError{ParseFault::duplicate_key, "order"}));
  EXPECT_EQ(refusal(R"({"order":{"amount":1,"amount":2}})"),
            (ParseError{ParseFault::duplicate_key, "order.amount"}));
}

TEST(JsonWalk, RefusesEscapedKeysWhereItTakesFields) {
  EXPECT_EQ(refusal(R"({"\u0069d":1})"), (ParseError{ParseFault::escaped_key, {}}));
  EXPECT_EQ(refusal(R"({"a\"b":1})"), (ParseError{ParseFault::escaped_key, {}}));
  EXPECT_EQ(refusal(R"({"order":{"amoun\u0074":1}})"),
            (ParseError{ParseFault::escaped_key, "order"}));
  EXPECT_FALSE(refusal(R"({"id":{"amoun\u0074":1}})"));
}

TEST(JsonWalk, RefusesCardNumbersInStringsKeysAndNumbers) {
  EXPECT_EQ(refusal(R"({"id":"9999012345678907"})"), (ParseError{ParseFault::card_number, "id"}));
  EXPECT_EQ(refusal(R"({"x":["card 9999012345678907."]})"),
            (ParseError{ParseFault::card_number, {}}));
  EXPECT_EQ(refusal(R"({"x":{"9999012345678907":1}})"), (ParseError{ParseFault::card_number, {}}));
  EXPECT_EQ(refusal(R"({"x":9999012345678907})"), (ParseError{ParseFault::card_number, {}}));
  EXPECT_EQ(refusal(R"({"x":"\u0039999012345678907"})"), (ParseError{ParseFault::card_number, {}}));
  EXPECT_FALSE(refusal(R"({"x":"9999012345678908"})"));
}

TEST(JsonWalk, AcceptsDigitsInIdentifiersOnly) {
  EXPECT_FALSE(refusal(R"({"terminal":"9999012345678907"})"));
  EXPECT_FALSE(refusal(R"({"terminal":9999012345678907})"));
  EXPECT_EQ(refusal(R"({"terminal":["9999012345678907"]})"),
            (ParseError{ParseFault::card_number, {}}));
  EXPECT_EQ(refusal(R"({"order":{"terminal":"9999012345678907"}})"),
            (ParseError{ParseFault::card_number, {}}));
}

TEST(CardNumber, IsThirteenToNineteenDigitsThatPassLuhn) {
  // Invented digits; the last one is the check digit.
  EXPECT_FALSE(holds_card_number("222222222226"));          // 12
  EXPECT_TRUE(holds_card_number("2222222222224"));          // 13
  EXPECT_TRUE(holds_card_number("2222222222222222226"));    // 19
  EXPECT_FALSE(holds_card_number("22222222222222222222"));  // 20
  EXPECT_FALSE(holds_card_number("2222222222225"));
  EXPECT_FALSE(holds_card_number("0000000000000000"));
  EXPECT_FALSE(holds_card_number("1111111111111117"));
}

TEST(CardNumber, IsFoundAnywhereInAText) {
  for (std::size_t before = 0; before < 40; ++before) {
    for (std::size_t behind = 0; behind < 40; ++behind) {
      const std::string text =
          std::string(before, 'x') + "2222222222224" + std::string(behind, 'y');
      ASSERT_TRUE(holds_card_number(text)) << text;
    }
  }
  EXPECT_TRUE(holds_card_number("123456789012 22222222222222222222 2222222222224"));
}

TEST(JsonWalk, RefusesBodiesLongerThanItWasMadeFor) {
  const auto body = [](std::size_t size) {
    return R"({"id":")" + std::string(size - 9, 'a') + R"("})";
  };
  EXPECT_FALSE(refusal(body(body_bytes_max)));
  EXPECT_EQ(refusal(body(body_bytes_max + 1)), (ParseError{ParseFault::body_too_long, {}}));
}

TEST(JsonWalk, AllocatesOnlyWhenItIsMade) {
  JsonWalk json_walk(body_bytes_max);
  const Padded valid(R"({"id":"\u0061","order":{"amount":[1,2,3]}})");
  const Padded invalid(R"({"id":"\u0061","order":{"amount":[1,2,3})");
  const Padded largest(R"({"id":")" + std::string(body_bytes_max - 9, 'a') + R"("})");
  std::array<JsonValue, fields.count> values;
  const std::size_t before = test::allocations();
  EXPECT_TRUE(json_walk.run(valid.body(), fields.table(), values));
  EXPECT_FALSE(json_walk.run(invalid.body(), fields.table(), values));
  EXPECT_TRUE(json_walk.run(largest.body(), fields.table(), values));
  EXPECT_EQ(test::allocations(), before);
}

TEST(ParseErrors, NameTheFieldAndTheFault) {
  std::string body = "left over";
  render_parse_error({ParseFault::amount_too_many_decimals, "gpa_order.jit_funding.amount"}, body);
  EXPECT_EQ(body, R"({"error":"invalid_request","field":"gpa_order.jit_funding.amount",)"
                  R"("detail":"more decimals than the currency has"})");
  render_parse_error({ParseFault::malformed, {}}, body);
  EXPECT_EQ(body, R"({"error":"invalid_request","detail":"not valid JSON"})");
}

}  // namespace
}  // namespace authd::processors
