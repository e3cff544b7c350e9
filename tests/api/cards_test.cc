#include <gtest/gtest.h>

#include "tests/api/master_data.h"

namespace authd::test {

namespace {

using api::Scope;

class Cards : public MasterDataTest {
 protected:
  std::string body_of(const std::string& token, const std::string& account,
                      const std::string& more = "") {
    return R"({"program":"debit","token":")" + token + R"(","account":)" + id_of(account) +
           R"(,"expires_at":"2031-01-01T00:00:00Z")" + more + "}";
  }
};

TEST_F(Cards, AreRegisteredAndReadBack) {
  const std::string to = account("debit");
  waited();
  EXPECT_EQ(post("/v1/cards", body_of("card 1", to)).errors(),
            (Errors{"token: must be a string of 1 to 64 visible ASCII characters"}));
  const ApiAnswer card = post("/v1/cards", body_of("card,1/a?", to));
  ASSERT_EQ(card.status, 201) << card.body;
  EXPECT_EQ(waited(), 1);
  EXPECT_EQ(card.field("location"), "/v1/cards/debit/card%2C1%2Fa%3F");
  EXPECT_EQ(card.text("status"), "inactive");
  EXPECT_EQ(card.text("active_from"), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(card.at("account"), std::stoll(id_of(to)));
  const ApiAnswer read = get(card.field("location"));
  EXPECT_EQ(read.body, card.body);
  EXPECT_EQ(read.field("etag"), "\"1\"");
  EXPECT_EQ(get(card.field("location") + "?fields=status,token").json().get_object().size(), 2U);
}

TEST_F(Cards, AreRefusedWithEverythingThatIsWrong) {
  EXPECT_EQ(post("/v1/cards", "{}").errors(),
            (Errors{"program: is required", "token: is required", "account: is required",
                    "expires_at: is required"}));
  EXPECT_EQ(post("/v1/cards",
                 R"({"program":"p","token":"t","account":0,"status":"closed","expires_at":"soon"})")
                .errors(),
            (Errors{"account: must be an integer from 1 to 9007199254740991",
                    "status: must be one of active, inactive",
                    "expires_at: must be a time such as 2026-11-21T13:04:51Z"}));
}

TEST_F(Cards, NeverHoldACardNumber) {
  const std::string to = account("debit");
  for (const char* number : {"4111111111111111", "tok-4111111111111111", "5555555555554444x"}) {
    const ApiAnswer refused = post("/v1/cards", body_of(number, to));
    EXPECT_EQ(refused.status, 422) << number;
    EXPECT_EQ(refused.errors(),
              (Errors{"token: looks like a card number: only the processor's token is kept here"}));
    EXPECT_EQ(refused.body.find(number), std::string::npos);
  }
  EXPECT_EQ(post("/v1/cards", body_of("4111111111111112", to)).status, 201);
  EXPECT_EQ(sql("SELECT count(*) FROM authd.card"), "1");
}

TEST_F(Cards, AreValidForSomeTime) {
  const std::string to = account("debit");
  const std::string from = R"(,"active_from":"2031-01-01T00:00:00)";
  EXPECT_EQ(post("/v1/cards", body_of("t", to, from + "Z\"")).errors(),
            (Errors{"expires_at: must be after active_from"}));
  EXPECT_EQ(post("/v1/cards", body_of("t", to, from + "+00:01\"")).status, 201);
}

TEST_F(Cards, AreRegisteredOnceInAProgram) {
  const std::string to = account("debit");
  card("t", to);
  const ApiAnswer again = post("/v1/cards", body_of("t", to));
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.problem(), "already-exists");
  card("t", to, "other");
}

TEST_F(Cards, AreBoundToAccountsThatTheCallerMaySee) {
  const std::string to = account("debit");
  EXPECT_EQ(post("/v1/cards", body_of("t", "/v1/accounts/999")).errors(),
            (Errors{"account: is not known"}));
  const std::string other = key("other", all_scopes());
  const std::string unnamed = R"({"token":"t","expires_at":"2031-01-01T00:00:00Z","account":)";
  EXPECT_EQ(post("/v1/cards", unnamed + id_of(to) + "}", other).errors(),
            (Errors{"account: is not known"}));
  // Only a key of all programs may bind a card of one program to an account of another.
  card("t", to, "other");
  EXPECT_EQ(get("/v1/cards/other/t", other).status, 200);
  EXPECT_EQ(get("/v1/cards/other/t", key("debit", all_scopes())).status, 404);
  post(to + "/close", "{}");
  EXPECT_EQ(post("/v1/cards", body_of("late", to)).problem(), "wrong-state");
}

TEST_F(Cards, OfOtherProgramsAreNotThere) {
  const std::string path = card("t", account("debit"));
  waited();
  const std::string other = key("other", all_scopes());
  for (const char* action : {"/activate", "/freeze", "/unfreeze", "/close"}) {
    EXPECT_EQ(post(path + action, "{}", other).status, 404) << action;
  }
  EXPECT_EQ(get(path, other).status, 404);
  EXPECT_EQ(send("PATCH", path, "{}", other + "If-Match: \"1\"\r\n").status, 404);
  EXPECT_EQ(get("/v1/cards", other).at("items").get_array().size(), 0U);
  EXPECT_EQ(get("/v1/cards?program=debit", other).at("items").get_array().size(), 0U);
  EXPECT_EQ(waited(), 0);
  EXPECT_EQ(post(path + "/close", "{}", key("debit", {Scope::cards_read})).status, 403);
  EXPECT_EQ(get(path, key("debit", {Scope::cards_write})).status, 403);
}

TEST_F(Cards, GoFromStatusToStatusAsTheyMay) {
  struct Step {
    std::string from;
    std::string action;
    std::string to;  // empty: refused
  };
  const std::vector<Step> steps{
      {"inactive", "activate", "active"}, {"active", "activate", "active"},
      {"frozen", "activate", ""},         {"closed", "activate", ""},
      {"inactive", "freeze", ""},         {"active", "freeze", "frozen"},
      {"frozen", "freeze", "frozen"},     {"closed", "freeze", ""},
      {"inactive", "unfreeze", ""},       {"active", "unfreeze", "active"},
      {"frozen", "unfreeze", "active"},   {"closed", "unfreeze", ""},
      {"inactive", "close", "closed"},    {"active", "close", "closed"},
      {"frozen", "close", "closed"},      {"closed", "close", "closed"}};
  const std::string path = card("t", account("debit"));
  waited();
  auto connection = connect();
  for (const Step& step : steps) {
    query(connection,
          "UPDATE authd.card SET status = array_position(ARRAY['active', 'inactive',"
          " 'frozen', 'closed'], '" +
              step.from + "')");
    const ApiAnswer answer = post(path + "/" + step.action, "{}");
    EXPECT_EQ(answer.status, step.to.empty() ? 409 : 200) << step.from << " " << step.action;
    EXPECT_EQ(answer.problem(), step.to.empty() ? "wrong-state" : "");
    EXPECT_EQ(get(path).text("status"), step.to.empty() ? step.from : step.to);
    EXPECT_EQ(waited(), step.to.empty() ? 0 : 1);
    EXPECT_EQ(waited_for_row_of("card"), !step.to.empty());
  }
}

TEST_F(Cards, AreChangedAsOfTheirVersionUnlessTheyAreClosed) {
  const std::string path = card("t", account("debit"));
  waited();
  EXPECT_EQ(patch(path, "{}", "").status, 428);
  EXPECT_EQ(patch(path, "{}", "\"2\"").status, 412);
  const ApiAnswer changed =
      patch(path, R"({"active_from":"2026-01-01T00:00:00Z","expires_at":"2027-01-01T00:00:00Z"})",
            "\"1\"");
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(waited(), 1);
  EXPECT_EQ(changed.field("etag"), "\"2\"");
  EXPECT_EQ(changed.text("expires_at"), "2027-01-01T00:00:00.000000Z");
  EXPECT_EQ(patch(path, R"({"expires_at":"2026-01-01T00:00:00Z"})", "\"2\"").errors(),
            (Errors{"expires_at: must be after active_from"}));
  EXPECT_EQ(patch(path, R"({"status":"active"})", "\"2\"").errors(),
            (Errors{"status: is not a known field"}));
  post(path + "/close", "{}");
  EXPECT_EQ(patch(path, R"({"expires_at":"2028-01-01T00:00:00Z"})", "\"3\"").problem(),
            "wrong-state");
}

TEST_F(Cards, ShowTheMerchantTheyAreLockedTo) {
  const std::string path = card("t", account("debit"));
  EXPECT_TRUE(get(path).at("locked_to").is_null());
  auto connection = connect();
  query(connection, R"(UPDATE authd.card SET locked_to = '\x5348ff50')");
  EXPECT_EQ(get(path).text("locked_to"), "SH\uFFFDP");
}

TEST_F(Cards, AreListedPageByPageInOrder) {
  const std::string to = account("debit");
  for (const char* token : {"b", "a,1", "c", "a"}) card(token, to);
  card("a", to, "another");
  card("z", account("debit"));
  std::string seen;
  std::string target = to + "/cards?limit=2&fields=program,token";
  for (int pages = 0; pages < 3; ++pages) {
    const ApiAnswer page = get(target);
    const auto items = page.at("items");
    for (const auto& item : items.get_array()) {
      seen += std::string(std::string_view(item.get_object().at("program").get_string())) + "/" +
              std::string(std::string_view(item.get_object().at("token").get_string())) + " ";
    }
    const auto cursor = page.at("next_cursor");
    EXPECT_EQ(cursor.is_null(), pages == 2);
    if (!cursor.is_null()) target = page.field("link").substr(1, page.field("link").find('>') - 1);
  }
  EXPECT_EQ(seen, "another/a debit/a debit/a,1 debit/b debit/c ");
  const ApiAnswer refused = get("/v1/cards?cursor=bGlzdENhcmRzLGE");  // one text, not two
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.errors(), (Errors{"cursor: is not a cursor of this list"}));
}

