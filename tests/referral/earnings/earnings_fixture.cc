#include "tests/referral/earnings/earnings_fixture.h"

#include <fmt/format.h>

#include "authd/referral/session.h"

namespace authd::test {

void EarningsTest::SetUp() {
  LedgerTest::SetUp();
  owner_.emplace(connect());
  add_crash();
  // The settings of the worker's session decide on its plans, not these.
  earner_.emplace(connect_earner());
  books_.emplace(*owner_, "demo", 1);
  books_->add_program();
  books_->add_terms(1, first_second - 1'000, "1:500,200,100");
  for (const std::int64_t id : {1, 2, 3, 10, 11}) books_->add_holder(id);
  books_->add_member(3);
  books_->add_member(2, 3, first_second);
  books_->add_member(1, 2, first_second);
  books_->add_member(10, 1, first_second);
}

store::Connection EarningsTest::connect_earner() const {
  auto connection = referral::connect_for_referral({.conninfo = conninfo()});
  EXPECT_TRUE(connection);
  EXPECT_TRUE(referral::prepare_earnings(*connection));
  return std::move(*connection);
}

void EarningsTest::earn(std::int32_t entries_max, std::int32_t shard) {
  for (bool is_caught_up = false; !is_caught_up;) {
    const auto report = referral::earn_batch(*earner_, shard, entries_max);
    ASSERT_TRUE(report) << report.error().message;
    is_caught_up = report->is_caught_up;
  }
}

void EarningsTest::earn_booked() {
  books_->drain();
  earn();
}

void EarningsTest::crash_batches(bool does_crash) {
  execute(*earner_, does_crash ? "SET authd_test.crash = on" : "SET authd_test.crash = off");
}

void EarningsTest::add_crash() {
  run("CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
      " IF current_setting('authd_test.crash', true) = 'on' THEN"
      "  RAISE EXCEPTION 'crash' USING ERRCODE = 'check_violation'; END IF;"
      " RETURN NULL; END $$;"
      "CREATE CONSTRAINT TRIGGER crash AFTER UPDATE ON authd.referral_mark"
      " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION crash()");
}

std::string EarningsTest::earnings() {
  const auto rows = execute(
      *owner_,
      fmt::format("SELECT e.id, (ARRAY['', 'reversed ', 'restored ', 'adjusted ', 'voided '])"
                  "[e.kind] || e.holder_id || ':' || e.amount_minor ||"
                  " CASE WHEN d.case_id = 0 THEN '' ELSE '/' || d.case_id END"
                  "  FROM authd.referral_earning AS e JOIN authd.referral_due AS d"
                  "       ON d.id = e.due_id WHERE e.id > {} ORDER BY e.id",
                  last_earning_));
  std::string text;
  for (int row = 0; row < rows.rows(); ++row) {
    last_earning_ = std::stoll(std::string(rows.text(row, 0)));
    if (row > 0) text += ' ';
    text += rows.text(row, 1);
  }
  return text;
}

}  // namespace authd::test
