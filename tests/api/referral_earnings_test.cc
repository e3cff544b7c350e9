// What members have earned, are owed and were paid, who has earned most, adjustments and cases.

#include "authd/api/referral_earnings.h"

#include <gtest/gtest.h>

#include "tests/api/referral_fixture.h"

namespace authd::test {

namespace {

class ReferralEarnings : public ReferralTest {
 protected:
  void SetUp() override {
    ReferralTest::SetUp();
    above = member();
    below = member(code_of(above));
  }
  // The case about the member's claim.
  std::string suspect(const std::string& member) {
    const std::string id =
        sql("INSERT INTO authd.referral_case (holder_id, kind, program)"
            " VALUES (" +
            member + ", 2, 'demo') RETURNING id");
    sql("UPDATE authd.referral_member SET case_id = " + id + " WHERE holder_id = " + member);
    return id;
  }
  std::size_t count(const std::string& query) {
    return pages(path(above, "/earnings") + query).items.size();
  }
  ApiAnswer adjust(const std::string& minor, const std::string& currency = "USD",
                   const std::string& fields = "") {
    return post("/v1/referrals/adjustments",
                R"({"holder":)" + above + R"(,"amount":{"minor":)" + minor + R"(,"currency":")" +
                    currency + R"("},"reason":"by hand"})",
                fields);
  }
  std::string above;
  std::string below;
};

TEST_F(ReferralEarnings, StatsAreTheSumsOfWhatWasWritten) {
  book(above, below, {.minor = 500, .source = 1, .at = "now() - interval '3 days'"});
  book(above, below, {.minor = 300, .level = 2, .source = 2, .at = "now() - interval '3 days'"});
  book(above, below, {.minor = -200, .kind = 2, .source = 1, .entry = 9});
  book(above, below, {.minor = 40, .source = 3});  // payable from tomorrow on
  ASSERT_EQ(adjust("-50").status, 201);
  EXPECT_EQ(stat(above, "earned"), 840);
  EXPECT_EQ(stat(above, "reversed"), -200);
  EXPECT_EQ(stat(above, "adjusted"), -50);
  EXPECT_EQ(stat(above, "net"), 590);
  EXPECT_EQ(stat(above, "levels.0.net"), 340);
  EXPECT_EQ(stat(above, "levels.1.net"), 300);
  EXPECT_EQ(stat(above, "payable"), 600);
  EXPECT_EQ(stat(above, "pending"), -10);
  EXPECT_EQ(stat(above, "held"), 0);
  EXPECT_EQ(stat(above, "paid"), 0);
  EXPECT_EQ(get(path(above, "/stats")).at("sources"), 3);

  // A payout of today takes what is payable.
  sql("INSERT INTO authd.account (status, program, holder_id, currency) VALUES (1, 'demo', " +
      above + ", 'USD')");
  EXPECT_EQ(sql("SELECT outcome FROM authd.referral_pay(" + above +
                ", (now() AT TIME ZONE 'Europe/Berlin')::date)"),
            "1");
  EXPECT_EQ(stat(above, "paid"), 600);
  EXPECT_EQ(stat(above, "payable"), 0);
  EXPECT_EQ(stat(above, "pending"), -10);
  const ApiAnswer paid = get(path(above, "/payouts"));
  EXPECT_EQ(paid.at("items.0.amount.minor"), 600);
  const ApiAnswer dues = get(path(above, "/dues"));
  ASSERT_EQ(dues.at("items").as_array().size(), 1U);
  EXPECT_EQ(dues.text("items.0.state"), "pending");
  EXPECT_EQ(dues.at("items.0.earnings"), 2);
}

