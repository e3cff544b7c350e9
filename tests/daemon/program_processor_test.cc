// The processor of a program in the configuration: its adapter, and how it authenticates.

#include <gtest/gtest.h>

#include <fstream>

#include "authd/config/config.h"
#include "tests/store/temporary_directory.h"

namespace authd {
namespace {

using processors::SchemeKind;

constexpr const char* basic =
    "authentication = [{scheme = \"basic\", username = \"x\", secret_files = [\"secret\"]}]\n";

class ProgramProcessor : public testing::Test {
 protected:
  // Of one program with these keys and tables, which begin in line 4.
  core::Result<Config, std::vector<ConfigError>> load(const std::string& keys,
                                                      const std::string& tail = "") const {
    write("secret", "correct horse battery\n");
    write("hex", "00112233445566778899aabbccddeeff\n");
    write("authd.toml", "[state]\ndirectory = \"s\"\n[[program]]\nid = \"demo\"\n" + keys + tail);
    return load_config(directory_.path() / "authd.toml");
  }
  std::string error(const std::string& keys, const std::string& tail = "") const {
    const auto config = load(keys, tail);
    if (config) return "no error";
    std::string all;
    for (const ConfigError& one : config.error()) {
      all += (all.empty() ? "" : " | ") + one.key + ": " + one.message;
    }
    return all;
  }
  template <class Options>
  Options options(const std::string& processor, const std::string& table) const {
    const auto config = load("processor = \"" + processor + "\"\n" + basic + table);
    if (!config) ADD_FAILURE() << config.error()[0].text("");
    return config ? std::get<Options>(config->programs[0].adapter) : Options{};
  }
  static std::string marqeta(const std::string& authentication) {
    return "processor = \"marqeta\"\n" + authentication;
  }

 private:
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_.path() / name) << text;
  }
  const test::TemporaryDirectory directory_;
};

TEST_F(ProgramProcessor, HasTheDocumentedDefaults) {
  options<processors::MarqetaOptions>("marqeta", "");
  const auto stripe = options<processors::StripeOptions>("stripe", "");
  EXPECT_EQ(stripe.api_version, "2026-10-28.endive");
  EXPECT_FALSE(stripe.reference_in_metadata);
  EXPECT_TRUE(stripe.decimals.empty());
  const auto lithic = options<processors::LithicOptions>("lithic", "");
  EXPECT_FALSE(lithic.has_event_tokens || lithic.answers_avs);
  const auto adyen = options<processors::AdyenOptions>("adyen", "");
  EXPECT_EQ(adyen.decimals, processors::adyen::Decimals::adyen);
  EXPECT_EQ(adyen.timeout_reason, "declined");
  EXPECT_FALSE(adyen.reason_in_metadata);
}

TEST_F(ProgramProcessor, IsToldWhatIsNotDocumented) {
  const auto stripe = options<processors::StripeOptions>(
      "stripe",
      "[program.stripe]\napi_version = \"2027-01-01.fir\"\nreference_in_metadata = true\n"
      "decimals = {UGX = 2, ISK = 0}\n");
  EXPECT_EQ(stripe.api_version, "2027-01-01.fir");
  EXPECT_TRUE(stripe.reference_in_metadata);
  ASSERT_EQ(stripe.decimals.size(), 2U);
  EXPECT_EQ(stripe.decimals[0].currency.alpha(), "ISK");
  EXPECT_EQ(stripe.decimals[1].decimals, 2);
  const auto lithic = options<processors::LithicOptions>(
      "lithic", "[program.lithic]\nevent_tokens = true\nanswers_avs = true\n");
  EXPECT_TRUE(lithic.has_event_tokens && lithic.answers_avs);
  const auto adyen = options<processors::AdyenOptions>(
      "adyen",
      "[program.adyen]\ndecimals = \"iso_4217\"\ntimeout_reason = \"timeOut\"\n"
      "reason_in_metadata = true\n");
  EXPECT_EQ(adyen.decimals, processors::adyen::Decimals::iso_4217);
  EXPECT_EQ(adyen.timeout_reason, "timeOut");
  EXPECT_TRUE(adyen.reason_in_metadata);
}

