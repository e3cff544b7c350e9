// `authd simulate` against a real daemon over TLS: every life cycle of the fixtures through HTTP,
// for each processor alone and all together with messages that come twice and out of order; random
// traffic of all four on the same accounts; and that it finds what is wrong.

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <optional>

#include "tests/e2e/daemon.h"
#include "tests/e2e/four_processors.h"
#include "tests/e2e/ledger_audit.h"
#include "tests/e2e/wallet_client.h"
#include "tests/net/certificates.h"

namespace authd::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

const fs::path fixtures = AUTHD_TEST_DATA "/fixtures";

std::int64_t folders_in(const fs::path& folder) {
  std::int64_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    count += entry.path().filename() == "expected.json" ? 1 : 0;
  }
  return count;
}

class Simulate : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    const Identity identity = authority_.issue("server");
    site_.emplace(
        with_four_programs({.conninfo = conninfo(),
                            .server_keys = "[server.tls]\ncertificate = \"" + identity.certificate +
                                           "\"\nkey = \"" + identity.key + "\"\n",
                            .api = true}));
    ASSERT_EQ(site_->load("").code, 0);
    write_file(site_->path("key"), create_api_key(*site_, ""));
    daemon_.emplace(*site_);
    ASSERT_TRUE(daemon_->await_ready()) << daemon_->log();
    ASSERT_TRUE(daemon_->await_following());
  }
  void TearDown() override {
    if (daemon_) {
      EXPECT_TRUE(daemon_->await_drained());
      EXPECT_EQ(found_by_audit(*daemon_), "");
      EXPECT_EQ(daemon_->terminate(), 0) << daemon_->log();
    }
    LedgerTest::TearDown();
  }

  // The report of `authd simulate ARGUMENTS`.
  json::object simulate(std::vector<std::string> arguments, int expected_code = 0) const {
    arguments.insert(arguments.begin(), "simulate");
    arguments.insert(
        arguments.end(),
        {"--json", "--server", "https://127.0.0.1:" + std::to_string(daemon_->port()), "--api",
         "http://127.0.0.1:" + std::to_string(daemon_->api_port()), "--api-key-file",
         site_->path("key").string(), "--ca", authority_.certificate()});
    const Finished finished = site_->authd(arguments);
    EXPECT_EQ(finished.code, expected_code) << finished.err << finished.out;
    boost::system::error_code failed;
    const json::value report = json::parse(finished.out, failed);
    EXPECT_FALSE(failed) << finished.out << finished.err;
    return report.is_object() ? report.as_object() : json::object();
  }

  static std::vector<std::string> with_each_program(std::vector<std::string> arguments) {
    for (const std::string_view processor : four_processors) {
      arguments.insert(arguments.end(), {"--program", std::string(processor)});
    }
    return arguments;
  }

  const TemporaryDirectory files_;
  const Authority authority_{files_.path(), "root"};
  std::optional<Site> site_;
  std::optional<Daemon> daemon_;
};

TEST_F(Simulate, EveryFixtureOfEachProcessorAloneIsMet) {
  for (const std::string_view processor : four_processors) {
    SCOPED_TRACE(processor);
    const std::string name(processor);
    const auto report = simulate({"fixtures", fixtures.string(), "--program", name});
    EXPECT_EQ(report.at("life_cycles"), folders_in(fixtures / name));
    EXPECT_EQ(report.at("accounts"), folders_in(fixtures / name));
    EXPECT_EQ(report.at("repeated"), 0);
    EXPECT_EQ(report.at("sent").as_object().size(), 1U);
  }
}

TEST_F(Simulate, EveryFixtureOfAllTogetherIsMetWithMessagesTwiceAndOutOfOrder) {
  const auto report = simulate(with_each_program(
      {"fixtures", fixtures.string(), "--repeat", "3", "--duplicates", "20", "--reordered", "40",
       "--late", "10", "--connections", "16", "--seed", "7"}));
  EXPECT_EQ(report.at("life_cycles"), 3 * folders_in(fixtures));
  EXPECT_GT(report.at("repeated").as_int64(), 60);
  EXPECT_GT(report.at("reordered").as_int64(), 20);
  EXPECT_GT(report.at("late").as_int64(), 20);
}

TEST_F(Simulate, RandomTrafficOfAllOnTheSameAccountsComesOutRight) {
  const auto report =
      simulate(with_each_program({"random", "--life-cycles", "1200", "--accounts", "8", "--balance",
                                  "150000", "--duplicates", "20", "--reordered", "20", "--late",
                                  "5", "--lost", "10", "--connections", "16", "--seed", "7"}));
  EXPECT_EQ(report.at("life_cycles"), 1'200);
  EXPECT_EQ(report.at("accounts"), 8);
  EXPECT_EQ(report.at("sent").as_object().size(), 4U);
  for (const char* const what : {"approved", "declined", "repeated", "reordered", "late", "lost"}) {
    EXPECT_GT(report.at(what).as_int64(), 20) << what;
  }
}

TEST_F(Simulate, WhatIsNotAsExpectedIsFound) {
  const fs::path changed = files_.path() / "stripe" / "changed";
  fs::create_directories(changed.parent_path());
  fs::copy(fixtures / "stripe" / "approve-capture", changed);
  std::string expected = read_file(changed / "expected.json");
  const std::string final_posted = R"("posted_total": {"minor": -4275, "currency": "USD"})";
  const std::size_t at = expected.rfind(final_posted);
  ASSERT_NE(at, std::string::npos);
  expected.replace(at, final_posted.size(),
                   R"("posted_total": {"minor": -4276, "currency": "USD"})");
  write_file(changed / "expected.json", expected);
  const auto by_balance =
      simulate({"fixtures", changed.string(), "--program", "stripe", "--settle", "2"}, 1);
  EXPECT_EQ(by_balance.at("wrong_answer_count"), 0);
  EXPECT_EQ(by_balance.at("wrong_balances").as_array().size(), 1U);

  write_file(site_->path("stripe.key"), "whsec_of_somebody_else");
  const auto by_answer = simulate({"fixtures", (fixtures / "stripe/approve-capture").string(),
                                   "--program", "stripe", "--settle", "2"},
                                  1);
  EXPECT_GT(by_answer.at("wrong_answer_count").as_int64(), 0);
  EXPECT_EQ(by_answer.at("answers").as_object().begin()->key(), "401");
}

}  // namespace
}  // namespace authd::test
