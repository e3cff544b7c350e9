// Every vector of signatures.json, as it is and with one thing wrong at a time.

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "authd/processors/authentication_schemes.h"
#include "tests/processors/signature_oracle.h"

namespace authd::processors {
namespace {

using Secrets = std::vector<std::string>;
using Make = std::function<core::Result<SchemePointer, SchemeError>(const Secrets&)>;

constexpr core::Timestamp far_from_all_vectors{4'102'444'800 * core::us_per_s};  // 2100

struct Vector {
  std::string title;
  Make make;
  std::string secret;
  std::string other_secret;
  std::string body;
  test::HeadFields head;
  core::Timestamp now;
  bool has_time;
};

boost::json::array read_vectors() {
  std::ifstream file(AUTHD_TEST_DATA "/processors/signatures.json", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return boost::json::parse(text).as_array();
}

std::string text_of(const boost::json::object& vector, std::string_view key) {
  const auto* const found = vector.if_contains(key);
  return found == nullptr ? "" : std::string(found->as_string());
}

test::HeadFields head_of(const boost::json::object& vector) {
  test::HeadFields head;
  for (const auto& [name, value] : vector.at("header").as_object())
    head.all.emplace_back(name, value.as_string());
  return head;
}

core::Timestamp at(const std::string& unix_s) { return {std::stoll(unix_s) * core::us_per_s}; }

Make marqeta(Hash hash) {
  return [hash](const Secrets& secrets) {
    return marqeta_signature_scheme(secrets, {hash, Encoding::hex});
  };
}

// The vectors of schemes that are here.
std::vector<Vector> vectors() {
  std::vector<Vector> found;
  for (const auto& value : read_vectors()) {
    const auto& json = value.as_object();
    const std::string scheme = text_of(json, "scheme");
    Vector vector{scheme + " " + text_of(json, "name"),
                  {},
                  text_of(json, "secret"),
                  "c2VjcmV0LW9mLXNvbWVib2R5",
                  text_of(json, "body"),
                  head_of(json),
                  far_from_all_vectors,
                  false};
    if (scheme == "stripe") {
      vector.make = [](const Secrets& secrets) { return stripe_signature_scheme(secrets); };
      vector.now = {json.at("timestamp").as_int64() * core::us_per_s};
      vector.has_time = true;
    } else if (scheme == "standard-webhooks") {
      vector.make = [](const Secrets& secrets) { return standard_webhooks_scheme(secrets); };
      vector.now = at(vector.head.value("webhook-timestamp"));
      vector.has_time = true;
    } else if (scheme == "marqeta-webhook") {
      vector.make = marqeta(text_of(json, "name") == "sha1" ? Hash::sha1 : Hash::sha256);
    } else if (scheme == "adyen-banking-webhook") {
      vector.make = [](const Secrets& secrets) { return adyen_hmac_scheme(secrets); };
      vector.secret = text_of(json, "secret_hex");
      vector.other_secret = "0123456789abcdef";
    } else {
      continue;
    }
    found.push_back(std::move(vector));
  }
  return found;
}

std::string outcome(const Vector& vector, const Secrets& secrets) {
  const auto scheme = vector.make(secrets);
  const auto checked = (*scheme)->check({Fields(vector.head), vector.body, vector.now});
  return checked ? "accepted" : std::string(name(checked.error()));
}

std::string outcome(const Vector& vector) { return outcome(vector, {vector.secret}); }

TEST(SignatureVectors, AreAllOfASchemeThatIsKnown) {
  std::map<std::string, int> counts;
  for (const auto& value : read_vectors()) counts[text_of(value.as_object(), "scheme")] += 1;
  const std::map<std::string, int> expected{{"adyen-banking-webhook", 1},
                                            {"galileo-jwt", 1},  // no scheme of ours: see below
                                            {"marqeta-webhook", 2},
                                            {"standard-webhooks", 2},
                                            {"stripe", 3}};
  EXPECT_EQ(counts, expected);
  EXPECT_EQ(vectors().size(), 8U);
}

TEST(SignatureVectors, AreAccepted) {
  for (const Vector& vector : vectors()) EXPECT_EQ(outcome(vector), "accepted") << vector.title;
}

TEST(SignatureVectors, AreAcceptedWithEitherOfTwoSecretsAndNoOther) {
  for (const Vector& v : vectors()) {
    EXPECT_EQ(outcome(v, {v.secret, v.other_secret}), "accepted") << v.title;
    EXPECT_EQ(outcome(v, {v.other_secret, v.secret}), "accepted") << v.title;
    EXPECT_EQ(outcome(v, {v.other_secret}), "mismatch") << v.title;
    EXPECT_EQ(outcome(v, {v.other_secret, v.other_secret}), "mismatch") << v.title;
  }
}

TEST(SignatureVectors, AreRefusedWithOneBitOfTheBodyTurned) {
  for (const Vector& vector : vectors()) {
    for (std::size_t i = 0; i < vector.body.size(); ++i) {
      Vector tampered = vector;
      tampered.body[i] = static_cast<char>(tampered.body[i] ^ 1);
      ASSERT_EQ(outcome(tampered), "mismatch") << vector.title << " byte " << i;
    }
  }
}

TEST(SignatureVectors, AreRefusedWithABodyOneByteLongerOrShorter) {
  for (const Vector& vector : vectors()) {
    Vector longer = vector;
    longer.body += '\n';
    EXPECT_EQ(outcome(longer), "mismatch") << vector.title;
    Vector shorter = vector;
    shorter.body.pop_back();
    EXPECT_EQ(outcome(shorter), "mismatch") << vector.title;
    Vector empty = vector;
    empty.body.clear();
    EXPECT_EQ(outcome(empty), "mismatch") << vector.title;
  }
}

TEST(SignatureVectors, AreRefusedWithAFieldMissingOrGivenTwice) {
  for (const Vector& vector : vectors()) {
    for (std::size_t i = 0; i < vector.head.all.size(); ++i) {
      Vector less = vector;
      less.head.all.erase(less.head.all.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_EQ(outcome(less), "missing") << vector.title;
      Vector twice = vector;
      twice.head.all.push_back(vector.head.all[i]);
      EXPECT_EQ(outcome(twice), "missing") << vector.title;
    }
  }
}

TEST(SignatureVectors, AreRefusedWithAnyByteOfAFieldChanged) {
  for (const Vector& vector : vectors()) {
    for (std::size_t i = 0; i < vector.head.all.size(); ++i) {
      for (std::size_t byte = 0; byte < vector.head.all[i].second.size(); ++byte) {
        Vector changed = vector;
        char& c = changed.head.all[i].second[byte];
        c = c == '0' ? '1' : '0';
        ASSERT_NE(outcome(changed), "accepted") << vector.title << " byte " << byte;
      }
    }
  }
}

TEST(SignatureVectors, AreRefusedLaterOnlyWhereTheTimeIsSigned) {
  for (const Vector& vector : vectors()) {
    Vector later = vector;
    later.now = far_from_all_vectors;
    EXPECT_EQ(outcome(later), vector.has_time ? "stale" : "accepted") << vector.title;
    later.now = {0};
    EXPECT_EQ(outcome(later), vector.has_time ? "future" : "accepted") << vector.title;
  }
}

TEST(SignatureVectors, OfABearerTokenAreNoBasicCredentials) {
  for (const auto& value : read_vectors()) {
    const auto& json = value.as_object();
    if (text_of(json, "scheme") != "galileo-jwt") continue;
    const test::HeadFields head = head_of(json);
    const auto basic = *basic_scheme("galileo", Secrets{text_of(json, "secret")});
    const auto checked = basic->check({Fields(head), "", far_from_all_vectors});
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error(), AuthenticationFault::mismatch);
  }
}

}  // namespace
}  // namespace authd::processors
