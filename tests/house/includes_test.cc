// The rings: authd → store → core, never the other way, and core with the standard library alone.
// Read off the includes.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Include {
  std::string file;  // relative to the project
  std::string path;
  bool is_system;  // <path>
};

std::vector<Include> includes_of(const std::string& folder) {
  static const std::regex directive(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  std::vector<Include> found;
  const fs::path root(AUTHD_SOURCE);
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".h" && extension != ".cc") continue;
    std::ifstream in(entry.path());
    std::smatch match;
    for (std::string line; std::getline(in, line);) {
      if (!std::regex_search(line, match, directive)) continue;
      found.push_back({fs::relative(entry.path(), root).string(), match[2], match[1] == "<"});
    }
  }
  return found;
}

bool begins_with_one_of(const std::string& path, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&path](const std::string& p) { return path.starts_with(p); });
}

TEST(Includes, PointInwards) {
  const std::map<std::string, std::vector<std::string>> allowed{
      {"core", {"core/"}},
      {"store", {"core/", "store/"}},
      {"authd", {"core/", "store/", "authd/"}}};
  for (const auto& [folder, prefixes] : allowed) {
    const auto includes = includes_of(folder);
    EXPECT_GT(includes.size(), 20U) << folder;  // the reader does read
    for (const Include& include : includes) {
      if (include.is_system) continue;
      EXPECT_TRUE(begins_with_one_of(include.path, prefixes))
          << include.file << " includes " << include.path;
    }
  }
}

TEST(Includes, CoreUsesTheStandardLibraryAlone) {
  const std::vector<std::string> impure{"chrono", "fstream", "iostream", "thread",
                                        "mutex",  "random",  "ctime",    "filesystem"};
  for (const Include& include : includes_of("core")) {
    if (!include.is_system) continue;
    EXPECT_EQ(include.path.find_first_of("/."), std::string::npos)
        << include.file << " includes " << include.path;
    EXPECT_FALSE(begins_with_one_of(include.path, impure))
        << include.file << " includes " << include.path;
  }
}

TEST(Includes, StoreKnowsNeitherHttpNorJson) {
  const std::vector<std::string> outside{"boost/asio", "boost/beast", "boost/json", "simdjson",
                                         "prometheus", "spdlog",      "CLI"};
  for (const Include& include : includes_of("store")) {
    EXPECT_FALSE(include.is_system && begins_with_one_of(include.path, outside))
        << include.file << " includes " << include.path;
  }
}

// `registry` is the one place that knows all of them.
void expect_processors_apart(const std::string& folder, const std::string& registry) {
  const std::vector<std::string> processors{"marqeta", "stripe", "lithic", "adyen"};
  for (const Include& include : includes_of(folder)) {
    if (include.is_system) continue;
    const std::string includer = fs::path(include.file).stem().string();
    const std::string included = fs::path(include.path).stem().string();
    if (includer == registry) continue;
    for (const std::string& processor : processors) {
      const bool is_foreign = included.starts_with(processor) && !includer.starts_with(processor);
      EXPECT_FALSE(is_foreign) << include.file << " includes " << include.path;
    }
  }
}

TEST(Includes, AdaptersDoNotKnowEachOther) {
  expect_processors_apart("authd/processors", "adapters");
}

TEST(Includes, ScribesOfTheSimulatorDoNotKnowEachOther) {
  expect_processors_apart("authd/simulate/random", "random_mix");
}

}  // namespace
