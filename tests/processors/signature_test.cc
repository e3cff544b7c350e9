#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "authd/processors/authentication_schemes.h"
#include "tests/processors/allocations.h"
#include "tests/processors/signature_oracle.h"

namespace authd::processors {
namespace {

using std::chrono::seconds;
using Secrets = std::vector<std::string>;
using Made = core::Result<SchemePointer, SchemeError>;

constexpr std::string_view body = R"({"id":"evt_heron"})";
constexpr std::int64_t signed_at = 1'700'000'000;
constexpr std::string_view time_text = "1700000000";
constexpr core::Timestamp on_time{signed_at * core::us_per_s};
constexpr std::string_view webhook_key = "a key of twenty-four b..";

SchemePointer stripe(const Secrets& secrets = {"whsec_heron"},
                     seconds tolerance = signature_tolerance_default) {
  return *stripe_signature_scheme(secrets, tolerance);
}
SchemePointer webhooks(seconds tolerance = signature_tolerance_default) {
  return *standard_webhooks_scheme(Secrets{"whsec_" + test::base64(webhook_key)}, tolerance);
}

std::string outcome(const SchemePointer& scheme, const test::HeadFields& head,
                    core::Timestamp now = on_time, std::string_view received = body) {
  const auto checked = scheme->check({Fields(head), received, now});
  return checked ? "accepted" : std::string(name(checked.error()));
}

std::string stripe_outcome(const std::string& field) {
  return outcome(stripe(), {{{"Stripe-Signature", field}}});
}
std::string v1(std::string_view secret = "whsec_heron") {
  return test::stripe_v1(secret, time_text, body);
}
std::string stripe_field() { return "t=1700000000," + v1(); }

test::HeadFields webhook_head(std::string_view id = "msg_1", std::string_view time = time_text) {
  return {{{"webhook-id", std::string(id)},
           {"webhook-timestamp", std::string(time)},
           {"webhook-signature", test::webhook_v1(webhook_key, id, time, body)}}};
}

std::string both(std::string first, char between, std::string_view second) {
  first += between;
  first += second;
  return first;
}

std::optional<SchemeError> refusal(const Made& made) {
  if (made) return std::nullopt;
  return made.error();
}

TEST(StripeSignature, IsAcceptedAmongOthers) {
  const std::string wrong = v1("whsec_somebody");
  const std::string right = v1();
  EXPECT_EQ(stripe_outcome("t=1700000000," + right), "accepted");
  EXPECT_EQ(stripe_outcome(right + ",t=1700000000"), "accepted");
  EXPECT_EQ(stripe_outcome("t=1700000000," + wrong + "," + right), "accepted");
  EXPECT_EQ(stripe_outcome("t=1700000000," + right + "," + wrong + ",v0=garbage"), "accepted");
  EXPECT_EQ(stripe_outcome("t=1700000000,v1=," + right + ",,=,nothing,v9=1"), "accepted");
  EXPECT_EQ(stripe_outcome("t=1700000000," + wrong + "," + wrong), "mismatch");
}

TEST(StripeSignature, IsLookedForUnderItsOwnNameAlone) {
  const std::string signature = v1().substr(3);
  for (const std::string_view name : {"v0", "v2", "V1", " v1", "v1 ", "", "v11", "v"}) {
    EXPECT_EQ(stripe_outcome("t=1700000000," + std::string(name) + "=" + signature), "malformed")
        << name;
  }
}

TEST(StripeSignature, IsTakenInEitherCase) {  // as Stripe's library for Go does
  std::string upper = v1().substr(3);
  for (char& c : upper) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  EXPECT_EQ(stripe_outcome("t=1700000000,v1=" + upper), "accepted");
}

TEST(StripeSignature, IsMalformedWithoutExactlyOneTime) {
  for (const std::string time :
       {"", "t=,", "t=1700000000,t=1700000000,", "t=1700000000,t=,", "t=01700000000,",
        "t=+1700000000,", "t=-1700000000,", "t= 1700000000,", "t=1700000000 ,", "t=1.7e9,",
        "t=0x6553F100,", "t=1700000000000,", "T=1700000000,", "t,", "t=9999999999999999999999,"}) {
    EXPECT_EQ(stripe_outcome(time + v1()), "malformed") << time;
  }
}

TEST(StripeSignature, IsMalformedWithoutAnythingOfItsForm) {
  const std::string signature = v1().substr(3);
  for (const std::string& text :
       {std::string(), std::string("garbage"), signature.substr(1), signature + "0",
        signature + signature, signature.substr(0, 40), "g" + signature.substr(1),
        "0x" + signature.substr(2), " " + signature.substr(1), std::string("\0", 1),
        test::base64(test::hmac_sha256("whsec_heron", "1700000000." + std::string(body)))}) {
    EXPECT_EQ(stripe_outcome("t=1700000000,v1=" + text), "malformed") << text;
  }
  EXPECT_EQ(stripe_outcome(""), "malformed");
  EXPECT_EQ(stripe_outcome("t=1700000000"), "malformed");
  EXPECT_EQ(stripe_outcome(std::string(1'024, ',')), "malformed");
}

TEST(StripeSignature, SignsTheTimeToo) {
  EXPECT_EQ(stripe_outcome("t=1700000001," + v1()), "mismatch");
}

TEST(StripeSignature, FitsAFieldOf1024Bytes) {
  const std::string field = stripe_field() + ",v0=";
  const std::string filled = field + std::string(1'024 - field.size(), '0');
  EXPECT_EQ(stripe_outcome(filled), "accepted");
  EXPECT_EQ(stripe_outcome(filled + '0'), "too_long");
}

TEST(StripeSignature, HoldsForTheToleranceInBothDirections) {
  const test::HeadFields head{{{"Stripe-Signature", stripe_field()}}};
  const auto at = [&](std::int64_t after_us, seconds tolerance) {
    return outcome(stripe({"whsec_heron"}, tolerance), head, {on_time.unix_us + after_us});
  };
  for (const std::int64_t tolerance_s : {1, 300, 3'600}) {
    const std::int64_t limit = tolerance_s * core::us_per_s;
    const seconds tolerance{tolerance_s};
    EXPECT_EQ(at(limit, tolerance), "accepted");
    EXPECT_EQ(at(limit + core::us_per_s - 1, tolerance), "accepted");  // still that second
    EXPECT_EQ(at(limit + core::us_per_s, tolerance), "stale");
    EXPECT_EQ(at(-limit, tolerance), "accepted");
    EXPECT_EQ(at(-limit - 1, tolerance), "future");
  }
}

TEST(StripeSignature, IsJudgedBeforeItsAge) {  // "stale" means a right secret and a wrong clock
  const test::HeadFields head{{{"Stripe-Signature", "t=1700000000," + v1("whsec_somebody")}}};
  EXPECT_EQ(outcome(stripe(), head, {0}), "mismatch");
}

TEST(StripeSignature, IsRefusedAtTheEndsOfTime) {
  const auto far = [](std::string_view time) {
    return test::HeadFields{{{"Stripe-Signature", "t=" + std::string(time) + "," +
                                                      test::stripe_v1("whsec_heron", time, body)}}};
  };
  const core::Timestamp first{std::numeric_limits<std::int64_t>::min()};
  const core::Timestamp last{std::numeric_limits<std::int64_t>::max()};
  EXPECT_EQ(outcome(stripe(), far("0"), first), "future");
  EXPECT_EQ(outcome(stripe(), far("999999999999"), first), "future");
  EXPECT_EQ(outcome(stripe(), far("0"), last), "stale");
  EXPECT_EQ(outcome(stripe(), far("999999999999"), last), "stale");
  EXPECT_EQ(outcome(stripe(), far("0"), {0}), "accepted");
}

TEST(StandardWebhook, IsAcceptedAmongOthers) {
  test::HeadFields head = webhook_head();
  EXPECT_EQ(outcome(webhooks(), head), "accepted");
  const std::string right = head.value("webhook-signature");
  const std::string wrong = test::webhook_v1("somebody's", "msg_1", time_text, body);
  for (const std::string& field :
       {both(right, ' ', wrong), both(wrong, ' ', right), "v1a,AAAA " + right,
        "v1, v1,==== " + right, "  " + right, "garbage " + right}) {
    head.value("webhook-signature") = field;
    EXPECT_EQ(outcome(webhooks(), head), "accepted") << field;
  }
  head.value("webhook-signature") = both(wrong, ' ', wrong);
  EXPECT_EQ(outcome(webhooks(), head), "mismatch");
}

TEST(StandardWebhook, IsMalformedWithoutAnythingOfItsForm) {
  test::HeadFields head = webhook_head();
  const std::string right = head.value("webhook-signature").substr(3);  // ends in one '='
  std::string stray = right;
  stray[stray.size() - 2] = static_cast<char>(stray[stray.size() - 2] + 1);  // bits behind the last
  for (const std::string& field :
       {std::string(), right, "v2," + right, "V1," + right, "v1=" + right, "v1,," + right,
        "v1," + right.substr(0, 43), "v1," + right + "=", "v1,\t" + right, "v1," + right + "\n",
        "v1," + stray, "v1," + right.substr(4), "v1," + right + "AAAA", std::string("v1,"),
        "v1," + std::string(44, '='), "v1," + std::string(44, '\xFF'),
        "v1," + std::string(700, 'A'), "v1," + test::hex(test::hmac_sha256(webhook_key, body))}) {
    head.value("webhook-signature") = field;
    EXPECT_EQ(outcome(webhooks(), head), "malformed") << field;
  }
}

TEST(StandardWebhook, SignsItsIdAndItsTime) {
  test::HeadFields head = webhook_head();
  head.value("webhook-id") = "msg_2";
  EXPECT_EQ(outcome(webhooks(), head), "mismatch");
  head = webhook_head();
  head.value("webhook-timestamp") = "1700000001";
  EXPECT_EQ(outcome(webhooks(), head), "mismatch");
}

TEST(StandardWebhook, HasNoFullStopInItsId) {
  EXPECT_EQ(outcome(webhooks(), webhook_head("msg.1")), "malformed");
  // Otherwise one signature would be good for two requests:
  const test::HeadFields moved{
      {{"webhook-id", "msg_1.1700000000"},
       {"webhook-timestamp", "1700000001"},
       {"webhook-signature",
        test::webhook_v1(webhook_key, "msg_1", time_text, "1700000001." + std::string(body))}}};
  EXPECT_EQ(outcome(webhooks(), moved), "malformed");
}

TEST(StandardWebhook, IsMalformedWithAnyOtherIdOrTime) {
  for (const std::string_view id : {"", "msg 1", "msg\t1", "msg\x7F", "msg\xC3\xA9"}) {
    EXPECT_EQ(outcome(webhooks(), webhook_head(id)), "malformed") << id;
  }
  for (const std::string_view time : {"", "01700000000", "+1700000000", "1700000000.0", "17e8",
                                      "1700000000000", "now", "1700000000 "}) {
    EXPECT_EQ(outcome(webhooks(), webhook_head("msg_1", time)), "malformed") << time;
  }
}

TEST(StandardWebhook, TakesFieldsOf1024Bytes) {
  const std::string longest(1'024, 'm');
  EXPECT_EQ(outcome(webhooks(), webhook_head(longest)), "accepted");
  EXPECT_EQ(outcome(webhooks(), webhook_head(longest + 'm')), "too_long");
  EXPECT_EQ(outcome(webhooks(), webhook_head("msg_1", std::string(1'025, '1'))), "too_long");
  test::HeadFields head = webhook_head();
  head.value("webhook-signature").append(1'024 - head.value("webhook-signature").size(), ' ');
  EXPECT_EQ(outcome(webhooks(), head), "accepted");
  head.value("webhook-signature") += ' ';
  EXPECT_EQ(outcome(webhooks(), head), "too_long");
}

TEST(StandardWebhook, HoldsForTheToleranceInBothDirections) {
  const auto at = [&](std::int64_t after_s, seconds tolerance) {
    return outcome(webhooks(tolerance), webhook_head(), {(signed_at + after_s) * core::us_per_s});
  };
  EXPECT_EQ(at(300, seconds(300)), "accepted");
  EXPECT_EQ(at(301, seconds(300)), "stale");
  EXPECT_EQ(at(-300, seconds(300)), "accepted");
  EXPECT_EQ(at(-301, seconds(300)), "future");
  EXPECT_EQ(at(120, seconds(120)), "accepted");
  EXPECT_EQ(at(121, seconds(120)), "stale");
}

TEST(StandardWebhook, TakesASecretWithoutItsPrefix) {
  const auto bare = *standard_webhooks_scheme(Secrets{test::base64(webhook_key)});
  EXPECT_EQ(outcome(bare, webhook_head()), "accepted");
}

TEST(AdyenHmac, TakesItsKeyInEitherCase) {
  const std::string key = "\x01\xAB\xCD\xEF";
  const test::HeadFields head{{{"HmacSignature", test::base64(test::hmac_sha256(key, body))}}};
  EXPECT_EQ(outcome(*adyen_hmac_scheme(Secrets{"01abcdef"}), head), "accepted");
  EXPECT_EQ(outcome(*adyen_hmac_scheme(Secrets{"01ABCDEF"}), head), "accepted");
  EXPECT_EQ(outcome(*adyen_hmac_scheme(Secrets{"01ABCDEE"}), head), "mismatch");
}

TEST(AdyenHmac, IsBase64AndNothingElse) {
  const auto scheme = *adyen_hmac_scheme(Secrets{"6b6579"});
  const std::string mac = test::hmac_sha256("key", body);
  const std::string right = test::base64(mac);
  ASSERT_EQ(outcome(scheme, {{{"HmacSignature", right}}}), "accepted");
  for (const std::string& field : {std::string(), test::hex(mac), right.substr(0, 43),
                                   both(right, ',', right), " " + right, right + "\n"}) {
    EXPECT_EQ(outcome(scheme, {{{"HmacSignature", field}}}), "malformed") << field;
  }
  EXPECT_EQ(outcome(scheme, {{{"HmacSignature", std::string(1'025, 'A')}}}), "too_long");
}

TEST(MarqetaSignature, IsOfTheHashAndEncodingThatWereChosen) {
  const std::string sha1 = test::hmac_sha1("heron", body);
  const std::string sha256 = test::hmac_sha256("heron", body);
  struct Case {
    MarqetaSignatureOptions options;
    std::vector<std::string> accepted;
  };
  const std::vector<Case> cases{
      {{}, {test::hex(sha256)}},
      {{Hash::sha256, Encoding::hex}, {test::hex(sha256)}},
      {{Hash::sha1, Encoding::hex}, {test::hex(sha1)}},
      {{Hash::either, Encoding::hex}, {test::hex(sha1), test::hex(sha256)}},
      {{Hash::sha256, Encoding::base64}, {test::base64(sha256)}},
      {{Hash::sha1, Encoding::base64}, {test::base64(sha1)}},
      {{Hash::either, Encoding::base64}, {test::base64(sha1), test::base64(sha256)}}};
  for (const Case& c : cases) {
    const auto scheme = *marqeta_signature_scheme(Secrets{"somebody's", "heron"}, c.options);
    for (const std::string& field :
         {test::hex(sha1), test::hex(sha256), test::base64(sha1), test::base64(sha256)}) {
      const bool accepted =
          std::find(c.accepted.begin(), c.accepted.end(), field) != c.accepted.end();
      EXPECT_EQ(outcome(scheme, {{{"X-Marqeta-Signature", field}}}),
                accepted ? "accepted" : "malformed")
          << field;
    }
    EXPECT_EQ(outcome(scheme, {{{"X-Marqeta-Signature", c.accepted[0]}}}, on_time, "{}"),
              "mismatch");
  }
}

TEST(MarqetaSignature, IsTakenInEitherCase) {
  std::string upper = test::hex(test::hmac_sha256("heron", body));
  for (char& c : upper) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  EXPECT_EQ(
      outcome(*marqeta_signature_scheme(Secrets{"heron"}), {{{"X-Marqeta-Signature", upper}}}),
      "accepted");
}

TEST(Signatures, AreNotMadeWithBlankSecrets) {
  for (const std::string blank : {"", " ", "   ", "\t", "\n", "whsec_", "whsec_  "}) {
    for (const Secrets& secrets : {Secrets{blank}, {blank, "6b6579"}, {"6b657978", blank}}) {
      EXPECT_EQ(refusal(stripe_signature_scheme(secrets)), SchemeError::blank_secret);
      EXPECT_EQ(refusal(standard_webhooks_scheme(secrets)), SchemeError::blank_secret);
      EXPECT_EQ(refusal(adyen_hmac_scheme(secrets)), SchemeError::blank_secret);
      EXPECT_EQ(refusal(marqeta_signature_scheme(secrets)), SchemeError::blank_secret);
    }
  }
}

TEST(Signatures, AreNotMadeWithUnusableSecrets) {
  const std::vector<std::pair<Secrets, SchemeError>> cases{
      {{}, SchemeError::no_secret},
      {{"6b657978", "6b657979", "6b65797a"}, SchemeError::too_many_secrets},
      {{"6b657978\n"}, SchemeError::control_character},
      {{std::string("6b65\0 7978", 9)}, SchemeError::control_character},
      {{std::string(514, 'a')}, SchemeError::too_long}};
  for (const auto& [secrets, error] : cases) {
    EXPECT_EQ(refusal(stripe_signature_scheme(secrets)), error);
    EXPECT_EQ(refusal(standard_webhooks_scheme(secrets)), error);
    EXPECT_EQ(refusal(adyen_hmac_scheme(secrets)), error);
    EXPECT_EQ(refusal(marqeta_signature_scheme(secrets)), error);
  }
  for (const std::string secret : {"a", "abc", "xy", "0x12", "12 34"})
    EXPECT_EQ(refusal(adyen_hmac_scheme(Secrets{secret})), SchemeError::not_hex) << secret;
  for (const std::string secret : {"a", "whsec_abc", "a-b_", "whsec_YQ", "YQ===", "YR==", "Y Q=",
                                   "====", "whsec_whsec_YWFh", "WHSEC_YWFh"}) {
    EXPECT_EQ(refusal(standard_webhooks_scheme(Secrets{secret})), SchemeError::not_base64)
        << secret;
  }
}

TEST(Signatures, AreMadeWithSecretsOf512Bytes) {
  const std::string longest(512, 'a');
  EXPECT_EQ(outcome(stripe({longest}), {{{"Stripe-Signature", "t=1700000000," + v1(longest)}}}),
            "accepted");
  EXPECT_EQ(refusal(stripe_signature_scheme(Secrets{longest + 'a'})), SchemeError::too_long);
  EXPECT_TRUE(adyen_hmac_scheme(Secrets{longest}));
  EXPECT_TRUE(standard_webhooks_scheme(Secrets{longest}));
}

TEST(Signatures, AreNotMadeWithAToleranceThatIsNone) {
  const Secrets secrets{"6b657978"};
  for (const seconds tolerance : {seconds(0), seconds(-1), seconds(3'601), seconds::max()}) {
    EXPECT_EQ(refusal(stripe_signature_scheme(secrets, tolerance)), SchemeError::tolerance);
    EXPECT_EQ(refusal(standard_webhooks_scheme(secrets, tolerance)), SchemeError::tolerance);
  }
}

TEST(Signatures, AreCheckedWithoutAllocating) {
  const auto scheme = stripe({"whsec_heron", "whsec_old"});
  const test::HeadFields head{{{"Stripe-Signature", stripe_field()}}};
  struct One {  // HeadFields allocates
    std::string_view value;
    std::optional<std::string_view> field(std::string_view) const noexcept { return value; }
  };
  const One one{head.all[0].second};
  const std::size_t before = test::allocations();
  const bool accepted = scheme->check({Fields(one), body, on_time}).has_value();
  EXPECT_EQ(test::allocations(), before);  // of ours: OpenSSL copies its contexts with malloc
  EXPECT_TRUE(accepted);
}

TEST(Signatures, AreCheckedByManyThreadsWithTheSameKeys) {
  const auto scheme = stripe({"whsec_old", "whsec_heron"});
  const test::HeadFields head{{{"Stripe-Signature", stripe_field()}}};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        if (outcome(scheme, head) != "accepted") ++wrong;
        if (outcome(scheme, head, on_time, "{}") != "mismatch") ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

}  // namespace
}  // namespace authd::processors
