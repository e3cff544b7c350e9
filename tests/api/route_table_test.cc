#include "authd/api/route_table.h"

#include <gtest/gtest.h>

namespace authd::test {

namespace {

using namespace api;
using net::Method;

Outcome nothing(const Call&, store::Connection&) { return Answer{}; }

RouteTable table() {
  return RouteTable(
      {{{{Method::get, "/v1/a", "listA", Scope::none, Read{nothing}},
         {Method::post, "/v1/a", "createA", Scope::none, Change{nothing}},
         {Method::get, "/v1/a/{a:id}", "getA", Scope::none, Read{nothing}},
         {Method::del, "/v1/a/{a:id}/b/{b:token}", "removeB", Scope::cards_write, Change{nothing}}},
        {}}});
}

std::string_view operation(const RouteTable::Match& match) {
  return match.route == nullptr ? "" : match.route->operation;
}

TEST(RouteTable, FindsByMethodAndPath) {
  const RouteTable routes = table();
  EXPECT_EQ(operation(routes.find(Method::get, "/v1/a")), "listA");
  EXPECT_EQ(operation(routes.find(Method::post, "/v1/a")), "createA");
  EXPECT_EQ(operation(routes.find(Method::get, "/v1/a/7")), "getA");
  EXPECT_EQ(operation(routes.find(Method::head, "/v1/a/7")), "getA");
  const auto match = routes.find(Method::del, "/v1/a/12/b/x%2Fy");
  EXPECT_EQ(operation(match), "removeB");
  ASSERT_EQ(match.path.size(), 2U);
  EXPECT_EQ(match.path[0].name, "a");
  EXPECT_EQ(match.path[0].id, 12);
  EXPECT_EQ(match.path[1].text, "x/y");
}

TEST(RouteTable, TellsAnUnknownPathFromAnUnknownMethod) {
  const RouteTable routes = table();
  for (const char* const path : {"/", "/v1", "/v1/", "/v1/a/", "/v1/b", "/v1/a/7/b", "/v1/a/7/b/",
                                 "/v1/a/7/b/c/d", "//v1/a", "/V1/a"}) {
    EXPECT_EQ(routes.find(Method::get, path).allowed, "") << path;
  }
  EXPECT_EQ(routes.find(Method::put, "/v1/a").allowed, "GET, HEAD, POST");
  EXPECT_EQ(routes.find(Method::put, "/v1/a").route, nullptr);
  EXPECT_EQ(routes.find(Method::get, "/v1/a/7/b/c").allowed, "DELETE");
}

TEST(RouteTable, TakesIdsThatAnyJsonParserHoldsExactly) {
  const RouteTable routes = table();
  EXPECT_EQ(routes.find(Method::get, "/v1/a/9007199254740991").path.at(0).id, 9007199254740991);
  for (const char* const id : {"9007199254740992", "0", "-1", "01", "+1", "1x", "x", "%31%",
                               "99999999999999999999", "1.0"}) {
    EXPECT_EQ(routes.find(Method::get, std::string("/v1/a/") + id).allowed, "") << id;
  }
}

TEST(RouteTable, TakesTokensOfOneToSixtyFourVisibleCharacters) {
  const RouteTable routes = table();
  const std::string path = "/v1/a/1/b/";
  EXPECT_EQ(operation(routes.find(Method::del, path + std::string(64, 'x'))), "removeB");
  EXPECT_EQ(operation(routes.find(Method::del, path + std::string(65, 'x'))), "");
  EXPECT_EQ(operation(routes.find(Method::del, path + "a%20b")), "");
  EXPECT_EQ(operation(routes.find(Method::del, path + "%C3%BC")), "");
}

TEST(RouteTable, DescribesPathsAsTheDocumentWritesThem) {
  const auto described = table().describe();
  ASSERT_EQ(described.size(), 4U);
  EXPECT_EQ(described[3].path, "/v1/a/{a}/b/{b}");
  EXPECT_EQ(described[3].operation, "removeB");
}

}  // namespace

}  // namespace authd::test
