#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "authd/config/config.h"
#include "tests/store/temporary_directory.h"

namespace authd::test {
namespace {

using referral::GatewaySettings;
using referral::Settings;
using Headers = std::vector<std::pair<std::string, std::string>>;

const std::string program =
    "[state]\ndirectory = \"state\"\n[[program]]\nid = \"demo\"\nprocessor = \"marqeta\"\n"
    "authentication = [{scheme = \"basic\", username = \"x\", secret_files = [\"secret\"]}]\n";
// What is added begins in line 10.
const std::string smallest = "[postgres]\nconninfo = \"dbname=x\"\n" + program + "[referral]\n";

const std::string url = "url = \"https://sms.example.com/v1/messages\"\n";
const std::string headers = "headers = {Content-Type = \"application/json\"}\n";
const std::string body = "body = '{\"to\": \"{phone}\", \"message\": \"{text}\"}'\n";
const std::string gateway_table = smallest + "[referral.gateway]\n";  // its keys: from line 11
// What is added begins in line 14.
const std::string gateway = gateway_table + url + headers + body;

class ReferralConfig : public testing::Test {
 protected:
  void SetUp() override {
    write("secret", "correct horse battery");
    write("sms.authorization", "Bearer 0123456789\n");
    write("short", "1234567");
  }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(path() / name) << text;
  }
  core::Result<Config, std::vector<ConfigError>> load(const std::string& text) {
    write("authd.toml", text);
    return load_config(path() / "authd.toml");
  }
  // "line key: message" of every error, without what all keys begin with.
  std::string errors(const std::string& text) {
    const auto config = load(text);
    if (config) return "none";
    std::string all;
    for (const ConfigError& error : config.error()) {
      std::string key = error.key;
      if (key.starts_with("referral.")) key.erase(0, 9);
      all += (all.empty() ? "" : " | ") + std::to_string(error.line) + " " + key + ": " +
             error.message;
    }
    return all;
  }
  // A failed test and the defaults where the text is wrong.
  GatewaySettings gateway_of(const std::string& text) {
    const auto config = load(text);
    EXPECT_TRUE(config) << errors(text);
    return config ? config->referral->gateway.value_or(GatewaySettings{}) : GatewaySettings{};
  }
  const std::filesystem::path& path() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
};

void expect_defaults(const Settings& settings) {
  const Settings usual;
  EXPECT_EQ(settings.batch_entries, usual.batch_entries);
  EXPECT_EQ(settings.look_every, usual.look_every);
  EXPECT_EQ(settings.duty_percent, usual.duty_percent);
  EXPECT_EQ(settings.payouts_at_once, usual.payouts_at_once);
}

void expect_defaults(const GatewaySettings& settings) {
  const GatewaySettings usual;
  EXPECT_EQ(settings.allow_private, usual.allow_private);
  EXPECT_EQ(settings.per_second, usual.per_second);
  EXPECT_EQ(settings.attempts_max, usual.attempts_max);
  EXPECT_EQ(settings.retry_first, usual.retry_first);
  EXPECT_EQ(settings.retry_max, usual.retry_max);
  EXPECT_EQ(settings.timeout, usual.timeout);
  EXPECT_EQ(settings.erase_after_days, usual.erase_after_days);
}

TEST_F(ReferralConfig, IsNotThereUnlessItIsAskedFor) {
  const auto config = load(program);
  ASSERT_TRUE(config);
  EXPECT_FALSE(config->referral);
}

TEST_F(ReferralConfig, NeedsALedger) {
  EXPECT_EQ(errors(program + "[referral]\n"),
            "7 referral: needs [postgres]: what is earned follows the ledger");
}

TEST_F(ReferralConfig, TakesTheDefaults) {
  const auto config = load(smallest);
  ASSERT_TRUE(config) << errors(smallest);
  expect_defaults(*config->referral);
  EXPECT_FALSE(config->referral->gateway);

  const GatewaySettings least = gateway_of(gateway);
  expect_defaults(least);
  EXPECT_EQ(least.url, "https://sms.example.com/v1/messages");
  EXPECT_EQ(least.headers, (Headers{{"Content-Type", "application/json"}}));
  EXPECT_EQ(least.body, R"({"to": "{phone}", "message": "{text}"})");
  EXPECT_EQ(least.id_pointer, "");
  EXPECT_EQ(least.ca, "");
}

TEST_F(ReferralConfig, ReadsEveryKey) {
  write("ca.pem", "");
  setenv("AUTHD_TEST_SMS_ACCOUNT", "account-4711", 1);
  const std::string text =
      smallest +
      "batch_entries = 101\nlook_every_ms = 11\npayouts_at_once = 2\n"
      "duty_percent = 12\n" +
      "[referral.gateway]\n" + url + headers + body +
      "headers_from_files = {Authorization = \"sms.authorization\"}\n"
      "headers_from_env = {X-Account = \"AUTHD_TEST_SMS_ACCOUNT\"}\n"
      "id_pointer = \"/id\"\nca = \"ca.pem\"\nallow_private = true\nper_second = 3\n"
      "attempts_max = 4\nretry_first_s = 5\nretry_max_s = 6\ntimeout_ms = 700\n"
      "erase_after_days = 8\n";
  const auto config = load(text);
  ASSERT_TRUE(config) << errors(text);
  const Settings& settings = *config->referral;
  EXPECT_EQ(settings.batch_entries, 101);
  EXPECT_EQ(settings.look_every, std::chrono::milliseconds(11));
  EXPECT_EQ(settings.duty_percent, 12);
  EXPECT_EQ(settings.payouts_at_once, 2);
  const GatewaySettings& sms = *settings.gateway;
  EXPECT_EQ(sms.headers, (Headers{{"Content-Type", "application/json"},
                                  {"Authorization", "Bearer 0123456789"},
                                  {"X-Account", "account-4711"}}));
  EXPECT_EQ(sms.id_pointer, "/id");
  EXPECT_EQ(sms.ca, path() / "ca.pem");
  EXPECT_TRUE(sms.allow_private);
  EXPECT_EQ(sms.per_second, 3);
  EXPECT_EQ(sms.attempts_max, 4);
  EXPECT_EQ(sms.retry_first, std::chrono::seconds(5));
  EXPECT_EQ(sms.retry_max, std::chrono::seconds(6));
  EXPECT_EQ(sms.timeout, std::chrono::milliseconds(700));
  EXPECT_EQ(sms.erase_after_days, 8);
}

enum class Body { json, form };

// The shipped example with its commented out [referral], and one of the two bodies it shows.
std::string example(Body kind) {
  std::ifstream in(AUTHD_OPS "/authd.example.toml");
  std::string text;
  bool is_ours = false;
  for (std::string line; std::getline(in, line);) {
    is_ours = is_ours || line == "# [referral]";
    const bool has_two = line.starts_with("# headers = ") || line.starts_with("# body = ");
    const std::string_view commented_out = line.starts_with("# # ") ? "# # " : "# ";
    const bool is_wanted = (has_two ? Body::json : Body::form) == kind;
    const bool is_one_of_two = has_two || commented_out.size() == 4;
    const std::size_t key =
        line.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", commented_out.size());
    const bool is_key = key != std::string::npos && line.substr(key, 3) == " = ";
    const bool is_table = line.starts_with("# [");
    if (is_ours && line.starts_with(commented_out) && (is_key || is_table) &&
        (!is_one_of_two || is_wanted)) {
      line.erase(0, commented_out.size());
    }
    if (line.starts_with("# Reconciliation")) is_ours = false;
    text += line + "\n";
    if (!is_ours && text.find("[referral.gateway]") != std::string::npos) break;
  }
  return text;
}

TEST_F(ReferralConfig, TheShippedExampleWorksAndShowsTheDefaults) {
  write("demo.password", "correct horse battery");
  write("sms-ca.pem", "");
  setenv("AUTHD_SMS_ACCOUNT", "account-4711", 1);
  const auto config = load(example(Body::json));
  ASSERT_TRUE(config) << errors(example(Body::json));
  expect_defaults(*config->referral);
  const GatewaySettings& sms = *config->referral->gateway;
  expect_defaults(sms);
  EXPECT_EQ(sms.headers, (Headers{{"Content-Type", "application/json"},
                                  {"Authorization", "Bearer 0123456789"},
                                  {"X-Account", "account-4711"}}));
  EXPECT_EQ(sms.body, R"({"to": "{phone}", "message": "{text}", "reference": "{id}"})");
  EXPECT_EQ(sms.id_pointer, "/message/id");
  const GatewaySettings form = gateway_of(example(Body::form));
  EXPECT_EQ(form.headers.front().second, "application/x-www-form-urlencoded");
  EXPECT_EQ(form.body, "To={phone}&From=%2B27100000000&Body={text}&Reference={id}");
}

TEST_F(ReferralConfig, Bounds) {
  struct Bound {
    std::string key;
    std::int64_t min;
    std::int64_t max;
  };
  const auto expect_bound = [this](const std::string& text, int line, const std::string& table,
                                   const Bound& bound) {
    const auto with = [&](std::int64_t value) {
      return errors(text + bound.key + " = " + std::to_string(value) + "\n");
    };
    const std::string refusal = std::to_string(line) + " " + table + bound.key +
                                ": must be between " + std::to_string(bound.min) + " and " +
                                std::to_string(bound.max);
    EXPECT_EQ(with(bound.min), "none");
    EXPECT_EQ(with(bound.max), "none");
    EXPECT_EQ(with(bound.min - 1), refusal);
    EXPECT_EQ(with(bound.max + 1), refusal);
  };
  for (const Bound& bound : {Bound{"batch_entries", 100, 1'000}, Bound{"look_every_ms", 10, 60'000},
                             Bound{"duty_percent", 1, 100}, Bound{"payouts_at_once", 1, 32}}) {
    expect_bound(smallest, 10, "", bound);
  }
  for (const Bound& bound :
       {Bound{"per_second", 1, 1'000}, Bound{"attempts_max", 1, 100},
        Bound{"timeout_ms", 100, 120'000}, Bound{"erase_after_days", 0, 3'650}}) {
    expect_bound(gateway, 14, "gateway.", bound);
  }
  expect_bound(gateway + "retry_max_s = 86400\n", 15, "gateway.", {"retry_first_s", 1, 86'400});
  expect_bound(gateway + "retry_first_s = 1\n", 15, "gateway.", {"retry_max_s", 1, 86'400});
  EXPECT_EQ(errors(gateway + "retry_first_s = 60\nretry_max_s = 60\n"), "none");
  EXPECT_EQ(errors(gateway + "retry_first_s = 60\nretry_max_s = 59\n"),
            "15 gateway.retry_max_s: must not be below retry_first_s");
}

TEST_F(ReferralConfig, UnknownKeysAndWrongTypesAreNamed) {
  EXPECT_EQ(errors(smallest + "payouts = 1\n"), "10 payouts: is not a known key");
  EXPECT_EQ(errors(smallest + "gateway = \"x\"\n"), "10 gateway: must be a table");
  EXPECT_EQ(errors(gateway + "token = \"x\"\n"), "14 gateway.token: is not a known key");
  EXPECT_EQ(errors(gateway + "allow_private = 1\n"),
            "14 gateway.allow_private: must be true or false");
  EXPECT_EQ(errors(gateway + "id_pointer = \"id\"\n"),
            "14 gateway.id_pointer: must be a JSON pointer, such as /messages/0/id");
}

TEST_F(ReferralConfig, AGatewayHasAnAddressAContentTypeAndABody) {
  EXPECT_EQ(errors(gateway_table), "10 gateway.url: is required | 10 gateway.body: is required");
  EXPECT_EQ(errors(gateway_table + url + body),
            "10 gateway.headers: there must be one Content-Type");
  EXPECT_EQ(errors(gateway_table + "url = \"ftp://a\"\n" + headers + body).substr(0, 16),
            "11 gateway.url: ");
  EXPECT_EQ(errors(gateway_table + url + headers + "body = '''{\"x\": \"{text}\"}'''\n"),
            "13 gateway.body: {phone} is missing");
  EXPECT_EQ(errors(gateway_table + url + headers + "body = '{\"{phone}\": {text}}'\n"),
            "13 gateway.body: is not JSON, or a placeholder stands outside of quotes");
}

TEST_F(ReferralConfig, WhatIsWrongWithAHeaderFieldIsSaidOfIt) {
  const auto with = [this](const std::string& keys) {
    return errors(gateway_table + url + keys + body);
  };
  EXPECT_EQ(with("headers = {content-type = \"Application/JSON; charset=utf-8\"}\n"), "none");
  EXPECT_EQ(with("headers = {Content-Type = \"text/plain\"}\n"),
            "12 gateway.headers.Content-Type: must be application/json or "
            "application/x-www-form-urlencoded");
  const std::string json = "headers = {Content-Type = \"application/json\", ";
  EXPECT_EQ(with(json + "X-Any = \"{id}\"}\n"), "none");
  EXPECT_EQ(with(json + "X-Any = \"{text}\"}\n"),
            "12 gateway.headers.X-Any: {text} can only stand in the body");
  EXPECT_EQ(with(json + "Host = \"x\"}\n"),
            "12 gateway.headers.Host: is written by the client itself");
  EXPECT_EQ(with(json + "\"X Any\" = \"x\"}\n"),
            "12 gateway.headers: a name must be letters, digits and -");
  EXPECT_EQ(with(json + "X-Any = \"\"}\n"), "12 gateway.headers.X-Any: is required");
  EXPECT_EQ(with(json + "X-Any = 1}\n"), "12 gateway.headers.X-Any: must be a string");
  EXPECT_EQ(with(json + "content-type = \"x\"}\n"),
            "12 gateway.headers.content-type: stands twice");
}

TEST_F(ReferralConfig, SecretFieldsComeFromFilesOrTheEnvironment) {
  const std::string file = "14 gateway.headers_from_files.Authorization: ";
  const auto with = [this](const std::string& name) {
    return errors(gateway + "headers_from_files = {Authorization = \"" + name + "\"}\n");
  };
  EXPECT_EQ(with("sms.authorization"), "none");
  EXPECT_EQ(with("none"), file + "cannot read the file " + (path() / "none").string());
  EXPECT_EQ(with("short"), file + "the secret has fewer than 8 characters");
  EXPECT_EQ(with(""), file + "is required");
  write("two-lines", "first line\nsecond line\n");
  EXPECT_EQ(with("two-lines"), file + "the value must be visible ASCII and spaces");
  EXPECT_EQ(errors(gateway + "headers_from_env = {X-Account = \"AUTHD_TEST_UNSET\"}\n"),
            "14 gateway.headers_from_env.X-Account: the environment variable AUTHD_TEST_UNSET is "
            "not set");
  EXPECT_EQ(errors(gateway + "headers_from_files = {Content-Type = \"sms.authorization\"}\n"),
            "14 gateway.headers_from_files.Content-Type: stands twice");
  EXPECT_EQ(errors(gateway + "headers_from_files = [\"sms.authorization\"]\n"),
            "14 gateway.headers_from_files: must be a table");
}

TEST_F(ReferralConfig, ACertificateOfAnAuthorityIsOfHttpsAndCanBeRead) {
  write("ca.pem", "");
  EXPECT_EQ(errors(gateway + "ca = \"ca.pem\"\n"), "none");
  EXPECT_EQ(errors(gateway + "ca = \"none.pem\"\n"),
            "14 gateway.ca: cannot read the file " + (path() / "none.pem").string());
  EXPECT_EQ(errors(gateway + "ca = \"\"\n"), "14 gateway.ca: is required");
  EXPECT_EQ(errors(gateway_table + "url = \"http://a\"\n" + headers + body + "ca = \"ca.pem\"\n"),
            "14 gateway.ca: is of https alone");
}

}  // namespace
}  // namespace authd::test
