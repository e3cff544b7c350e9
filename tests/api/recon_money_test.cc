// Money that settles exceptions: write-offs and adjustments, and the second person.

#include <gtest/gtest.h>

#include "tests/api/recon_fixture.h"

namespace authd::test {

namespace {

using api::MoveFault;
using Errors = std::vector<std::string>;

const std::string reason = R"({"reason":"agreed with the network"})";

std::string adjust(const std::string& account) {
  return R"({"reason":"the shop is right","account":)" + account + "}";
}

class ReconMoney : public ReconTest {
 protected:
  void SetUp() override {
    ReconTest::SetUp();
    run_ = run("shop");
  }
  std::string wrong(std::int64_t difference) {
    return exception(run_, {.kind = 3, .difference_minor = difference});
  }
  std::string pending() {
    return sql("SELECT count(*) FROM authd.recon_proposal WHERE verdict IS NULL");
  }

  std::string run_;
};

TEST_F(ReconMoney, IsWrittenOffByOneUpToTheLimit) {
  const std::string one = wrong(-1'000);
  const std::string settlement = book(4);
  const ApiAnswer done = act(one, "write-off", reason, first());
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.text("resolution"), "written_off");
  EXPECT_EQ(done.text("proposals.0.verdict"), "approved");
  EXPECT_EQ(done.text("proposals.0.decided_by"), actor(first()));
  EXPECT_EQ(book(9), "-1000");
  EXPECT_EQ(book(4), std::to_string(std::stoll(settlement) + 1'000));
  EXPECT_EQ(trail_of(one), "write_off_proposed,written_off");
  EXPECT_EQ(act(one, "write-off", reason).problem(), "wrong-state");
  EXPECT_EQ(act(one, "unmatch", reason).problem(), "wrong-state");
}

TEST_F(ReconMoney, AboveTheLimitASecondPersonDecides) {
  const std::string one = wrong(1'001);
  const ApiAnswer proposed = act(one, "write-off", reason, first());
  ASSERT_EQ(proposed.status, 202) << proposed.body;
  EXPECT_EQ(proposed.text("state"), "awaiting_approval");
  EXPECT_EQ(proposed.at("proposals.0.needs_second"), true);
  EXPECT_EQ(book(9), "0");
  for (const char* action : {"write-off", "dismiss"}) {
    EXPECT_EQ(act(one, action, reason, second()).problem(), "wrong-state") << action;
  }
  const ApiAnswer own = act(one, "approve", "", first());
  EXPECT_EQ(own.status, 409);
  EXPECT_EQ(own.problem(), "wrong-state");
  EXPECT_EQ(own.text("detail"),
            "This needs a second person: the key that proposed it may not decide on it.");
  EXPECT_EQ(act(one, "reject", reason, first()).problem(), "wrong-state");
  EXPECT_EQ(book(9), "0");
  const std::string fields = version_field(one) + second() + named("k");
  const ApiAnswer approved = post(path(one, "approve"), "", fields);
  ASSERT_EQ(approved.status, 200) << approved.body;
  EXPECT_EQ(approved.text("proposals.0.decided_by"), actor(second()));
  EXPECT_EQ(book(9), "1001");
  EXPECT_EQ(post(path(one, "approve"), "", fields).body, approved.body);
  EXPECT_EQ(act(one, "approve", "", second()).problem(), "wrong-state");
  EXPECT_EQ(book(9), "1001");
  EXPECT_EQ(trail_of(one), "write_off_proposed,written_off");
}

TEST_F(ReconMoney, OfTransfersIsWrittenOffAgainstFunding) {
  const std::string bank = run("bank");
  const std::string one = exception(bank, {.kind = 3, .difference_minor = -1});
  const std::string funding = book(3);
  EXPECT_EQ(act(one, "write-off", reason, first()).status, 202);
  EXPECT_EQ(act(one, "approve", "", second()).status, 200);
  EXPECT_EQ(book(9), "-1");
  EXPECT_EQ(book(3), std::to_string(std::stoll(funding) + 1));
}

TEST_F(ReconMoney, IsRejectedAndProposedAnew) {
  const std::string one = wrong(-5'000);
  ASSERT_EQ(act(one, "write-off", reason, first()).status, 202);
  const ApiAnswer rejected = act(one, "reject", reason, second());
  ASSERT_EQ(rejected.status, 200) << rejected.body;
  EXPECT_EQ(rejected.text("state"), "open");
  EXPECT_EQ(rejected.text("proposals.0.verdict"), "rejected");
  EXPECT_EQ(act(one, "reject", reason, second()).problem(), "wrong-state");
  EXPECT_EQ(act(one, "approve", "", second()).problem(), "wrong-state");
  EXPECT_EQ(book(9), "0");
  EXPECT_EQ(act(one, "write-off", reason, second()).status, 202);
  EXPECT_EQ(act(one, "approve", "", first()).status, 200);
  EXPECT_EQ(trail_of(one), "write_off_proposed,rejected,write_off_proposed,written_off");
}

TEST_F(ReconMoney, IsNotBookedWithoutADifference) {
  const std::string one = wrong(0);
  EXPECT_EQ(act(one, "write-off", reason).problem(), "wrong-state");
  EXPECT_EQ(act(one, "adjustment", adjust("1")).problem(), "wrong-state");
  const std::string least = exception(run_, {.kind = 3, .difference_minor = INT64_MIN});
  EXPECT_EQ(act(least, "write-off", reason).problem(), "wrong-state");
  EXPECT_EQ(pending(), "0");
}

TEST_F(ReconMoney, IsTakenFromTheAccountAndOwedToTheNetwork) {
  const std::string one = wrong(-400);
  const std::string settlement = book(4);
  const ApiAnswer done = act(one, "adjustment", adjust("1"), first());
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(done.text("resolution"), "adjusted");
  EXPECT_EQ(done.at("proposals.0.account"), 1);
  EXPECT_EQ(balance(1), "9600 0");
  EXPECT_EQ(book(5), "0");
  EXPECT_EQ(book(9), "0");
  EXPECT_EQ(book(4), std::to_string(std::stoll(settlement) + 400));
  EXPECT_EQ(trail_of(one), "adjustment_proposed,adjustment_begun,adjusted");
  EXPECT_EQ(sql("SELECT id FROM authd.transfer"),
            "rc_" + sql("SELECT id FROM authd.recon_proposal"));
}

TEST_F(ReconMoney, IsGivenToTheAccountWhenTheSecondPersonAgrees) {
  const std::string one = wrong(1'001);
  ASSERT_EQ(act(one, "adjustment", adjust("1"), first()).status, 202);
  EXPECT_EQ(balance(1), "10000 0");
  EXPECT_EQ(act(one, "approve", "", first()).problem(), "wrong-state");
  EXPECT_EQ(balance(1), "10000 0");
  EXPECT_EQ(act(one, "approve", "", second()).status, 200);
  EXPECT_EQ(balance(1), "11001 0");
  EXPECT_EQ(book(5), "0");
}

TEST_F(ReconMoney, NeedsAnAccountOfTheProgramAndCurrency) {
  const std::string one = wrong(-400);
  EXPECT_EQ(act(one, "adjustment", adjust("2")).errors(),
            Errors{"account: is not known in the program"});
  EXPECT_EQ(act(one, "adjustment", adjust("77")).errors(),
            Errors{"account: is not known in the program"});
  sql("UPDATE authd.recon_discrepancy SET currency = 'EUR' WHERE id = " + one);
  EXPECT_EQ(act(one, "adjustment", adjust("1")).errors(),
            Errors{"account: is of another currency"});
  EXPECT_EQ(trail_of(one), "");
}

TEST_F(ReconMoney, ThatIsDeclinedLeavesTheProposalPending) {
  open(3, 100, "demo");
  const std::string one = wrong(-400);
  const std::string fields = version_field(one) + first() + named("k");
  const ApiAnswer answer = post(path(one, "adjustment"), adjust("3"), fields);
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(answer.problem(), "declined");
  EXPECT_EQ(answer.text("reason"), "insufficient_funds");
  EXPECT_EQ(answer.text("transfer.kind"), "correction");
  EXPECT_EQ(state_of(one), "awaiting_approval");
  EXPECT_EQ(pending(), "1");
  EXPECT_EQ(trail_of(one), "adjustment_proposed,adjustment_begun,adjustment_declined");
  // Declined it stays; it can be rejected, and made of another account.
  EXPECT_EQ(act(one, "approve", "", second()).problem(), "declined");
  EXPECT_EQ(act(one, "reject", reason, first()).status, 200);
  EXPECT_EQ(act(one, "adjustment", adjust("1"), first()).status, 200);
  EXPECT_EQ(balance(1), "9600 0");
  EXPECT_EQ(balance(3), "100 0");
}

// Behind the money, before the row.
TEST_F(ReconMoney, IsMovedOnceWhateverBreaksInBetween) {
  const std::string one = wrong(-400);
  const std::string fields = version_field(one) + first() + named("k");
  ledger().fail_after(MoveFault::not_in_ledger_yet);
  EXPECT_EQ(post(path(one, "adjustment"), adjust("1"), fields).problem(), "not-applied-yet");
  EXPECT_EQ(balance(1), "9600 0");
  EXPECT_EQ(state_of(one), "awaiting_approval");
  ledger().fail_after(std::nullopt);
  // What has moved money cannot be rejected any more.
  EXPECT_EQ(act(one, "reject", reason, second()).problem(), "wrong-state");
  EXPECT_EQ(act(one, "adjustment", adjust("2"), first()).problem(), "wrong-state");
  const ApiAnswer done = post(path(one, "adjustment"), adjust("1"), fields);
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(balance(1), "9600 0");
  EXPECT_EQ(book(5), "0");
  EXPECT_EQ(sql("SELECT count(*) FROM authd.transfer"), "1");
  EXPECT_EQ(post(path(one, "adjustment"), adjust("1"), fields).body, done.body);
  EXPECT_EQ(trail_of(one), "adjustment_proposed,adjustment_begun,adjusted");
}

TEST_F(ReconMoney, IsApprovedAgainAfterAnAnswerThatGotLost) {
  const std::string one = wrong(-4'000);
  ASSERT_EQ(act(one, "adjustment", adjust("1"), first()).status, 202);
  ledger().fail_before(MoveFault::overloaded);
  EXPECT_EQ(act(one, "approve", "", second()).problem(), "overloaded");
  ledger().fail_before(std::nullopt);
  EXPECT_EQ(balance(1), "10000 0");
  EXPECT_EQ(act(one, "approve", "", first()).problem(), "wrong-state");
  EXPECT_EQ(act(one, "approve", "", second()).status, 200);
  EXPECT_EQ(balance(1), "6000 0");
  EXPECT_EQ(trail_of(one), "adjustment_proposed,adjustment_begun,adjusted");
}

}  // namespace

}  // namespace authd::test
