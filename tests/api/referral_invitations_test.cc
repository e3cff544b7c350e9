// Invitations: what is queued and what is refused, what the gateway reports, who wants none.

#include <gtest/gtest.h>

#include "tests/api/referral_fixture.h"

namespace authd::test {

namespace {

class ReferralInvitations : public ReferralTest {
 protected:
  void SetUp() override {
    ReferralTest::SetUp();
    ASSERT_EQ(put_template("plain", "{name} invites you: {code}. {code}!").status, 201);
    ann = member();
  }
  ApiAnswer put_template(const std::string& name, const std::string& body) {
    return send("PUT", "/v1/referrals/programs/demo/templates/" + name,
                R"({"body":")" + body + "\"}", "");
  }
  ApiAnswer invite(const std::string& phone, const std::string& by = "",
                   const std::string& text = "plain") {
    return post(path(by.empty() ? ann : by, "/invitations"),
                R"({"phone":")" + phone + R"(","template":")" + text + "\"}");
  }
  static std::string id_of(const ApiAnswer& answer) {
    return std::to_string(answer.at("id").as_int64());
  }
  std::string invited(const std::string& phone) {
    const ApiAnswer answer = invite(phone);
    EXPECT_EQ(answer.status, 202) << answer.body;
    return id_of(answer);
  }
  void put(const std::string& id, const std::string& what) {
    sql("UPDATE authd.referral_invitation SET " + what + " WHERE id = " + id);
  }
  std::string one(const std::string& id, const std::string& more = "") {
    return path(ann, "/invitations/" + id + more);
  }
  ApiAnswer report(const std::string& id, const std::string& status) {
    return post("/v1/referrals/receipts",
                R"({"id":"authd-)" + id + R"(","status":")" + status + "\"}");
  }
  ApiAnswer opt(const std::string& phone, const std::string& more = "") {
    return post("/v1/referrals/opt-outs" + more, R"({"program":"demo","phone":")" + phone + "\"}");
  }
  std::string ann;
};

TEST_F(ReferralInvitations, AreQueuedWithTheirText) {
  const ApiAnswer queued = invite("+4915112345678");
  ASSERT_EQ(queued.status, 202) << queued.body;
  const std::string code = code_of(ann);
  EXPECT_EQ(queued.text("text"), "Ann invites you: " + code + ". " + code + "!");
  EXPECT_EQ(queued.text("state"), "queued");
  EXPECT_EQ(queued.text("phone_end"), "678");
  EXPECT_EQ(queued.body.find("4915112345"), std::string::npos);
  EXPECT_EQ(queued.field("location"), one(id_of(queued)));
  EXPECT_EQ(get(one(id_of(queued))).body, queued.body);
  EXPECT_EQ(sql("SELECT phone_hash = sha256(convert_to(E'demo\\n+4915112345678', 'UTF8'))"
                " FROM authd.referral_invitation"),
            "t");
  for (const char* wrong :
       {"4915112345678", "+0915112345678", "+123456", "+1234567890123456", "+49 151"}) {
    EXPECT_EQ(invite(wrong).problem(), "validation") << wrong;
  }
  EXPECT_EQ(invite("+1234567").status, 202);
  EXPECT_EQ(invite("+123456789012345").status, 202);
  EXPECT_EQ(invite("+4915112345679", "", "none").errors(),
            std::vector<std::string>{"template: is none of the program's"});
  EXPECT_EQ(get(one(id_of(queued)), other_key()).status, 404);
  EXPECT_EQ(get(path(member(), "/invitations/" + id_of(queued))).status, 404);
}

TEST_F(ReferralInvitations, AreRefusedEachForItsReason) {
  const std::string bob = member();
  const std::string first = invited("+4915112345678");
  EXPECT_EQ(invite("+4915112345678", bob).problem(), "already-exists");
  put(first, "created_at = now() - interval '30 days 1 minute'");
  EXPECT_EQ(invite("+4915112345678", bob).status, 202);
  const std::string failed = invited("+4915112345679");
  put(failed, "state = 5, ended_at = now()");
  EXPECT_EQ(invite("+4915112345679", bob).status, 202);

  ASSERT_EQ(opt("+4915112345680").status, 200);
  EXPECT_EQ(refusal(invite("+4915112345680")), "opted_out");
  ASSERT_EQ(post(path(ann, "/suspend"), R"({"reason":"x"})").status, 200);
  EXPECT_EQ(refusal(invite("+4915112345681")), "inviter_suspended");
  ASSERT_EQ(post("/v1/referrals/programs/demo/pause", R"({"reason":"x"})").status, 200);
  EXPECT_EQ(refusal(invite("+4915112345681", bob)), "resting");
  EXPECT_EQ(invite("+4915112345681", "12345678").status, 404);
}

