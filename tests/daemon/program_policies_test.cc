#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "authd/config/config.h"
#include "authd/config/mcc_ranges.h"
#include "core/apply.h"
#include "core/mcc_groups.h"
#include "tests/store/temporary_directory.h"

namespace authd {
namespace {

constexpr const char* ledger = "[postgres]\nconninfo = \"host=x\"\n";
constexpr const char* no_ledger = "";

// The configuration of one program with the given keys and tables, beginning in line 7 (without a
// ledger) or 9.
class PolicyFile {
 public:
  core::Result<Config, std::vector<ConfigError>> load(const std::string& policies,
                                                      const std::string& head = ledger) {
    write("secret", "correct horse battery\n");
    write("authd.toml",
          "[state]\ndirectory = \"s\"\n" + head +
              "[[program]]\nid = \"demo\"\nprocessor = \"marqeta\"\n"
              "authentication = [\n"
              "{scheme = \"basic\", username = \"x\", secret_files = [\"secret\"]}]\n" +
              policies);
    return load_config(directory_.path() / "authd.toml");
  }
  core::Program program(const std::string& policies) {
    const auto config = load(policies);
    if (!config) {
      ADD_FAILURE() << error(policies);
      return {};
    }
    EXPECT_TRUE(core::valid(config->programs[0].program));
    return config->programs[0].program;
  }
  // "key: message" of all errors.
  std::string error(const std::string& policies, const std::string& head = ledger) {
    const auto config = load(policies, head);
    if (config) return "no error";
    std::string all;
    for (const ConfigError& one : config.error()) {
      all += (all.empty() ? "" : " | ") + one.key + ": " + one.message;
    }
    return all;
  }

