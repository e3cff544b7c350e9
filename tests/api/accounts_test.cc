#include <gtest/gtest.h>

#include "tests/api/master_data.h"

namespace authd::test {

namespace {

using api::Scope;

class Accounts : public MasterDataTest {
 protected:
  // As the drain writes it.
  void set_balance(const std::string& path, int posted, int held, int pending) {
    auto connection = connect();
    query(connection, "UPDATE authd.balance SET posted_minor = " + std::to_string(posted) +
                          ", held_minor = " + std::to_string(held) + ", pending_credit_minor = " +
                          std::to_string(pending) + " WHERE account_id = " + id_of(path));
  }
};

TEST_F(Accounts, AreOpenedAndReadBack) {
  const std::string of = holder(R"({"program":"debit","kyc":"verified"})");
  const ApiAnswer opened =
      post("/v1/accounts", R"({"holder":)" + of +
                               R"(,"currency":"EUR","name":"Holidays","overdraft_minor":500,)"
                               R"("minimum_minor":20})");
  ASSERT_EQ(opened.status, 201) << opened.body;
  EXPECT_EQ(waited(), 1);
  EXPECT_EQ(opened.text("program"), "debit");
  EXPECT_EQ(opened.at("holder"), std::stoll(of));
  EXPECT_EQ(opened.text("kyc"), "verified");
  EXPECT_EQ(opened.text("status"), "active");
  EXPECT_EQ(opened.at("balances.posted.minor"), 0);
  EXPECT_EQ(opened.at("balances.available.minor"), 480);
  EXPECT_EQ(opened.text("balances.available.currency"), "EUR");
  const ApiAnswer read = get(opened.field("location"));
  EXPECT_EQ(read.body, opened.body);
  EXPECT_EQ(read.field("etag"), "\"1\"");
  EXPECT_EQ(waited(), 0);
  EXPECT_EQ(sql("SELECT actor LIKE 'key:%' FROM authd.change_log WHERE object = 'account'"), "t");
}

TEST_F(Accounts, NeedACurrencyAndAProgramOrAHolder) {
  EXPECT_EQ(post("/v1/accounts", "{}").errors(),
            (Errors{"currency: is required", "program: is required where no holder is named"}));
  EXPECT_EQ(
      post("/v1/accounts", R"({"program":"p","currency":"EUX","overdraft_minor":-1})").errors(),
      (Errors{"overdraft_minor: must be an integer from 0 to 9007199254740991",
              "currency: must be a currency of ISO 4217"}));
  EXPECT_EQ(post("/v1/accounts", R"({"program":"p","currency":"EUR","balance":5})").errors(),
            (Errors{"balance: is not a known field"}));
  EXPECT_EQ(waited(), 0);
}

TEST_F(Accounts, BelongToHoldersOfTheirProgramAlone) {
  const std::string of = holder(R"({"program":"debit"})");
  const std::string body = R"({"program":"other","currency":"EUR","holder":)";
  EXPECT_EQ(post("/v1/accounts", body + of + "}").errors(),
            (Errors{"holder: is of another program"}));
  EXPECT_EQ(post("/v1/accounts", body + "999}").errors(), (Errors{"holder: is not known"}));
  const std::string other = key("other", all_scopes());
  EXPECT_EQ(post("/v1/accounts", R"({"currency":"EUR","holder":)" + of + "}", other).errors(),
            (Errors{"holder: is not known"}));
  const std::string path = account("other");
  EXPECT_EQ(patch(path, R"({"holder":)" + of + "}", "\"1\"").errors(),
            (Errors{"holder: is of another program"}));
}

TEST_F(Accounts, OfOtherProgramsAreNotThere) {
  const std::string path = account("debit");
  const std::string other = key("other", all_scopes());
  const std::string match = other + "If-Match: \"1\"\r\n";
  waited();
  for (const char* action : {"/freeze", "/unfreeze", "/close"}) {
    EXPECT_EQ(post(path + action, "{}", other).status, 404) << action;
  }
  EXPECT_EQ(get(path, other).status, 404);
  EXPECT_EQ(get(path + "/balance", other).status, 404);
  EXPECT_EQ(get(path + "/cards", other).status, 404);
  EXPECT_EQ(send("PATCH", path, R"({"name":"x"})", match).status, 404);
  EXPECT_EQ(get("/v1/accounts", other).at("items").get_array().size(), 0U);
  EXPECT_EQ(get("/v1/accounts?program=debit", other).at("items").get_array().size(), 0U);
  EXPECT_EQ(post("/v1/accounts", R"({"program":"debit","currency":"EUR"})", other).errors(),
            (Errors{"program: is not the program of this key"}));
  EXPECT_EQ(get(path, key("debit", {Scope::accounts_read})).status, 200);
  EXPECT_EQ(get(path).field("etag"), "\"1\"");
  EXPECT_EQ(waited(), 0);
}

TEST_F(Accounts, NeedTheirScopes) {
  const std::string path = account("debit");
  const std::string reader = key("debit", {Scope::accounts_read});
  const std::string writer = key("debit", {Scope::accounts_write});
  EXPECT_EQ(post(path + "/freeze", "{}", reader).status, 403);
  EXPECT_EQ(get(path, writer).status, 403);
  EXPECT_EQ(post(path + "/freeze", "{}", writer).status, 200);
}

TEST_F(Accounts, AreChangedAsOfTheirVersion) {
  const std::string path = account("debit");
  waited();
  EXPECT_EQ(patch(path, R"({"name":"a"})", "").status, 428);
  EXPECT_EQ(patch(path, R"({"name":"a"})", "\"2\"").status, 412);
  const ApiAnswer changed =
      patch(path, R"({"name":"a","overdraft_minor":70,"minimum_minor":30})", "\"1\"");
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(waited(), 1);
  EXPECT_EQ(changed.field("etag"), "\"2\"");
  EXPECT_EQ(changed.at("balances.available.minor"), 40);
  const std::string of = holder(R"({"program":"debit","kyc":"rejected"})");
  const ApiAnswer moved = patch(path, R"({"name":null,"holder":)" + of + "}", "\"2\"");
  ASSERT_EQ(moved.status, 200) << moved.body;
  EXPECT_EQ(moved.field("etag"), "\"3\"");
  EXPECT_TRUE(moved.at("name").is_null());
  EXPECT_EQ(moved.text("kyc"), "rejected");
  EXPECT_EQ(moved.at("overdraft_minor"), 70);
  EXPECT_EQ(patch(path, R"({"holder":null})", "\"3\"").errors(),
            (Errors{"holder: must not be null"}));
}

TEST_F(Accounts, RefuseAnOverdraftThatTheBalanceDoesNotBear) {
  const std::string path = account("debit");
  auto connection = connect();
  query(connection,
        "UPDATE authd.balance SET posted_minor = 9223372036854775800 - 9007199254740991");
  EXPECT_EQ(patch(path, R"({"overdraft_minor":9007199254740991})", "\"1\"").status, 200);
  query(connection, "UPDATE authd.account SET overdraft_minor = 0");
  query(connection, "UPDATE authd.balance SET posted_minor = 9223372036854775800");
  EXPECT_EQ(patch(path, R"({"overdraft_minor":7})", "\"3\"").status, 200);
  EXPECT_EQ(patch(path, R"({"overdraft_minor":8})", "\"4\"").errors(),
            (Errors{"overdraft_minor: is too much for this balance"}));
}

TEST_F(Accounts, AreFrozenAndUnfrozenHoweverOften) {
  const std::string path = account("debit");
  waited();
  const ApiAnswer frozen = post(path + "/freeze", "");
  ASSERT_EQ(frozen.status, 200) << frozen.body;
  EXPECT_EQ(frozen.text("status"), "frozen");
  EXPECT_EQ(frozen.field("etag"), "\"2\"");
  EXPECT_EQ(waited(), 1);
  // Nothing changes, and yet the answer comes only when the state has it.
  const ApiAnswer again = post(path + "/freeze", "{}");
  EXPECT_EQ(again.body, frozen.body);
  EXPECT_EQ(waited(), 1);
  EXPECT_TRUE(waited_for_row_of("account"));
  EXPECT_EQ(post(path + "/unfreeze", "{}").text("status"), "active");
  EXPECT_EQ(post(path + "/freeze", R"({"reason":"lost"})").errors(),
            (Errors{"reason: is not a known field"}));
}

TEST_F(Accounts, AreClosedWhenNothingIsOnThem) {
  const std::string path = account("debit");
  for (const auto& [posted, held, pending] :
       {std::tuple(1, 0, 0), std::tuple(-1, 0, 0), std::tuple(0, 1, 0), std::tuple(0, 0, 1)}) {
    set_balance(path, posted, held, pending);
    const ApiAnswer refused = post(path + "/close", "{}");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.problem(), "not-empty");
  }
  EXPECT_EQ(get(path).text("status"), "active");
  set_balance(path, 0, 0, 0);
  EXPECT_EQ(post(path + "/close", "{}").text("status"), "closed");
  for (const char* action : {"/freeze", "/unfreeze"}) {
    EXPECT_EQ(post(path + action, "{}").problem(), "wrong-state") << action;
  }
  EXPECT_EQ(patch(path, R"({"name":"x"})", "\"2\"").problem(), "wrong-state");
  set_balance(path, 5, 0, 0);  // a refund that comes late
  EXPECT_EQ(post(path + "/close", "{}").text("status"), "closed");
}

TEST_F(Accounts, AreStoredEvenIfTheStateIsLate) {
  const std::string path = account("debit");
  applied_in_time = false;
  const ApiAnswer late = post(path + "/freeze", "{}", "Idempotency-Key: f\r\n");
  EXPECT_EQ(late.status, 503);
  EXPECT_EQ(late.problem(), "not-applied-yet");
  EXPECT_EQ(get(path).text("status"), "frozen");
  EXPECT_EQ(post(path + "/freeze", "{}", "Idempotency-Key: f\r\n").status, 503);
  applied_in_time = true;
  EXPECT_EQ(post(path + "/freeze", "{}", "Idempotency-Key: f\r\n").status, 200);
  EXPECT_EQ(get(path).field("etag"), "\"2\"");
}

TEST_F(Accounts, AreOpenedOncePerIdempotencyKey) {
  const std::string body = R"({"program":"debit","currency":"EUR"})";
  const ApiAnswer first = post("/v1/accounts", body, "Idempotency-Key: once\r\n");
  EXPECT_EQ(post("/v1/accounts", body, "Idempotency-Key: once\r\n").body, first.body);
  EXPECT_EQ(
      post("/v1/accounts", R"({"program":"debit","currency":"USD"})", "Idempotency-Key: once\r\n")
          .problem(),
      "idempotency-key-reused");
  EXPECT_EQ(sql("SELECT count(*) FROM authd.account"), "1");
}

TEST_F(Accounts, AreListedPageByPageInOrder) {
  std::vector<std::string> all;
  for (int i = 0; i < 5; ++i) all.push_back(id_of(account("debit")));
  account("other");
  std::vector<std::string> seen;
  std::string target = "/v1/accounts?program=debit&limit=2&fields=id";
  for (int pages = 0; pages < 3; ++pages) {
    const ApiAnswer page = get(target);
    const auto items = page.at("items");
    for (const auto& item : items.get_array()) {
      EXPECT_EQ(item.get_object().size(), 1U);
      seen.push_back(std::to_string(item.get_object().at("id").get_int64()));
    }
    const auto cursor = page.at("next_cursor");
    EXPECT_EQ(cursor.is_null(), pages == 2);
    if (pages == 0) account("debit");  // behind the page: it is seen, and hides nothing
    if (!cursor.is_null()) target = page.field("link").substr(1, page.field("link").find('>') - 1);
  }
  ASSERT_EQ(seen.size(), 6U);
  seen.pop_back();
  EXPECT_EQ(seen, all);
}

TEST_F(Accounts, AreListedByWhatTheyAre) {
  const std::string of = holder(R"({"program":"debit"})");
  const std::string theirs =
      post("/v1/accounts", R"({"currency":"USD","holder":)" + of + "}").field("location");
  const std::string frozen = account("debit");
  post(frozen + "/freeze", "{}");
  const auto only = [this](const std::string& filters, const std::string& fields = "") {
    const auto items = get("/v1/accounts?" + filters, fields).at("items");
    if (items.get_array().size() != 1) return std::to_string(items.get_array().size());
    return std::to_string(items.get_array()[0].get_object().at("id").get_int64());
  };
  EXPECT_EQ(only("holder=" + of), id_of(theirs));
  EXPECT_EQ(only("holder=" + of + "&status=active&currency=USD"), id_of(theirs));
  EXPECT_EQ(only("holder=" + of + "&currency=EUR"), "0");
  EXPECT_EQ(only("holder=" + of, key("other", all_scopes())), "0");
  EXPECT_EQ(only("status=frozen"), id_of(frozen));
  EXPECT_EQ(only("currency=USD"), id_of(theirs));
  EXPECT_EQ(only("currency=EUR&program=debit"), id_of(frozen));
  EXPECT_EQ(only("status=closed"), "0");
  const ApiAnswer refused = get("/v1/accounts?status=gone&colour=red&limit=201");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.errors().size(), 3U);
}

