#include <gtest/gtest.h>

#include <thread>

#include "tests/api/api_fixture.h"

namespace authd::test {

namespace {

using api::Scope;

class Authentication : public ApiTest {
 protected:
  static std::string prefix_in(const std::string& field) {
    return field.substr(field.find("authd_") + 6, 12);
  }
  void set(const std::string& field, const std::string& assignment) {
    auto connection = connect();
    query(connection,
          "UPDATE authd.api_key SET " + assignment + " WHERE prefix = '" + prefix_in(field) + "'");
  }
};

TEST_F(Authentication, TakesAKeyThatIsThere) {
  EXPECT_EQ(get("/v1/holders", key("", {Scope::holders_read})).status, 200);
}

TEST_F(Authentication, AnswersEverythingThatIsWrongWithAKeyAlike) {
  const std::string good = key("", all_scopes());
  std::string other_secret = good;
  char& last_but_one = other_secret[other_secret.size() - 4];
  last_but_one = last_but_one == 'A' ? 'B' : 'A';
  std::string unknown_prefix = good;
  unknown_prefix.replace(unknown_prefix.find("authd_") + 6, 12, "aaaaaaaaaaaa");
  const std::string expired = key("", all_scopes());
  set(expired, "expires_at = now()");
  const std::string revoked = key("", all_scopes());
  set(revoked, "revoked_at = now()");
  std::string first_detail;
  for (const std::string& field : {other_secret, unknown_prefix, expired, revoked,
                                   std::string("Authorization: Basic YTpi\r\n"),
                                   std::string("Authorization: Bearer x\r\n"), good + good}) {
    const ApiAnswer refused = get("/v1/holders", field);
    EXPECT_EQ(refused.status, 401) << field;
    EXPECT_EQ(refused.problem(), "unauthenticated");
    EXPECT_EQ(refused.field("www-authenticate"), "Bearer realm=\"authd\"");
    if (first_detail.empty()) first_detail = refused.text("detail");
    EXPECT_EQ(refused.text("detail"), first_detail);
  }
  EXPECT_EQ(get("/v1/holders", good).status, 200);
}

TEST_F(Authentication, RefusesAWrongSecretOfAKeyThatWasJustUsed) {
  const std::string good = key("", all_scopes());
  ASSERT_EQ(get("/v1/holders", good).status, 200);
  std::string other_secret = good;
  char& some = other_secret[other_secret.size() - 10];
  some = some == 'A' ? 'B' : 'A';
  EXPECT_EQ(get("/v1/holders", other_secret).status, 401);
}

TEST_F(Authentication, TakesAKeyUntilItExpires) {
  const std::string timed = key("", all_scopes());
  set(timed, "expires_at = now() + interval '1 hour'");
  EXPECT_EQ(get("/v1/holders", timed).status, 200);
}

TEST_F(Authentication, NamesTheScopeThatIsMissing) {
  const std::string reader = key("", {Scope::holders_read, Scope::cards_write});
  EXPECT_EQ(get("/v1/holders", reader).status, 200);
  const ApiAnswer refused = post("/v1/holders", R"({"program":"a"})", reader);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.problem(), "missing-scope");
  EXPECT_EQ(refused.text("detail"), "This needs the scope holders:write.");
}

TEST_F(Authentication, HeedsARevocationAfterFiveSeconds) {
  const std::string good = key("", all_scopes());
  ASSERT_EQ(get("/v1/holders", good).status, 200);
  set(good, "revoked_at = now()");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(12);
  int status = 200;
  while (status == 200 && std::chrono::steady_clock::now() < deadline) {
    status = get("/v1/holders", good).status;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(status, 401);
}

TEST_F(Authentication, WritesDownTheLastUseOnceAMinute) {
  const std::string good = key("", all_scopes());
  auto connection = connect();
  const std::string last_use =
      "SELECT last_used_at IS NOT NULL FROM authd.api_key WHERE prefix = '" + prefix_in(good) + "'";
  EXPECT_EQ(query_text(connection, last_use), "f");
  ASSERT_EQ(get("/v1/holders", good).status, 200);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (query_text(connection, last_use) == "f" && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_EQ(query_text(connection, last_use), "t");
  set(good, "last_used_at = now() - interval '30 seconds'");
  const std::string written =
      "SELECT xmin FROM authd.api_key WHERE prefix = '" + prefix_in(good) + "'";
  const std::string before = query_text(connection, written);
  auto session = connect();
  auto keys = api::list_keys(session);
  ASSERT_TRUE(keys);
  for (const api::StoredKey& stored : *keys) ASSERT_TRUE(api::note_use(session, stored.id));
  EXPECT_EQ(query_text(connection, written), before);
}

TEST_F(Authentication, SaysThatTheDatabaseIsAwayInsteadOfUnauthenticated) {
  const std::string good = key("", all_scopes());
  pool().stop(std::chrono::seconds(1));
  const ApiAnswer away = get("/v1/holders", good);
  EXPECT_EQ(away.status, 503);
  EXPECT_EQ(away.problem(), "unavailable");
  EXPECT_EQ(away.field("retry-after"), "1");
}

}  // namespace

}  // namespace authd::test
