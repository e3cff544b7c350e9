// Bodies and queries: every rule at its limit and one past it, and all that is wrong named at once.

#include <gtest/gtest.h>

#include "authd/api/body_reader.h"
#include "authd/api/precondition.h"
#include "authd/api/query_reader.h"

namespace authd::test {

namespace {

using namespace api;

// A request as the server hands it over, without a server.
class Asked {
 public:
  explicit Asked(std::string body, const std::string& fields = "Content-Type: application/json\r\n")
      : raw_("POST /v1/things HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n"),
        body_(std::move(body)),
        head_(*net::parse_head(raw_, {})) {}
  Call call() const { return {"createThing", head_, body_, {}, {}, "r", "k", {}}; }

 private:
  std::string raw_;
  std::string body_;
  net::Head head_;
};

template <class Function>
std::vector<std::string> errors_of(const std::string& body, Function read) {
  const Asked asked(body);
  const auto result = read_object(asked.call(), read);
  std::vector<std::string> errors;
  if (result) return errors;
  if (result.error().errors.empty()) errors.push_back(std::string(name(result.error().kind)));
  for (const FieldError& error : result.error().errors) {
    errors.push_back(error.field + ": " + error.message);
  }
  return errors;
}

using Errors = std::vector<std::string>;
const Errors none;

TEST(Body, NamesAllThatIsWrongAtOnce) {
  const auto read = [](BodyReader& body) {
    body.text("name", {1, 3}, Need::required);
    body.integer("count", 1, 9, Need::required);
    body.flag("open", Need::optional);
    body.amount("amount", 1, Need::required);
  };
  EXPECT_EQ(
      errors_of(R"({"count":10,"open":1,"amount":{"minor":1.5,"currency":"XQX","x":0},"y":0})",
                read),
      (Errors{"name: is required", "count: must be an integer from 1 to 9",
              "open: must be true or false",
              "amount.minor: must be an integer from 1 to 9007199254740991",
              "amount.currency: must be a currency of ISO 4217", "amount.x: is not a known field",
              "y: is not a known field"}));
  EXPECT_EQ(errors_of(R"({"name":"abc","count":1,"amount":{"minor":1,"currency":"EUR"}})", read),
            none);
}

TEST(Body, CountsCharactersAndRefusesControls) {
  const auto read = [](BodyReader& body) { body.text("t", {2, 3}, Need::required); };
  EXPECT_EQ(errors_of(R"({"t":"äöü"})", read), none);
  EXPECT_EQ(errors_of(R"({"t":"äö"})", read), none);
  const Errors size{"t: must be a string of 2 to 3 characters"};
  EXPECT_EQ(errors_of(R"({"t":"äöüß"})", read), size);
  EXPECT_EQ(errors_of(R"({"t":"ä"})", read), size);
  EXPECT_EQ(errors_of(R"({"t":7})", read), size);
  const Errors controls{"t: must not hold control characters"};
  EXPECT_EQ(errors_of(R"({"t":"a\u0000"})", read), controls);
  EXPECT_EQ(errors_of(R"({"t":"a\n"})", read), controls);
}

TEST(Body, TakesTokensOfVisibleAscii) {
  const auto read = [](BodyReader& body) { body.token("t", 3, Need::required); };
  EXPECT_EQ(errors_of(R"({"t":"a~!"})", read), none);
  for (const char* const text : {R"("abcd")", R"("")", R"("a b")", R"("ü")", "7"}) {
    EXPECT_EQ(errors_of(std::string(R"({"t":)") + text + "}", read),
              (Errors{"t: must be a string of 1 to 3 visible ASCII characters"}))
        << text;
  }
}

TEST(Body, TakesNullOnlyWhereSomethingCanBeRemoved) {
  Field<std::string> removable;
  const auto read = [&](BodyReader& body) {
    removable = body.text("r", {1, 3}, Need::removable);
    body.text("o", {1, 3}, Need::optional);
  };
  EXPECT_EQ(errors_of(R"({"r":null})", read), none);
  EXPECT_TRUE(removable.given);
  EXPECT_FALSE(removable.value);
  EXPECT_EQ(errors_of("{}", read), none);
  EXPECT_FALSE(removable.given);
  EXPECT_EQ(errors_of(R"({"o":null})", read), (Errors{"o: must not be null"}));
}

TEST(Body, TakesAmountsThatAreExactEverywhere) {
  core::Money money;
  const auto read = [&](BodyReader& body) {
    money = body.amount("a", 0, Need::required).value.value_or(core::Money{});
  };
  EXPECT_EQ(errors_of(R"({"a":{"minor":9007199254740991,"currency":"JPY"}})", read), none);
  EXPECT_EQ(money, (core::Money{9007199254740991, *core::Currency::from_alpha("JPY")}));
  const Errors bounds{"a.minor: must be an integer from 0 to 9007199254740991"};
  for (const char* const minor : {"9007199254740992", "-1", "1.0", "1e2", "\"1\"", "true"}) {
    EXPECT_EQ(errors_of(std::string(R"({"a":{"currency":"JPY","minor":)") + minor + "}}", read),
              bounds)
        << minor;
  }
  EXPECT_EQ(errors_of(R"({"a":12})", read), (Errors{"a: must be an object"}));
  EXPECT_EQ(errors_of("{}", read), (Errors{"a: is required"}));
}

TEST(Body, TakesTimesAndWords) {
  Field<core::Timestamp> time;
  Field<std::int16_t> word;
  constexpr std::array<std::string_view, 2> words{"one", "two"};
  const auto read = [&](BodyReader& body) {
    time = body.time("t", Need::optional);
    word = body.enumerator<std::int16_t>("w", words, Need::optional);
  };
  EXPECT_EQ(errors_of(R"({"t":"1970-01-01T00:00:01Z","w":"two"})", read), none);
  EXPECT_EQ(time.value, core::Timestamp{1'000'000});
  EXPECT_EQ(word.value, 2);
  EXPECT_EQ(
      errors_of(R"({"t":"yesterday","w":"three"})", read),
      (Errors{"t: must be a time such as 2026-11-21T13:04:51Z", "w: must be one of one, two"}));
}

TEST(Body, MustBeOneJsonObjectWithoutRepeatedFields) {
  const auto read = [](BodyReader& body) { body.integer("a", 0, 9, Need::optional); };
  for (const char* const body :
       {"", "{", "[]", "7", R"({"a":1,"a":2})", "{} {}", "{\"a\":01}", "{\"a\":\"\xFF\"}", "nul"}) {
    EXPECT_EQ(errors_of(body, read), (Errors{"invalid-request"})) << body;
  }
}

TEST(Body, MustBeDeclaredAsJson) {
  const auto kind = [](const std::string& fields) -> std::string {
    const Asked asked("{}", fields);
    const auto read = read_object(asked.call(), [](BodyReader&) {});
    return read ? "" : std::string(name(read.error().kind));
  };
  EXPECT_EQ(kind("Content-Type: application/json\r\n"), "");
  EXPECT_EQ(kind("Content-Type: Application/JSON; charset=UTF-8\r\n"), "");
  EXPECT_EQ(kind(""), "unsupported-media-type");
  EXPECT_EQ(kind("Content-Type: text/json\r\n"), "unsupported-media-type");
  EXPECT_EQ(kind("Content-Type: application/json; charset=latin1\r\n"), "unsupported-media-type");
}

Errors errors_of(QueryReader& query) {
  Errors errors;
  const auto finished = query.finish();
  if (finished) return errors;
  EXPECT_EQ(finished.error().kind, Problem::Kind::invalid_request);
  for (const FieldError& error : finished.error().errors) {
    errors.push_back(error.field + ": " + error.message);
  }
  return errors;
}

TEST(Query, IsDecodedAndBounded) {
  QueryReader query("a=x%20y&n=10&t=1970-01-01T00:00:00Z&w=two");
  constexpr std::array<std::string_view, 2> words{"one", "two"};
  EXPECT_EQ(query.text("a", 3), "x y");
  EXPECT_EQ(query.integer("n", 1, 10), 10);
  EXPECT_EQ(query.time("t"), core::Timestamp{0});
  EXPECT_EQ(query.position("w", words), 2U);
  EXPECT_EQ(query.text("missing", 3), std::nullopt);
  EXPECT_EQ(query.position("missing", words), 0U);
  EXPECT_EQ(errors_of(query), none);
}

TEST(Query, NamesAllThatIsWrongAtOnce) {
  QueryReader query("a=xxxx&n=11&m=1x&t=now&w=three&d=1&d=2&bad=%zz&e=&x");
  constexpr std::array<std::string_view, 2> words{"one", "two"};
  query.text("a", 3);
  query.integer("n", 1, 10);
  query.integer("m", 1, 10);
  query.time("t");
  query.position("w", words);
  query.text("d", 3);
  query.text("e", 3);
  EXPECT_EQ(
      errors_of(query),
      (Errors{"d: stands twice", "bad: is not percent-encoded text", "a: must have 1 to 3 bytes",
              "n: must be an integer from 1 to 10", "m: must be an integer from 1 to 10",
              "t: must be a time such as 2026-11-21T13:04:51Z", "w: must be one of one, two",
              "e: must have 1 to 3 bytes", "x: is not a known parameter"}));
}

TEST(Precondition, NeedsTheVersionThatIsThere) {
  const auto kind = [](const std::string& fields) -> std::string {
    const Asked asked("", fields);
    const auto checked = check_version(asked.call(), 12);
    return checked ? "" : std::string(name(checked.error().kind));
  };
  EXPECT_EQ(kind("If-Match: \"12\"\r\n"), "");
  EXPECT_EQ(kind("If-Match: \"11\" , \"12\"\r\n"), "");
  EXPECT_EQ(kind(""), "precondition-required");
  for (const char* const tag : {"\"11\"", "\"120\"", "12", "W/\"12\"", "*", ""}) {
    EXPECT_EQ(kind(std::string("If-Match: ") + tag + "\r\n"), "version-mismatch") << tag;
  }
}

}  // namespace

}  // namespace authd::test
