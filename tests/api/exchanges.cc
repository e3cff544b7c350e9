#include "tests/api/exchanges.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace authd::test {

namespace {

namespace json = boost::json;

std::string file;

// Checks them when all tests have run; a filtered run need not have reached every operation.
class Exchanges : public testing::Environment {
 public:
  void SetUp() override {
    std::string path = (std::filesystem::temp_directory_path() / "authd-exchanges-XXXXXX").string();
    const int handle = mkstemp(path.data());
    ASSERT_GE(handle, 0);
    close(handle);
    file = path;
  }
  void TearDown() override {
    const bool all = testing::GTEST_FLAG(filter) == "*";
    const std::string command = std::string(AUTHD_VALIDATE_EXCHANGES) + " " + AUTHD_OPENAPI + " " +
                                file + (all ? " --complete" : "");
    EXPECT_EQ(std::system(command.c_str()), 0) << "the document and the API differ";
    std::filesystem::remove(file);
  }
};

const auto* const exchanges = testing::AddGlobalTestEnvironment(new Exchanges);

}  // namespace

void write_down(const std::string& method, const std::string& target, const std::string& body,
                const ApiAnswer& answer) {
  json::object fields;
  for (const auto& [name, value] : answer.fields) fields[name] = value;
  const json::object line{{"method", method},        {"target", target}, {"request_body", body},
                          {"status", answer.status}, {"fields", fields}, {"body", answer.body}};
  std::ofstream(file, std::ios::app) << json::serialize(line) << "\n";
}

}  // namespace authd::test