TEST_F(ReferralInvitations, HaveALimitADay) {
  sql("UPDATE authd.referral_program SET invitations_per_day = 2");
  const std::string first = invited("+4915112345601");
  put(first, "created_at = now() - interval '23 hours'");
  invited("+4915112345602");
  const ApiAnswer third = invite("+4915112345603");
  EXPECT_EQ(third.status, 429);
  EXPECT_EQ(third.problem(), "rate-limited");
  const auto after = third.at("retry_after_s").as_int64();
  EXPECT_TRUE(after > 3'500 && after <= 3'600) << after;
  EXPECT_EQ(third.field("retry-after"), std::to_string(after));
  EXPECT_EQ(invite("+4915112345603", member()).status, 202);
  put(first, "created_at = now() - interval '24 hours 1 second'");
  EXPECT_EQ(invite("+4915112345604").status, 202);
  sql("UPDATE authd.referral_program SET invitations_per_day = 0");
  EXPECT_EQ(invite("+4915112345605", member()).problem(), "rate-limited");
}

TEST_F(ReferralInvitations, AreListedNewestFirst) {
  const std::string first = invited("+4915112345601");
  const std::string second = invited("+4915112345602");
  const std::string third = invited("+4915112345603");
  put(second, "state = 3");
  const auto all = pages(path(ann, "/invitations")).items;
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(std::to_string(all[0].at("id").as_int64()), third);
  EXPECT_EQ(std::to_string(all[2].at("id").as_int64()), first);
  EXPECT_EQ(pages(path(ann, "/invitations") + "?state=queued").items.size(), 2U);
  EXPECT_EQ(pages(path(ann, "/invitations") + "?state=sent").items.size(), 1U);
  put(second, "phone = NULL, body = NULL");
  EXPECT_TRUE(get(one(second)).at("phone_end").is_null());
}

TEST_F(ReferralInvitations, AreCancelledBeforeAndTriedAgainAfterwards) {
  const std::string id = invited("+4915112345601");
  EXPECT_EQ(post(one(id, "/retry"), "").problem(), "wrong-state");
  EXPECT_EQ(post(one(id, "/cancel"), "", other_key()).status, 404);
  put(id, "state = 2");
  EXPECT_EQ(post(one(id, "/cancel"), "").problem(), "wrong-state");
  put(id, "state = 5, ended_at = now(), error = 'no such number'");
  const ApiAnswer again = post(one(id, "/retry"), "");
  ASSERT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.text("state"), "queued");
  EXPECT_TRUE(again.at("ended_at").is_null());
  EXPECT_TRUE(again.at("error").is_null());
  EXPECT_EQ(post(one(id, "/cancel"), "").text("state"), "cancelled");
  EXPECT_EQ(post(one(id, "/cancel"), "").problem(), "wrong-state");
  const std::string other = invited("+4915112345602");
  put(other, "state = 5, ended_at = now()");
  ASSERT_EQ(opt("+4915112345602").status, 200);
  EXPECT_EQ(refusal(post(one(other, "/retry"), "")), "opted_out");
  put(other, "phone = NULL, body = NULL");
  EXPECT_EQ(post(one(other, "/retry"), "").problem(), "wrong-state");
}

