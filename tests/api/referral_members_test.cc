// Members, whose codes they claim, what of that is under suspicion, and who is above and below.

#include <gtest/gtest.h>

#include <thread>

#include "authd/api/referral_code.h"
#include "tests/api/referral_fixture.h"

namespace authd::test {

namespace {

class ReferralMembers : public ReferralTest {
 protected:
  std::string inviter_of(const std::string& member) {
    return sql("SELECT coalesce(inviter_id, 0) FROM authd.referral_member WHERE holder_id = " +
               member);
  }
  // "device holder" of the case about the member's claim.
  std::string case_of(const std::string& member) {
    return sql(
        "SELECT coalesce((SELECT (ARRAY['velocity','device','address','earnings'])[c.kind]"
        " || ' ' || coalesce(c.detail->>'shared_with', '-') FROM authd.referral_case AS c"
        " JOIN authd.referral_member AS m ON m.case_id = c.id WHERE m.holder_id = " +
        member + "), '')");
  }
  void set(const std::string& what, const std::string& program = "demo") {
    sql("UPDATE authd.referral_program SET " + what + " WHERE program = '" + program + "'");
  }
};

TEST_F(ReferralMembers, JoinWithACodeOfTheirOwnOrOneThatIsMade) {
  const std::string one = holder();
  const ApiAnswer made = join(one);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("code").size(), 8U);
  EXPECT_EQ(made.text("code").find_first_of("0O1IL"), std::string::npos);
  EXPECT_TRUE(made.at("inviter").is_null());
  EXPECT_EQ(made.field("location"), path(one));
  EXPECT_EQ(made.field("etag"), "\"1\"");
  EXPECT_EQ(get(path(one)).body, made.body);
  EXPECT_EQ(get(path(one) + "?fields=code").json().as_object().size(), 1U);

  EXPECT_EQ(join(holder(), R"("code":"ANN7")").text("code"), "ANN7");
  EXPECT_EQ(join(holder(), R"("code":"ANN7")").problem(), "already-exists");
  EXPECT_EQ(join(holder("other"), R"("code":"ANN7")").status, 201);  // codes are a program's
  EXPECT_EQ(join(one).problem(), "already-exists");
  EXPECT_EQ(join(holder(), R"("code":"ABC")").problem(), "validation");
  EXPECT_EQ(join(holder(), R"("code":"ABCD")").status, 201);
  EXPECT_EQ(join(holder(), R"("code":"ABCDEFGHIJKLMNOP")").status, 201);
  EXPECT_EQ(join(holder(), R"("code":"ABCDEFGHIJKLMNOPQ")").problem(), "validation");
  EXPECT_EQ(join(holder(), R"("code":"abcd")").problem(), "validation");
  EXPECT_EQ(join("12345678").errors(), std::vector<std::string>{"holder: is not known"});
  EXPECT_EQ(refusal(join(holder("third"))), "no_referral");
}

TEST_F(ReferralMembers, AreMadeWithTheirInviterOrNotAtAll) {
  const std::string above = member();
  const std::string below = holder();
  EXPECT_EQ(join(below, R"("claims":"NOBODYS")").errors(),
            std::vector<std::string>{"claims: is nobody's code"});
  EXPECT_EQ(get(path(below)).status, 404);
  const ApiAnswer joined = join(below, R"("claims":")" + code_of(above) + "\"");
  ASSERT_EQ(joined.status, 201) << joined.body;
  EXPECT_EQ(std::to_string(joined.at("inviter").as_int64()), above);
  EXPECT_EQ(get(path(above, "/stats")).at("levels.0.members"), 1);
}

TEST_F(ReferralMembers, AnotherCodeIsMadeWhereOneIsTaken) {
  member("", R"("code":"TAKEN")");
  auto connection = connect();
  for (const auto& statement : api::referral_code_statements()) {
    ASSERT_TRUE(connection.prepare(statement.name, statement.sql.c_str()));
  }
  int made = 0;
  const auto free = api::free_referral_code(
      connection, "demo", [&made] { return std::string(++made < 3 ? "TAKEN" : "FREE"); });
  ASSERT_TRUE(free);
  EXPECT_EQ(*free, "FREE");
  const auto none =
      api::free_referral_code(connection, "demo", [] { return std::string("TAKEN"); });
  EXPECT_FALSE(none);
}