TEST_F(ProgramProcessor, IsToldNothingThatIsNotItsOwn) {
  EXPECT_EQ(error("processor = \"galileo\"\n", basic),
            "program[0].processor: must be marqeta, stripe, lithic or adyen");
  EXPECT_EQ(error(marqeta(basic), "[program.stripe]\n"), "program[0].stripe: is not a known key");
  EXPECT_EQ(error(marqeta(basic), "[program.marqeta]\nx = 1\n"),
            "program[0].marqeta.x: is not a known key");
  const std::string stripe = "processor = \"stripe\"\n" + std::string(basic);
  EXPECT_EQ(error(stripe, "[program.stripe]\napi_version = \"a\\r\\nb\"\n"),
            "program[0].stripe.api_version: must be the name of a version, such as "
            "2026-10-28.endive");
  EXPECT_EQ(error(stripe, "[program.stripe]\ndecimals = {UGX = 5}\n"),
            "program[0].stripe.decimals.UGX: must be between 0 and 4");
  EXPECT_EQ(error(stripe, "[program.stripe]\ndecimals = {XQX = 2}\n"),
            "program[0].stripe.decimals.XQX: is not an ISO 4217 code such as UGX");
  const std::string adyen = "processor = \"adyen\"\n" + std::string(basic);
  EXPECT_EQ(error(adyen, "[program.adyen]\ndecimals = \"two\"\n"),
            "program[0].adyen.decimals: must be adyen or iso_4217");
  EXPECT_EQ(error(adyen, "[program.adyen]\ntimeout_reason = \"" + std::string(65, 'x') + "\"\n"),
            "program[0].adyen.timeout_reason: must be at most 64 characters");
}

TEST_F(ProgramProcessor, AuthenticatesOnEachEndpointInTheOrderOfTheFile) {
  const auto config = load(marqeta(
      "[[program.authentication]]\nscheme = \"static_header\"\nfield = \"X-Key\"\n"
      "endpoints = [\"events\"]\nsecret_files = [\"secret\"]\n"
      "[[program.authentication]]\nscheme = \"basic\"\nusername = \"x\"\n"
      "secret_files = [\"secret\", \"hex\"]\n"
      "[[program.authentication]]\nscheme = \"marqeta_signature\"\nendpoints = [\"events\"]\n"
      "secret_files = [\"secret\"]\nhash = \"either\"\nencoding = \"base64\"\n"
      "[[program.authentication]]\nscheme = \"stripe_signature\"\n"
      "endpoints = [\"authorizations\"]\nsecret_files = [\"secret\"]\ntolerance_s = 60\n"));
  ASSERT_TRUE(config) << config.error()[0].text("");
  const ProgramConfig& program = config->programs[0];
  ASSERT_EQ(program.authorizations.size(), 2U);
  EXPECT_EQ(program.authorizations[0].kind, SchemeKind::basic);
  EXPECT_EQ(program.authorizations[0].username, "x");
  EXPECT_EQ(program.authorizations[0].secrets.size(), 2U);
  EXPECT_EQ(program.authorizations[1].tolerance, std::chrono::seconds(60));
  ASSERT_EQ(program.events.size(), 3U);
  EXPECT_EQ(program.events[0].field, "X-Key");
  EXPECT_EQ(program.events[1].kind, SchemeKind::basic);
  EXPECT_EQ(program.events[2].marqeta.hash, processors::Hash::either);
  EXPECT_EQ(program.events[2].marqeta.encoding, processors::Encoding::base64);
}

