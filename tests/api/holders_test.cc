#include <gtest/gtest.h>

#include <atomic>

#include "tests/api/api_fixture.h"

namespace authd::test {

namespace {

using api::Scope;
using Errors = std::vector<std::string>;

class Holders : public ApiTest {
 protected:
  std::string create(const std::string& members) {
    const ApiAnswer answer = post("/v1/holders", members);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return answer.field("location");
  }
};

TEST_F(Holders, AreCreatedAndReadBack) {
  const ApiAnswer created =
      post("/v1/holders", R"({"program":"debit","reference":"cust-1","name":"Zoë Müller",)"
                          R"("email":"zoe@example.com","phone":"+49 30 1","kyc":"pending"})");
  ASSERT_EQ(created.status, 201) << created.body;
  EXPECT_EQ(created.text("name"), "Zoë Müller");
  EXPECT_EQ(created.text("kyc"), "pending");
  EXPECT_EQ(created.field("etag"), "\"1\"");
  const ApiAnswer read = get(created.field("location"));
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.body, created.body);
  EXPECT_EQ(read.field("etag"), "\"1\"");
}

TEST_F(Holders, NeedNothingButAProgram) {
  const ApiAnswer created = post("/v1/holders", R"({"program":"debit"})");
  ASSERT_EQ(created.status, 201) << created.body;
  EXPECT_TRUE(created.at("reference").is_null());
  EXPECT_TRUE(created.at("name").is_null());
  EXPECT_EQ(created.text("kyc"), "none");
  EXPECT_EQ(post("/v1/holders", "{}").errors(), (Errors{"program: is required"}));
}

TEST_F(Holders, AreRefusedWithEverythingThatIsWrong) {
  const ApiAnswer refused =
      post("/v1/holders", R"({"program":"de bit","name":"","kyc":"maybe","age":7})");
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.problem(), "validation");
  EXPECT_EQ(refused.errors(),
            (Errors{"program: must be a string of 1 to 32 visible ASCII characters",
                    "name: must be a string of 1 to 200 characters",
                    "kyc: must be one of none, pending, verified, rejected",
                    "age: is not a known field"}));
}

TEST_F(Holders, TakeMembersUpToTheirLimit) {
  const std::string at_limit = R"({"program":"p","name":")" + std::string(200, 'x') + "\"}";
  EXPECT_EQ(post("/v1/holders", at_limit).status, 201);
  const std::string past_it = R"({"program":"p","name":")" + std::string(201, 'x') + "\"}";
  EXPECT_EQ(post("/v1/holders", past_it).status, 422);
}

TEST_F(Holders, KeepReferencesUniqueInAProgram) {
  create(R"({"program":"a","reference":"r"})");
  const ApiAnswer taken = post("/v1/holders", R"({"program":"a","reference":"r"})");
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(taken.problem(), "reference-taken");
  create(R"({"program":"b","reference":"r"})");
  const std::string other = create(R"({"program":"a","reference":"s"})");
  EXPECT_EQ(patch(other, R"({"reference":"r"})", "\"1\"").problem(), "reference-taken");
  EXPECT_EQ(get(other).text("reference"), "s");
}

TEST_F(Holders, ChangeWhatIsGivenAndRemoveWhatIsNull) {
  const std::string path = create(R"({"program":"a","reference":"r","name":"n","phone":"123"})");
  const ApiAnswer changed = patch(path, R"({"name":"m","phone":null})", "\"1\"");
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.field("etag"), "\"2\"");
  EXPECT_EQ(changed.text("name"), "m");
  EXPECT_TRUE(changed.at("phone").is_null());
  EXPECT_EQ(changed.text("reference"), "r");
  EXPECT_EQ(get(path).body, changed.body);
  EXPECT_EQ(patch(path, R"({"program":"b"})", "\"2\"").errors(),
            (Errors{"program: is not a known field"}));
}

