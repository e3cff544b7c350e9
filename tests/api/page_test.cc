#include "authd/api/page.h"

#include <gtest/gtest.h>

#include "authd/api/base64url.h"

namespace authd::test {

namespace {

using namespace api;

// One request of a list, as far as pages are concerned.
class Listed {
 public:
  explicit Listed(const std::string& target)
      : raw_("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n"), head_(*net::parse_head(raw_, {})) {}
  Call call(std::string_view operation = "listThings") const {
    return {operation, head_, {}, {}, {}, "r", {}, {}};
  }
  std::string_view query() const { return head_.query(); }

 private:
  std::string raw_;
  net::Head head_;
};

TEST(Page, HasTheDefaultSizeAndABound) {
  const auto limit = [](const std::string& target) -> std::int64_t {
    const Listed listed(target);
    QueryReader query(listed.query());
    const Page page = read_page(query, listed.call(), 1);
    return query.finish() ? page.limit : -1;
  };
  EXPECT_EQ(limit("/v1/things"), 50);
  EXPECT_EQ(limit("/v1/things?limit=1"), 1);
  EXPECT_EQ(limit("/v1/things?limit=200"), 200);
  EXPECT_EQ(limit("/v1/things?limit=0"), -1);
  EXPECT_EQ(limit("/v1/things?limit=201"), -1);
}

TEST(Page, BeginsWhereTheCursorOfThePageBeforePoints) {
  const Listed first("/v1/things?a=1&limit=2");
  boost::json::array items{1, 2};
  const std::array<std::int64_t, 2> last{-7, 9'000'000'000};
  const Answer answer = page_answer(first.call(), items, last);
  const std::string cursor = to_base64url("listThings,-7,9000000000");
  EXPECT_EQ(answer.body, R"({"items":[1,2],"next_cursor":")" + cursor + "\"}");
  EXPECT_EQ(answer.link, "</v1/things?a=1&limit=2&cursor=" + cursor + ">; rel=\"next\"");

  const Listed second("/v1/things?cursor=" + cursor);
  QueryReader query(second.query());
  const Page page = read_page(query, second.call(), 2);
  ASSERT_TRUE(query.finish());
  EXPECT_EQ(page.after, (std::vector<std::int64_t>{-7, 9'000'000'000}));
}

TEST(Page, SaysThatItIsTheLast) {
  const Listed listed("/v1/things");
  const Answer answer = page_answer(listed.call(), boost::json::array(), {});
  EXPECT_EQ(answer.body, R"({"items":[],"next_cursor":null})");
  EXPECT_EQ(answer.link, "");
}

TEST(Page, LinksReplaceTheCursorAndCannotBeBrokenOutOf) {
  const Listed listed("/v1/things?cursor=x&q=>;rel=evil");
  const std::array<std::int64_t, 1> last{1};
  EXPECT_EQ(
      page_answer(listed.call(), boost::json::array(), last).link,
      "</v1/things?q=%3E;rel=evil&cursor=" + to_base64url("listThings,1") + ">; rel=\"next\"");
}

TEST(Page, RefusesEveryCursorThatIsNotOfThisList) {
  for (const std::string& text :
       {std::string("listThings"), std::string("listThings,"), std::string("listThings,1,2"),
        std::string("listOthers,1"), std::string("listThings,01"), std::string("listThings,1 "),
        std::string("listThings,+1"), std::string("listThings,99999999999999999999"),
        std::string(",1"), std::string("\0", 1)}) {
    const Listed listed("/v1/things?cursor=" + to_base64url(text));
    QueryReader query(listed.query());
    static_cast<void>(read_page(query, listed.call(), 1));
    EXPECT_FALSE(query.finish()) << text;
  }
  for (const char* const cursor : {"", "!!!", "Zg==", "Z"}) {
    const Listed listed(std::string("/v1/things?cursor=") + cursor);
    QueryReader query(listed.query());
    static_cast<void>(read_page(query, listed.call(), 1));
    EXPECT_FALSE(query.finish()) << cursor;
  }
}

TEST(FieldSelection, KeepsWhatIsNamed) {
  constexpr std::array<std::string_view, 3> known{"a", "b", "c"};
  QueryReader query("fields=c,a");
  const auto selection = FieldSelection::read(query, known);
  ASSERT_TRUE(query.finish());
  boost::json::object object{{"a", 1}, {"b", 2}, {"c", 3}};
  selection.apply(object);
  EXPECT_EQ(object, (boost::json::object{{"a", 1}, {"c", 3}}));
}

TEST(FieldSelection, KeepsAllWhenNothingIsSaid) {
  constexpr std::array<std::string_view, 1> known{"a"};
  QueryReader query("");
  boost::json::object object{{"a", 1}};
  FieldSelection::read(query, known).apply(object);
  EXPECT_EQ(object.size(), 1U);
}

TEST(FieldSelection, RefusesUnknownRepeatedAndEmptyNames) {
  constexpr std::array<std::string_view, 2> known{"a", "b"};
  for (const char* const text : {"fields=", "fields=x", "fields=a,a", "fields=a,", "fields=,a"}) {
    QueryReader query(text);
    FieldSelection::read(query, known);
    EXPECT_FALSE(query.finish()) << text;
  }
}

}  // namespace

}  // namespace authd::test
