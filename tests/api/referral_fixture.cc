#include "tests/api/referral_fixture.h"

namespace authd::test {

void ReferralTest::SetUp() {
  MoneyTest::SetUp();
  for (const auto& [program, zone] :
       {std::pair("demo", "Europe/Berlin"), std::pair("other", "UTC")}) {
    const ApiAnswer made = send("PUT", std::string("/v1/referrals/programs/") + program,
                                std::string(R"({"currency":"USD","zone":")") + zone + "\"}", "");
    ASSERT_EQ(made.status, 201) << made.body;
  }
}

void ReferralTest::TearDown() {
  // What 0012 promises of its tables, and nothing waits twice or nowhere.
  EXPECT_EQ(sql("SELECT count(*) FROM authd.referral_stat AS s"
                " WHERE s.net_minor <> (SELECT coalesce(sum(amount_minor), 0)"
                "   FROM authd.referral_earning AS e WHERE e.holder_id = s.holder_id)"
                " OR s.net_minor <> (SELECT coalesce(sum(amount_minor), 0)"
                "   FROM authd.referral_due AS d WHERE d.holder_id = s.holder_id)"
                " OR s.paid_minor <> (SELECT coalesce(sum(amount_minor), 0)"
                "   FROM authd.referral_payout AS p WHERE p.holder_id = s.holder_id)"),
            "0");
  const std::string members =
      sql("SELECT coalesce(string_agg(holder_id::text, ','), '') FROM authd.referral_member");
  for (std::size_t begin = 0; begin < members.size();) {
    const std::size_t end = std::min(members.find(',', begin), members.size());
    const std::string one = members.substr(begin, end - begin);
    const ApiAnswer stats = get(path(one, "/stats"));
    EXPECT_EQ(
        minor_at(stats.json().get_object(), "pending") +
            minor_at(stats.json().get_object(), "payable") +
            minor_at(stats.json().get_object(), "held"),
        minor_at(stats.json().get_object(), "net") - minor_at(stats.json().get_object(), "paid"))
        << stats.body;
    begin = end + 1;
  }
  MoneyTest::TearDown();
}

std::string ReferralTest::holder(const std::string& program, int age_s) {
  return sql("INSERT INTO authd.holder (program, name, created_at) VALUES ('" + program +
             "', 'Ann', now() - " + std::to_string(age_s) + " * interval '1 second') RETURNING id");
}

ApiAnswer ReferralTest::join(const std::string& holder, const std::string& more) {
  return post("/v1/referrals/members",
              R"({"holder":)" + holder + (more.empty() ? "" : "," + more) + "}");
}

std::string ReferralTest::member(const std::string& claims, const std::string& more,
                                 const std::string& program) {
  std::string members = claims.empty() ? "" : R"("claims":")" + claims + "\"";
  if (!more.empty()) members += (members.empty() ? "" : ",") + more;
  const std::string id = holder(program);
  const ApiAnswer joined = join(id, members);
  EXPECT_EQ(joined.status, 201) << joined.body;
  return id;
}

std::string ReferralTest::code_of(const std::string& member) {
  return sql("SELECT code FROM authd.referral_member WHERE holder_id = " + member);
}

ApiAnswer ReferralTest::claim(const std::string& member, const std::string& code,
                              const std::string& more) {
  return post(path(member, "/claim"),
              R"({"code":")" + code + "\"" + (more.empty() ? "" : "," + more) + "}");
}

void ReferralTest::book(const std::string& earner, const std::string& spender,
                        const Earned& earned) {
  const std::string source = std::to_string(earned.source);
  const std::string entry = std::to_string(earned.entry == 0 ? earned.source : earned.entry);
  EXPECT_EQ(
      sql("SELECT authd.referral_book(1, ARRAY[" + earner + "]::bigint[], ARRAY[" + spender +
          "]::bigint[], ARRAY[" + source + "]::bigint[], ARRAY[" + entry + "]::bigint[], ARRAY[" +
          std::to_string(earned.minor) + "]::bigint[], ARRAY[" + earned.at +
          "]::timestamptz[], ARRAY[0]::bigint[], ARRAY[" + std::to_string(earned.level) + "]::smallint[], ARRAY[" +
          std::to_string(earned.kind) + "]::smallint[], ARRAY[" + earned.under + "]::bigint[])"),
      "1");
}

std::string ReferralTest::path(const std::string& member, const std::string& more) {
  return "/v1/referrals/members/" + member + more;
}

std::int64_t ReferralTest::stat(const std::string& member, const std::string& name) {
  return get(path(member, "/stats")).at(name + ".minor").as_int64();
}

std::string ReferralTest::refusal(const ApiAnswer& answer) {
  EXPECT_EQ(answer.problem(), "wrong-state") << answer.body;
  return answer.problem() == "wrong-state" ? answer.text("refusal") : "";
}

}  // namespace authd::test
