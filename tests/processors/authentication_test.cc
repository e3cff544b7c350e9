#include "authd/processors/authentication.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "authd/net/http_head.h"
#include "authd/processors/authentication_schemes.h"
#include "tests/processors/signature_oracle.h"

namespace authd::processors {
namespace {

using Secrets = std::vector<std::string>;
using Lines = std::vector<std::string>;

constexpr std::string_view body = R"({"id":"evt_heron"})";
constexpr core::Timestamp now{1'700'000'000 * core::us_per_s};

SchemePointer basic() { return *basic_scheme("heron", Secrets{"new", "old"}); }
SchemePointer partner_key(const Secrets& values = {"blue", "green"}) {
  return *static_header_scheme("X-Partner-Key", values);
}
SchemePointer stripe() { return *stripe_signature_scheme(Secrets{"whsec_heron"}); }

std::string authorization(std::string_view pair) {
  return "Authorization: Basic " + test::base64(pair);
}
std::string signature() {
  return "Stripe-Signature: t=1700000000," + test::stripe_v1("whsec_heron", "1700000000", body);
}

// Through the header gate of the server, so that what it and the schemes mean by a field agrees.
std::string outcome(const Authentication& authentication, const Lines& fields) {
  std::string raw = "POST /programs/heron/authorizations HTTP/1.1\r\nHost: authd\r\n";
  for (const std::string& line : fields) raw += line + "\r\n";
  raw += "\r\n";
  const auto head = net::parse_head(raw, {});
  const auto checked = authentication.check({Fields(*head), body, now});
  if (checked) return "accepted";
  return std::string(checked.error().scheme) + " " + std::string(name(checked.error().fault));
}

Authentication with(SchemePointer one) {
  std::vector<SchemePointer> schemes;
  schemes.push_back(std::move(one));
  return *Authentication::create(std::move(schemes));
}

Authentication with(SchemePointer first, SchemePointer second) {
  std::vector<SchemePointer> schemes;
  schemes.push_back(std::move(first));
  schemes.push_back(std::move(second));
  return *Authentication::create(std::move(schemes));
}

TEST(Authentication, NeedsAScheme) {
  const auto created = Authentication::create({});
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error(), SchemeError::no_scheme);
}

TEST(Authentication, BelievesOnlyWhatEverySchemeBelieves) {
  const auto both = with(basic(), stripe());
  const std::string right = authorization("heron:new");
  EXPECT_EQ(outcome(both, {right, signature()}), "accepted");
  EXPECT_EQ(outcome(both, {signature(), right}), "accepted");
  EXPECT_EQ(outcome(both, {right}), "stripe_signature missing");
  EXPECT_EQ(outcome(both, {right, signature() + "0"}), "stripe_signature malformed");
  EXPECT_EQ(outcome(both, {signature()}), "basic missing");
  EXPECT_EQ(outcome(both, {authorization("heron:wrong"), signature()}), "basic mismatch");
  EXPECT_EQ(outcome(both, {}), "basic missing");
  EXPECT_EQ(outcome(with(stripe(), basic()), {}), "stripe_signature missing");
}

TEST(Authentication, FindsFieldsInAnyCaseAndWithoutBlanksAround) {
  EXPECT_EQ(outcome(with(partner_key()), {"x-PARTNER-key:\t blue \t"}), "accepted");
  EXPECT_EQ(outcome(with(stripe()), {"stripe-signature" + signature().substr(16)}), "accepted");
}

TEST(Authentication, RefusesAFieldThatIsGivenTwice) {
  const std::string right = authorization("heron:new");
  EXPECT_EQ(outcome(with(basic()), {right, right}), "basic missing");
  EXPECT_EQ(outcome(with(basic()), {right, "authorization: Basic AAAA"}), "basic missing");
  EXPECT_EQ(outcome(with(stripe()), {signature(), "STRIPE-SIGNATURE: t=1"}),
            "stripe_signature missing");
  EXPECT_EQ(outcome(with(partner_key()), {"X-Partner-Key: blue", "X-Partner-Key: blue"}),
            "static_header missing");
}

TEST(BasicScheme, AcceptsBothPasswordsWhileTheyRotate) {
  EXPECT_EQ(outcome(with(basic()), {authorization("heron:new")}), "accepted");
  EXPECT_EQ(outcome(with(basic()), {authorization("heron:old")}), "accepted");
  EXPECT_EQ(outcome(with(basic()), {authorization("heron:older")}), "basic mismatch");
  EXPECT_EQ(outcome(with(basic()), {"Authorization: Bearer x"}), "basic mismatch");
  EXPECT_EQ(outcome(with(basic()), {"Authorization:"}), "basic mismatch");
  EXPECT_EQ(outcome(with(basic()), {"Authorization: " + std::string(1'024, 'A')}),
            "basic mismatch");
  EXPECT_EQ(outcome(with(basic()), {"Authorization: " + std::string(1'025, 'A')}),
            "basic too_long");
}

TEST(StaticHeader, AcceptsBothValuesWhileTheyRotate) {
  const auto two = with(partner_key());
  EXPECT_EQ(outcome(two, {"X-Partner-Key: blue"}), "accepted");
  EXPECT_EQ(outcome(two, {"X-Partner-Key: green"}), "accepted");
  const auto one = with(partner_key({"blue"}));
  EXPECT_EQ(outcome(one, {"X-Partner-Key: blue"}), "accepted");
  EXPECT_EQ(outcome(one, {"X-Partner-Key: green"}), "static_header mismatch");
}

TEST(StaticHeader, RefusesAnyOtherValue) {
  const auto two = with(partner_key());
  for (const std::string value :
       {"", "Blue", "blu", "bluee", "blue blue", "blue,green", "bluegreen", "\"blue\"", "red"}) {
    EXPECT_EQ(outcome(two, {"X-Partner-Key: " + value}), "static_header mismatch") << value;
  }
  EXPECT_EQ(outcome(two, {"X-Partner: blue", "X-Partner-Key2: blue"}), "static_header missing");
  EXPECT_EQ(outcome(two, {"X-Partner-Key: " + std::string(1'024, 'b')}), "static_header mismatch");
  EXPECT_EQ(outcome(two, {"X-Partner-Key: " + std::string(1'025, 'b')}), "static_header too_long");
}

TEST(StaticHeader, IsNotMadeFromUnusableConfiguration) {
  const auto refusal = [](std::string_view field_name, const Secrets& values) {
    const auto made = static_header_scheme(field_name, values);
    return made ? std::nullopt : std::optional(made.error());
  };
  for (const std::string_view name : {"", "X Key", "X-Key:", "X-K\xC3\xA9y", "X-Key\r\n"})
    EXPECT_EQ(refusal(name, {"blue"}), SchemeError::field_name) << name;
  EXPECT_EQ(refusal("X-Key", {}), SchemeError::no_secret);
  EXPECT_EQ(refusal("X-Key", {"a", "b", "c"}), SchemeError::too_many_secrets);
  EXPECT_EQ(refusal("X-Key", {""}), SchemeError::blank_secret);
  EXPECT_EQ(refusal("X-Key", {"blue", "  "}), SchemeError::blank_secret);
  EXPECT_EQ(refusal("X-Key", {"blue\n"}), SchemeError::control_character);
  EXPECT_EQ(refusal("X-Key", {" blue"}), SchemeError::blanks_around);
  EXPECT_EQ(refusal("X-Key", {"blue", "green "}), SchemeError::blanks_around);
  EXPECT_EQ(refusal("X-Key", {std::string(513, 'a')}), SchemeError::too_long);

  const std::string longest(512, 'a');
  EXPECT_EQ(outcome(with(partner_key({longest})), {"X-Partner-Key: " + longest}), "accepted");
}

TEST(Authentication, BelievesACertificateWithAnAllowedName) {
  const auto asked = with(*client_certificate_scheme(Secrets{"gateway.heron.example", "heron"}));
  const test::HeadFields no_fields;
  const auto outcome_of = [&](const std::vector<std::string>& names) {
    const auto checked = asked.check({Fields(no_fields), body, now, names});
    return checked ? "accepted" : std::string(name(checked.error().fault));
  };
  EXPECT_EQ(outcome_of({"Gateway.Heron.Example"}), "accepted");
  EXPECT_EQ(outcome_of({"kestrel", "heron"}), "accepted");
  EXPECT_EQ(outcome_of({}), "missing");
  EXPECT_EQ(outcome_of({"heron.example", "heron ", ""}), "mismatch");
  EXPECT_EQ(client_certificate_scheme({}).error(), SchemeError::no_name);
  EXPECT_EQ(client_certificate_scheme(Secrets{"heron", " "}).error(), SchemeError::no_name);
}

TEST(Authentication, HasAWordForEveryRefusal) {
  std::vector<std::string_view> words;
  for (int fault = 1; fault <= 6; ++fault) words.push_back(name(AuthenticationFault(fault)));
  EXPECT_EQ(words, (std::vector<std::string_view>{"missing", "too_long", "malformed", "mismatch",
                                                  "stale", "future"}));
  for (int error = 1; error <= 15; ++error) EXPECT_NE(name(SchemeError(error)), "unknown") << error;
  EXPECT_EQ(name(SchemeError(16)), "unknown");
}

}  // namespace
}  // namespace authd::processors