TEST_F(Holders, AreChangedByTheFirstOfTwoWhoReadTheSameVersion) {
  const std::string path = create(R"({"program":"a"})");
  EXPECT_EQ(patch(path, R"({"name":"first"})", "\"1\"").status, 200);
  const ApiAnswer second = patch(path, R"({"name":"second"})", "\"1\"");
  EXPECT_EQ(second.status, 412);
  EXPECT_EQ(second.problem(), "version-mismatch");
  const ApiAnswer blind = patch(path, R"({"name":"third"})", "");
  EXPECT_EQ(blind.status, 428);
  EXPECT_EQ(blind.problem(), "precondition-required");
  EXPECT_EQ(get(path).text("name"), "first");
}

TEST_F(Holders, OfAnotherProgramAreNotThere) {
  const std::string path = create(R"({"program":"a","reference":"r"})");
  const std::string own = key("a", all_scopes());
  const std::string other = key("b", all_scopes());
  EXPECT_EQ(get(path, own).status, 200);
  const ApiAnswer read = get(path, other);
  EXPECT_EQ(read.status, 404);
  EXPECT_EQ(read.problem(), "not-found");
  EXPECT_EQ(send("PATCH", path, R"({"name":"x"})", other + "If-Match: \"1\"\r\n").status, 404);
  EXPECT_EQ(get("/v1/holders?program=a", other).at("items").get_array().size(), 0U);
  EXPECT_EQ(get("/v1/holders", other).at("items").get_array().size(), 0U);
  EXPECT_EQ(get("/v1/holders", own).at("items").get_array().size(), 1U);
  EXPECT_EQ(get("/v1/holders/999999").status, 404);
}

TEST_F(Holders, OfAKeysProgramNeedNotNameIt) {
  const std::string own = key("a", all_scopes());
  EXPECT_EQ(post("/v1/holders", "{}", own).text("program"), "a");
  EXPECT_EQ(post("/v1/holders", R"({"program":"a"})", own).status, 201);
  EXPECT_EQ(post("/v1/holders", R"({"program":"b"})", own).errors(),
            (Errors{"program: is not the program of this key"}));
}

TEST_F(Holders, AreListedPageByPageWithoutGapsAndRepetitions) {
  for (int i = 0; i < 7; ++i) {
    create(R"({"program":"a","reference":"r)" + std::to_string(i) + R"(","kyc":")" +
           (i % 2 == 0 ? "verified" : "none") + "\"}");
  }
  std::vector<std::string> seen;
  std::string target = "/v1/holders?limit=2&kyc=verified";
  int pages = 0;
  while (!target.empty()) {
    const ApiAnswer page = get(target);
    ASSERT_EQ(page.status, 200) << page.body;
    const auto listed = page.at("items");
    for (const auto& item : listed.get_array()) {
      seen.emplace_back(std::string_view(item.get_object().at("reference").get_string()));
    }
    const std::string link = page.field("link");
    EXPECT_EQ(link.empty(), page.at("next_cursor").is_null());
    target = link.empty() ? "" : link.substr(1, link.find('>') - 1);
    if (++pages == 1) create(R"({"program":"a","reference":"late","kyc":"verified"})");
  }
  EXPECT_EQ(pages, 3);  // 2 + 2 + the late one
  EXPECT_EQ(seen, (std::vector<std::string>{"r0", "r2", "r4", "r6", "late"}));
}

TEST_F(Holders, AreFoundByReference) {
  create(R"({"program":"a","reference":"r"})");
  create(R"({"program":"b","reference":"r"})");
  const ApiAnswer found = get("/v1/holders?program=b&reference=r&fields=program,reference");
  EXPECT_EQ(found.body, R"({"items":[{"program":"b","reference":"r"}],"next_cursor":null})");
  EXPECT_EQ(get("/v1/holders?program=b&reference=r&kyc=verified").at("items").get_array().size(),
            0U);
  const ApiAnswer ambiguous = get("/v1/holders?reference=r");
  EXPECT_EQ(ambiguous.status, 400);
  EXPECT_EQ(ambiguous.errors(), (Errors{"reference: is unique in a program: name it as well"}));
  const std::string own = key("a", {Scope::holders_read});
  EXPECT_EQ(get("/v1/holders?reference=r", own).text("items.0.program"), "a");
}

