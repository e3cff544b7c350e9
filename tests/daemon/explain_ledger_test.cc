// Explain: a decision that only the ledger still knows, read from a real PostgreSQL.

#include "authd/commands/commands.h"
#include "authd/explain/ledger.h"
#include "authd/explain/report.h"
#include "tests/daemon/recorded_world.h"
#include "tests/postgres/cluster.h"

namespace authd::explain {
namespace {

using test::purchase;
using test::RecordedWorld;

core::MessageId id(std::string_view text) { return *core::MessageId::from(text); }

class ExplainLedger : public test::LedgerTest {
 protected:
  // A decision on m-1 that was declined by a limit, as its record has it.
  static store::Record declined(RecordedWorld& world) {
    world.furnish();
    world.apply(core::SetControl{test::card_owner(), test::control(7, test::a_limit(50'00))});
    core::Request request = purchase("m-1", 60'00, "life");
    request.cash_back_minor = 5'00;
    request.partial_approval = true;
    return world.apply(request);
  }

  // As the drain writes it.
  void drain(const store::Record& record) {
    const auto& request = std::get<core::Request>(record.command);
    const auto& answer = std::get<core::Answer>(record.outcome);
    std::vector<std::byte> explanation;
    store::encode_explanation(record.explanation, explanation);
    store::PgParams params;
    params.number(static_cast<std::int64_t>(record.moment.sequence.value))
        .time(record.moment.at)
        .number(request.amount.minor_units)
        .number(answer.decision.approved.minor_units)
        .number(answer.decision.balance.posted_minor)
        .number(answer.decision.balance.available_minor)
        .number(request.cash_back_minor)
        .number(static_cast<std::int16_t>(answer.decision.reason))
        .text(request.program.view())
        .text(request.message.view())
        .text(request.authorization.view())
        .bytes(explanation);
    auto ledger = connect();
    const auto inserted = ledger.exec(
        "INSERT INTO authd.decision (shard, seq, decided_at, amount_minor, approved_minor,"
        " posted_after_minor, available_after_minor, cash_back_minor, reason, program, message_id,"
        " life_cycle, explanation, partial_allowed, kind, currency, card_token, merchant_mcc,"
        " merchant_id, merchant_name, merchant_country, account_id, authorization_id, notice)"
        " VALUES (1, $1::bigint, $2::timestamptz, $3::bigint, $4::bigint, $5::bigint, $6::bigint,"
        " $7::bigint, $8::smallint, $9::text, $10::text, $11::text, $12::bytea, true, 1, 'USD',"
        " 'card-1', 5411, 'SHOP-1', 'Corner Shop', 'USA', nullif($4::bigint, 0) / 100,"
        " nullif($4::bigint, 0) / 100 + 8, CASE WHEN $4::bigint > 0 THEN 2::smallint END)",
        params);
    ASSERT_TRUE(inserted.has_value()) << inserted.error().message;
  }

  test::Printed explain_command(RecordedWorld& world, const commands::ExplainArguments& arguments) {
    world.flush();
    return test::printed([&] {
      const std::string config = world.config();
      std::ofstream(config, std::ios::app) << "[postgres]\nconninfo = \"" << conninfo() << "\"\n";
      return commands::explain(config, arguments);
    });
  }
};

TEST_F(ExplainLedger, TellsTheSameAsTheJournal) {
  RecordedWorld world;
  const store::Record record = declined(world);
  drain(record);
  auto ledger = connect();
  const auto found = search_ledger(ledger, {id("m-1"), std::nullopt});
  ASSERT_TRUE(found.has_value()) << found.error().message;
  ASSERT_EQ(found->records.size(), 1U);
  EXPECT_EQ(found->records[0].command, record.command);
  EXPECT_EQ(found->records[0].outcome, record.outcome);
  EXPECT_EQ(found->records[0].explanation, record.explanation);
  EXPECT_EQ(found->records[0].moment, record.moment);
  EXPECT_EQ(decision_text(found->records[0], {}), decision_text(record, {}));
  EXPECT_TRUE(report_text(*found, id("m-1")).ends_with("authd.decision and authd.event.\n"));
}

TEST_F(ExplainLedger, TellsAccountAuthorizationAndWhatTheProcessorHadSaid) {
  RecordedWorld world;
  store::Record record = declined(world);
  record.outcome = core::Answer{core::Answer::Origin::decided,
                                {core::Reason::approved, {3'00, test::usd}, {}},
                                {},
                                test::noon};
  drain(record);  // which makes it the account 3, the authorization 11
  auto ledger = connect();
  const auto found = search_ledger(ledger, {id("m-1"), std::nullopt});
  ASSERT_TRUE(found.has_value()) << found.error().message;
  const std::string text = report_text(*found, id("m-1"));
  EXPECT_NE(text.find("  Account        3\n  Authorization  11\n"), std::string::npos) << text;
  EXPECT_NE(text.find("The processor had approved it before it asked.\n"), std::string::npos);
}

TEST_F(ExplainLedger, KeepsProgramsApart) {
  RecordedWorld world;
  store::Record record = declined(world);
  drain(record);
  std::get<core::Request>(record.command).program = *core::ProgramId::from("second");
  record.moment.sequence = {99};
  drain(record);
  auto ledger = connect();
  EXPECT_EQ(search_ledger(ledger, {id("m-1"), std::nullopt})->programs.size(), 2U);
  EXPECT_TRUE(search_ledger(ledger, {id("m-1"), std::nullopt})->records.empty());
  const auto second = search_ledger(ledger, {id("m-1"), *core::ProgramId::from("second")});
  ASSERT_EQ(second->records.size(), 1U);
  EXPECT_EQ(second->records[0].moment.sequence, core::Sequence{99});
}

TEST_F(ExplainLedger, IsAskedWhenTheJournalDoesNotKnow) {
  RecordedWorld before;
  drain(declined(before));
  RecordedWorld world(100);
  world.apply(core::DefineZone{core::TimeZone{}});
  const auto found = explain_command(world, {"m-1", "", false});
  EXPECT_EQ(found.code, 0) << found.err;
  EXPECT_TRUE(found.out.starts_with("Request m-1 of program demo: DECLINED, amount_limit\n"));
  EXPECT_NE(explain_command(world, {"m-1", "", true})
                .out.find(R"("source":"ledger","searched":)"
                          R"({"first_sequence":100,)"),
            std::string::npos);
  const auto unknown = explain_command(world, {"m-2", "", false});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_EQ(unknown.err,
            "m-2 was not found in records 100 to 100 of the journal, nor does a request in the "
            "ledger have this id\n");
}

TEST_F(ExplainLedger, RefusesADecisionWithoutAnExplanation) {
  RecordedWorld world;
  drain(declined(world));
  auto ledger = connect();
  test::query(ledger, "ALTER TABLE authd.decision DISABLE TRIGGER append_only");
  test::query(ledger, "UPDATE authd.decision SET explanation = NULL");
  const auto found = search_ledger(ledger, {id("m-1"), std::nullopt});
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, store::PgError::Code::unexpected);
}

TEST_F(ExplainLedger, SaysWhyItCannotBeAsked) {
  RecordedWorld world;
  world.furnish();
  auto ledger = connect();
  test::query(ledger, "DROP TABLE authd.decision CASCADE");
  const auto failed = explain_command(world, {"m-1", "", false});
  EXPECT_EQ(failed.code, 1);
  EXPECT_TRUE(
      failed.err.starts_with("m-1 was not found in records 1 to 4 of the journal; it may "
                             "be in the ledger: PostgreSQL: "))
      << failed.err;
}

}  // namespace
}  // namespace authd::explain
