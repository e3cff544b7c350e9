// Programs, what is earned in them, and what their payouts came to.

#include <gtest/gtest.h>

#include "tests/api/referral_fixture.h"

namespace authd::test {

namespace {

constexpr const char* demo = "/v1/referrals/programs/demo";

class ReferralPrograms : public ReferralTest {
 protected:
  ApiAnswer put(const std::string& program, const std::string& body, const std::string& fields) {
    return send("PUT", "/v1/referrals/programs/" + program, body, fields);
  }
  ApiAnswer terms(const std::string& rates, const std::string& more = "") {
    return post(std::string(demo) + "/terms", R"({"rates":[)" + rates + "]" + more + "}");
  }
  static std::string rate(const std::string& kind, int level, const std::string& percent) {
    return R"({"kind":")" + kind + R"(","level":)" + std::to_string(level) + R"(,"percent":")" +
           percent + "\"}";
  }
};

TEST_F(ReferralPrograms, AreMadeAndChangedButNotWhatIsForGood) {
  const ApiAnswer made = get(demo);
  EXPECT_EQ(made.text("payout_at"), "02:00");
  EXPECT_EQ(made.at("invitations_per_day"), 20);
  EXPECT_TRUE(made.at("claim_within_s").is_null());
  EXPECT_EQ(made.text("payout_from"), sql("SELECT (now() AT TIME ZONE 'Europe/Berlin')::date + 1"));
  const std::string version = "If-Match: " + made.field("etag") + "\r\n";
  EXPECT_EQ(put("demo", "{}", "").problem(), "precondition-required");
  EXPECT_EQ(put("demo", "{}", "If-Match: \"9\"\r\n").problem(), "version-mismatch");
  EXPECT_EQ(put("demo", R"({"currency":"EUR","zone":"UTC","payout_from":"2020-01-01"})", version)
                .errors()
                .size(),
            3U);
  const ApiAnswer changed =
      put("demo",
          R"({"claim_within_s":86400,"payout_at":"23:59","requires_kyc":true,)"
          R"("invitations_per_day":0,"velocity_per_day":3})",
          version);
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.at("claim_within_s"), 86'400);
  EXPECT_EQ(changed.text("payout_at"), "23:59");
  EXPECT_EQ(changed.at("invitations_per_day"), 0);
  EXPECT_EQ(changed.field("etag"), "\"2\"");

  const std::string body = R"({"currency":"JPY","zone":"Asia/Tokyo"})";
  EXPECT_EQ(put("new", R"({"currency":"JPY"})", "").problem(), "validation");
  EXPECT_EQ(put("new", R"({"currency":"JPY","zone":"Asia/Nowhere"})", "").problem(), "validation");
  EXPECT_EQ(put("new", R"({"currency":"XQX","zone":"Asia/Tokyo"})", "").problem(), "validation");
  EXPECT_EQ(
      put("new", R"({"currency":"JPY","zone":"Asia/Tokyo","payout_at":"24:00"})", "").problem(),
      "validation");
  EXPECT_EQ(put("new", body, "If-Match: \"1\"\r\n").problem(), "version-mismatch");
  EXPECT_EQ(put("new", body, other_key()).status, 404);
  EXPECT_EQ(put(std::string(33, 'x'), body, "").status, 404);
  EXPECT_EQ(put("new", body, "").status, 201);
  EXPECT_EQ(pages("/v1/referrals/programs").items.size(), 3U);
  EXPECT_EQ(pages("/v1/referrals/programs", other_key()).items.size(), 1U);
  EXPECT_EQ(get(demo, other_key()).status, 404);
}

TEST_F(ReferralPrograms, RestAndGoOn) {
  const ApiAnswer paused = post(std::string(demo) + "/pause", R"({"reason":"audit"})");
  ASSERT_EQ(paused.status, 200) << paused.body;
  EXPECT_EQ(paused.text("pause.reason"), "audit");
  EXPECT_EQ(post(std::string(demo) + "/pause", R"({"reason":"audit"})").problem(), "wrong-state");
  EXPECT_TRUE(post(std::string(demo) + "/resume", "").at("pause").is_null());
  EXPECT_EQ(post(std::string(demo) + "/resume", "").problem(), "wrong-state");
  EXPECT_EQ(post(std::string(demo) + "/pause", R"({"reason":"again"})").status, 200);
  EXPECT_EQ(post(std::string(demo) + "/resume", "", other_key()).status, 404);
  EXPECT_EQ(post("/v1/referrals/programs/third/pause", R"({"reason":"x"})").status, 404);
}

TEST_F(ReferralPrograms, HaveTermsInVersions) {
  const ApiAnswer first =
      terms(rate("purchase", 1, "1.25") + R"(,{"kind":"fee","level":3,"basis_points":7})",
            R"(,"holding_s":3600,"cap_day_minor":500)");
  ASSERT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(first.at("version"), 1);
  EXPECT_EQ(first.at("rates.0.basis_points"), 125);
  EXPECT_EQ(first.text("rates.1.percent"), "0.07");
  EXPECT_EQ(first.at("cap_day_minor"), 500);
  EXPECT_EQ(first.text("starts_at"), first.text("created_at"));
  const ApiAnswer second =
      terms(rate("purchase", 1, "2.00"), R"(,"starts_at":"2099-01-01T00:00:00Z","ends_at":null)");
  EXPECT_EQ(second.at("version"), 2);
  const auto all = pages(std::string(demo) + "/terms").items;
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].at("version"), 2);
  EXPECT_EQ(get(std::string(demo) + "/terms", other_key()).status, 404);
  EXPECT_EQ(get("/v1/referrals/programs/other/terms").at("items").as_array().size(), 0U);
}