TEST_F(Accounts, TellTheBalanceOfNowAndOfThen) {
  auto connection = connect();
  query(connection,
        "INSERT INTO authd.account (id, program, currency, status, opening_minor, opened_at)"
        " VALUES (7, 'debit', 'EUR', 1, 900, '2026-03-01T10:00:00Z')");
  query(connection,
        "UPDATE authd.balance SET posted_minor = 700, held_minor = 50,"
        " pending_credit_minor = 5 WHERE account_id = 7");
  const ApiAnswer now = get("/v1/accounts/7/balance");
  ASSERT_EQ(now.status, 200) << now.body;
  EXPECT_EQ(now.at("posted.minor"), 700);
  EXPECT_EQ(now.at("held.minor"), 50);
  EXPECT_EQ(now.at("pending.minor"), 5);
  EXPECT_EQ(now.at("available.minor"), 650);
  const ApiAnswer then = get("/v1/accounts/7/balance?as_of=2026-03-01T11:00:00.000001%2B01:00");
  ASSERT_EQ(then.status, 200) << then.body;
  EXPECT_EQ(then.at("posted.minor"), 900);
  EXPECT_EQ(then.at("held.minor"), 0);
  EXPECT_TRUE(then.at("available").is_null());
  EXPECT_EQ(then.text("as_of"), "2026-03-01T10:00:00.000001Z");
  EXPECT_EQ(get("/v1/accounts/7/balance?as_of=2026-03-01T10:00:00Z").status, 404);
  EXPECT_EQ(get("/v1/accounts/7/balance?as_of=2999-01-01T00:00:00Z").status, 400);
  EXPECT_EQ(get("/v1/accounts/7/balance?as_of=yesterday").errors(),
            (Errors{"as_of: must be a time such as 2026-11-21T13:04:51Z"}));
}

TEST_F(Accounts, SayThatAMonthIsInArchiveFiles) {
  auto connection = connect();
  query(connection,
        "INSERT INTO authd.account (id, program, currency, status, opened_at)"
        " VALUES (7, 'debit', 'EUR', 1, '2020-01-01T00:00:00Z')");
  query(connection,
        "CREATE OR REPLACE FUNCTION authd.balance_as_of(account bigint, t timestamptz)"
        " RETURNS TABLE (posted_minor bigint, held_minor bigint) LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'cold' USING ERRCODE = 'object_not_in_prerequisite_state'; END $$");
  const ApiAnswer cold = get("/v1/accounts/7/balance?as_of=2020-02-15T00:00:00Z");
  EXPECT_EQ(cold.status, 409);
  EXPECT_EQ(cold.problem(), "wrong-state");
}

}  // namespace

}  // namespace authd::test
