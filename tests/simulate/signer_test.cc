#include "authd/simulate/signer.h"

#include <gtest/gtest.h>

#include <ostream>

#include "authd/net/http_head.h"
#include "authd/processors/authentication.h"

namespace authd::simulate {
namespace {

using processors::Encoding;
using processors::Hash;
using processors::SchemeKind;
using processors::SchemeSettings;

constexpr std::int64_t now_unix_s = 1'700'000'000;
const std::string body = R"({"id":"evt_heron","amount":4860})";

// What the daemon says of a body with the fields that the signer has made.
std::string outcome(const std::vector<SchemeSettings>& schemes,
                    const std::vector<http::Field>& fields, std::string_view received,
                    std::int64_t at_unix_s = now_unix_s) {
  std::string raw = "POST /programs/heron/events HTTP/1.1\r\nHost: authd\r\n";
  for (const http::Field& field : fields) raw += field.name + ": " + field.value + "\r\n";
  raw += "\r\n";
  const auto head = net::parse_head(raw, {});
  const auto authentication = processors::make_authentication(schemes);
  if (!head || !authentication) return "not a request";
  const core::Timestamp now{at_unix_s * core::us_per_s};
  const auto checked = authentication->check({processors::Fields(*head), received, now});
  return checked ? "believed" : std::string(processors::name(checked.error().fault));
}

struct Case {
  const char* name;
  SchemeSettings settings;
};
std::ostream& operator<<(std::ostream& out, const Case& tested) { return out << tested.name; }

SchemeSettings signing(SchemeKind kind, const std::string& secret) {
  SchemeSettings settings;
  settings.kind = kind;
  settings.secrets = {secret};
  return settings;
}

SchemeSettings marqeta(Hash hash, Encoding encoding) {
  SchemeSettings settings = signing(SchemeKind::marqeta_signature, "a long secret of Marqeta");
  settings.marqeta.hash = hash;
  settings.marqeta.encoding = encoding;
  return settings;
}

SchemeSettings stripe() { return signing(SchemeKind::stripe_signature, "whsec_heron"); }
SchemeSettings webhooks() {
  return signing(SchemeKind::standard_webhooks, "whsec_aGVyb25oZXJvbmhlcm9uaGVyb24=");
}
SchemeSettings adyen() {
  return signing(SchemeKind::adyen_hmac, "00ffA1b2c3d4e5f60718293a4b5c6d7e");
}

SchemeSettings basic() {
  SchemeSettings settings = signing(SchemeKind::basic, "pass:word");
  settings.username = "heron";
  return settings;
}

SchemeSettings static_header() {
  SchemeSettings settings = signing(SchemeKind::static_header, "blue heron");
  settings.field = "X-Partner-Key";
  return settings;
}

class Signatures : public testing::TestWithParam<Case> {};

TEST_P(Signatures, AreBelieved) {
  const std::vector<SchemeSettings> schemes{GetParam().settings};
  const auto signer = Signer::create(schemes);
  ASSERT_TRUE(signer);
  EXPECT_EQ(outcome(schemes, signer->sign(body, now_unix_s), body), "believed");
}

TEST_P(Signatures, AreOfThatBodyAlone) {
  const std::vector<SchemeSettings> schemes{GetParam().settings};
  const auto fields = Signer::create(schemes)->sign(body, now_unix_s);
  for (std::size_t i = 0; i < body.size(); ++i) {
    std::string other = body;
    other[i] ^= 1;
    EXPECT_EQ(outcome(schemes, fields, other), "mismatch") << i;
  }
}

TEST_P(Signatures, AreOfTheFirstOfTwoSecrets) {
  SchemeSettings two = GetParam().settings;
  two.secrets.push_back(two.secrets.front());
  two.secrets.front().back() = '8';  // of base64, hexadecimal and text
  if (two.kind == SchemeKind::standard_webhooks) two.secrets.front() = "whsec_b3RoZXJvdGhlcg==";
  SchemeSettings first = two;
  first.secrets.pop_back();
  SchemeSettings second = GetParam().settings;
  const auto fields = Signer::create({two})->sign(body, now_unix_s);
  EXPECT_EQ(outcome({two}, fields, body), "believed");
  EXPECT_EQ(outcome({first}, fields, body), "believed");
  EXPECT_EQ(outcome({second}, fields, body), "mismatch");
}

INSTANTIATE_TEST_SUITE_P(
    Schemes, Signatures,
    testing::Values(Case{"stripe_signature", stripe()}, Case{"standard_webhooks", webhooks()},
                    Case{"adyen_hmac", adyen()},
                    Case{"marqeta_sha256", marqeta(Hash::sha256, Encoding::hex)},
                    Case{"marqeta_sha1_base64", marqeta(Hash::sha1, Encoding::base64)},
                    Case{"marqeta_either", marqeta(Hash::either, Encoding::hex)}),
    [](const testing::TestParamInfo<Case>& tested) { return std::string(tested.param.name); });

TEST(Signer, ShowsCredentialsThatAreNotOfTheBody) {
  const std::vector<SchemeSettings> schemes{basic(), static_header()};
  const auto fields = Signer::create(schemes)->sign(body, now_unix_s);
  EXPECT_EQ(outcome(schemes, fields, body), "believed");
  SchemeSettings other = basic();
  other.username = "Heron";
  EXPECT_EQ(outcome({other}, fields, body), "mismatch");
}

TEST(Signer, AddsNothingForACertificate) {
  SchemeSettings certificate;
  certificate.kind = SchemeKind::client_certificate;
  certificate.names = {"processor.example"};
  EXPECT_TRUE(Signer::create({certificate})->sign(body, now_unix_s).empty());
}

TEST(Signer, SignsTheTimeThatItIsGiven) {
  for (const SchemeSettings& settings : {stripe(), webhooks()}) {
    const auto fields = Signer::create({settings})->sign(body, now_unix_s);
    EXPECT_EQ(outcome({settings}, fields, body, now_unix_s + 300), "believed");
    EXPECT_EQ(outcome({settings}, fields, body, now_unix_s + 301), "stale");
  }
}

TEST(Signer, GivesTheSameBodyTheSameWebhookId) {
  const auto signer = Signer::create({webhooks()});
  const auto id = [&signer](const std::string& of, std::int64_t at) {
    return signer->sign(of, at).front().value;
  };
  EXPECT_EQ(id(body, now_unix_s), id(body, now_unix_s + 1));
  EXPECT_NE(id(body, now_unix_s), id(body + " ", now_unix_s));
}

TEST(Signer, RefusesASecretThatTheDaemonWouldRefuse) {
  for (SchemeSettings settings : {stripe(), webhooks(), adyen(), basic(), static_header()}) {
    settings.secrets = {" "};
    EXPECT_FALSE(Signer::create({settings})) << processors::name(settings.kind);
    settings.secrets = {};
    EXPECT_FALSE(Signer::create({settings})) << processors::name(settings.kind);
  }
}

}  // namespace
}  // namespace authd::simulate
