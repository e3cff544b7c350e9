#include "tests/referral/invitations/invitation_fixture.h"

#include "authd/referral/invitations/queue.h"
#include "authd/referral/session.h"

namespace authd::test {

std::string phone(int number) { return "+2782" + std::to_string(1'000'000 + number); }

void InvitationTest::SetUp() {
  LedgerTest::SetUp();
  ledger_ = std::make_unique<store::Connection>(connect());
  add_program("demo", 1);
  add_program("other", 2);
}

void InvitationTest::add_program(const std::string& program, int holder) {
  const std::string id = std::to_string(holder);
  query(*ledger_, "INSERT INTO authd.holder (id, program) VALUES (" + id + ", '" + program + "')");
  query(*ledger_,
        "INSERT INTO authd.referral_program (program, currency, zone, payout_from)"
        " VALUES ('" +
            program + "', 'ZAR', 'Africa/Johannesburg', '2026-01-01')");
  query(*ledger_, "INSERT INTO authd.referral_member (holder_id, program, code) VALUES (" + id +
                      ", '" + program + "', 'CODE" + id + "')");
}

std::int64_t InvitationTest::invite(int number, const std::string& text,
                                    const std::string& program) {
  const auto hash = referral::phone_hash(program, phone(number));
  const std::int64_t inviter = program == "demo" ? 1 : 2;
  auto made = ledger_->exec(
      "INSERT INTO authd.referral_invitation (inviter_id, program, template, phone, body,"
      " phone_hash) VALUES ($1, $2, 'plain', $3, $4, $5) RETURNING id",
      store::PgParams().number(inviter).text(program).text(phone(number)).text(text).bytes(hash));
  EXPECT_TRUE(made) << made.error().message;
  return made ? made->number<std::int64_t>(0, 0) : 0;
}

store::Connection InvitationTest::sender_connection() const {
  auto connection = referral::connect_for_referral(
      {.conninfo = conninfo(), .statement_timeout = std::chrono::seconds(5)});
  EXPECT_TRUE(connection);
  return *std::move(connection);
}

store::Connection InvitationTest::api_connection() const {
  store::Connection connection = connect();
  query(connection, "SET ROLE authd_api");
  return connection;
}

std::string InvitationTest::column(std::int64_t id, const std::string& name) {
  return query_text(*ledger_, "SELECT " + name + " FROM authd.referral_invitation WHERE id = " +
                                  std::to_string(id));
}

void InvitationTest::make_due(std::int64_t id) {
  query(*ledger_,
        "UPDATE authd.referral_invitation SET next_at = now() WHERE id = " + std::to_string(id));
}

}  // namespace authd::test