TEST_F(ReferralMembers, ClaimOnceAndForGood) {
  const std::string above = member();
  const std::string below = member();
  const ApiAnswer claimed = claim(below, code_of(above));
  ASSERT_EQ(claimed.status, 200) << claimed.body;
  EXPECT_EQ(std::to_string(claimed.at("inviter").as_int64()), above);
  EXPECT_FALSE(claimed.at("invited_at").is_null());
  EXPECT_TRUE(claimed.at("case").is_null());
  EXPECT_EQ(refusal(claim(below, code_of(member()))), "already_invited");
  EXPECT_EQ(inviter_of(below), above);
}

TEST_F(ReferralMembers, ClaimsAreRefusedEachForItsReason) {
  const std::string above = member();
  const std::string below = member(code_of(above));
  const std::string last = member(code_of(below));
  const std::string free = member();
  EXPECT_EQ(claim(free, "NOBODYS").errors(), std::vector<std::string>{"code: is nobody's code"});
  EXPECT_EQ(claim(free, code_of(member("", "", "other"))).errors(),
            std::vector<std::string>{"code: is nobody's code"});
  EXPECT_EQ(claim(free, code_of(free)).errors(),
            std::vector<std::string>{"code: is the member's own"});
  EXPECT_EQ(refusal(claim(above, code_of(below))), "cycle");
  EXPECT_EQ(refusal(claim(above, code_of(last))), "cycle");
  EXPECT_EQ(claim("12345678", code_of(above)).status, 404);
  EXPECT_EQ(claim(free, code_of(above), R"("device":")" + std::string(201, 'x') + "\"").problem(),
            "validation");
  EXPECT_EQ(claim(free, code_of(above),
                  R"("device":")" + std::string(150, 'x') +
                      "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
                      "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
                      "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
                      "\u00e4\u00e4\"")
                .problem(),
            "validation");

  ASSERT_EQ(post(path(above, "/suspend"), R"({"reason":"looks odd"})").status, 200);
  EXPECT_EQ(refusal(claim(free, code_of(above))), "inviter_suspended");
  ASSERT_EQ(post(path(above, "/reinstate"), R"({"reason":"was not"})").status, 200);
  ASSERT_EQ(post("/v1/referrals/programs/demo/pause", R"({"reason":"audit"})").status, 200);
  EXPECT_EQ(refusal(claim(free, code_of(above))), "resting");
  ASSERT_EQ(post("/v1/referrals/programs/demo/resume", "").status, 200);
  EXPECT_EQ(claim(free, code_of(above)).status, 200);
}

