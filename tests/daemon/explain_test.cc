// Explain: what support reads about a decision.

#include "authd/explain/report.h"
#include "tests/daemon/recorded_world.h"

namespace authd::explain {
namespace {

using core::EventKind;
using test::noon;
using test::purchase;
using test::RecordedWorld;

core::MessageId id(std::string_view text) { return *core::MessageId::from(text); }

// The report as `authd explain` prints it.
std::string explained(RecordedWorld& world, std::string_view message) {
  world.flush();
  const auto found = search(world.directory(), {id(message), std::nullopt});
  EXPECT_TRUE(found.has_value());
  return found && !found->records.empty() ? report_text(*found, id(message)) : "";
}

TEST(ExplainText, ADeclineByALimitShowsTheLimitsFigures) {
  RecordedWorld world;
  world.furnish();
  world.apply(core::SetControl{test::program_owner(), test::control(3, core::Deny{})});
  world.apply(core::RemoveControl{test::program_owner(), {3}});
  core::Limit often = test::a_limit(1, core::Period::lifetime, core::Level::account);
  often.measure = core::Limit::Measure::count;
  world.apply(core::SetControl{test::account_owner(), test::control(4, often, core::Mode::shadow)});
  world.apply(core::SetControl{test::card_owner(), test::control(7, test::a_limit(40'00))});
  world.apply(core::SetControl{test::card_owner(), test::control(7, test::a_limit(50'00))});
  world.apply(core::SetControl{test::card_owner(),
                               test::control(8, test::a_limit(20'00, core::Period::transaction))});
  world.apply(purchase("m-1", 12'50));
  world.apply(purchase("m-2", 37'51), {noon.unix_us + 1'500});
  EXPECT_EQ(explained(world, "m-2"), R"(Request m-2 of program demo: DECLINED, amount_limit
It would exceed the amount that a spend control allows.

  Decided        2026-11-02T12:00:00.001500Z, record 12 of the journal
  Kind           purchase
  Card           card-1
  Authorization  none
  Merchant       Corner Shop, MCC 5411, id SHOP-1, USA
  Amount         37.51 USD
  Approved       0.00 USD
  Available      87.50 USD before, 87.50 USD after
  Posted         100.00 USD before, 100.00 USD after

Declined by control 7, version 2, of the card: it limits how much, or how often.
    Rule         at most 50.00 USD a day, counted for each card
    Limit        50.00 USD
    Used before  12.50 USD
    Asked        37.51 USD
    Left         -0.01 USD
    Resets       2026-11-03T00:00:00Z

Controls, in the order in which they were evaluated:
   1  would have declined    account  control 4, version 1: limit (shadow)
                             limit 1 authorization, used 1 authorization, asked 1 authorization, left -1 authorizations, resets never
   2  DECLINED IT            card     control 7, version 2: limit
                             limit 50.00 USD, used 12.50 USD, asked 37.51 USD, left -0.01 USD, resets 2026-11-03T00:00:00Z
   3  failed as well         card     control 8, version 1: limit
                             limit 20.00 USD, used 0.00 USD, asked 37.51 USD, left -17.51 USD, resets never
)");
}

TEST(ExplainText, AShadowDeclineIsMarkedAndDoesNotDecide) {
  RecordedWorld world;
  world.furnish();
  world.apply(
      core::SetControl{test::program_owner(), test::control(5, core::Deny{}, core::Mode::shadow)});
  world.apply(core::SetControl{test::account_owner(), test::control(6, core::Hours{})});
  core::Request request = purchase("m-1", 20'00);
  request.details.entry_mode = core::EntryMode::chip;
  request.details.card_presence = core::CardPresence::present;
  request.details.security_code = core::Verification::match;
  world.apply(request);
  EXPECT_EQ(explained(world, "m-1"), R"(Request m-1 of program demo: APPROVED 20.00 USD
Everything that was checked allowed it.

  Decided        2026-11-02T12:00:00Z, record 7 of the journal
  Kind           purchase
  Card           card-1
  Account        1
  Authorization  7
  Merchant       Corner Shop, MCC 5411, id SHOP-1, USA
  How            entry chip, card present, CVV match
  Amount         20.00 USD
  Approved       20.00 USD
  Available      100.00 USD before, 80.00 USD after
  Posted         100.00 USD before, 100.00 USD after

Controls, in the order in which they were evaluated:
   1  would have declined    program  control 5, version 1: deny (shadow)
   2  passed                 account  control 6, version 1: hours
)");
}

TEST(ExplainText, ARuleIsNamedWithItsVersion) {
  RecordedWorld world;
  world.furnish();
  core::Control gambling = test::control(9, core::Deny{});
  gambling.filter.mccs.values = {{7995, 7995}};
  world.apply(core::SetControl{test::program_owner(), gambling});
  gambling.filter.mccs.values = {{5411, 5411}};
  world.apply(core::SetControl{test::program_owner(), gambling});
  world.apply(purchase("m-1", 1'00));
  EXPECT_EQ(explained(world, "m-1"), R"(Request m-1 of program demo: DECLINED, denied
A spend control does not allow such a transaction.

  Decided        2026-11-02T12:00:00Z, record 7 of the journal
  Kind           purchase
  Card           card-1
  Authorization  none
  Merchant       Corner Shop, MCC 5411, id SHOP-1, USA
  Amount         1.00 USD
  Approved       0.00 USD
  Available      100.00 USD before, 100.00 USD after
  Posted         100.00 USD before, 100.00 USD after

Declined by control 9, version 2, of the program: it refuses what its filter matches.

Controls, in the order in which they were evaluated:
   1  DECLINED IT            program  control 9, version 2: deny
)");
}

TEST(ExplainText, APartialApprovalShowsBothAmounts) {
  RecordedWorld world;
  core::Program program = test::a_program();
  program.partial_approval = true;
  world.furnish(program);
  core::Request request = purchase("m-1", 130'00);
  request.partial_approval = true;
  request.cash_back_minor = 10'00;
  world.apply(request);
  EXPECT_EQ(explained(world, "m-1"),
            R"(Request m-1 of program demo: APPROVED IN PART, 100.00 USD of 130.00 USD
The available balance covered only a part, and a part could be approved.

  Decided        2026-11-02T12:00:00Z, record 5 of the journal
  Kind           purchase
  Card           card-1
  Account        1
  Authorization  5
  Merchant       Corner Shop, MCC 5411, id SHOP-1, USA
  Amount         130.00 USD, 10.00 USD of it cash back, a part may be approved
  Approved       100.00 USD
  Available      100.00 USD before, 0.00 USD after
  Posted         100.00 USD before, 100.00 USD after

No control applied.
)");
}

TEST(ExplainText, InsufficientFundsShowTheBalance) {
  RecordedWorld world;
  world.furnish();
  world.apply(purchase("m-1", 100'01));
  EXPECT_EQ(explained(world, "m-1"), R"(Request m-1 of program demo: DECLINED, insufficient_funds
The available balance does not cover it.

  Decided        2026-11-02T12:00:00Z, record 5 of the journal
  Kind           purchase
  Card           card-1
  Authorization  none
  Merchant       Corner Shop, MCC 5411, id SHOP-1, USA
  Amount         100.01 USD
  Approved       0.00 USD
  Available      100.00 USD before, 100.00 USD after
  Posted         100.00 USD before, 100.00 USD after

No control applied.
)");
}

TEST(ExplainText, AnEarlierReasonLeavesControlsUnevaluated) {
  RecordedWorld world;
  world.furnish();
  world.apply(core::SetControl{test::program_owner(), test::control(5, core::Deny{})});
  core::Request stranger = purchase("m-1", 1'00);
  stranger.card = *core::CardToken::from("card-9");
  world.apply(stranger);
  const std::string unknown = explained(world, "m-1");
  EXPECT_NE(unknown.find("DECLINED, card_unknown\n"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find("  Balance        no account was found\n"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find("\nNo control was evaluated: what declined it comes before them.\n"),
            std::string::npos)
      << unknown;
  EXPECT_EQ(unknown.find("Available"), std::string::npos) << unknown;
}

TEST(ExplainText, ABalanceInAnotherCurrencyClaimsNone) {
  RecordedWorld world;
  world.furnish();
  core::Request request = purchase("m-1", 1'00);
  request.amount.currency = *core::Currency::from_alpha("EUR");
  world.apply(request);
  const std::string text = explained(world, "m-1");
  EXPECT_NE(text.find("DECLINED, currency_mismatch\n"), std::string::npos) << text;
  EXPECT_NE(text.find("Available      10000 minor units before, 10000 minor units after\n"),
            std::string::npos)
      << text;
}

TEST(ExplainText, TooLateShowsNoBalanceAfter) {
  RecordedWorld world;
  world.furnish();
  core::Moment late;
  late.past_deadline = true;
  world.apply(purchase("m-1", 1'00), noon, late);
  const std::string text = explained(world, "m-1");
  EXPECT_NE(text.find("DECLINED, too_late\n"), std::string::npos) << text;
  EXPECT_NE(text.find("Available      100.00 USD before\n"), std::string::npos) << text;
}

TEST(ExplainText, AnApprovalThatTheProcessorGaveBeforeIsNotAPartialOne) {
  RecordedWorld world;
  world.furnish();
  world.apply(core::SetControl{test::program_owner(), test::control(5, core::Deny{})});
  core::Event standin = test::event(EventKind::approved, "n-1", "", 6'00);
  standin.about = id("m-1");
  world.apply(standin);
  world.apply(purchase("m-1", 20'00));
  const std::string text = explained(world, "m-1");
  EXPECT_NE(text.find("APPROVED IN PART, 6.00 USD of 20.00 USD\n"
                      "The processor had approved it before it asked.\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("\nNo control was evaluated: the processor had decided.\n"),
            std::string::npos)
      << text;
}

TEST(ExplainText, AnExtraHoldIsShown) {
  RecordedWorld world;
  core::Program program = test::a_program();
  program.extra_holds = {{{{5411, 5411}}, 2'000, 0}};
  world.furnish(program);
  world.apply(purchase("m-1", 10'00));
  const std::string text = explained(world, "m-1");
  EXPECT_NE(text.find("Extra hold     2.00 USD, until the final amount is known\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("Available      100.00 USD before, 88.00 USD after\n"), std::string::npos)
      << text;
}

TEST(ExplainText, AnUnknownAccountHasNoBalance) {
  RecordedWorld world;
  world.furnish();
  store::Record record = world.apply(purchase("m-1", 1'00));
  auto& answer = std::get<core::Answer>(record.outcome);
  answer.decision.reason = core::Reason::account_unknown;
  EXPECT_NE(decision_text(record, {}).find("  Balance        no account was found\n"),
            std::string::npos);
}

TEST(ExplainText, MoneyOfAnUnknownCardIsInSuspense) {
  RecordedWorld world;
  world.furnish();
  core::Event cleared = test::event(EventKind::cleared, "n-1", "", 8'00);
  cleared.card = *core::CardToken::from("card-9");
  world.apply(cleared);
  EXPECT_NE(explained(world, "n-1").find("; the card is unknown: in suspense\n"),
            std::string::npos);
  core::Event approved = test::event(EventKind::approved, "n-2", "", 8'00);
  approved.card = cleared.card;
  world.apply(approved);  // nothing is posted
  EXPECT_EQ(explained(world, "n-2").find("suspense"), std::string::npos);
}

// A control that came from the ledger has no record in the journal: its unit is not known, unless
// its figures tell.
TEST(ExplainText, AFigureWithoutADefinitionClaimsNoUnitItCannotKnow) {
  RecordedWorld world;
  world.furnish();
  core::Limit often = test::a_limit(5);
  often.measure = core::Limit::Measure::count;
  world.apply(core::SetControl{test::card_owner(), test::control(1, often)});
  world.apply(core::SetControl{test::card_owner(), test::control(2, core::SingleUse{})});
  world.apply(core::SetControl{test::card_owner(), test::control(3, test::a_limit(30'00))});
  const store::Record record = world.apply(purchase("m-1", 7'00));
  const std::string text = decision_text(record, {});
  EXPECT_NE(text.find("limit 5 (minor units or authorizations), used 0"), std::string::npos)
      << text;
  EXPECT_NE(text.find("limit 1 authorization, used 0 authorizations"), std::string::npos) << text;
  EXPECT_NE(text.find("limit 30.00 USD, used 0.00 USD, asked 7.00 USD, left 23.00 USD"),
            std::string::npos)
      << text;
  core::Request few = purchase("m-3", 2);
  few.card = *core::CardToken::from("card-2");
  world.apply(core::IssueCard{test::a_card("card-2")});
  world.apply(core::SetControl{test::card_owner("card-2"), test::control(4, test::a_limit(3))});
  EXPECT_NE(decision_text(world.apply(few), {}).find("limit 0.03 USD, used 0.00 USD, asked 0.02"),
            std::string::npos);
  // What declined is told by the reason.
  const store::Record declined = world.apply(purchase("m-2", 1));
  EXPECT_NE(decision_text(declined, {}).find("Declined by control 2"), std::string::npos);
}

TEST(ExplainText, WhatDeclinedIsMeasuredInTheReasonsUnit) {
  RecordedWorld world;
  world.furnish();
  core::Limit often = test::a_limit(0);
  often.measure = core::Limit::Measure::count;
  world.apply(core::SetControl{test::card_owner(), test::control(1, often)});
  const store::Record by_count = world.apply(purchase("m-1", 1'00));
  EXPECT_NE(decision_text(by_count, {}).find("Limit        0 authorizations\n"), std::string::npos);
  world.apply(core::SetControl{test::card_owner(), test::control(1, test::a_limit(0))});
  const store::Record by_amount = world.apply(purchase("m-2", 1));
  EXPECT_NE(decision_text(by_amount, {}).find("Limit        0.00 USD\n"), std::string::npos);
}

TEST(ExplainText, TheHistoryTellsTheWholeLifeCycle) {
  RecordedWorld world;
  world.furnish();
  world.apply(purchase("m-1", 40'00));
  world.apply(purchase("m-2", 5'00, "m-1"), test::after(noon, 60));
  world.apply(purchase("m-3", 500'00, "m-1"), test::after(noon, 120));
  core::Event cleared = test::event(EventKind::cleared, "n-1", "m-1", 110'00);
  cleared.final = true;
  world.apply(cleared, test::after(noon, core::s_per_day));
  world.apply(test::event(EventKind::cleared, "n-2", "m-1", 1'00),
              test::after(noon, 2 * core::s_per_day));
  world.apply(purchase("other", 1));
  const std::string text = explained(world, "m-2");
  EXPECT_EQ(text.substr(text.find("What happened")), R"(What happened, by record of the journal:
         5  2026-11-02T12:00:00Z         request m-1: purchase 40.00 USD, approved 40.00 USD
         6  2026-11-02T12:01:00Z         request m-2: purchase 5.00 USD, approved 5.00 USD
         7  2026-11-02T12:02:00Z         request m-3: purchase 500.00 USD, declined, insufficient_funds
         8  2026-11-03T12:00:00Z         notice n-1: cleared for the last time 110.00 USD; held -45.00 USD, posted -110.00 USD; more than was authorized; the balance is below zero
         9  2026-11-04T12:00:00Z         notice n-2: cleared 1.00 USD; posted -1.00 USD; after its end; the balance is below zero
)");
  EXPECT_TRUE(text.starts_with("Request m-2 of program demo: APPROVED 5.00 USD\n")) << text;
  EXPECT_EQ(text.find("Request m-1"), std::string::npos);  // explained when it is asked for
  EXPECT_NE(text.find("  Belongs to     m-1\n"), std::string::npos) << text;
}

TEST(ExplainText, ExpiryAndAbandonmentStandInTheHistory) {
  RecordedWorld world;
  world.furnish();
  world.apply(purchase("m-1", 40'00));
  world.apply(core::Abandon{test::demo, id("m-1")}, test::after(noon, 1));
  EXPECT_NE(explained(world, "m-1")
                .find("our answer to m-1 came too late; held -40.00 USD; our answer had come"),
            std::string::npos);
  world.apply(purchase("m-2", 3'00), test::after(noon, 2));
  for (int i = 0; i < 40; ++i) {
    world.apply(core::ExpireNext{}, test::after(noon, 9 * core::s_per_day));
  }
  EXPECT_NE(explained(world, "m-2").find("expiry by our calendar; held -3.00 USD\n"),
            std::string::npos);
}

TEST(ExplainText, AnEventWithoutARequestHasAHistoryOnly) {
  RecordedWorld world;
  world.furnish();
  world.apply(test::event(EventKind::cleared, "n-1", "", 8'00));
  EXPECT_EQ(explained(world, "n-1"), R"(No request belongs to n-1: we were not asked.

What happened, by record of the journal:
         5  2026-11-02T12:00:00Z         notice n-1: cleared 8.00 USD; posted -8.00 USD; we were not asked for it
)");
}

}  // namespace
}  // namespace authd::explain
