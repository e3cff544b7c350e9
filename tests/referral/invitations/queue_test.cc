#include "authd/referral/invitations/queue.h"

#include <gtest/gtest.h>

#include "tests/referral/invitations/invitation_fixture.h"

namespace authd::referral {
namespace {

using namespace std::chrono_literals;
using Kind = AttemptResult::Kind;
using test::query;
using test::query_text;

class InvitationQueue : public test::InvitationTest {
 protected:
  void SetUp() override {
    InvitationTest::SetUp();
    sender_ = std::make_unique<store::Connection>(sender_connection());
    api_ = std::make_unique<store::Connection>(api_connection());
  }

  std::vector<ClaimedMessage> claimed(int limit = 10) { return claimed(*sender_, limit); }
  static std::vector<ClaimedMessage> claimed(store::Connection& connection, int limit = 10) {
    auto claimed = claim(connection, limit, 30s, 3);
    EXPECT_TRUE(claimed) << claimed.error().message;
    return claimed ? std::move(claimed->messages) : std::vector<ClaimedMessage>();
  }
  void recorded(const ClaimedMessage& message, const AttemptResult& result) {
    const auto done = record(*sender_, message, result);
    EXPECT_TRUE(done) << done.error().message;
  }
  bool received(const std::string& reference, Receipt what, const std::string& error = "") {
    const auto done = receipt(*api_, reference, what, error);
    EXPECT_TRUE(done) << done.error().message;
    return done && *done;
  }
  Requeued requeued(std::int64_t id) {
    const auto done = requeue(*api_, id);
    EXPECT_TRUE(done) << done.error().message;
    return done ? *done : Requeued::unknown;
  }
  std::int64_t seconds_until_next(std::int64_t id) {
    return std::stoll(column(id, "round(extract(epoch FROM next_at - now()))::bigint"));
  }

  std::unique_ptr<store::Connection> sender_;
  std::unique_ptr<store::Connection> api_;
};

TEST_F(InvitationQueue, ClaimsTheLongestWaitingFirst) {
  const auto one = invite(1, "one");
  const auto two = invite(2, "two");
  const auto three = invite(3, "three");
  query(ledger(),
        "UPDATE authd.referral_invitation SET next_at = now() - interval '1 hour'"
        " WHERE id = " +
            std::to_string(three));
  const auto first = claimed(1);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].id, three);
  EXPECT_EQ(first[0].attempt, 1);
  EXPECT_EQ(first[0].phone, test::phone(3));
  EXPECT_EQ(first[0].text, "three");
  EXPECT_EQ(state(three), "2");
  EXPECT_EQ(claimed(1).size(), 1U);
  EXPECT_EQ(state(one), "2");
  EXPECT_EQ(state(two), "1");
}

TEST_F(InvitationQueue, ClaimsNothingBeforeItsTime) {
  const auto id = invite();
  query(ledger(), "UPDATE authd.referral_invitation SET next_at = now() + interval '1 minute'");
  EXPECT_TRUE(claimed().empty());
  make_due(id);
  EXPECT_EQ(claimed().size(), 1U);
}

TEST_F(InvitationQueue, LeavesWhatIsClaimedToItsClaimerUntilTheLeaseEnds) {
  const auto id = invite();
  ASSERT_EQ(claimed().size(), 1U);
  EXPECT_GE(seconds_until_next(id), 25);
  EXPECT_LE(seconds_until_next(id), 30);
  EXPECT_TRUE(claimed().empty());
  make_due(id);
  const auto again = claimed();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].attempt, 2);
}

TEST_F(InvitationQueue, DoesNotWaitForWhoClaimsAtTheSameTime) {
  invite(1);
  invite(2);
  store::Connection other = sender_connection();
  auto transaction = store::Transaction::begin(other);
  ASSERT_TRUE(transaction);
  ASSERT_EQ(claimed(other, 1).size(), 1U);
  EXPECT_EQ(claimed().size(), 1U);  // the other one, although the first one's row is locked
  ASSERT_TRUE(transaction->commit());
  EXPECT_TRUE(claimed().empty());
}