TEST_F(Cards, AreListedByWhatTheyAre) {
  const std::string first = account("debit");
  const std::string second = account("debit");
  post(card("a", first) + "/activate", "{}");
  card("b", second);
  card("c", second, "other");
  const auto tokens = [this](const std::string& target, const std::string& fields = "") {
    std::string all;
    const auto items = get(target, fields).at("items");
    for (const auto& item : items.get_array()) {
      all += std::string_view(item.get_object().at("token").get_string());
    }
    return all;
  };
  EXPECT_EQ(tokens("/v1/cards"), "abc");
  EXPECT_EQ(tokens("/v1/cards?status=active"), "a");
  EXPECT_EQ(tokens("/v1/cards?program=other"), "c");
  EXPECT_EQ(tokens("/v1/cards?account=" + id_of(second)), "bc");
  EXPECT_EQ(tokens("/v1/cards?program=debit&status=inactive&account=" + id_of(second)), "b");
  const std::string debit = key("debit", {Scope::cards_read});
  EXPECT_EQ(tokens("/v1/cards", debit), "ab");
  EXPECT_EQ(tokens(second + "/cards", debit), "b");
  EXPECT_EQ(get("/v1/accounts/999/cards").status, 404);
  EXPECT_EQ(get(second + "/cards?account=1").status, 400);
}

}  // namespace

}  // namespace authd::test