TEST_F(ReferralPrograms, HaveNoTermsThatCannotBe) {
  const auto wrong = [&](const std::string& rates, const std::string& more = "") {
    return terms(rates, more).errors();
  };
  using Errors = std::vector<std::string>;
  const std::string one = rate("purchase", 1, "1.00");
  EXPECT_EQ(wrong(one, R"(,"starts_at":"2020-01-01T00:00:00Z")"),
            Errors{"starts_at: must not be in the past"});
  EXPECT_EQ(wrong(one, R"(,"starts_at":"2099-01-01T00:00:00Z","ends_at":"2099-01-01T00:00:00Z")"),
            Errors{"ends_at: must be after starts_at"});
  EXPECT_EQ(wrong(one + "," + one).size(), 1U);
  EXPECT_EQ(wrong("").size(), 1U);
  for (const char* percent : {"0.00", "100.01", "1", "1.5", "1.005", "-1.00", "1e2.00", ".50"}) {
    EXPECT_EQ(wrong(rate("purchase", 1, percent)).size(), 1U) << percent;
  }
  EXPECT_EQ(wrong(R"({"kind":"purchase","level":1})").size(), 1U);
  EXPECT_EQ(wrong(R"({"kind":"purchase","level":1,"percent":"1.00","basis_points":100})").size(),
            1U);
  EXPECT_EQ(wrong(rate("purchase", 4, "1.00")).size(), 1U);
  EXPECT_EQ(wrong(rate("purchase", 1, "60.00") + "," + rate("purchase", 2, "40.01")).size(), 1U);
  EXPECT_EQ(terms(rate("purchase", 1, "60.00") + "," + rate("purchase", 2, "40.00") + "," +
                  rate("fee", 1, "100.00"))
                .status,
            201);
}

TEST_F(ReferralPrograms, ShowTheirPayouts) {
  const std::string one = member();
  sql("INSERT INTO authd.referral_payout_run (program, day, finished_at, paid, paid_minor, carried,"
      " carried_minor, failed, requested_by) VALUES ('demo', '2026-01-01', now(), 5, 700, 2, 3, 1,"
      " 'daemon'), ('demo', '2026-01-02', NULL, 0, 0, 0, 0, 0, 'daemon'),"
      " ('demo', '2026-01-03', NULL, 0, 0, 0, 0, 0, 'daemon')");
  sql("INSERT INTO authd.referral_payout_failure (program, day, holder_id, amount_minor, reason)"
      " SELECT 'demo', '2026-01-01', holder_id, 5, 2 FROM authd.referral_member");
  const auto runs = pages(std::string(demo) + "/payout-runs").items;
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(string_at(runs[0], "day"), "2026-01-03");
  EXPECT_EQ(minor_at(runs[2], "paid_amount"), 700);
  EXPECT_EQ(runs[2].at("carried"), 2);
  const auto failures = pages(std::string(demo) + "/payout-runs/2026-01-01/failures").items;
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(std::to_string(failures[0].at("holder").as_int64()), one);
  EXPECT_EQ(string_at(failures[0], "reason"), "not_verified");
  EXPECT_EQ(pages(std::string(demo) + "/payout-runs/2026-01-02/failures").items.size(), 0U);
  EXPECT_EQ(get(std::string(demo) + "/payout-runs/2026-01-09/failures").status, 404);
  EXPECT_EQ(get(std::string(demo) + "/payout-runs/today/failures").status, 404);
  EXPECT_EQ(get(std::string(demo) + "/payout-runs", other_key()).status, 404);
}

}  // namespace

}  // namespace authd::test
