#include "authd/api/key_table.h"

#include <gtest/gtest.h>

#include "tests/api/api_fixture.h"

namespace authd::test {

namespace {

using namespace api;

class KeyTable : public ApiTest {
 protected:
  static NewKey wanted(const std::string& program = "a") {
    return {program, "shop", {Scope::holders_read, Scope::money_write}, "ops", std::nullopt};
  }
};

TEST_F(KeyTable, ShowsEverythingButTheKey) {
  auto connection = connect();
  NewKey asked = wanted();
  asked.expires_at = core::Timestamp{4'000'000'000'000'000};
  const auto made = create_key(connection, asked);
  ASSERT_TRUE(made);
  const auto found = find_key(connection, made->prefix);
  ASSERT_TRUE(found);
  ASSERT_TRUE(*found);
  const StoredKey& key = **found;
  EXPECT_EQ(key.program, "a");
  EXPECT_EQ(key.name, "shop");
  EXPECT_EQ(key.scopes, (std::vector<std::string>{"holders:read", "money:write"}));
  EXPECT_EQ(key.created_by, "ops");
  EXPECT_EQ(key.expires_at, asked.expires_at);
  EXPECT_FALSE(key.revoked_at);
  EXPECT_FALSE(key.last_used_at);
  EXPECT_EQ(key.digest, made->digest);
  const std::string secret = made->key.substr(made->key.size() - 43);
  EXPECT_EQ(query_text(connection, "SELECT count(*) FROM authd.api_key k WHERE k::text LIKE '%" +
                                       secret + "%'"),
            "0");
  EXPECT_EQ(query_text(connection,
                       "SELECT actor FROM authd.change_log WHERE object = 'api_key'"
                       " ORDER BY id DESC LIMIT 1"),
            "ops");
}

TEST_F(KeyTable, AllowsTwoActiveKeysOfANameAndNoThird) {
  auto connection = connect();
  const auto first = create_key(connection, wanted());
  ASSERT_TRUE(first);
  ASSERT_TRUE(create_key(connection, wanted()));
  const auto third = create_key(connection, wanted());
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, KeyError::Code::too_many);
  EXPECT_TRUE(create_key(connection, wanted("b")));
  EXPECT_TRUE(create_key(connection, wanted("")));
  ASSERT_TRUE(revoke_key(connection, first->prefix, "ops"));
  EXPECT_TRUE(create_key(connection, wanted()));
  EXPECT_FALSE(create_key(connection, wanted()));
  query(connection, "UPDATE authd.api_key SET expires_at = now() WHERE program = 'a'");
  EXPECT_TRUE(create_key(connection, wanted()));
}

TEST_F(KeyTable, RevokesOnceAndForGood) {
  auto connection = connect();
  const auto made = create_key(connection, wanted());
  ASSERT_TRUE(made);
  ASSERT_TRUE(revoke_key(connection, made->prefix, "ops"));
  const auto revoked_at = (*find_key(connection, made->prefix))->revoked_at;
  ASSERT_TRUE(revoked_at);
  ASSERT_TRUE(revoke_key(connection, made->prefix, "ops"));
  EXPECT_EQ((*find_key(connection, made->prefix))->revoked_at, revoked_at);
  const auto unknown = revoke_key(connection, "aaaaaaaaaaaa", "ops");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, KeyError::Code::unknown);
}

TEST_F(KeyTable, IsActiveUntilTheMomentItExpires) {
  StoredKey key;
  EXPECT_TRUE(key.is_active({100}));
  key.expires_at = core::Timestamp{100};
  EXPECT_TRUE(key.is_active({99}));
  EXPECT_FALSE(key.is_active({100}));
  key.expires_at.reset();
  key.revoked_at = core::Timestamp{1'000};
  EXPECT_FALSE(key.is_active({99}));
}

TEST_F(KeyTable, ListsAllKeys) {
  auto connection = connect();
  ASSERT_TRUE(create_key(connection, wanted("z")));
  ASSERT_TRUE(create_key(connection, wanted("b")));
  const auto keys = list_keys(connection);
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 3U);  // the fixture has one
  EXPECT_EQ((*keys)[0].program, "");
  EXPECT_EQ((*keys)[1].program, "b");
  EXPECT_EQ((*keys)[2].program, "z");
}

}  // namespace

}  // namespace authd::test