TEST_F(ReferralInvitations, ReceiptsMayComeTwiceAndInAnyOrder) {
  const std::string id = invited("+4915112345601");
  put(id, "state = 3, gateway_id = 'g-1'");
  EXPECT_EQ(post("/v1/referrals/receipts", R"({"gateway_id":"g-1","status":"failed","error":"x"})")
                .text("state"),
            "failed");
  EXPECT_EQ(get(one(id)).text("error"), "x");
  EXPECT_EQ(report(id, "failed").text("state"), "failed");
  EXPECT_EQ(get(one(id)).text("error"), "x");
  EXPECT_EQ(report(id, "delivered").text("state"), "delivered");
  EXPECT_TRUE(get(one(id)).at("error").is_null());
  EXPECT_EQ(report(id, "failed").text("state"), "delivered");
  EXPECT_EQ(report(id, "opted_out").text("state"), "delivered");  // and heeded
  EXPECT_EQ(refusal(invite("+4915112345601", member())), "opted_out");
  EXPECT_EQ(report("12345678", "delivered").status, 404);
  for (const char* wrong :
       {R"({"id":"authd-x","status":"failed"})", R"({"id":"17","status":"failed"})",
        R"({"gateway_id":"g-2","status":"failed"})"}) {
    EXPECT_EQ(post("/v1/referrals/receipts", wrong).status, 404) << wrong;
  }
  EXPECT_EQ(post("/v1/referrals/receipts", R"({"status":"failed"})").problem(), "validation");
  EXPECT_EQ(
      post("/v1/referrals/receipts", R"({"id":"authd-1","gateway_id":"g-1","status":"failed"})")
          .problem(),
      "validation");
  const std::string body = R"({"id":"authd-)" + id + R"(","status":"delivered"})";
  EXPECT_EQ(send("POST", "/v1/referrals/receipts", body, "").status, 200);  // without a key
  EXPECT_EQ(post("/v1/referrals/receipts", body, other_key()).status, 404);
  EXPECT_EQ(post("/v1/referrals/receipts", R"({"gateway_id":"g-1","status":"failed"})", other_key())
                .status,
            404);
}

TEST_F(ReferralInvitations, WhoOptsOutGetsNotEvenWhatIsQueued) {
  const std::string id = invited("+4915112345601");
  EXPECT_EQ(opt("+4915112345601").at("opted_out"), true);
  EXPECT_EQ(get(one(id)).text("state"), "opted_out");
  EXPECT_EQ(opt("+4915112345601").status, 200);
  EXPECT_EQ(opt("+4915112345601", "/remove").at("opted_out"), false);
  EXPECT_EQ(opt("+4915112345601", "/remove").status, 404);
  put(id, "created_at = now() - interval '31 days'");
  EXPECT_EQ(invite("+4915112345601").status, 202);
  EXPECT_EQ(
      post("/v1/referrals/opt-outs", R"({"program":"demo","phone":"+4915112345601"})", other_key())
          .problem(),
      "validation");
  EXPECT_EQ(
      post("/v1/referrals/opt-outs", R"({"program":"third","phone":"+4915112345601"})").errors(),
      std::vector<std::string>{"program: has no referral"});
}

TEST_F(ReferralInvitations, TextsAreWrittenAndRemovedByVersion) {
  const std::string plain = "/v1/referrals/programs/demo/templates/plain";
  EXPECT_EQ(put_template("plain", "{code}").problem(), "precondition-required");
  const auto change = [&](const std::string& body, const std::string& version) {
    return send("PUT", plain, R"({"body":")" + body + "\"}", "If-Match: " + version + "\r\n");
  };
  EXPECT_EQ(change("Come: {code}", "\"3\"").problem(), "version-mismatch");
  EXPECT_EQ(change("Come: {code}", "\"1\"").field("etag"), "\"2\"");
  EXPECT_EQ(get(plain).text("body"), "Come: {code}");
  for (const char* wrong : {"{nam} {code}", "{name}", ""}) {
    EXPECT_EQ(change(wrong, "\"2\"").problem(), "validation") << wrong;
  }
  EXPECT_EQ(change("{code}" + std::string(634, 'x'), "\"2\"").status, 200);
  EXPECT_EQ(change("{code}" + std::string(635, 'x'), "\"3\"").problem(), "validation");
  EXPECT_EQ(put_template("Big", "{code}").status, 404);
  EXPECT_EQ(put_template("short", "{code}").status, 201);
  const std::string list = "/v1/referrals/programs/demo/templates";
  EXPECT_EQ(pages(list).items.size(), 2U);
  EXPECT_EQ(get(list, other_key()).status, 404);
  EXPECT_EQ(get(plain, other_key()).status, 404);
  EXPECT_EQ(send("DELETE", plain, "", "").problem(), "precondition-required");
  EXPECT_EQ(send("DELETE", plain, "", "If-Match: \"3\"\r\n").status, 204);
  EXPECT_EQ(get(plain).status, 404);
  EXPECT_EQ(send("DELETE", plain, "", "If-Match: \"3\"\r\n").status, 404);
}

}  // namespace

}  // namespace authd::test