TEST_F(Holders, ShowTheFieldsThatAreWanted) {
  const std::string path = create(R"({"program":"a","reference":"r"})");
  EXPECT_EQ(get(path + "?fields=reference,kyc").body, R"({"reference":"r","kyc":"none"})");
  EXPECT_EQ(get(path + "?fields=secret").status, 400);
  EXPECT_EQ(get("/v1/holders?cursor=nonsense").status, 400);
}

TEST_F(Holders, LeaveATraceOfWhoChangedThem) {
  const std::string path = create(R"({"program":"a"})");
  ASSERT_EQ(patch(path, R"({"kyc":"verified"})", "\"1\"").status, 200);
  auto connection = connect();
  EXPECT_EQ(query_text(connection,
                       "SELECT string_agg(action || ' ' || (after->>'kyc') || ' ' || (actor ~ "
                       "'^key:[a-z2-7]{12}$'), ', ' ORDER BY id) FROM authd.change_log"
                       " WHERE object = 'holder'"),
            "insert 1 true, update 3 true");
}

// A stand-in for the mirror: remembers what it was asked to wait for.
class Mirrored : public Holders {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    api::ApiOptions options;
    options.applied = [this](std::uint64_t transaction, net::Clock::time_point deadline,
                             net::Mailbox&) -> net::Awaitable<bool> {
      waited_for_ = transaction;
      left_ = deadline - net::Clock::now();
      co_return in_time_;
    };
    restart(options);
    path_ = create(R"({"program":"a"})");
    auto connection = connect();
    query(connection,
          "INSERT INTO authd.account (id, program, currency, status, holder_id)"
          " VALUES (5, 'a', 'EUR', 1, " +
              path_.substr(path_.rfind('/') + 1) + ")");
  }

  std::atomic<std::uint64_t> waited_for_ = 0;
  std::atomic<net::Clock::duration> left_{};
  std::atomic<bool> in_time_ = true;
  std::string path_;
};

TEST_F(Mirrored, KycIsAnsweredOnceDecisionsHeedIt) {
  ASSERT_EQ(patch(path_, R"({"kyc":"verified"})", "\"1\"").status, 200);
  auto connection = connect();
  EXPECT_EQ(query_text(connection, "SELECT kyc FROM authd.account WHERE id = 5"), "3");
  EXPECT_EQ(query_text(connection, "SELECT xmin FROM authd.account WHERE id = 5"),
            std::to_string(waited_for_ & 0xFFFF'FFFFU));
  EXPECT_GT(left_.load(), std::chrono::seconds(0));
  EXPECT_LE(left_.load(), std::chrono::seconds(10));
}

TEST_F(Mirrored, WhatDecisionsDoNotHeedIsAnsweredAtOnce) {
  ASSERT_EQ(patch(path_, R"({"name":"x"})", "\"1\"").status, 200);
  ASSERT_EQ(patch(path_, R"({"kyc":"none"})", "\"2\"").status, 200);  // as it was
  const std::string without_accounts = create(R"({"program":"a"})");
  ASSERT_EQ(patch(without_accounts, R"({"kyc":"verified"})", "\"1\"").status, 200);
  EXPECT_EQ(waited_for_, 0U);
}

TEST_F(Mirrored, ATimeOutSaysThatTheChangeIsStored) {
  in_time_ = false;
  const ApiAnswer late = patch(path_, R"({"kyc":"rejected"})", "\"1\"");
  EXPECT_EQ(late.status, 503);
  EXPECT_EQ(late.problem(), "not-applied-yet");
  EXPECT_EQ(late.field("retry-after"), "1");
  EXPECT_EQ(get(path_).text("kyc"), "rejected");
}

}  // namespace

}  // namespace authd::test
