// The answer to an ASA request: its words, and which members it has.

#include <gtest/gtest.h>

#include <set>

#include "authd/processors/lithic.h"
#include "tests/processors/changed_body.h"
#include "tests/processors/fixture_run.h"

namespace authd::processors {
namespace {

using core::Reason;

Question question(core::Kind kind = core::Kind::purchase, std::int64_t minor = 4860) {
  Question asked;
  asked.request.kind = kind;
  asked.request.amount = {minor, *core::Currency::from_alpha("USD")};
  asked.echo[0] = *core::InlineText<64>::from("t-1");
  return asked;
}

core::Answer approval(std::int64_t minor) {
  core::Answer answer;
  answer.decision.approved = {minor, *core::Currency::from_alpha("USD")};
  answer.decision.balance = {81240, 66015};
  return answer;
}

core::Answer decline(Reason reason) {
  core::Answer answer;
  answer.decision.reason = reason;
  answer.decision.balance = {81240, 66015};
  return answer;
}

std::string rendered(const Question& asked, const core::Answer& answer,
                     LithicOptions options = {}) {
  Reply reply{500, "left: over\r\n", "left over"};
  LithicAdapter(options).render_answer(asked, answer, reply);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.fields, "");
  return reply.body;
}

TEST(LithicAnswer, ApprovesInFullWithoutAnAmount) {
  EXPECT_EQ(rendered(question(), approval(4860)), R"({"result":"APPROVED","token":"t-1"})");
}

TEST(LithicAnswer, ApprovesAPartWithItsAmount) {
  EXPECT_EQ(rendered(question(), approval(4859)),
            R"({"result":"APPROVED","token":"t-1","approved_amount":4859})");
  EXPECT_EQ(rendered(question(core::Kind::cash, core::minor_units_max),
                     approval(core::minor_units_max - 1)),
            R"({"result":"APPROVED","token":"t-1","approved_amount":999999999999999998})");
}

TEST(LithicAnswer, ApprovesVerificationsAndCreditsWithoutAnAmount) {
  EXPECT_EQ(rendered(question(core::Kind::account_verification, 0), approval(0)),
            R"({"result":"APPROVED","token":"t-1"})");
  EXPECT_EQ(rendered(question(core::Kind::credit), approval(0)),
            R"({"result":"APPROVED","token":"t-1"})");
}

TEST(LithicAnswer, TellsTheBalanceOnlyToWhoAsksForIt) {
  const Question inquiry = question(core::Kind::balance_inquiry, 0);
  EXPECT_EQ(rendered(inquiry, approval(0)),
            R"({"result":"APPROVED","token":"t-1","balance":{"amount":81240,"available":66015}})");
  EXPECT_EQ(rendered(inquiry, decline(Reason::card_frozen)),
            R"({"result":"CARD_PAUSED","token":"t-1"})");
  core::Answer overdrawn = approval(0);
  overdrawn.decision.balance = {INT64_MIN, -1};
  EXPECT_EQ(rendered(inquiry, overdrawn), R"({"result":"APPROVED","token":"t-1","balance":)"
                                          R"({"amount":-9223372036854775808,"available":-1}})");
}

TEST(LithicAnswer, HasAWordForEveryReason) {
  // Those that Lithic's API lists; it declines whatever else is said.
  const std::set<std::string_view> known{"AVS_INVALID",        "CARD_PAUSED",
                                         "INSUFFICIENT_FUNDS", "SUSPECTED_FRAUD",
                                         "VELOCITY_EXCEEDED",  "UNAUTHORIZED_MERCHANT"};
  const std::set<Reason> own{Reason::message_conflict,
                             Reason::too_late,
                             Reason::program_unknown,
                             Reason::card_unknown,
                             Reason::account_unknown,
                             Reason::currency_mismatch,
                             Reason::kind_not_supported,
                             Reason::authorization_closed,
                             Reason::outside_hours,
                             Reason::verification_required,
                             Reason::sum_out_of_range,
                             Reason::exposure_limit,
                             Reason::stale_state,
                             Reason::overloaded,
                             Reason::storage};
  for (const Reason reason : core::all_reasons()) {
    const std::string_view word = lithic::result_word(reason);
    SCOPED_TRACE(word);
    if (reason == Reason::approved) continue;
    EXPECT_NE(word, "APPROVED");
    EXPECT_NE(word, "CHALLENGE");  // is no decline
    EXPECT_EQ(known.contains(word), !own.contains(reason));
    EXPECT_EQ(rendered(question(), decline(reason)),
              R"({"result":")" + std::string(word) + R"(","token":"t-1"})");
  }
  EXPECT_EQ(lithic::result_word(Reason::approved), "APPROVED");
  EXPECT_EQ(lithic::result_word(Reason::insufficient_funds), "INSUFFICIENT_FUNDS");
  EXPECT_EQ(lithic::result_word(Reason::amount_limit), "VELOCITY_EXCEEDED");
  EXPECT_EQ(lithic::result_word(Reason::count_limit), "VELOCITY_EXCEEDED");
  EXPECT_EQ(lithic::result_word(Reason::merchant_locked), "UNAUTHORIZED_MERCHANT");
  EXPECT_EQ(lithic::result_word(Reason::card_frozen), "CARD_PAUSED");
}

TEST(LithicAnswer, NamesAMismatchedAddress) {
  Question asked = question();
  asked.request.details.address = core::Verification::mismatch;
  EXPECT_EQ(rendered(asked, decline(Reason::verification_required)),
            R"({"result":"AVS_INVALID","token":"t-1"})");
  EXPECT_EQ(rendered(asked, decline(Reason::insufficient_funds)),
            R"({"result":"INSUFFICIENT_FUNDS","token":"t-1"})");
  asked.request.details.address = core::Verification::partial;
  EXPECT_EQ(rendered(asked, decline(Reason::verification_required)),
            R"({"result":"VERIFICATION_REQUIRED","token":"t-1"})");
}

TEST(LithicAnswer, RepeatsTheAddressComparisonWhereConfigured) {
  const LithicOptions answering{false, true};
  const auto answered = [&](std::string_view finding) {
    Question asked = question();
    asked.echo[1] = core::InlineText<64>::truncated(finding);
    EXPECT_EQ(rendered(asked, approval(4860)), R"({"result":"APPROVED","token":"t-1"})");
    return rendered(asked, approval(4860), answering);
  };
  const std::string start = R"({"result":"APPROVED","token":"t-1")";
  EXPECT_EQ(answered("MATCH"), start + R"(,"avs_result":"MATCH"})");
  EXPECT_EQ(answered("MATCH_ADDRESS_ONLY"), start + R"(,"avs_result":"MATCH_ADDRESS_ONLY"})");
  EXPECT_EQ(answered("MATCH_ZIP_ONLY"), start + R"(,"avs_result":"MATCH_ZIP_ONLY"})");
  EXPECT_EQ(answered("MISMATCH"), start + R"(,"avs_result":"FAIL"})");
  EXPECT_EQ(answered("NOT_PRESENT"), start + "}");
  EXPECT_EQ(answered("NEVER_HEARD_OF"), start + "}");
  EXPECT_EQ(answered(""), start + "}");
}

// In the beta the message has another id than the transaction.
TEST(LithicAnswer, RepeatsTheTransactionsToken) {
  const LithicAdapter beta({true, false});
  const std::string body =
      test::changed(test::fixture_body("lithic/approve-clear/01-gateway-asa-request.json"),
                    {{"/event_token", R"("6a1d")"}});
  const auto asked = test::read_question(beta, body);
  ASSERT_TRUE(asked);
  Reply reply;
  beta.render_answer(*asked, approval(4275), reply);
  EXPECT_EQ(reply.body, R"({"result":"APPROVED","token":"0748d119-a9be-407b-ab00-d56a71d4491e"})");
}

}  // namespace
}  // namespace authd::processors
