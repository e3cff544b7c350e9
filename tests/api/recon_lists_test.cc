// What came of every line, the exceptions in lists and in a file, figures over time, the trail.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/api/recon_fixture.h"

namespace authd::test {

namespace {

constexpr const char* exceptions = "/v1/reconciliation/exceptions";

class ReconLists : public ReconTest {
 protected:
  std::size_t count(const std::string& target, const std::string& fields = "") {
    return pages(target, fields).items.size();
  }
};

TEST_F(ReconLists, LinesHaveTheirMatchAndWhatIsWrong) {
  const std::string id = run("shop");
  const std::string item = cleared("n1", 500);
  for (int i = 1; i <= 5; ++i) line(id, i, -500, "r" + std::to_string(i));
  matched(id, 1, item, 1);
  const std::string match = matched(id, 2, "999");
  exception(id, {.kind = 3, .line = 2, .item = "999", .match = match});
  exception(id, {.line = 3});
  exception(id, {.kind = 7, .line = 3});
  const std::string lines = "/v1/reconciliation/runs/" + id + "/lines";
  const auto all = pages(lines).items;
  ASSERT_EQ(all.size(), 5U);
  EXPECT_EQ(string_at(all[0], "outcome"), "matched");
  const auto& of_first = all[0].at("match").as_object();
  EXPECT_EQ(string_at(of_first, "method"), "reference");
  EXPECT_EQ(of_first.at("confidence"), 90);
  EXPECT_EQ(of_first.at("items").as_array()[0].at("shard"), 1);
  EXPECT_EQ(std::to_string(of_first.at("items").as_array()[0].at("sequence").as_int64()), item);
  EXPECT_EQ(string_at(all[1], "outcome"), "discrepant");
  EXPECT_EQ(all[2].at("discrepancies").as_array().size(), 2U);
  EXPECT_TRUE(all[3].at("match").is_null());
  EXPECT_EQ(string_at(all[3], "outcome"), "unmatched");
  EXPECT_EQ(minor_at(all[4], "amount"), -500);
  EXPECT_EQ(count(lines + "?outcome=all"), 5U);
  EXPECT_EQ(count(lines + "?outcome=matched"), 2U);
  EXPECT_EQ(count(lines + "?outcome=discrepant"), 2U);
  EXPECT_EQ(count(lines + "?outcome=unmatched"), 3U);
  EXPECT_EQ(get(lines, other_key()).status, 404);
}

TEST_F(ReconLists, BadLinesSayWhy) {
  const std::string id = run("shop");
  sql("INSERT INTO authd.recon_bad_line (run_id, line_number, reason, field, text) VALUES (" + id +
      ", 2, 13, 'amount', '--5'), (" + id + ", 9, 1, NULL, 'x'), (" + id + ", 11, 99, NULL, 'y')");
  const std::string target = "/v1/reconciliation/runs/" + id + "/bad-lines";
  const auto all = pages(target).items;
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(string_at(all[0], "reason"), "amount_sign");
  EXPECT_EQ(string_at(all[0], "field"), "amount");
  EXPECT_EQ(string_at(all[1], "reason"), "nul_byte");
  EXPECT_TRUE(all[1].at("field").is_null());
  EXPECT_EQ(string_at(all[2], "reason"), "unknown");
  EXPECT_EQ(get(target, other_key()).status, 404);
}

TEST_F(ReconLists, ExceptionsAreFoundByWhatIsAskedAndNothingIsHidden) {
  const std::string shop = run("shop");
  const std::string bank = run("bank");
  const std::string far = run("far");
  for (int i = 1; i <= 3; ++i) {
    line(shop, i, -500, "r");
    exception(shop, {.line = i});
  }
  const std::string working = exception(shop, {.kind = 3, .state = 3});
  exception(shop, {.kind = 2, .item = "5", .state = 1});
  exception(shop, {.kind = 3, .state = 5});
  exception(bank, {.kind = 2, .item = "6"});
  exception(far, {.kind = 2, .item = "7"});
  sql("UPDATE authd.recon_discrepancy SET assignee = 'ann' WHERE id = " + working);
  const auto listed = [&](const std::string& query) {
    return count(std::string(exceptions) + (query.empty() ? "" : "?" + query));
  };
  EXPECT_EQ(listed(""), 6U);
  EXPECT_EQ(listed("supplier=shop"), 4U);
  EXPECT_EQ(listed("state=in_progress"), 1U);
  EXPECT_EQ(listed("state=open&supplier=shop"), 3U);
  EXPECT_EQ(listed("kind=missing_externally"), 2U);
  EXPECT_EQ(listed("assignee=ann"), 1U);
  EXPECT_EQ(listed("state=waiting"), 1U);
  EXPECT_EQ(listed("state=resolved"), 1U);
  EXPECT_EQ(listed("state=all"), 8U);
  EXPECT_EQ(listed("state=all&supplier=bank"), 1U);
  EXPECT_EQ(listed("run=" + shop), 4U);
  EXPECT_EQ(listed("state=all&run=" + shop), 6U);
  EXPECT_EQ(count(exceptions, first()), 5U);
  EXPECT_EQ(count(exceptions, other_key()), 1U);
  EXPECT_EQ(count(std::string(exceptions) + "?state=all", other_key()), 1U);
  EXPECT_EQ(count(std::string(exceptions) + "?state=waiting", other_key()), 0U);
  EXPECT_EQ(count(std::string(exceptions) + "?run=" + shop, other_key()), 0U);
  const auto all = pages(std::string(exceptions) + "?state=all").items;
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_GT(all[i - 1].at("id").as_int64(), all[i].at("id").as_int64());
  }
}

TEST_F(ReconLists, PagesStayAsTheyAreWhenMoreComes) {
  const std::string id = run("shop");
  for (int i = 1; i <= 4; ++i) exception(id, {.kind = 2, .item = std::to_string(i)});
  const ApiAnswer one = get(std::string(exceptions) + "?limit=2");
  exception(id, {.kind = 2, .item = "9"});
  const ApiAnswer two = get(std::string(exceptions) + "?limit=2&cursor=" + one.text("next_cursor"));
  EXPECT_EQ(two.at("items.0.item.sequence"), 2);
  EXPECT_EQ(two.at("items.1.item.sequence"), 1);
  EXPECT_TRUE(two.at("next_cursor").is_null());
}

TEST_F(ReconLists, AnExceptionIsShownWithEverythingAboutIt) {
  const std::string id = run("shop");
  const std::string item = cleared("n1", 500);
  line(id, 1, -700, "n1");
  const std::string match = matched(id, 1, item);
  const std::string wrong =
      exception(id, {.kind = 3, .difference_minor = -200, .line = 1, .item = item, .match = match});
  sql("UPDATE authd.recon_discrepancy SET authorization_id ="
      " (SELECT id FROM authd.authorization WHERE key = 'm-n1') WHERE id = " +
      wrong);
  ASSERT_EQ(act(wrong, "comments", R"({"text":"looking"})").status, 201);
  const ApiAnswer shown = get(path(wrong));
  ASSERT_EQ(shown.status, 200) << shown.body;
  EXPECT_EQ(shown.field("etag"), "\"1\"");
  EXPECT_EQ(shown.at("line.amount.minor"), -700);
  EXPECT_EQ(shown.text("entry.kind"), "clearing");
  EXPECT_EQ(shown.text("entry.notice"), "n1");
  EXPECT_EQ(shown.at("entry.account"), 1);
  EXPECT_GE(shown.at("entry.postings").as_array().size(), 2U);
  EXPECT_EQ(shown.text("authorization.message"), "m-n1");
  EXPECT_EQ(shown.at("authorization.cleared.minor"), 500);
  EXPECT_EQ(shown.text("matched.method"), "reference_only");
  EXPECT_EQ(shown.at("matched.lines.0.line"), 1);
  EXPECT_EQ(shown.text("comments.0.text"), "looking");
  EXPECT_EQ(shown.text("trail.0.action"), "commented");
  EXPECT_EQ(get(path(wrong), other_key()).status, 404);
  EXPECT_EQ(get(path("12345")).status, 404);
  EXPECT_EQ(get(path(wrong) + "?odd=1").status, 400);
}

TEST_F(ReconLists, TheFileHasNoFormulas) {
  const std::string id = run("shop");
  line(id, 1, -500, R"(=HYPERLINK("http://x";"a"))");
  line(id, 2, -500, "-4.20");
  exception(id, {.line = 1});
  const std::string second_one = exception(id, {.line = 2});
  sql("UPDATE authd.recon_discrepancy SET assignee = '@ann' WHERE id = " + second_one);
  exception(id, {.kind = 3, .state = 5});
  const ApiAnswer file = get(std::string(exceptions) + ".csv");
  ASSERT_EQ(file.status, 200);
  EXPECT_EQ(file.field("content-type"), "text/csv; charset=utf-8");
  EXPECT_NE(file.body.find(R"~(,"'=HYPERLINK(""http://x"";""a"")",)~"), std::string::npos)
      << file.body;
  EXPECT_NE(file.body.find(",-4.20,"), std::string::npos);
  EXPECT_NE(file.body.find(R"(,"'@ann",)"), std::string::npos);
  EXPECT_NE(file.body.find(",USD,,,-500,"), std::string::npos);
  const auto rows = [](const ApiAnswer& answer) {
    return std::count(answer.body.begin(), answer.body.end(), '\n');
  };
  EXPECT_EQ(rows(file), 3);
  EXPECT_EQ(file.body.find('\n'), file.body.find("\r\n") + 1);
  EXPECT_EQ(rows(get(std::string(exceptions) + ".csv?state=all")), 4);
  EXPECT_EQ(rows(get(std::string(exceptions) + ".csv", other_key())), 1);
}

TEST_F(ReconLists, TheFileHasAsManyRowsAsItMay) {
  const std::string id = run("shop");
  const auto add = [&](int count) {
    sql("INSERT INTO authd.recon_discrepancy (run_id, supplier_id, kind, state, difference_minor,"
        " currency, item_seq, item_shard, item_kind) SELECT r.id, r.supplier_id, 2, 2, -1, 'USD',"
        " i, 1, 1 FROM authd.recon_run AS r, generate_series(1, " +
        std::to_string(count) + ") AS i WHERE r.id = " + id);
  };
  add(50'000);
  EXPECT_EQ(get(std::string(exceptions) + ".csv?supplier=shop").status, 200);
  add(1);
  EXPECT_EQ(get(std::string(exceptions) + ".csv?supplier=shop").problem(), "invalid-request");
  EXPECT_EQ(get(std::string(exceptions) + ".csv?supplier=bank").status, 200);
}

TEST_F(ReconLists, FiguresOverTimeAreThoseOfTheRuns) {
  const std::string id = run("shop");
  run("shop");
  run("shop", 6);
  run("far");
  sql("INSERT INTO authd.recon_run_figure (run_id, found, auto_resolved, difference_minor, kind,"
      " currency) VALUES (" +
      id + ", 2, 1, 700, 3, 'USD')");
  sql("UPDATE authd.recon_run SET requested_at = '2026-11-21T10:00:00Z' WHERE id = " + id);
  exception(id, {.kind = 2, .item = "1"});
  const std::string old = exception(id, {.kind = 2, .item = "2"});
  sql("UPDATE authd.recon_discrepancy SET opened_at = now() - interval '8 days' WHERE id = " + old);
  const std::string target =
      "/v1/reconciliation/analytics?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z";
  const ApiAnswer days = get(target + "&supplier=shop");
  ASSERT_EQ(days.status, 200) << days.body;
  ASSERT_EQ(days.at("items").as_array().size(), 2U);
  EXPECT_EQ(days.text("items.0.begin"), "2026-11-20T00:00:00.000000Z");
  EXPECT_EQ(days.at("items.0.runs"), 2);
  EXPECT_EQ(days.at("items.0.done"), 1);
  EXPECT_EQ(days.at("items.0.failed"), 1);
  EXPECT_EQ(days.at("items.1.lines"), 1000);
  EXPECT_EQ(days.at("items.1.match_permille"), 999);
  EXPECT_EQ(days.at("items.1.auto_resolved_permille"), 333);
  EXPECT_EQ(days.at("items.1.duration_ms.average"), 2000);
  EXPECT_EQ(days.at("items.1.by_kind.0.difference_minor"), 700);
  EXPECT_EQ(days.at("open_exceptions.total"), 2);
  EXPECT_EQ(days.at("open_exceptions.by_age.under_1_day"), 1);
  EXPECT_EQ(days.at("open_exceptions.by_age.under_30_days"), 1);
  EXPECT_EQ(days.text("open_exceptions.by_kind.0.kind"), "missing_externally");
  EXPECT_EQ(get(target + "&by=month").at("items.0.runs"), 4);
  EXPECT_EQ(get(target + "&by=month", other_key()).at("items.0.runs"), 1);
  EXPECT_EQ(get(target, other_key()).at("open_exceptions.total"), 0);
  EXPECT_EQ(get("/v1/reconciliation/analytics").status, 200);
  EXPECT_EQ(get("/v1/reconciliation/analytics?by=week").text("by"), "week");
  const std::string far_back = "/v1/reconciliation/analytics?to=2026-12-01T00:00:00Z&from=2025-10-";
  EXPECT_EQ(get(far_back + "27T00:00:00Z").status, 200);  // 400 days
  EXPECT_EQ(get(far_back + "26T00:00:00Z").status, 400);
}

TEST_F(ReconLists, TheTrailIsAChainThatShowsWhereItWasBroken) {
  const std::string id = run("shop");
  const std::string one = exception(id, {.kind = 2, .item = "1"});
  for (const char* state : {"in_progress", "open", "in_progress"}) {
    ASSERT_EQ(act(one, "state", std::string(R"({"state":")") + state + "\"}").status, 200);
  }
  const auto trail = pages("/v1/reconciliation/trail?supplier=shop").items;
  ASSERT_EQ(trail.size(), 3U);
  EXPECT_EQ(trail[0].at("number"), 3);
  EXPECT_EQ(string_at(trail[0], "action"), "state_set");
  const std::string target = "/v1/reconciliation/audit/verify?supplier=shop";
  const ApiAnswer intact = get(target);
  EXPECT_EQ(intact.at("chain.intact"), true);
  EXPECT_EQ(intact.at("chain.head.number"), 3);
  EXPECT_EQ(intact.text("chain.head.hash"), string_at(trail[0], "hash"));
  EXPECT_TRUE(get("/v1/reconciliation/audit/verify?supplier=bank").at("chain.head").is_null());

  sql("ALTER TABLE authd.recon_trail DISABLE TRIGGER append_only");
  sql("UPDATE authd.recon_trail SET actor = 'nobody' WHERE number = 2");
  const ApiAnswer broken = get(target);
  EXPECT_EQ(broken.at("chain.intact"), false);
  EXPECT_EQ(broken.at("chain.broken.number"), 2);
  sql("UPDATE authd.recon_trail SET actor = (SELECT actor FROM authd.recon_trail WHERE number = 1)"
      " WHERE number = 2");
  EXPECT_EQ(get(target).at("chain.intact"), true);

  EXPECT_EQ(get("/v1/reconciliation/trail").status, 400);
  EXPECT_EQ(get("/v1/reconciliation/trail?supplier=shop", other_key()).status, 404);
  EXPECT_EQ(get(target, other_key()).status, 404);
}

TEST_F(ReconLists, TheOutcomeOfARunIsComparedWithItsDigest) {
  const std::string id = run("shop");
  line(id, 1, -500, "r1");
  matched(id, 1, "77");
  const std::string target = "/v1/reconciliation/audit/verify?supplier=shop&run=" + id;
  EXPECT_EQ(get(target).problem(), "wrong-state");
  sql("UPDATE authd.recon_run SET outcome_sha256 = authd.recon_outcome_digest(id) WHERE id = " +
      id);
  EXPECT_EQ(get(target).at("outcome.intact"), true);
  sql("UPDATE authd.recon_match SET confidence = 91");
  EXPECT_EQ(get(target).at("outcome.intact"), false);
  EXPECT_EQ(get("/v1/reconciliation/audit/verify?supplier=bank&run=" + id).status, 404);
}

}  // namespace

}  // namespace authd::test