TEST_F(InvitationQueue, HasFailedWhenItsClaimersDiedThatOften) {
  const auto id = invite();
  for (int attempt = 1; attempt <= 3; ++attempt) {
    make_due(id);
    ASSERT_EQ(claimed().size(), 1U) << attempt;
  }
  make_due(id);
  const auto last = claim(*sender_, 10, 30s, 3);
  ASSERT_TRUE(last);
  EXPECT_TRUE(last->messages.empty());
  EXPECT_EQ(last->ended, 1);
  EXPECT_EQ(state(id), "5");
  EXPECT_EQ(column(id, "error"), "nothing is known of the last attempt");
  EXPECT_NE(column(id, "ended_at"), "");
}

TEST_F(InvitationQueue, RestsWithItsProgram) {
  invite(1);
  const auto of_other = invite(2, "Hello", "other");
  query(ledger(),
        "INSERT INTO authd.referral_pause (program, reason, paused_by)"
        " VALUES ('demo', 'audit', 'me')");
  const auto only = claimed();
  ASSERT_EQ(only.size(), 1U);
  EXPECT_EQ(only[0].id, of_other);
  query(ledger(), "UPDATE authd.referral_pause SET resumed_at = now(), resumed_by = 'me'");
  EXPECT_EQ(claimed().size(), 1U);
}

TEST_F(InvitationQueue, EndsWhenTheNumberWantsNone) {
  const auto queued = invite(1);
  const auto of_other_number = invite(2);
  const auto of_other_program = invite(1, "Hello", "other");
  const auto ended = opt_out(*api_, "demo", test::phone(1), "console");
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(*ended, 1);
  EXPECT_EQ(state(queued), "7");
  EXPECT_NE(column(queued, "ended_at"), "");
  EXPECT_EQ(claimed().size(), 2U);
  EXPECT_EQ(state(of_other_number), "2");
  EXPECT_EQ(state(of_other_program), "2");
  EXPECT_EQ(*opt_out(*api_, "demo", test::phone(1), "console"), 0);  // again: nothing more
}

TEST_F(InvitationQueue, IsAskedAgainWhetherTheNumberWantsNone) {
  const auto id = invite(1);
  const auto under_way = claimed();
  ASSERT_EQ(under_way.size(), 1U);
  EXPECT_EQ(*opt_out(*api_, "demo", test::phone(1), "console"), 0);
  EXPECT_EQ(state(id), "2");
  recorded(under_way[0], {Kind::try_again, "", "no answer", 0ms});
  const auto next = claim(*sender_, 10, 30s, 3);
  ASSERT_TRUE(next);
  EXPECT_TRUE(next->messages.empty());
  EXPECT_EQ(next->ended, 1);
  EXPECT_EQ(state(id), "7");
}

TEST_F(InvitationQueue, RecordsWhatWasSent) {
  const auto id = invite();
  recorded(claimed()[0], {Kind::sent, "gateway-1", "", 0ms});
  EXPECT_EQ(state(id), "3");
  EXPECT_EQ(column(id, "gateway_id"), "gateway-1");
  EXPECT_NE(column(id, "sent_at"), "");
  EXPECT_EQ(column(id, "error"), "");
}

TEST_F(InvitationQueue, RecordsWhatIsTriedAgain) {
  const auto id = invite();
  const auto message = claimed()[0];
  recorded(message, {Kind::try_again, "", std::string(499, 'x') + "é and more", 600s});
  EXPECT_EQ(state(id), "1");
  EXPECT_EQ(column(id, "attempts"), "1");
  EXPECT_EQ(column(id, "error"), std::string(499, 'x'));
  EXPECT_GE(seconds_until_next(id), 595);
  EXPECT_LE(seconds_until_next(id), 600);
}

TEST_F(InvitationQueue, DoesNotCountWhatWasNotTried) {
  const auto id = invite();
  recorded(claimed()[0], {Kind::not_tried, "", "cannot connect", 0ms});
  EXPECT_EQ(state(id), "1");
  EXPECT_EQ(column(id, "attempts"), "0");
  EXPECT_EQ(claimed()[0].attempt, 1);
}