 private:
  void write(const std::string& name, const std::string& text) {
    std::ofstream(directory_.path() / name) << text;
  }
  test::TemporaryDirectory directory_;
};

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

TEST(ProgramPolicies, HaveDefaultsThatCheckNothing) {
  PolicyFile file;
  const core::Program program = file.program("");
  core::Program expected;
  expected.id = *core::ProgramId::from("demo");
  EXPECT_EQ(program, expected);
  EXPECT_FALSE(program.partial_approval);
  EXPECT_EQ(program.kyc, core::KycPolicy::ignored);
  EXPECT_EQ(program.hold_days, 7);
  EXPECT_FALSE(program.mirror_age_max_us);
}

TEST(ProgramPolicies, AreReadInTheirOrder) {
  PolicyFile file;
  const core::Program program = file.program(R"(time_zone = "Asia/Tokyo"
partial_approval = true
kyc = "verified"
hold_days = 10
mirror_age_max = 60
[[program.hold_period]]
mccs = ["7011", "3501-3999"]
days = 30
[[program.hold_period]]
mccs = ["group:automated_fuel"]
days = 1
[[program.extra_hold]]
mccs = ["group:restaurants"]
percent = "20"
[[program.extra_hold]]
mccs = ["5542"]
fixed_minor = 9900
[[program.exposure_limit]]
currency = "USD"
minor_units = 5000
[[program.exposure_limit]]
currency = "JPY"
minor_units = 0
)");
  core::Program expected;
  expected.id = *core::ProgramId::from("demo");
  expected.zone = *core::ZoneName::from("Asia/Tokyo");
  expected.partial_approval = true;
  expected.kyc = core::KycPolicy::verified;
  expected.hold_days = 10;
  expected.hold_periods = {{{{7'011, 7'011}, {3'501, 3'999}}, 30}, {{{5'542, 5'542}}, 1}};
  expected.extra_holds = {{{{5'811, 5'814}}, 2'000, 0}, {{{5'542, 5'542}}, 0, 9'900}};
  expected.exposure_limits = {{*core::Currency::from_alpha("USD"), 5'000},
                              {*core::Currency::from_alpha("JPY"), 0}};
  expected.mirror_age_max_us = 60'000'000;
  EXPECT_EQ(program, expected);
}

TEST(ProgramPolicies, NameWhoseCardsMayBeUsed) {
  PolicyFile file;
  EXPECT_EQ(file.program("kyc = \"ignored\"\n").kyc, core::KycPolicy::ignored);
  EXPECT_EQ(file.program("kyc = \"not_rejected\"\n").kyc, core::KycPolicy::not_rejected);
  EXPECT_EQ(file.program("kyc = \"verified\"\n").kyc, core::KycPolicy::verified);
  for (const char* const word : {"\"pending\"", "\"Verified\"", "\"unknown\""}) {
    EXPECT_EQ(file.error(std::string("kyc = ") + word + "\n"),
              "program[0].kyc: must be ignored, not_rejected or verified")
        << word;
  }
  EXPECT_NE(file.error("kyc = true\n").find("program[0].kyc: "), std::string::npos);
}

TEST(ProgramPolicies, TakeThePercentageFromItsDigits) {
  PolicyFile file;
  const auto basis_points = [&file](const std::string& percent) {
    return file.program("[[program.extra_hold]]\nmccs = [\"5812\"]\npercent = " + percent + "\n")
        .extra_holds.at(0)
        .basis_points;
  };
  EXPECT_EQ(basis_points("20"), 2'000);
  EXPECT_EQ(basis_points("\"20\""), 2'000);
  EXPECT_EQ(basis_points("\"2.55\""), 255);  // 254 by way of a double
  EXPECT_EQ(basis_points("\"0.01\""), 1);
  EXPECT_EQ(basis_points("\"12.500\""), 1'250);
  EXPECT_EQ(basis_points("\"1000\""), 100'000);
  const std::string head = "[[program.extra_hold]]\nmccs = [\"5812\"]\npercent = ";
  for (const char* wrong : {"\"1000.01\"", "\"2.555\"", "\"-1\"", "-1", "\"1e3\"", "\"20%\""}) {
    EXPECT_EQ(file.error(head + wrong),
              "program[0].extra_hold[0].percent: must be a decimal number from 0 to 1000 with at "
              "most two decimals")
        << wrong;
  }
  EXPECT_EQ(file.error(head + "2.5"),
            "program[0].extra_hold[0].percent: must be a decimal number in quotes, such as "
            "\"2.5\", or an integer");
  EXPECT_EQ(file.error(head + "\"\""), "program[0].extra_hold[0].percent: must not be empty");
}

TEST(ProgramPolicies, StayWithinTheirBounds) {
  PolicyFile file;
  const std::string period = "[[program.hold_period]]\nmccs = [\"5812\"]\ndays = ";
  const std::string extra = "[[program.extra_hold]]\nmccs = [\"5812\"]\nfixed_minor = ";
  const std::string limit = "[[program.exposure_limit]]\ncurrency = \"USD\"\nminor_units = ";
  const std::string greatest = "999999999999999999";
  EXPECT_EQ(file.program("hold_days = 1").hold_days, 1);
  EXPECT_EQ(file.program("hold_days = 400").hold_days, 400);
  EXPECT_EQ(file.error("hold_days = 0"), "program[0].hold_days: must be between 1 and 400");
  EXPECT_EQ(file.error("hold_days = 401"), "program[0].hold_days: must be between 1 and 400");
  EXPECT_EQ(file.program(period + "400").hold_periods[0].days, 400);
  EXPECT_EQ(file.error(period + "401"),
            "program[0].hold_period[0].days: must be between 1 and 400");
  EXPECT_EQ(file.error(period + "0"), "program[0].hold_period[0].days: must be between 1 and 400");
  EXPECT_EQ(file.program(extra + greatest).extra_holds[0].fixed_minor, core::minor_units_max);
  EXPECT_EQ(file.error(extra + "-1"),
            "program[0].extra_hold[0].fixed_minor: must be between 0 and " + greatest);
  EXPECT_EQ(file.error(extra + "1000000000000000000"),
            "program[0].extra_hold[0].fixed_minor: must be between 0 and " + greatest);
  EXPECT_EQ(file.program(limit + greatest).exposure_limits[0].minor_units, core::minor_units_max);
  EXPECT_EQ(file.error(limit + "-1"),
            "program[0].exposure_limit[0].minor_units: must be between 0 and " + greatest);
  EXPECT_EQ(file.program("mirror_age_max = 604800").mirror_age_max_us, 604'800'000'000);
  EXPECT_EQ(file.error("mirror_age_max = 604801"),
            "program[0].mirror_age_max: must be between 1 and 604800");
  EXPECT_EQ(file.error("mirror_age_max = 0"),
            "program[0].mirror_age_max: must be between 1 and 604800");
  EXPECT_EQ(file.program(repeated(period + "3\n", 32)).hold_periods.size(), 32U);
  EXPECT_EQ(file.error(repeated(period + "3\n", 33)),
            "program[0].hold_period: must stand at most 32 times");
}

TEST(ProgramPolicies, AnswersAreDueWithinTenToSevenThousandMilliseconds) {
  PolicyFile file;
  for (const int ms : {10, 7'000}) {
    const auto config = file.load("answer_within_ms = " + std::to_string(ms));
    ASSERT_TRUE(config);
    EXPECT_EQ(config->programs[0].answer_within, std::chrono::milliseconds(ms));
  }
  for (const char* wrong : {"9", "7001"}) {
    EXPECT_EQ(file.error(std::string("answer_within_ms = ") + wrong),
              "program[0].answer_within_ms: must be between 10 and 7000");
  }
}

TEST(ProgramPolicies, AboutTheLedgerNeedOne) {
  PolicyFile file;
  EXPECT_EQ(file.error("mirror_age_max = 60", no_ledger),
            "program[0].mirror_age_max: needs [postgres]: without a ledger there is nothing to be "
            "behind");
  EXPECT_EQ(
      file.error("[[program.exposure_limit]]\ncurrency = \"USD\"\nminor_units = 1", no_ledger),
      "program[0].exposure_limit: needs [postgres]: without a ledger there is nothing to be "
      "behind");
  EXPECT_EQ(file.error("hold_days = 3\npartial_approval = true", no_ledger), "no error");
}

TEST(ProgramPolicies, NameWhatIsMissingUnknownOrOfTheWrongType) {
  PolicyFile file;
  EXPECT_EQ(file.error("partial_approval = 1"),
            "program[0].partial_approval: must be true or false");
  EXPECT_EQ(file.error("hold_period = 3"), "program[0].hold_period: must be a list of tables");
  EXPECT_EQ(file.error("[[program.hold_period]]"),
            "program[0].hold_period[0].mccs: is required | program[0].hold_period[0].days: is "
            "required");
  EXPECT_EQ(file.error("[[program.hold_period]]\nmccs = []\ndays = 3"),
            "program[0].hold_period[0].mccs: must be 1 to 64 codes or ranges, those of groups "
            "counted one by one");
  EXPECT_EQ(file.error("[[program.hold_period]]\nmccs = [\"5812\"]\ndays = 3\nhours = 4"),
            "program[0].hold_period[0].hours: is not a known key");
  EXPECT_EQ(file.error("[[program.extra_hold]]\nmccs = [\"5812\"]"),
            "program[0].extra_hold[0].percent: is required, or fixed_minor: how much more is held");
  EXPECT_EQ(file.error("[[program.exposure_limit]]"),
            "program[0].exposure_limit[0].currency: is required | "
            "program[0].exposure_limit[0].minor_units: is required");
  EXPECT_EQ(file.error("[[program.exposure_limit]]\ncurrency = \"usd\"\nminor_units = 1"),
            "program[0].exposure_limit[0].currency: must be an ISO 4217 code such as USD");
  EXPECT_EQ(
      file.error(repeated("[[program.exposure_limit]]\ncurrency = \"USD\"\nminor_units = 1\n", 2)),
      "program[0].exposure_limit: names USD twice");
}

TEST(ProgramPolicies, CountTheCodesOfGroupsOneByOne) {
  PolicyFile file;
  const std::string head = "[[program.hold_period]]\ndays = 3\nmccs = [";
  const std::size_t travel = core::mcc_group("travel")->ranges.size();
  const std::string codes = repeated("\"5812\",", 64 - static_cast<int>(travel));
  EXPECT_EQ(file.program(head + codes + "\"group:travel\"]").hold_periods[0].mccs.size(), 64U);
  EXPECT_EQ(file.error(head + codes + "\"5812\", \"group:travel\"]"),
            "program[0].hold_period[0].mccs: must be 1 to 64 codes or ranges, those of groups "
            "counted one by one");
  EXPECT_EQ(file.error(head + "\"group:gamblin\"]"),
            "program[0].hold_period[0].mccs: 'group:gamblin' is not a known group of codes");
}

TEST(ProgramPolicies, TheExampleConfigurationNamesEveryGroup) {
  std::ifstream in(AUTHD_OPS "/authd.example.toml");
  const std::string example{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  for (const core::MccGroup& group : core::mcc_groups()) {
    EXPECT_NE(example.find(' ' + std::string(group.name)), std::string::npos) << group.name;
  }
}

// Every key of a program stands in the example, and says what it is there.
TEST(ProgramPolicies, TheExampleConfigurationShowsEveryKey) {
  std::ifstream in(AUTHD_OPS "/authd.example.toml");
  const std::string example{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  for (const char* key :
       {"id", "processor", "time_zone", "scheme", "endpoints", "username", "secret_files",
        "# secret_env", "answer_within_ms", "partial_approval", "hold_days", "mirror_age_max",
        "currency", "minor_units", "mccs", "days", "percent", "fixed_minor"}) {
    EXPECT_NE(example.find('\n' + std::string(key) + " = "), std::string::npos) << key;
  }
  for (const char* table : {"authentication", "hold_period", "extra_hold", "exposure_limit"}) {
    EXPECT_NE(example.find("\n[[program." + std::string(table) + "]]"), std::string::npos) << table;
  }
}

TEST(MccRanges, ReadCodesRangesAndGroups) {
  using Ranges = std::vector<core::MccRange>;
  EXPECT_EQ(*parse_mccs("5411"), (Ranges{{5'411, 5'411}}));
  EXPECT_EQ(*parse_mccs("0001"), (Ranges{{1, 1}}));
  EXPECT_EQ(*parse_mccs("3000-3299"), (Ranges{{3'000, 3'299}}));
  EXPECT_EQ(*parse_mccs("0001-9999"), (Ranges{{1, 9'999}}));
  EXPECT_EQ(*parse_mccs("5411-5411"), (Ranges{{5'411, 5'411}}));
  EXPECT_EQ(*parse_mccs("group:airlines"), (Ranges{{3'000, 3'350}, {4'511, 4'511}}));
  for (const char* wrong :
       {"", "541", "54111", "0000", "541a", "5411-", "-5411", "5411-541", "5412-5411", "5411 ",
        "5411-5412-5413", "0000-0001", "gambling", "5411_5412"}) {
    EXPECT_FALSE(parse_mccs(wrong)) << wrong;
  }
  EXPECT_EQ(parse_mccs("541").error(),
            "'541' is neither a code such as 5411, nor a range such as 3000-3299, nor group:NAME");
}

TEST(MccRanges, AreWrittenAsTheyAreRead) {
  EXPECT_EQ(mcc_word({742, 742}), "0742");
  EXPECT_EQ(mcc_word({1, 1'499}), "0001-1499");
}

}  // namespace
}  // namespace authd
