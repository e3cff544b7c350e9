// Top-ups, withdrawals, fees and transfers, wires, and the lists of them.

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "authd/api/transfers.h"
#include "tests/api/money_fixture.h"

namespace authd::test {

namespace {

using api::MoveFault;
using api::Scope;
using Errors = std::vector<std::string>;

std::string body(std::int64_t minor, const std::string& more = "") {
  return R"({"amount":)" + usd(minor) + more + "}";
}

std::string transfer(std::int64_t from, std::int64_t to, std::int64_t minor) {
  return R"({"from":)" + std::to_string(from) + R"(,"to":)" + std::to_string(to) + R"(,"amount":)" +
         usd(minor) + "}";
}

const std::string party = R"("counterparty":{"name":"ACME","account":"DE02","bank":"BANKDEFF"})";

std::string wire(std::int64_t minor) {
  return R"({"account":1,"amount":)" + usd(minor) + "," + party + "}";
}

class Money : public MoneyTest {};

TEST_F(Money, IsBookedAndShownOnceItIsAnswered) {
  const ApiAnswer added = post("/v1/accounts/1/top-ups", body(500, R"(,"reference":"cash 7")"));
  ASSERT_EQ(added.status, 201) << added.body;
  EXPECT_EQ(added.text("kind"), "top_up");
  EXPECT_EQ(added.text("status"), "posted");
  EXPECT_EQ(added.text("program"), "demo");
  EXPECT_EQ(added.text("reference"), "cash 7");
  EXPECT_TRUE(added.at("from").is_null());
  EXPECT_EQ(added.at("to").get_int64(), 1);
  EXPECT_EQ(balance(1), "10500 0");
  EXPECT_EQ(get(added.field("location")).body, added.body);

  EXPECT_EQ(post("/v1/accounts/1/withdrawals", body(300)).text("kind"), "withdrawal");
  EXPECT_EQ(post("/v1/accounts/1/fees", body(30)).text("kind"), "fee");
  EXPECT_EQ(balance(1), "10170 0");
}

TEST_F(Money, IsMovedOnceHoweverOftenItIsAskedFor) {
  const ApiAnswer first = post("/v1/accounts/1/withdrawals", body(300), named("k"));
  ledger().advance(core::us_per_s);
  const ApiAnswer again = post("/v1/accounts/1/withdrawals", body(300), named("k"));
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.field("location"), first.field("location"));
  EXPECT_EQ(balance(1), "9700 0");
}

TEST_F(Money, IsNotMovedByAKeyThatStandsForAnotherRequest) {
  open(3, 1'000, "other");
  ASSERT_EQ(post("/v1/accounts/1/withdrawals", body(300, R"(,"reference":"a")"), named("k")).status,
            201);
  const auto refused = [&](const std::string& target, const std::string& other) {
    const ApiAnswer answer = post(target, other, named("k"));
    EXPECT_EQ(answer.status, 422) << target << " " << other;
    EXPECT_EQ(answer.problem(), "idempotency-key-reused");
  };
  refused("/v1/accounts/1/withdrawals", body(301, R"(,"reference":"a")"));
  refused("/v1/accounts/1/withdrawals", body(300, R"(,"reference":"b")"));
  refused("/v1/accounts/1/withdrawals", body(300));
  refused("/v1/accounts/1/fees", body(300, R"(,"reference":"a")"));
  refused("/v1/accounts/3/withdrawals", body(300, R"(,"reference":"a")"));  // another program's
  refused("/v1/wires", wire(300));
  EXPECT_EQ(balance(1), "9700 0");
  EXPECT_EQ(balance(3), "1000 0");
  // And goes on to stand for the first.
  EXPECT_EQ(post("/v1/accounts/1/withdrawals", body(300, R"(,"reference":"a")"), named("k")).status,
            201);
  EXPECT_EQ(balance(1), "9700 0");
  // The keys of another caller's program are apart.
  EXPECT_EQ(post("/v1/accounts/1/withdrawals", body(300), demo_key() + named("k")).status, 201);
}

TEST_F(Money, IsMovedOnceByManyAtTheSameTime) {
  std::vector<std::thread> threads;
  std::vector<ApiAnswer> answers(8);
  for (ApiAnswer& answer : answers) {
    threads.emplace_back(
        [&] { answer = post("/v1/accounts/1/withdrawals", body(300), named("k")); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const ApiAnswer& answer : answers) EXPECT_EQ(answer.body, answers[0].body);
  EXPECT_EQ(balance(1), "9700 0");
}

TEST_F(Money, IsTakenToTheLastUnitAndNotOneFurther) {
  const ApiAnswer beyond = post("/v1/accounts/1/withdrawals", body(10'001), named("k"));
  EXPECT_EQ(beyond.status, 409);
  EXPECT_EQ(beyond.problem(), "declined");
  EXPECT_EQ(beyond.text("reason"), "insufficient_funds");
  EXPECT_EQ(beyond.text("transfer.status"), "declined");
  const std::string id = beyond.text("transfer.id");
  EXPECT_EQ(get("/v1/transfers/" + id).text("reason"), "insufficient_funds");
  EXPECT_EQ(post("/v1/accounts/1/withdrawals", body(10'000)).status, 201);
  EXPECT_EQ(balance(1), "0 0");
  // What was declined stays declined under its key.
  EXPECT_EQ(post("/v1/accounts/1/top-ups", body(20'000)).status, 201);
  const ApiAnswer again = post("/v1/accounts/1/withdrawals", body(10'001), named("k"));
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.at("transfer"), beyond.at("transfer"));
}

TEST_F(Money, IsDeclinedForTheStateOfTheAccount) {
  ledger().apply(core::ChangeAccount{{1}, core::AccountStatus::frozen, 0, 0, core::Kyc::none});
  EXPECT_EQ(post("/v1/accounts/1/fees", body(1)).text("reason"), "account_frozen");
  EXPECT_EQ(post("/v1/accounts/1/top-ups", body(1)).status, 201);
  EXPECT_EQ(post("/v1/transfers", transfer(1, 2, 1)).text("reason"), "account_frozen");
  EXPECT_EQ(post("/v1/transfers", transfer(2, 99, 1)).text("reason"), "account_unknown");
  EXPECT_EQ(
      post("/v1/accounts/2/top-ups", R"({"amount":{"minor":1,"currency":"EUR"}})").text("reason"),
      "currency_mismatch");
}

TEST_F(Money, MovesBetweenProgramsByTheSourcesKeyAlone) {
  const ApiAnswer moved = post("/v1/transfers", transfer(1, 2, 400), demo_key());
  ASSERT_EQ(moved.status, 201) << moved.body;
  EXPECT_EQ(balance(1), "9600 0");
  EXPECT_EQ(balance(2), "400 0");
  // Whoever was paid sees it, but not by whom.
  const ApiAnswer seen = get(moved.field("location"), other_key());
  EXPECT_TRUE(seen.at("from").is_null());
  EXPECT_EQ(seen.at("to").get_int64(), 2);
  EXPECT_EQ(get("/v1/transfers?account=2", other_key()).at("items.0.id"), moved.at("id"));
  EXPECT_EQ(get("/v1/transfers", other_key()).body, R"({"items":[],"next_cursor":null})");

  for (const auto& [target, request] :
       std::vector<std::pair<std::string, std::string>>{{"/v1/transfers", transfer(1, 2, 1)},
                                                        {"/v1/accounts/1/top-ups", body(1)},
                                                        {"/v1/accounts/1/withdrawals", body(1)},
                                                        {"/v1/wires", wire(1)}}) {
    EXPECT_EQ(post(target, request, other_key()).status, 404) << target;
  }
  const ApiAnswer own = post("/v1/accounts/1/fees", body(5), demo_key());
  EXPECT_EQ(get(own.field("location"), other_key()).status, 404);
  EXPECT_EQ(get("/v1/transfers?account=1", other_key()).status, 404);
  EXPECT_EQ(sql("SELECT count(*) FROM authd.transfer"), "2");
  EXPECT_EQ(sql("SELECT count(*) FROM authd.transfer_detail"), "2");
}

TEST_F(Money, NeedsTheScope) {
  const std::string reader = key("demo", {Scope::money_read});
  EXPECT_EQ(post("/v1/accounts/1/top-ups", body(1), reader).status, 403);
  EXPECT_EQ(post("/v1/wires", wire(1), reader).status, 403);
  EXPECT_EQ(get("/v1/transfers", reader).status, 200);
  EXPECT_EQ(get("/v1/transfers", key("demo", {Scope::money_write})).status, 403);
}

TEST_F(Money, IsRefusedWithEverythingThatIsWrong) {
  EXPECT_EQ(
      post("/v1/accounts/1/top-ups", R"({"amount":{"minor":0,"currency":"XXY"},"a":1})").errors(),
      (Errors{"amount.minor: must be an integer from 1 to 9007199254740991",
              "amount.currency: must be a currency of ISO 4217", "a: is not a known field"}));
  EXPECT_EQ(post("/v1/transfers", transfer(1, 1, 5)).errors(),
            (Errors{"to: must be another account"}));
  EXPECT_EQ(
      post("/v1/wires", R"({"account":1,"amount":)" + usd(1) + R"(,"counterparty":{}})").errors(),
      (Errors{"counterparty.name: is required", "counterparty.account: is required",
              "counterparty.bank: is required"}));
  EXPECT_EQ(post("/v1/accounts/77/top-ups", body(1)).status, 404);
}

TEST_F(Money, IsFoundOutAboutWithTheSameKey) {
  ledger().fail_after(MoveFault::not_in_ledger_yet);
  const ApiAnswer unknown = post("/v1/accounts/1/withdrawals", body(300), named("k"));
  EXPECT_EQ(unknown.status, 503);
  EXPECT_EQ(unknown.problem(), "not-applied-yet");
  ledger().fail_after(std::nullopt);
  EXPECT_EQ(post("/v1/accounts/1/withdrawals", body(300), named("k")).status, 201);
  EXPECT_EQ(balance(1), "9700 0");
}

TEST_F(Money, IsNotMovedWhenTheSequencerTakesNoMore) {
  for (const MoveFault fault : {MoveFault::overloaded, MoveFault::storage}) {
    ledger().fail_before(fault);
    const ApiAnswer refused = post("/v1/accounts/1/withdrawals", body(300), named("k"));
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.problem(), "overloaded");
    EXPECT_EQ(refused.field("retry-after"), "1");
  }
  EXPECT_EQ(balance(1), "10000 0");
  ledger().fail_before(std::nullopt);
  EXPECT_EQ(post("/v1/accounts/1/withdrawals", body(300), named("k")).status, 201);
  restart({});
  EXPECT_EQ(post("/v1/accounts/1/withdrawals", body(300)).problem(), "unavailable");
}

TEST_F(Money, IsListedNewestFirstAndFiltered) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    if (i % 2 == 0) ledger().advance(core::us_per_s);  // two share a moment
    ids.insert(ids.begin(), post("/v1/accounts/1/top-ups", body(10 + i)).text("id"));
  }
  ids.insert(ids.begin(), post("/v1/accounts/1/fees", body(90'000)).text("transfer.id"));
  for (const auto& [target, key] :
       {std::pair("/v1/transfers", ""), std::pair("/v1/transfers", demo_key().c_str()),
        std::pair("/v1/transfers?account=1", "")}) {
    const Pages listed = pages(target, key);
    std::vector<std::string> seen;
    for (const auto& item : listed.items) seen.push_back(string_at(item, "id"));
    EXPECT_EQ(seen, ids) << target;
    EXPECT_EQ(listed.count, 3);
  }
  EXPECT_EQ(pages("/v1/transfers?kind=top_up").items.size(), 5U);
  EXPECT_EQ(pages("/v1/transfers?status=declined").items.size(), 1U);
  EXPECT_EQ(pages("/v1/transfers?account=2").items.size(), 0U);
  // The beginning is within, the end is not.
  const std::string first = get("/v1/transfers/" + ids.back()).text("requested_at");
  const std::string last = get("/v1/transfers/" + ids[0]).text("requested_at");
  EXPECT_EQ(pages("/v1/transfers?from=" + first).items.size(), 6U);
  EXPECT_EQ(pages("/v1/transfers?to=" + last).items.size(), 4U);
  EXPECT_EQ(get("/v1/transfers?from=" + last + "&to=" + last).status, 400);
  EXPECT_EQ(get("/v1/transfers?fields=id,status&limit=1").body.find("amount"), std::string::npos);
  EXPECT_EQ(get("/v1/transfers?kind=bribe").status, 400);
}

TEST_F(Money, BetweenTwoWalletsIsListedOnceForEach) {
  const ApiAnswer moved = post("/v1/transfers", transfer(1, 2, 40));
  ASSERT_EQ(moved.status, 201) << moved.body;
  for (const char* account : {"1", "2"}) {
    const Pages listed = pages(std::string("/v1/transfers?account=") + account);
    ASSERT_EQ(listed.items.size(), 1U);
    EXPECT_EQ(listed.items[0].at("id"), moved.at("id"));
    const Pages booked = pages(std::string("/v1/accounts/") + account + "/transactions");
    ASSERT_GE(booked.items.size(), 1U);
    EXPECT_EQ(booked.items[0].at("transfer"), moved.at("id"));
  }
}

// Whatever a wallet and a program have moved before.
TEST_F(Money, APageReadsNoMoreThanItShows) {
  sql("INSERT INTO authd.transfer (begun_seq, changed_seq, amount_minor, from_account_id,"
      " to_account_id, requested_at, changed_at, shard, kind, status, reason, reserve, mirrored,"
      " currency, program, id) SELECT n, n, 1, 1 + n % 2, 2 - n % 2, now() - n * interval '1 hour',"
      " now(), 9, 4, 3, 0, false, false, 'USD', 'demo', 'old-' || n FROM generate_series(1, 2000) "
      "AS n");
  sql("ANALYZE authd.transfer");
  const std::string rest =
      ", 0::smallint, 0::smallint, '-infinity', 'infinity', 'infinity', 9, 9, 21";
  const std::string types =
      ", smallint, smallint, timestamptz, timestamptz, timestamptz, integer, bigint, bigint";
  for (const auto& [statement, type, parameter] :
       {std::tuple("transfer_list", "text", "''"),
        std::tuple("transfer_list_program", "text", "'demo'"),
        std::tuple("transfer_list_account", "bigint", "1")}) {
    // Of an account two pages: what it gave and what it got.
    EXPECT_LE(most_rows(api::transfers_resource(), statement, type + types, parameter + rest), 42)
        << statement;
  }
}

TEST_F(Money, OfACreditRowIsShownWithItsReference) {
  core::MoveMoney credit{*core::ProgramId::from("credit"),
                         core::test::id("1"),
                         core::TransferKind::top_up,
                         {},
                         {1},
                         {70, core::test::usd},
                         false,
                         true};
  sql("INSERT INTO authd.credit (id, account_id, amount_minor, currency, reference)"
      " VALUES (1, 1, 70, 'USD', 'gift')");
  ledger().apply(credit);
  const ApiAnswer listed = get("/v1/transfers?account=1", demo_key());
  EXPECT_EQ(listed.text("items.0.reference"), "gift");
  EXPECT_EQ(get("/v1/transfers/1", demo_key()).text("reference"), "gift");
  EXPECT_EQ(get("/v1/transfers/1", other_key()).status, 404);
}

class Wires : public MoneyTest {
 protected:
  std::string request(std::int64_t minor) {
    const ApiAnswer requested = post("/v1/wires", wire(minor));
    EXPECT_EQ(requested.status, 201) << requested.body;
    EXPECT_EQ(requested.text("status"), "requested");
    EXPECT_EQ(get(requested.field("location")).body, requested.body);
    return requested.field("location");
  }
};

TEST_F(Wires, HoldTheirAmountUntilTheyAreSettled) {
  const std::string path = request(2'500);
  EXPECT_EQ(balance(1), "10000 2500");
  EXPECT_EQ(get(path).text("counterparty.account"), "DE02");
  ledger().advance(core::us_per_s);
  const ApiAnswer sent = post(path + "/sent", "{}");
  EXPECT_EQ(sent.text("status"), "sent");
  EXPECT_EQ(balance(1), "10000 2500");
  ledger().advance(core::us_per_s);
  const ApiAnswer settled = post(path + "/settled", "{}");
  EXPECT_EQ(settled.text("status"), "settled");
  EXPECT_EQ(settled.at("sent_at"), sent.at("sent_at"));
  EXPECT_NE(settled.at("settled_at"), sent.at("sent_at"));
  EXPECT_EQ(balance(1), "7500 0");
  EXPECT_EQ(get(path).body, settled.body);
  const std::string id = settled.text("id");
  EXPECT_EQ(get("/v1/transfers/" + id).text("status"), "posted");
}

TEST_F(Wires, GiveBackWhatCameBackAtAnyTime) {
  const std::string requested = request(100);
  EXPECT_EQ(post(requested + "/returned", "{}").text("status"), "returned");
  const std::string settled = request(100);
  EXPECT_EQ(post(settled + "/settled", "{}").status, 200);
  EXPECT_EQ(balance(1), "9900 0");
  EXPECT_EQ(post(settled + "/returned", "{}").text("status"), "returned");
  EXPECT_EQ(balance(1), "10000 0");
}

TEST_F(Wires, TakeAStepOnceAndOnlyWhereItFollows) {
  const std::string path = request(100);
  const ApiAnswer sent = post(path + "/sent", "{}", named("s"));
  const std::size_t records = ledger().records();
  EXPECT_EQ(post(path + "/sent", "{}", named("s")).body, sent.body);
  EXPECT_EQ(post(path + "/sent", "{}").body, sent.body);
  EXPECT_EQ(post(path + "/settled", "{}", named("s")).problem(), "idempotency-key-reused");
  EXPECT_EQ(ledger().records(), records);
  EXPECT_EQ(post(path + "/settled", "{}").status, 200);
  // Said again later it is no error; the stored answer is the one of that time.
  EXPECT_EQ(post(path + "/sent", "{}").text("status"), "settled");
  EXPECT_EQ(post(path + "/sent", "{}", named("s")).text("status"), "sent");

  const std::string returned = request(100);
  EXPECT_EQ(post(returned + "/returned", "{}").status, 200);
  const ApiAnswer wrong = post(returned + "/settled", "{}");
  EXPECT_EQ(wrong.status, 409);
  EXPECT_EQ(wrong.problem(), "wrong-state");
  EXPECT_EQ(wrong.text("transfer.status"), "returned");
  EXPECT_EQ(post(returned + "/sent", "{}").problem(), "wrong-state");
  EXPECT_EQ(balance(1), "9900 0");
}

TEST_F(Wires, AreAnsweredAsTheyWereBegun) {
  const ApiAnswer first = post("/v1/wires", wire(100), named("w"));
  ledger().advance(core::us_per_s);
  EXPECT_EQ(post(first.field("location") + "/settled", "{}").status, 200);
  EXPECT_EQ(post("/v1/wires", wire(100), named("w")).body, first.body);
  const std::string elsewhere =
      R"({"account":1,"amount":)" + usd(100) +
      R"(,"counterparty":{"name":"ACME","account":"DE03","bank":"BANKDEFF"}})";
  EXPECT_EQ(post("/v1/wires", elsewhere, named("w")).problem(), "idempotency-key-reused");
  EXPECT_EQ(post("/v1/accounts/1/fees", body(100), named("w")).problem(), "idempotency-key-reused");
  EXPECT_EQ(balance(1), "9900 0");
}

TEST_F(Wires, BelongToOneProgram) {
  const ApiAnswer own = post("/v1/wires", wire(100), demo_key());
  const std::string path = own.field("location");
  EXPECT_EQ(get(path, demo_key()).status, 200);
  EXPECT_EQ(get(path, other_key()).status, 404);
  EXPECT_EQ(post(path + "/returned", "{}", other_key()).status, 404);
  EXPECT_EQ(balance(1), "10000 100");
  const std::string fee = post("/v1/accounts/1/fees", body(5)).text("id");
  EXPECT_EQ(get("/v1/wires/" + fee).status, 404);
  EXPECT_EQ(post("/v1/wires/" + fee + "/returned", "{}").status, 404);
  const ApiAnswer beyond = post("/v1/wires", wire(9'896));
  EXPECT_EQ(beyond.text("reason"), "insufficient_funds");
  EXPECT_EQ(beyond.text("transfer.status"), "declined");
  EXPECT_EQ(post("/v1/wires", wire(9'895)).status, 201);
}

}  // namespace

}  // namespace authd::test