TEST_F(ReferralEarnings, CapsAreThoseOfTheTermsInForce) {
  EXPECT_TRUE(get(path(above, "/stats")).at("caps.day.cap").is_null());
  ASSERT_EQ(post("/v1/referrals/programs/demo/terms",
                 R"({"rates":[{"kind":"purchase","level":1,"percent":"1.00"}],)"
                 R"("cap_day_minor":1000,"cap_month_minor":5000})")
                .status,
            201);
  book(above, below, {.minor = 700, .source = 1});
  book(above, below, {.minor = -700, .kind = 2, .source = 1, .entry = 2});
  EXPECT_EQ(stat(above, "caps.day.cap"), 1'000);
  EXPECT_EQ(stat(above, "caps.day.used"), 700);  // what is taken back makes no room
  EXPECT_EQ(stat(above, "caps.month.used"), 700);
  const std::string today = sql("SELECT (now() AT TIME ZONE 'Europe/Berlin')::date");
  EXPECT_GT(get(path(above, "/stats")).text("next_payout_on"), today);  // payout_from: tomorrow
  ASSERT_EQ(post("/v1/referrals/programs/demo/pause", R"({"reason":"x"})").status, 200);
  EXPECT_TRUE(get(path(above, "/stats")).at("next_payout_on").is_null());
}

TEST_F(ReferralEarnings, AreListedNewestFirstAndByWhatIsAskedFor) {
  const std::string third = member(code_of(below));
  sql("INSERT INTO authd.referral_source (shard, seq, origin, holder_id, amount_minor,"
      " reversed_minor, booked_at, terms_id, source_kind) VALUES (1, 1, 1, " +
      below + ", 50000, 0, now(), 0, 1)");
  book(above, below, {.minor = 500, .source = 1, .at = "'2026-01-10T12:00:00Z'"});
  book(above, third, {.minor = 300, .level = 2, .source = 2, .at = "'2026-02-10T12:00:00Z'"});
  book(above, below,
       {.minor = -100, .kind = 2, .source = 1, .entry = 3, .at = "'2026-03-10T12:00:00Z'"});
  ASSERT_EQ(adjust("7").status, 201);
  const auto all = pages(path(above, "/earnings")).items;
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(string_at(all[0], "kind"), "adjusted");
  EXPECT_TRUE(all[0].at("source").is_null());
  EXPECT_FALSE(all[0].at("adjustment").is_null());
  EXPECT_EQ(string_at(all[1], "kind"), "reversed");
  EXPECT_EQ(all[1].at("entry"), 3);
  EXPECT_EQ(minor_at(all[3], "amount"), 500);
  EXPECT_EQ(minor_at(all[3].at("source").as_object(), "amount"), 50'000);
  EXPECT_EQ(string_at(all[3].at("source").as_object(), "kind"), "purchase");
  EXPECT_EQ(string_at(all[3], "payable_on"), "2026-01-11");
  EXPECT_EQ(count("?kind=earned"), 2U);
  EXPECT_EQ(count("?level=2"), 1U);
  EXPECT_EQ(count("?source=" + third), 1U);
  EXPECT_EQ(count("?from=2026-02-10T12:00:00Z&to=2026-03-10T12:00:00Z"), 1U);
  EXPECT_EQ(
      get(path(above, "/earnings") + "?from=2026-02-10T12:00:00Z&to=2026-02-10T12:00:00Z").status,
      400);
  EXPECT_EQ(get(path(above, "/earnings") + "?level=0").status, 400);
}

TEST_F(ReferralEarnings, PagesStayAsTheyAreWhenMoreIsEarned) {
  for (int i = 1; i <= 4; ++i) book(above, below, {.minor = i, .source = i});
  const ApiAnswer one = get(path(above, "/earnings") + "?limit=2");
  book(above, below, {.minor = 9, .source = 9});
  const ApiAnswer two =
      get(path(above, "/earnings") + "?limit=2&cursor=" + one.text("next_cursor"));
  EXPECT_EQ(two.at("items.0.amount.minor"), 2);
  EXPECT_EQ(two.at("items.1.amount.minor"), 1);
  EXPECT_TRUE(two.at("next_cursor").is_null());
}

// The plan that PostgreSQL keeps, with every filter that callers may give: a member at the top of
// the tree has earned too often to be read as a whole for each page.
TEST_F(ReferralEarnings, APageReadsNoMoreThanItShows) {
  std::string earners = above;
  for (int i = 0; i < 20; ++i) earners += "," + member();
  sql("SELECT authd.referral_book(1, array_agg((ARRAY[" + earners +
      "]::bigint[])[1 + n % 21]), array_agg(" + below +
      "::bigint), array_agg(n), array_agg(n), array_agg(1::bigint), array_agg(now()),"
      " array_agg(0::bigint), array_agg(1::smallint), array_agg(1::smallint), array_agg(0::bigint))"
      " FROM generate_series(1::bigint, 4200) AS n");
  // As of a hundred members: of few it would go down an index of all.
  sql("ALTER TABLE authd.referral_earning ALTER COLUMN holder_id SET (n_distinct = 100)");
  sql("ANALYZE authd.referral_earning, authd.referral_due");
  EXPECT_EQ(
      most_rows(api::referral_earnings_resource(), "referral_earnings",
                "bigint, bigint, bigint, smallint, smallint, timestamptz, timestamptz, bigint",
                above + ", 9000000000000000000, 21, 0::smallint, 0::smallint, '-infinity',"
                        " 'infinity', 0"),
      21);
}

TEST_F(ReferralEarnings, DuesAreListedByDayAndCase) {
  const std::string id = suspect(below);
  for (int i = 1; i <= 3; ++i) {
    book(above, below,
         {.minor = i, .source = i, .at = "'2026-01-0" + std::to_string(i) + "T12:00:00Z'"});
  }
  book(above, below, {.minor = 9, .source = 9, .under = id, .at = "'2026-01-02T12:00:00Z'"});
  const auto all = pages(path(above, "/dues")).items;
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(minor_at(all[1], "amount"), 2);
  EXPECT_EQ(minor_at(all[2], "amount"), 9);
  EXPECT_EQ(string_at(all[2], "state"), "held");
  EXPECT_EQ(string_at(all[3], "payable_on"), "2026-01-04");
  EXPECT_EQ(string_at(all[3], "state"), "payable");
}

TEST_F(ReferralEarnings, PayoutsAreListedNewestFirst) {
  for (int day = 1; day <= 3; ++day) {
    const std::string text = std::to_string(day);
    sql("WITH c AS (INSERT INTO authd.credit (account_id, amount_minor, kind, currency)"
        " VALUES (1, " +
        text +
        ", 6, 'USD') RETURNING id)"
        " INSERT INTO authd.referral_payout (program, holder_id, day, amount_minor, account_id,"
        " credit_id) SELECT 'demo', " +
        above + ", '2026-01-0" + text + "', " + text + ", 1, id FROM c");
    sql("UPDATE authd.referral_stat SET paid_minor = paid_minor + " + text +
        " WHERE holder_id = " + above);
  }
  const auto all = pages(path(above, "/payouts")).items;
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(string_at(all[0], "day"), "2026-01-03");
  EXPECT_EQ(minor_at(all[2], "amount"), 1);
  // The rows of this test come without the dues that payouts take.
  sql("ALTER TABLE authd.referral_payout DISABLE TRIGGER append_only");
  sql("DELETE FROM authd.referral_payout");
  sql("UPDATE authd.referral_stat SET paid_minor = 0");
}

TEST_F(ReferralEarnings, LeadersAreThoseWhoHaveEarnedMost) {
  const std::string other = member();
  const std::string last = member();
  member();  // has earned nothing
  book(above, below, {.minor = 100, .source = 1, .at = "'2026-01-10T12:00:00Z'"});
  book(other, below, {.minor = 100, .level = 2, .source = 1, .at = "'2026-01-10T12:00:00Z'"});
  book(last, below, {.minor = 30, .source = 2, .at = "'2026-01-31T23:30:00Z'"});  // February there
  book(last, below, {.minor = 500, .source = 3, .at = "'2026-01-11T12:00:00Z'"});
  const auto leaders = [&](const std::string& query) {
    const ApiAnswer answer = get("/v1/referrals/leaderboard" + query);
    EXPECT_EQ(answer.status, 200) << answer.body;
    std::string text;
    const auto items = answer.at("items");
    for (const auto& item : items.as_array()) {
      const auto& one = item.as_object();
      const std::string id = std::to_string(one.at("holder").as_int64());
      text += std::to_string(one.at("rank").as_int64()) +
              (id == above   ? "above "
               : id == other ? "other "
                             : "last ") +
              std::to_string(minor_at(one, "net")) + ";";
    }
    return text;
  };
  EXPECT_EQ(leaders("?program=demo"), "1last 530;2above 100;3other 100;");
  EXPECT_EQ(leaders("?program=demo&limit=1"), "1last 530;");
  EXPECT_EQ(leaders("?program=demo&span=day&on=2026-01-10"), "1above 100;2other 100;");
  EXPECT_EQ(leaders("?program=demo&span=month&on=2026-01-20"), "1last 500;2above 100;3other 100;");
  EXPECT_EQ(leaders("?program=demo&span=month&on=2026-02-28"), "1last 30;");
  EXPECT_EQ(leaders("?program=demo&span=day"), "");
  EXPECT_EQ(leaders("?program=other"), "");
  EXPECT_EQ(get("/v1/referrals/leaderboard", demo_key()).at("items").as_array().size(), 3U);
  EXPECT_EQ(get("/v1/referrals/leaderboard?program=demo", other_key()).status, 404);
  EXPECT_EQ(get("/v1/referrals/leaderboard?program=third").status, 404);
  EXPECT_EQ(get("/v1/referrals/leaderboard").status, 400);
  EXPECT_EQ(get("/v1/referrals/leaderboard?program=demo&on=2026-01-10").status, 400);
  EXPECT_EQ(get("/v1/referrals/leaderboard?program=demo&span=day&on=2026-02-30").status, 400);
  EXPECT_EQ(get("/v1/referrals/leaderboard?program=demo&limit=100").status, 200);
  EXPECT_EQ(get("/v1/referrals/leaderboard?program=demo&limit=101").status, 400);
}

TEST_F(ReferralEarnings, AdjustmentsAreMadeOnceAndListed) {
  const ApiAnswer made = adjust("250", "USD", named("one"));
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("reason"), "by hand");
  EXPECT_EQ(adjust("250", "USD", named("one")).body, made.body);
  EXPECT_EQ(stat(above, "adjusted"), 250);
  EXPECT_EQ(adjust("-400").status, 201);
  EXPECT_EQ(stat(above, "net"), -150);
  EXPECT_EQ(adjust("0").errors(), std::vector<std::string>{"amount.minor: must not be 0"});
  EXPECT_EQ(adjust("1", "EUR").errors(),
            std::vector<std::string>{"amount.currency: is not that of the program"});
  EXPECT_EQ(adjust("1", "USD", other_key()).errors(),
            std::vector<std::string>{"holder: is no member"});
  const std::string list = "/v1/referrals/adjustments";
  EXPECT_EQ(pages(list).items.size(), 2U);
  EXPECT_EQ(minor_at(pages(list + "?holder=" + above).items[0], "amount"), -400);
  EXPECT_EQ(pages(list + "?holder=" + below).items.size(), 0U);
  EXPECT_EQ(pages(list, other_key()).items.size(), 0U);
  EXPECT_EQ(pages(list + "?program=demo", other_key()).items.size(), 0U);
}

TEST_F(ReferralEarnings, WhatWaitsForACaseIsPaidWhenItIsCleared) {
  const std::string id = suspect(below);
  const std::string one = "/v1/referrals/cases/" + id;
  book(above, below, {.minor = 500, .source = 1, .under = id, .at = "now() - interval '3 days'"});
  EXPECT_EQ(stat(above, "held"), 500);
  EXPECT_EQ(stat(above, "payable"), 0);
  EXPECT_EQ(get(one).at("held.minor"), 500);
  EXPECT_EQ(post(one + "/clear", R"({"reason":"x"})", other_key()).status, 404);
  const ApiAnswer cleared = post(one + "/clear", R"({"reason":"siblings"})");
  ASSERT_EQ(cleared.status, 200) << cleared.body;
  EXPECT_EQ(cleared.text("state"), "cleared");
  EXPECT_EQ(cleared.text("reason"), "siblings");
  EXPECT_EQ(cleared.at("held.minor"), 0);
  EXPECT_EQ(cleared.at("earnings.0.amount.minor"), 500);
  EXPECT_EQ(stat(above, "held"), 0);
  EXPECT_EQ(stat(above, "payable"), 500);
  EXPECT_TRUE(get(path(below)).at("case").is_null());
  EXPECT_EQ(post(one + "/clear", R"({"reason":"x"})").problem(), "wrong-state");
  EXPECT_EQ(post(one + "/confirm", R"({"reason":"x"})").problem(), "wrong-state");
}

TEST_F(ReferralEarnings, WhatWaitsForACaseIsVoidedWhenItIsConfirmed) {
  const std::string id = suspect(below);
  book(above, below, {.minor = 500, .source = 1, .under = id});
  book(above, below, {.minor = -200, .kind = 2, .source = 1, .entry = 2});
  const ApiAnswer confirmed =
      post("/v1/referrals/cases/" + id + "/confirm", R"({"reason":"one person"})");
  ASSERT_EQ(confirmed.status, 200) << confirmed.body;
  ASSERT_EQ(confirmed.at("earnings").as_array().size(), 3U);
  EXPECT_EQ(confirmed.text("earnings.2.kind"), "voided");
  EXPECT_EQ(confirmed.at("earnings.2.amount.minor"), -300);
  EXPECT_EQ(stat(above, "net"), 0);
  EXPECT_EQ(stat(above, "held"), 0);
  EXPECT_EQ(get(path(below)).at("is_link_void"), true);
  EXPECT_EQ(get(path(above, "/dues")).text("items.0.state"), "void");
}

TEST_F(ReferralEarnings, CasesAreListedByWhatIsAskedFor) {
  const std::string first = suspect(below);
  const std::string far = member("", "", "other");
  sql("INSERT INTO authd.referral_case (holder_id, kind, program, day) VALUES (" + above +
      ", 4, 'demo', '2026-01-10'), (" + far + ", 4, 'other', '2026-01-10')");
  const std::string list = "/v1/referrals/cases";
  ASSERT_EQ(post(list + "/" + first + "/clear", R"({"reason":"x"})").status, 200);
  const auto listed = [&](const std::string& query, const std::string& fields = "") {
    return pages(list + query, fields).items.size();
  };
  EXPECT_EQ(listed(""), 3U);
  EXPECT_EQ(listed("?program=demo"), 2U);
  EXPECT_EQ(listed("?state=open"), 2U);
  EXPECT_EQ(listed("?state=open&program=demo"), 1U);
  EXPECT_EQ(listed("?state=cleared"), 1U);
  EXPECT_EQ(listed("?state=confirmed"), 0U);
  EXPECT_EQ(listed("?kind=device"), 1U);
  EXPECT_EQ(listed("?kind=earnings&program=other"), 1U);
  EXPECT_EQ(listed("", demo_key()), 2U);
  EXPECT_EQ(listed("", other_key()), 1U);
  EXPECT_EQ(listed("?program=demo", other_key()), 0U);
  EXPECT_EQ(get(list + "/" + first, other_key()).status, 404);
  EXPECT_EQ(get(list + "/12345678").status, 404);
  EXPECT_EQ(string_at(pages(list + "?kind=earnings&program=demo").items[0], "day"), "2026-01-10");
}

}  // namespace

}  // namespace authd::test