TEST_F(ProgramProcessor, IsBelievedOnNoEndpointWithoutAScheme) {
  const std::string missing =
      "program[0].authentication: is required for events: anybody could post there";
  EXPECT_EQ(
      error(marqeta("")),
      "program[0].authentication: is required for authorizations: anybody could post there | " +
          missing);
  EXPECT_EQ(error(marqeta("[[program.authentication]]\nscheme = \"basic\"\nusername = \"x\"\n"
                          "secret_files = [\"secret\"]\nendpoints = [\"authorizations\"]\n")),
            missing);
}

TEST_F(ProgramProcessor, RefusesASchemeThatCannotHold) {
  const auto scheme = [&](const std::string& keys, const std::string& head = "") {
    return error(marqeta("[[program.authentication]]\n" + keys), head);
  };
  const std::string at = "program[0].authentication[0].";
  EXPECT_EQ(scheme("secret_files = [\"secret\"]\n"), at + "scheme: is required");
  EXPECT_EQ(scheme("scheme = \"bearer\"\n"),
            at + "scheme: must be one of basic, static_header, client_certificate, "
                 "stripe_signature, standard_webhooks, adyen_hmac, marqeta_signature");
  EXPECT_EQ(scheme("scheme = \"basic\"\nusername = \"a:b\"\nsecret_files = [\"secret\"]\n"),
            at + "username: the user name holds a colon");
  EXPECT_EQ(scheme("scheme = \"basic\"\nusername = \"a\"\nsecret_files = []\n"),
            at + "secret_files: there is no secret");
  EXPECT_EQ(scheme("scheme = \"static_header\"\nfield = \"a b\"\nsecret_files = [\"secret\"]\n"),
            at + "field: not the name of a header field");
  EXPECT_EQ(scheme("scheme = \"adyen_hmac\"\nsecret_files = [\"secret\"]\n"),
            at + "secret_files: a secret is not hexadecimal");
  EXPECT_EQ(scheme("scheme = \"standard_webhooks\"\nsecret_files = [\"secret\"]\n"),
            at + "secret_files: a secret is not padded base64");
  EXPECT_EQ(scheme("scheme = \"stripe_signature\"\nsecret_files = [\"secret\"]\ntolerance_s = 0\n"),
            at + "tolerance_s: must be between 1 and 3600");
  EXPECT_EQ(scheme("scheme = \"marqeta_signature\"\nsecret_files = [\"secret\"]\nhash = \"md5\"\n"),
            at + "hash: must be one of sha256, sha1, either");
  EXPECT_EQ(scheme("scheme = \"basic\"\nusername = \"a\"\nsecret_files = [\"secret\"]\n"
                   "endpoints = [\"event\"]\n"),
            at + "endpoints: must be authorizations, events or both");
  EXPECT_EQ(scheme("scheme = \"basic\"\nusername = \"a\"\nsecret_files = [\"secret\"]\n"
                   "tolerance_s = 5\n"),
            at + "tolerance_s: is not a known key");
}

TEST_F(ProgramProcessor, IsKnownByItsCertificateOnlyWhereCertificatesAreVerified) {
  const std::string by_certificate =
      marqeta("[[program.authentication]]\nscheme = \"client_certificate\"\nnames = [\"heron\"]\n");
  EXPECT_EQ(error(by_certificate),
            "program[0].authentication[0].scheme: needs client_ca in [server.tls]: nobody verifies "
            "certificates otherwise");
  const std::string tls = "[server.tls]\ncertificate = \"a\"\nkey = \"b\"\n";
  EXPECT_NE(error(by_certificate, tls), "no error");
  const std::string verified = tls + "client_ca = \"c\"\n";
  const auto config = load(by_certificate, verified);
  ASSERT_TRUE(config) << config.error()[0].text("");
  EXPECT_EQ(config->programs[0].events[0].names, std::vector<std::string>{"heron"});
  EXPECT_EQ(
      error(marqeta("[[program.authentication]]\nscheme = \"client_certificate\"\n"), verified),
      "program[0].authentication[0].names: there is no name for the certificate");
}

}  // namespace
}  // namespace authd
