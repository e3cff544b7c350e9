// What was booked on an account, and what holds its money.

#include <gtest/gtest.h>

#include "authd/api/entry_row.h"
#include "tests/api/money_fixture.h"

namespace authd::test {

namespace {

using core::EventKind;

class History : public MoneyTest {
 protected:
  static std::vector<std::string> kinds(const Pages& pages) {
    std::vector<std::string> result;
    for (const auto& item : pages.items) result.push_back(string_at(item, "kind"));
    return result;
  }
};

using Words = std::vector<std::string>;

TEST_F(History, HasTheWordsOfTheLedger) {
  std::string words;
  for (const std::string_view kind : api::entry_kinds) words += std::string(kind) + " ";
  EXPECT_EQ(sql("SELECT string_agg(name, ' ' ORDER BY kind) || ' ' FROM authd.entry_kind"), words);
}

TEST_F(History, TellsWhatWasBookedNewestFirst) {
  ask("m1", 1'000);
  tell(EventKind::cleared, "n1", "m1", 1'200);
  ask("m2", 99'999);  // declined: nothing is booked
  const std::string wire =
      post("/v1/wires", R"({"account":1,"amount":)" + usd(50) +
                            R"(,"counterparty":{"name":"a","account":"b","bank":"c"},)"
                            R"("reference":"rent"})")
          .field("location");
  post("/v1/transfers", R"({"from":1,"to":2,"amount":)" + usd(7) + "}");  // at the same moment
  ledger().advance(core::us_per_s);
  post(wire + "/settled", "{}");
  ledger().advance(core::us_per_s);
  post(wire + "/returned", "{}");

  const Pages all = pages("/v1/accounts/1/transactions");
  EXPECT_EQ(kinds(all), (Words{"wire_return", "wire", "transfer", "reservation", "clearing",
                               "authorization", "opening_balance"}));
  EXPECT_EQ(all.count, 4);
  const auto& clearing = all.items[4];
  EXPECT_EQ(minor_at(clearing, "posted"), -1'200);
  EXPECT_EQ(minor_at(clearing, "held"), -1'000);
  EXPECT_EQ(string_at(clearing, "message"), "n1");
  EXPECT_EQ(string_at(clearing, "authorization"), "m1");
  const auto& authorization = all.items[5];
  EXPECT_EQ(minor_at(authorization, "posted"), 0);
  EXPECT_EQ(minor_at(authorization, "held"), 1'000);
  EXPECT_EQ(string_at(authorization, "message"), "m1");
  EXPECT_EQ(string_at(authorization.at("card").get_object(), "token"), "card-1");
  EXPECT_EQ(string_at(authorization.at("merchant").get_object(), "mcc"), "5411");
  for (const std::size_t step : {0U, 1U, 3U}) {
    EXPECT_EQ("/v1/wires/" + string_at(all.items[step], "transfer"), wire) << step;
    EXPECT_EQ(string_at(all.items[step], "reference"), "rent");
  }
  EXPECT_EQ(minor_at(all.items[0], "posted"), 50);
  EXPECT_EQ(minor_at(all.items[3], "held"), 50);
  EXPECT_TRUE(all.items[6].at("card").is_null());
  EXPECT_TRUE(all.items[6].at("transfer").is_null());

  // The other side of the transfer.
  const Pages paid = pages("/v1/accounts/2/transactions", other_key());
  EXPECT_EQ(kinds(paid), (Words{"transfer"}));
  EXPECT_EQ(minor_at(paid.items[0], "posted"), 7);
  EXPECT_EQ(string_at(paid.items[0], "transfer"), string_at(all.items[2], "transfer"));
}

TEST_F(History, IsFilteredByKindTimeAndCard) {
  ask("m1", 1'000);
  const std::string begin =
      sql("SELECT to_char(max(decided_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
          " FROM authd.decision");
  tell(EventKind::reversed, "n1", "m1", 400);
  core::Event expiry;
  expiry.program = core::test::demo;
  expiry.notice = core::test::id("n2");
  expiry.authorization = core::test::id("m1");
  expiry.kind = EventKind::expired;  // names no card
  expiry.amount = {0, core::test::usd};
  ledger().apply(expiry);
  post("/v1/accounts/1/fees", R"({"amount":)" + usd(5) + "}");
  EXPECT_EQ(kinds(pages("/v1/accounts/1/transactions?card=card-1")),
            (Words{"expiry", "release", "authorization"}));
  EXPECT_EQ(pages("/v1/accounts/1/transactions?card=card-2").items.size(), 0U);
  EXPECT_EQ(kinds(pages("/v1/accounts/1/transactions?kind=fee")), (Words{"fee"}));
  EXPECT_EQ(kinds(pages("/v1/accounts/1/transactions?to=" + begin)), (Words{"opening_balance"}));
  EXPECT_EQ(pages("/v1/accounts/1/transactions?from=" + begin).items.size(), 4U);
  const ApiAnswer slim = get("/v1/accounts/1/transactions?fields=kind&limit=1");
  EXPECT_EQ(slim.body.find(R"({"items":[{"kind":"fee"}],)"), 0U) << slim.body;
}

TEST_F(History, ReadsMonthsThatWereDetached) {
  ask("m1", 1'000);
  ledger().advance(40 * core::us_per_day);
  post("/v1/accounts/1/fees", R"({"amount":)" + usd(5) + "}");
  for (const std::string table : {"decision", "event", "journal_entry", "posting"}) {
    const std::string leaf = "authd." + table + "_2026_11";
    sql("ALTER TABLE authd." + table + " DETACH PARTITION " + leaf);
    sql("ALTER TABLE " + leaf + " SET SCHEMA authd_archive");
  }
  sql("SELECT authd.refresh_history_views()");
  EXPECT_EQ(kinds(pages("/v1/accounts/1/transactions?kind=authorization")),
            (Words{"authorization"}));
  EXPECT_EQ(pages("/v1/accounts/1/transactions?card=card-1").items.size(), 1U);
  EXPECT_EQ(get("/v1/authorizations/demo/m1").status, 200);
}

TEST_F(History, TellsWhatHoldsMoney) {
  ask("m1", 1'000);
  tell(EventKind::cleared, "n1", "m1", 300);
  ask("m2", 500);
  tell(EventKind::reversed, "n2", "m2", 500);
  const std::string wire = post("/v1/wires", R"({"account":1,"amount":)" + usd(50) +
                                                 R"(,"counterparty":{"name":"a","account":"b",)"
                                                 R"("bank":"c"}})")
                               .text("id");
  const Pages open = pages("/v1/accounts/1/holds");
  ASSERT_EQ(kinds(open), (Words{"transfer", "authorization"}));
  EXPECT_EQ(string_at(open.items[0], "transfer"), wire);
  EXPECT_EQ(string_at(open.items[0], "status"), "reserved");
  EXPECT_EQ(minor_at(open.items[0], "held"), 50);
  EXPECT_EQ(string_at(open.items[1], "authorization"), "m1");
  EXPECT_EQ(minor_at(open.items[1], "held"), 700);
  EXPECT_EQ(minor_at(open.items[1], "authorized"), 1'000);
  EXPECT_EQ(minor_at(open.items[1], "cleared"), 300);
  post("/v1/wires/" + wire + "/settled", "{}");
  EXPECT_EQ(kinds(pages("/v1/accounts/1/holds?state=open")), (Words{"authorization"}));
  const Pages all = pages("/v1/accounts/1/holds?state=all");
  EXPECT_EQ(kinds(all), (Words{"transfer", "authorization", "authorization"}));
  EXPECT_EQ(minor_at(all.items[0], "cleared"), 50);
  EXPECT_EQ(minor_at(all.items[1], "held"), 0);
  EXPECT_EQ(all.count, 2);
}

TEST_F(History, IsOfTheOwnProgramAlone) {
  for (const std::string list : {"transactions", "holds", "authorizations"}) {
    const std::string target = "/v1/accounts/1/" + list;
    EXPECT_EQ(get(target, other_key()).status, 404) << list;
    EXPECT_EQ(get(target, demo_key()).status, 200) << list;
    EXPECT_EQ(get("/v1/accounts/77/" + list).status, 404) << list;
    EXPECT_EQ(get(target, key("demo", {api::Scope::money_read})).status, 403) << list;
    EXPECT_EQ(get(target + "?nonsense=1").status, 400) << list;
    EXPECT_EQ(get(target + "?cursor=AAAA").status, 400) << list;
  }
}

}  // namespace

}  // namespace authd::test