TEST_F(ReferralMembers, OnlyYoungHoldersClaim) {
  const std::string code = code_of(member());
  set("claim_within_s = 3600");
  const auto aged = [&](int age_s) {
    const std::string id = holder("demo", age_s);
    EXPECT_EQ(join(id).status, 201);
    return id;
  };
  const std::string young = aged(3'500);
  const std::string old = aged(3'601);
  EXPECT_EQ(claim(young, code).status, 200);
  EXPECT_EQ(refusal(claim(old, code)), "too_old");
  EXPECT_EQ(refusal(join(holder("demo", 3'601), R"("claims":")" + code + "\"")), "too_old");
  set("claim_within_s = NULL");
  EXPECT_EQ(claim(old, code).status, 200);
}

TEST_F(ReferralMembers, TwoWhoClaimEachOtherAtOnceAreNotBothInvited) {
  for (int round = 0; round < 5; ++round) {
    const std::string one = member();
    const std::string two = member();
    const std::string code_one = code_of(one);
    const std::string code_two = code_of(two);
    ApiAnswer first;
    ApiAnswer second;
    std::thread other([&] {
      second = send("POST", path(two, "/claim"), R"({"code":")" + code_one + "\"}",
                    named("two-" + std::to_string(round)));
    });
    first = send("POST", path(one, "/claim"), R"({"code":")" + code_two + "\"}",
                 named("one-" + std::to_string(round)));
    other.join();
    EXPECT_EQ(std::min(first.status, second.status), 200) << first.body << second.body;
    EXPECT_EQ(refusal(first.status == 200 ? second : first), "cycle");
    EXPECT_TRUE((inviter_of(one) == "0") != (inviter_of(two) == "0"));
  }
}

TEST_F(ReferralMembers, WhoSharesADeviceIsUnderSuspicion) {
  const std::string above = member("", R"("device":"phone-1","address":"Lane 1")");
  const std::string code = code_of(above);
  const std::string same = member(code, R"("device":"phone-1","address":"Lane 1")");
  EXPECT_EQ(case_of(same), "device " + above);  // the first that applies
  EXPECT_FALSE(get(path(same)).at("case").is_null());
  const std::string near = member(code, R"("device":"phone-2","address":"Lane 1")");
  EXPECT_EQ(case_of(near), "address " + above);
  EXPECT_EQ(case_of(member(code, R"("device":"phone-2","address":"Lane 9")")), "device " + near);
  EXPECT_EQ(case_of(member(code, R"("device":"phone-3")")), "");
  EXPECT_EQ(case_of(member(code)), "");
  // Of another inviter's, or in another program, it is nobody's business.
  EXPECT_EQ(case_of(member(code_of(member()), R"("device":"phone-1")")), "");
  const std::string far = member("", "", "other");
  EXPECT_EQ(case_of(member(code_of(far), R"("device":"phone-1")", "other")), "");
  // What was known of him before counts as well.
  const std::string early = member("", R"("device":"phone-1")");
  ASSERT_EQ(claim(early, code).status, 200);
  EXPECT_EQ(case_of(early), "device " + above);
  EXPECT_EQ(sql("SELECT count(*) FROM authd.referral_member WHERE device_hash ="
                " sha256(convert_to(E'demo\\nphone-1', 'UTF8'))"),
            "4");
}

TEST_F(ReferralMembers, WhoIsInvitedTooFastIsUnderSuspicion) {
  set("velocity_per_day = 2");
  const std::string code = code_of(member());
  const std::string one = member(code);
  EXPECT_EQ(case_of(one), "");
  EXPECT_EQ(case_of(member(code)), "");
  EXPECT_EQ(case_of(member(code)), "velocity -");
  sql("ALTER TABLE authd.referral_member DISABLE TRIGGER guarded");
  sql("UPDATE authd.referral_member SET invited_at = now() - interval '25 hours'"
      " WHERE case_id <> 0 OR holder_id = " +
      one);
  sql("ALTER TABLE authd.referral_member ENABLE TRIGGER guarded");
  EXPECT_EQ(case_of(member(code)), "");
}

TEST_F(ReferralMembers, ChooseWhereTheyArePaid) {
  const std::string one = member();
  const auto account = [&](const std::string& of, const std::string& currency) {
    return sql(
        "INSERT INTO authd.account (status, program, holder_id, currency) VALUES (1, 'demo', " +
        of + ", '" + currency + "') RETURNING id");
  };
  const std::string own = account(one, "USD");
  const std::string euro = account(one, "EUR");
  const std::string strange = account(member(), "USD");
  const auto change = [&](const std::string& to, const std::string& version) {
    return patch(path(one), R"({"account":)" + to + "}", version);
  };
  EXPECT_EQ(change(own, "").problem(), "precondition-required");
  EXPECT_EQ(change(own, "\"7\"").problem(), "version-mismatch");
  const ApiAnswer changed = change(own, "\"1\"");
  ASSERT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(std::to_string(changed.at("account").as_int64()), own);
  EXPECT_EQ(changed.field("etag"), "\"2\"");
  EXPECT_EQ(change(euro, "\"2\"").problem(), "validation");
  EXPECT_EQ(change(strange, "\"2\"").problem(), "validation");
  sql("UPDATE authd.account SET status = 3 WHERE id = " + own);
  EXPECT_EQ(change(own, "\"2\"").problem(), "validation");
  EXPECT_TRUE(change("null", "\"2\"").at("account").is_null());
  EXPECT_EQ(join(holder(), R"("account":)" + own).problem(), "validation");
}

TEST_F(ReferralMembers, AreSuspendedForAReasonThatStays) {
  const std::string one = member();
  const std::string reason = R"({"reason":"shares a flat"})";
  EXPECT_EQ(post(path(one, "/reinstate"), reason).problem(), "wrong-state");
  EXPECT_EQ(post(path(one, "/suspend"), reason).text("status"), "suspended");
  EXPECT_EQ(post(path(one, "/suspend"), reason).problem(), "wrong-state");
  EXPECT_EQ(post(path(one, "/suspend"), "{}").problem(), "validation");
  EXPECT_EQ(get(path(one)).text("status_reason"), "shares a flat");
  EXPECT_EQ(sql("SELECT actor LIKE 'key:%' AND after->>'status_reason' = 'shares a flat'"
                " FROM authd.change_log WHERE object = 'referral_member' AND action = 'update'"),
            "t");
  EXPECT_EQ(post(path(one, "/reinstate"), reason).text("status"), "active");
}

TEST_F(ReferralMembers, ChainsGoThreeUpAndThreeDown) {
  std::vector<std::string> line{member()};
  for (int i = 0; i < 4; ++i) line.push_back(member(code_of(line.back())));
  const std::string second = member(code_of(line[0]));
  const std::string cousin = member(code_of(second));
  EXPECT_EQ(pages(path(line[4], "/chain")).items.size(), 3U);
  const ApiAnswer above = get(path(line[4], "/chain") + "?direction=up");
  ASSERT_EQ(above.at("items").as_array().size(), 3U);
  EXPECT_EQ(std::to_string(above.at("items.0.holder").as_int64()), line[3]);
  EXPECT_EQ(std::to_string(above.at("items.2.holder").as_int64()), line[1]);
  EXPECT_EQ(above.at("items.2.level"), 3);
  const auto below = [&](int level) {
    std::vector<std::string> found;
    for (const auto& item :
         pages(path(line[0], "/chain") + "?direction=down&level=" + std::to_string(level)).items) {
      found.push_back(std::to_string(item.at("holder").as_int64()));
    }
    return found;
  };
  EXPECT_EQ(below(1), (std::vector<std::string>{line[1], second}));
  EXPECT_EQ(below(2), (std::vector<std::string>{line[2], cousin}));
  EXPECT_EQ(below(3), (std::vector<std::string>{line[3]}));
  EXPECT_EQ(get(path(line[0], "/chain")).at("items").as_array().size(), 0U);
  EXPECT_EQ(get(path(line[0], "/chain") + "?level=1").status, 400);
  EXPECT_EQ(get(path(line[0], "/chain") + "?direction=down&level=4").status, 400);
}

TEST_F(ReferralMembers, PagesOfALevelStayAsTheyAreWhenMoreJoin) {
  const std::string above = member();
  std::vector<std::string> children;
  for (int i = 0; i < 3; ++i) children.push_back(member(code_of(above)));
  std::vector<std::string> expected;
  for (const auto& child : children) {
    for (int i = 0; i < 3; ++i) expected.push_back(member(code_of(child)));
  }
  const std::string target = path(above, "/chain") + "?direction=down&level=2&limit=4";
  std::vector<std::string> found;
  std::string cursor;
  do {
    const ApiAnswer page = get(target + (cursor.empty() ? "" : "&cursor=" + cursor));
    ASSERT_EQ(page.status, 200) << page.body;
    const auto items = page.at("items");
    for (const auto& item : items.as_array()) {
      found.push_back(std::to_string(item.as_object().at("holder").as_int64()));
    }
    if (cursor.empty()) member(code_of(children[0]));  // in front of the next page
    cursor = page.at("next_cursor").is_null() ? "" : page.text("next_cursor");
  } while (!cursor.empty());
  EXPECT_EQ(found, expected);
}

TEST_F(ReferralMembers, OfOtherProgramsAreNotFound) {
  const std::string one = member();
  for (const char* more : {"", "/chain", "/stats", "/earnings", "/payouts", "/dues", "/invitations",
                           "/chain?direction=down"}) {
    EXPECT_EQ(get(path(one, more), demo_key()).status, 200) << more;
    EXPECT_EQ(get(path(one, more), other_key()).status, 404) << more;
    EXPECT_EQ(get(path("12345678", more)).status, 404) << more;
  }
  EXPECT_EQ(post("/v1/referrals/members", R"({"holder":)" + holder() + "}", other_key()).errors(),
            std::vector<std::string>{"holder: is not known"});
  EXPECT_EQ(post(path(one, "/claim"), R"({"code":"ABCD"})", other_key()).status, 404);
  EXPECT_EQ(post(path(one, "/suspend"), R"({"reason":"x"})", other_key()).status, 404);
  EXPECT_EQ(
      send("PATCH", path(one), R"({"account":null})", other_key() + "If-Match: \"1\"\r\n").status,
      404);
}

TEST_F(ReferralMembers, NeedTheirScopes) {
  const std::string one = member();
  const std::string reader = key("demo", {api::Scope::referrals_read});
  const std::string writer = key("demo", {api::Scope::referrals_write});
  EXPECT_EQ(get(path(one), reader).status, 200);
  EXPECT_EQ(get(path(one), writer).problem(), "missing-scope");
  EXPECT_EQ(post(path(one, "/claim"), R"({"code":"ABCD"})", reader).problem(), "missing-scope");
  EXPECT_EQ(post(path(one, "/suspend"), R"({"reason":"x"})", writer).problem(), "missing-scope");
  EXPECT_EQ(get("/v1/referrals/cases", writer).problem(), "missing-scope");
  EXPECT_EQ(
      post("/v1/referrals/receipts", R"({"id":"authd-1","status":"failed"})", writer).problem(),
      "missing-scope");
}

}  // namespace

}  // namespace authd::test
