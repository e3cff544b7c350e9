// Why a request was answered as it was.

#include <gtest/gtest.h>

#include "tests/api/money_fixture.h"

namespace authd::test {

namespace {

class Decisions : public MoneyTest {
 protected:
  void limit(std::int64_t id, std::int64_t max, core::Limit::Measure measure) {
    const core::Limit limit = core::test::limit(measure, max, core::Period::day);
    ledger().apply(core::SetControl{core::test::card_owner, core::test::control(id, limit)});
  }
  static std::vector<std::string> messages(const Pages& pages) {
    std::vector<std::string> result;
    for (const auto& item : pages.items) result.push_back(string_at(item, "message"));
    return result;
  }
};

using Words = std::vector<std::string>;
using Measure = core::Limit::Measure;

TEST_F(Decisions, SayWhichControlDeclinedAndWhatItFound) {
  limit(7, 1'500, Measure::amount);
  limit(8, 1, Measure::count);
  ask("m1", 1'000);
  ask("m2", 600);
  const ApiAnswer answer = get("/v1/authorizations/demo/m2");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.text("outcome"), "declined");
  EXPECT_EQ(answer.text("reason"), "amount_limit");
  EXPECT_EQ(answer.at("decided_by.control").get_int64(), 7);
  EXPECT_EQ(answer.text("decided_by.level"), "card");
  EXPECT_EQ(answer.text("decided_by.measure"), "amount");
  EXPECT_EQ(answer.at("decided_by.max").get_int64(), 1'500);
  EXPECT_EQ(answer.at("decided_by.used").get_int64(), 1'000);
  EXPECT_EQ(answer.at("decided_by.asked").get_int64(), 600);
  EXPECT_EQ(answer.at("decided_by.left").get_int64(), -100);
  EXPECT_EQ(answer.text("decided_by.resets_at"), "2026-11-03T00:00:00.000000Z");
  EXPECT_EQ(answer.at("findings.1.control").get_int64(), 8);
  EXPECT_FALSE(answer.at("findings.1.passed").get_bool());
  EXPECT_EQ(answer.at("account").get_int64(), 1);
  EXPECT_EQ(answer.at("balance_before.available.minor").get_int64(), 9'000);
  EXPECT_EQ(answer.at("balance_after.available.minor").get_int64(), 9'000);
  EXPECT_TRUE(answer.at("authorization").is_null());

  ask("m3", 400);
  const ApiAnswer counted = get("/v1/authorizations/demo/m3");
  EXPECT_EQ(counted.text("reason"), "count_limit");
  EXPECT_EQ(counted.text("decided_by.measure"), "count");
}

TEST_F(Decisions, ShowWhatHasBecomeOfAnApproval) {
  ask("m1", 1'000);
  tell(core::EventKind::cleared, "n1", "m1", 300);
  const ApiAnswer answer = get("/v1/authorizations/demo/m1");
  EXPECT_EQ(answer.text("outcome"), "approved");
  EXPECT_TRUE(answer.at("reason").is_null());
  EXPECT_TRUE(answer.at("decided_by").is_null());
  EXPECT_EQ(answer.at("approved.minor").get_int64(), 1'000);
  EXPECT_EQ(answer.text("merchant.id"), "shop-1");
  EXPECT_EQ(answer.text("authorization.id"), "m1");
  EXPECT_EQ(answer.text("authorization.status"), "open");
  EXPECT_EQ(answer.at("authorization.held.minor").get_int64(), 700);
  EXPECT_EQ(answer.at("authorization.cleared.minor").get_int64(), 300);
  EXPECT_FALSE(answer.at("abandoned").get_bool());
  EXPECT_TRUE(answer.at("notice").is_null());

  ask("m2", 500);
  ledger().apply(core::Abandon{core::test::demo, core::test::id("m2")});
  const ApiAnswer late = get("/v1/authorizations/demo/m2?fields=abandoned,authorization");
  EXPECT_TRUE(late.at("abandoned").get_bool());
  EXPECT_EQ(late.at("authorization.held.minor").get_int64(), 0);
}

TEST_F(Decisions, AreListedWithDeclinesNewestFirst) {
  ask("m1", 1'000);
  ask("m2", 20'000);
  ask("m3", 1'000);
  ask("m4", 1);
  for (const std::string target :
       {"/v1/accounts/1/authorizations", "/v1/cards/demo/card-1/authorizations"}) {
    const Pages all = pages(target);
    EXPECT_EQ(messages(all), (Words{"m4", "m3", "m2", "m1"})) << target;
    EXPECT_EQ(all.count, 2);
    EXPECT_EQ(messages(pages(target + "?outcome=declined")), (Words{"m2"}));
    EXPECT_EQ(messages(pages(target + "?outcome=approved")), (Words{"m4", "m3", "m1"}));
    const std::string third = string_at(all.items[1], "decided_at");
    EXPECT_EQ(messages(pages(target + "?from=" + third)), (Words{"m4", "m3"}));
    EXPECT_EQ(messages(pages(target + "?to=" + third)), (Words{"m2", "m1"}));
  }
}

TEST_F(Decisions, AreOfTheOwnProgramAlone) {
  ask("m1", 1'000);
  ask("m2", 1'000, "nobody-knows");
  for (const std::string target : {"/v1/authorizations/demo/m1", "/v1/authorizations/demo/m2",
                                   "/v1/cards/demo/card-1/authorizations"}) {
    EXPECT_EQ(get(target, demo_key()).status, 200) << target;
    EXPECT_EQ(get(target, other_key()).status, 404) << target;
    EXPECT_EQ(get(target, key("demo", {api::Scope::money_read})).status, 403) << target;
  }
  const ApiAnswer unknown = get("/v1/authorizations/demo/m2");
  EXPECT_EQ(unknown.text("reason"), "card_unknown");
  EXPECT_TRUE(unknown.at("account").is_null());
  EXPECT_TRUE(unknown.at("balance_before").is_null());
  EXPECT_EQ(get("/v1/authorizations/demo/m9").status, 404);
  EXPECT_EQ(get("/v1/cards/demo/nobody-knows/authorizations").status, 404);
  // A card of one program on an account of another: both see it.
  sql("UPDATE authd.account SET program = 'other' WHERE id = 1");
  EXPECT_EQ(get("/v1/authorizations/demo/m1", other_key()).status, 200);
  EXPECT_EQ(get("/v1/cards/demo/card-1/authorizations", other_key()).status, 200);
  EXPECT_EQ(get("/v1/cards/demo/card-1/authorizations", demo_key()).status, 200);
  EXPECT_EQ(get("/v1/accounts/1/authorizations", demo_key()).status, 404);
}

}  // namespace

}  // namespace authd::test