TEST_F(InvitationQueue, RecordsFailure) {
  const auto id = invite();
  recorded(claimed()[0], {Kind::refused, "", "the gateway answered 400", 0ms});
  EXPECT_EQ(state(id), "5");
  EXPECT_EQ(column(id, "error"), "the gateway answered 400");
  EXPECT_NE(column(id, "ended_at"), "");
  EXPECT_TRUE(claimed().empty());
}

TEST_F(InvitationQueue, BelievesNobodyWhoseAttemptWasFollowedByAnother) {
  const auto id = invite();
  const auto slow = claimed()[0];
  make_due(id);
  const auto next = claimed()[0];
  recorded(slow, {Kind::refused, "", "the gateway answered 400", 0ms});
  EXPECT_EQ(state(id), "2");
  recorded(slow, {Kind::try_again, "", "no answer", 0ms});
  EXPECT_EQ(state(id), "2");
  recorded(slow, {Kind::sent, "gateway-1", "", 0ms});  // which stays true
  EXPECT_EQ(state(id), "3");
  recorded(next, {Kind::try_again, "", "no answer", 0ms});
  EXPECT_EQ(state(id), "3");
}

TEST_F(InvitationQueue, TakesReceiptsByEitherId) {
  const auto one = invite(1);
  const auto two = invite(2);
  for (const auto& message : claimed())
    recorded(message, {Kind::sent, "gateway-" + std::to_string(message.id), "", 0ms});
  EXPECT_TRUE(received("gateway-" + std::to_string(one), Receipt::delivered));
  EXPECT_TRUE(received("authd-" + std::to_string(two), Receipt::failed, "unreachable"));
  EXPECT_EQ(state(one), "4");
  EXPECT_EQ(state(two), "5");
  EXPECT_EQ(column(two, "error"), "unreachable");
  EXPECT_FALSE(received("gateway-unknown", Receipt::delivered));
  EXPECT_FALSE(received("authd-999999", Receipt::delivered));
  EXPECT_FALSE(received("", Receipt::delivered));
}

TEST_F(InvitationQueue, TakesReceiptsInAnyOrder) {
  const auto id = invite();
  const std::string reference = "authd-" + std::to_string(id);
  const auto message = claimed()[0];
  EXPECT_TRUE(received(reference, Receipt::delivered));  // before it is recorded as sent
  recorded(message, {Kind::sent, "gateway-1", "", 0ms});
  EXPECT_EQ(state(id), "4");
  EXPECT_EQ(column(id, "gateway_id"), "gateway-1");
  EXPECT_NE(column(id, "sent_at"), "");
  EXPECT_TRUE(received(reference, Receipt::failed, "late"));
  EXPECT_EQ(state(id), "4");
  EXPECT_EQ(column(id, "error"), "");
  recorded(message, {Kind::try_again, "", "no answer", 0ms});
  EXPECT_EQ(state(id), "4");
}

TEST_F(InvitationQueue, IsDeliveredEvenWhenItWasGivenUp) {
  const auto id = invite();
  recorded(claimed()[0], {Kind::refused, "", "no answer", 0ms});
  EXPECT_TRUE(received("authd-" + std::to_string(id), Receipt::delivered));
  EXPECT_EQ(state(id), "4");
  EXPECT_EQ(column(id, "error"), "");
}

TEST_F(InvitationQueue, TakesOptOutsFromTheGateway) {
  const auto sent = invite(1);
  recorded(claimed()[0], {Kind::sent, "gateway-1", "", 0ms});
  const auto waiting = invite(1);
  EXPECT_TRUE(received("gateway-1", Receipt::opted_out));
  EXPECT_TRUE(received("gateway-1", Receipt::opted_out));
  EXPECT_EQ(state(sent), "7");
  EXPECT_EQ(state(waiting), "7");
  EXPECT_EQ(query_text(ledger(), "SELECT origin FROM authd.referral_opt_out"), "gateway");
  const auto later = invite(1);
  EXPECT_TRUE(claimed().empty());
  EXPECT_EQ(state(later), "7");
}

