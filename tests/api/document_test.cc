// The document is the list of routes: neither has one more than the other.

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <set>
#include <sstream>

#include "authd/api/api_service.h"
#include "authd/api/openapi.h"

namespace authd::test {

namespace {

using namespace api;

std::string file_text() {
  std::ostringstream text;
  text << std::ifstream(AUTHD_OPENAPI).rdbuf();
  return text.str();
}

// "GET /v1/holders/{holder} getHolder holders:read"
std::set<std::string> routes_of_table() {
  std::set<std::string> routes;
  for (const auto& route : RouteTable(all_resources(ReconciliationDesk{})).describe()) {
    routes.insert(net::to_string(net::MethodSet(route.method)) + " " + route.path + " " +
                  std::string(route.operation) + " " + std::string(name(route.scope)));
  }
  return routes;
}

std::set<std::string> routes_of_document() {
  const YAML::Node document = YAML::LoadFile(AUTHD_OPENAPI);
  std::set<std::string> routes;
  for (const auto& path : document["paths"]) {
    for (const auto& member : path.second) {
      std::string method = member.first.as<std::string>();
      if (method == "parameters") continue;
      for (char& c : method) c = static_cast<char>(c - 'a' + 'A');
      const YAML::Node operation = member.second;
      std::string scope;
      if (operation["security"].size() > 0) {
        scope = operation["security"][0]["key"][0].as<std::string>();
      }
      routes.insert(method + " " + path.first.as<std::string>() + " " +
                    operation["operationId"].as<std::string>() + " " + scope);
    }
  }
  return routes;
}

TEST(Document, HasTheRoutesOfTheProgramAndNoOthers) {
  EXPECT_EQ(routes_of_document(), routes_of_table());
  EXPECT_GT(routes_of_table().size(), 4U);
}

TEST(Document, HasPathsThatDoNotExistWithoutReconciliation) {
  const auto with = routes_of_table();
  const auto without = RouteTable(all_resources()).describe();
  EXPECT_LT(without.size(), with.size());
  for (const auto& route : without) {
    EXPECT_EQ(route.path.find("reconciliation"), std::string::npos) << route.path;
  }
}

TEST(Document, HasAllProblemsOfTheProgramAndNoOthers) {
  std::set<std::string> known;
  for (std::uint8_t i = 0; i <= problem_kind_max; ++i) {
    known.insert("https://authd.dev/problems/" + std::string(name(static_cast<Problem::Kind>(i))));
  }
  const YAML::Node document = YAML::LoadFile(AUTHD_OPENAPI);
  const YAML::Node types =
      document["components"]["schemas"]["Problem"]["properties"]["type"]["enum"];
  std::set<std::string> described;
  for (const auto& type : types) described.insert(type.as<std::string>());
  EXPECT_EQ(described, known);
}

TEST(Document, NamesAllScopes) {
  const std::string text = file_text();
  for (std::uint8_t i = 1; i <= scope_max; ++i) {
    EXPECT_NE(text.find(name(static_cast<Scope>(i))), std::string::npos);
  }
}

TEST(Document, IsServedAsItIs) {
  EXPECT_EQ(openapi_yaml(), file_text());
  EXPECT_EQ(YAML::Load(std::string(openapi_yaml()))["openapi"].as<std::string>(), "3.1.0");
}

}  // namespace

}  // namespace authd::test
