#include "authd/simulate/message_file.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <map>
#include <sstream>

#include "authd/simulate/simulation.h"
#include "tests/simulate/stub_daemon.h"

namespace authd::simulate::test {
namespace {

std::string error_of(const std::string& text) {
  std::istringstream in(text);
  const auto read = read_messages(in);
  return read ? "" : read.error();
}

TEST(MessageFile, HasOneMessageALine) {
  std::istringstream in(R"({"program":"demo","endpoint":"authorizations","body":{"amount": 1.5},)"
                        R"("expect":{"status":402,"body":{"a":1}}})"
                        "\n\n"
                        R"({"program":"other","endpoint":"events","body":"{\"amount\": 10.0"})");
  const auto read = read_messages(in);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].line, 1U);
  EXPECT_EQ((*read)[0].program, "demo");
  EXPECT_TRUE((*read)[0].message.is_question);
  EXPECT_EQ((*read)[0].status, 402);
  EXPECT_TRUE((*read)[0].body);
  EXPECT_EQ((*read)[1].line, 3U);
  EXPECT_FALSE((*read)[1].message.is_question);
  EXPECT_EQ((*read)[1].message.body, R"({"amount": 10.0)");
  EXPECT_FALSE((*read)[1].status || (*read)[1].body);
}

TEST(MessageFile, IsRefusedByTheLineThatIsWrong) {
  const std::string good = R"({"program":"demo","endpoint":"events","body":{}})";
  EXPECT_EQ(error_of(good), "");
  EXPECT_TRUE(error_of(good + "\n{").starts_with("line 2: "));
  for (const auto& [line, error] : std::map<std::string, std::string>{
           {"[]", "must be an object"},
           {R"({"endpoint":"events","body":{}})", "\"program\" must be a text"},
           {R"({"program":1,"endpoint":"events","body":{}})", "\"program\" must be a text"},
           {R"({"program":"d","endpoint":"event","body":{}})",
            R"("endpoint" must be "authorizations" or "events")"},
           {R"({"program":"d","endpoint":"events"})", "\"body\" must be an object or a text"},
           {R"({"program":"d","endpoint":"events","body":[]})",
            "\"body\" must be an object or a text"},
           {R"({"program":"d","endpoint":"events","body":{},"expects":1})",
            "\"expects\" is not known"},
           {R"({"program":"d","endpoint":"events","body":{},"expect":200})",
            "\"expect\" must be an object"},
           {R"({"program":"d","endpoint":"events","body":{},"expect":{"code":1}})",
            "\"code\" is not known"},
           {R"({"program":"d","endpoint":"events","body":{},"expect":{"status":99}})",
            "\"status\" must be 100 to 599"},
           {R"({"program":"d","endpoint":"events","body":{},"expect":{"status":600}})",
            "\"status\" must be 100 to 599"}}) {
    EXPECT_EQ(error_of("\n" + line), "line 2: " + error);
  }
  EXPECT_EQ(error_of("\n"), "there is no message in it");
}

TEST(MessageFile, ExpectsAPartOfTheBody) {
  FileMessage message;
  Heard heard;
  heard.status = 200;
  heard.body = R"({"a":{"b":1.0,"c":2},"d":[1]})";
  EXPECT_EQ(wrong_answer(message, heard), "");
  message.status = 200;
  message.body = boost::json::parse(R"({"a":{"b":1}})");
  EXPECT_EQ(wrong_answer(message, heard), "");
  message.body = boost::json::parse(R"({"a":{"b":2}})");
  EXPECT_EQ(wrong_answer(message, heard), "a.b: 2 was expected, 1E0 was found");
  heard.body = "none";
  EXPECT_TRUE(wrong_answer(message, heard).starts_with("the body is not JSON"));
  heard.status = 201;
  EXPECT_EQ(wrong_answer(message, heard), "status 200 was expected, 201 was found");
}

class SimulateFile : public testing::Test {
 protected:
  SimulateFile() {
    daemon_.server = stub_.server();
    daemon_.targets.push_back(stub_.target());
    stub_.instead = [](const Asked& asked) {
      Told told;
      told.status = asked.target.ends_with("events") ? 200 : 402;
      told.body = asked.body;
      return told;
    };
  }

  std::string simulated(const std::string& lines) {
    const std::filesystem::path path = directory_.path() / "messages.ndjson";
    std::ofstream(path) << lines;
    const auto done = simulate_file(daemon_, Settings(), path, report_);
    return done ? "" : done.error().substr(path.string().size());
  }

  StubDaemon stub_;
  Daemon daemon_;
  TemporaryDirectory directory_;
  Report report_;
};

TEST_F(SimulateFile, IsSentInOrderAndCompared) {
  EXPECT_EQ(
      simulated(R"({"program":"demo","endpoint":"events","body":"[ ]"})"
                "\n"
                R"({"program":"demo","endpoint":"authorizations","body":{"a":1},)"
                R"("expect":{"status":402,"body":{"a":1}}})"
                "\n"
                R"({"program":"demo","endpoint":"events","body":{},"expect":{"status":400}})"),
      "");
  EXPECT_EQ(report_.sent.at("demo").questions, 1U);
  EXPECT_EQ(report_.sent.at("demo").events, 2U);
  ASSERT_EQ(report_.wrong.size(), 1U);
  EXPECT_EQ(report_.wrong[0].life_cycle, "line 3");
  EXPECT_EQ(report_.wrong[0].what, "status 400 was expected, 200 was found");
}

TEST_F(SimulateFile, SendsNothingWhenALineIsWrong) {
  const std::string good = R"({"program":"demo","endpoint":"events","body":{}})";
  EXPECT_EQ(simulated(good + "\n{}"), ": line 2: \"program\" must be a text");
  EXPECT_EQ(simulated(good + "\n" + R"({"program":"demi","endpoint":"events","body":{}})"),
            ": line 2: there is no program \"demi\"");
  EXPECT_TRUE(report_.sent.empty());
}

TEST_F(SimulateFile, CannotBeginWhereNobodyListens) {
  daemon_.server.origin.port = 1;
  const std::string good = R"({"program":"demo","endpoint":"events","body":{}})";
  std::ofstream(directory_.path() / "m") << good;
  const auto done = simulate_file(daemon_, Settings(), directory_.path() / "m", report_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error(), "http://127.0.0.1:1: cannot connect: Connection refused");
}

}  // namespace
}  // namespace authd::simulate::test