TEST_F(InvitationQueue, TriesAgainWhatHasFailedWhenAsked) {
  const auto id = invite();
  recorded(claimed()[0], {Kind::refused, "", "the gateway answered 400", 0ms});
  EXPECT_EQ(requeued(id), Requeued::requeued);
  EXPECT_EQ(state(id), "1");
  EXPECT_EQ(column(id, "ended_at"), "");
  EXPECT_EQ(requeued(id), Requeued::not_failed);
  EXPECT_EQ(claimed().size(), 1U);
  EXPECT_EQ(requeued(999), Requeued::unknown);
}

TEST_F(InvitationQueue, TriesOnceMoreWhatWasTriedAsOftenAsMayBe) {
  const auto id = invite();
  query(ledger(), "UPDATE authd.referral_invitation SET attempts = 3, state = 5, ended_at = now()");
  EXPECT_EQ(requeued(id), Requeued::requeued);
  const auto again = claimed();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].attempt, 4);
}

TEST_F(InvitationQueue, TriesNothingAgainThatIsErasedOrNotWanted) {
  const auto erased = invite(1);
  const auto unwanted = invite(2);
  for (const auto& message : claimed()) recorded(message, {Kind::refused, "", "400", 0ms});
  query(ledger(), "UPDATE authd.referral_invitation SET phone = NULL, body = NULL WHERE id = " +
                      std::to_string(erased));
  ASSERT_TRUE(opt_out(*api_, "demo", test::phone(2), "console"));
  EXPECT_EQ(requeued(erased), Requeued::erased);
  EXPECT_EQ(requeued(unwanted), Requeued::opted_out);
}

TEST_F(InvitationQueue, ForgetsNumbersAndTextsSomeTimeAfterTheEnd) {
  const auto old = invite(1);
  const auto recent = invite(2);
  const auto waiting = invite(3);
  query(ledger(),
        "UPDATE authd.referral_invitation SET state = 3, ended_at = now() - CASE id WHEN " +
            std::to_string(old) +
            " THEN interval '30 days' ELSE interval '29 days 23 hours' END WHERE id <> " +
            std::to_string(waiting));
  EXPECT_EQ(*erase(*sender_, 30, 100), 1);
  EXPECT_EQ(column(old, "phone IS NULL AND body IS NULL"), "t");
  EXPECT_EQ(column(old, "phone_hash IS NULL"), "f");
  EXPECT_EQ(column(recent, "phone"), test::phone(2));
  EXPECT_EQ(column(waiting, "phone"), test::phone(3));
  EXPECT_EQ(*erase(*sender_, 30, 100), 0);
}

TEST_F(InvitationQueue, ForgetsNoMoreAtOnceThanAsked) {
  for (int i = 0; i < 3; ++i) invite(i);
  query(ledger(), "UPDATE authd.referral_invitation SET state = 4, ended_at = now()");
  EXPECT_EQ(*erase(*sender_, 0, 2), 2);
  EXPECT_EQ(*erase(*sender_, 0, 2), 1);
}

TEST_F(InvitationQueue, CountsWhatWaits) {
  for (int i = 0; i < 3; ++i) invite(i);
  recorded(claimed(1)[0], {Kind::sent, "", "", 0ms});
  EXPECT_EQ(*count_queued(*sender_, 100), 2);
  EXPECT_EQ(*count_queued(*sender_, 1), 1);
}

TEST(PhoneHash, IsOfProgramAndNumber) {
  const auto hash = phone_hash("demo", "+27821234567");
  EXPECT_EQ(hash, phone_hash("demo", "+27821234567"));
  EXPECT_NE(hash, phone_hash("other", "+27821234567"));
  EXPECT_NE(hash, phone_hash("demo", "+27821234568"));
}

TEST_F(InvitationQueue, HashesAsPostgreSqlDoes) {
  const auto hash = phone_hash("demo", "+27821234567");
  const auto same =
      ledger().exec("SELECT (sha256(convert_to(E'demo\\n+27821234567', 'UTF8')) = $1)::int",
                    store::PgParams().bytes(hash));
  ASSERT_TRUE(same);
  EXPECT_EQ(same->number<std::int32_t>(0, 0), 1);
}

}  // namespace
}  // namespace authd::referral
