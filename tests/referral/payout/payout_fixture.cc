#include "tests/referral/payout/payout_fixture.h"

#include <fmt/format.h>

namespace authd::test {

using referral::PayoutReport;
using referral::PreviewLine;

core::LocalDay day_of(const std::string& text) {
  const auto day = referral::parse_day(text);
  EXPECT_TRUE(day) << text;
  return day.value_or(core::LocalDay{});
}

void PayoutTest::SetUp() {
  LedgerTest::SetUp();
  connection_.emplace(connect());
  options_.connection.conninfo = conninfo();
  add_program("demo");
}

void PayoutTest::add_program(const std::string& program, const std::string& zone) {
  query(*connection_, fmt::format("INSERT INTO authd.referral_program (program, currency, zone,"
                                  " payout_from, payout_minimum_minor)"
                                  " VALUES ('{}', 'USD', '{}', '{}', 100)",
                                  program, zone, first_day));
}

void PayoutTest::add_members(int first, int last, const std::string& program) {
  const std::string each = fmt::format(" FROM generate_series({}, {}) AS n", first, last);
  query(*connection_,
        "INSERT INTO authd.holder (id, program, kyc) SELECT n, '" + program + "', 3" + each);
  query(*connection_,
        "INSERT INTO authd.account (id, holder_id, program, currency, status)"
        " SELECT n, n, '" +
            program + "', 'USD', 1" + each);
  query(*connection_,
        "INSERT INTO authd.referral_member (holder_id, program, code)"
        " SELECT n, '" +
            program + "', 'CODE' || n" + each);
}

void PayoutTest::owe(int first, int last, std::int64_t minor, const std::string& day,
                     std::int64_t under_case) {
  const std::string written =
      ask(fmt::format("SELECT authd.referral_book(1, array_agg(n), array_agg(n), array_agg({0} + "
                      "n), array_agg({0} + n),"
                      " array_agg({1}::bigint), array_agg((timestamp '{2}' - interval '12 hours') "
                      "AT TIME ZONE p.zone),"
                      " array_agg(0::bigint), array_agg(1::smallint), array_agg(1::smallint), "
                      "array_agg({3}::bigint))"
                      "  FROM generate_series({4}::bigint, {5}::bigint) AS n"
                      "  JOIN authd.referral_member AS m ON m.holder_id = n"
                      "  JOIN authd.referral_program AS p ON p.program = m.program",
                      sources_, minor, day, under_case, first, last));
  sources_ += 1'000'000;
  EXPECT_EQ(written, std::to_string(last - first + 1));
}

void PayoutTest::adjust(int holder, std::int64_t minor, const std::string& day) {
  sources_ += 1'000'000;
  const std::string written = ask(fmt::format(
      "SELECT authd.referral_book(0, ARRAY[{0}], ARRAY[{0}], ARRAY[{1}], ARRAY[{1}], ARRAY[{2}],"
      " ARRAY[(timestamp '{3}' - interval '12 hours') AT TIME ZONE 'UTC'], ARRAY[0], "
      "ARRAY[0::smallint],"
      " ARRAY[4::smallint], ARRAY[0])",
      holder, sources_, minor, day));
  EXPECT_EQ(written, "1");
}

PayoutTest::Paid PayoutTest::pay(const std::string& day, const std::string& program,
                                 const std::stop_token& stop) {
  return referral::perform_payout(options_, program, day_of(day), "test", stop, on_progress_);
}

PayoutReport PayoutTest::paid(const std::string& day) {
  auto report = pay(day);
  if (!report) {
    ADD_FAILURE() << report.error().message;
    return {};
  }
  EXPECT_TRUE(report->has_value());
  return report->value_or(PayoutReport{});
}

std::map<std::int64_t, PreviewLine> PayoutTest::preview(const std::string& day) {
  std::map<std::int64_t, PreviewLine> lines;
  auto reader = connect();
  const auto done = referral::preview_payout(
      reader, "demo", day_of(day),
      [&lines](const std::vector<PreviewLine>& page) {
        for (const PreviewLine& line : page) lines[line.holder] = line;
      },
      2);
  EXPECT_TRUE(done);
  return lines;
}

std::string PayoutTest::ask(const std::string& statement) {
  return query_text(*connection_, statement);
}

std::vector<std::string> PayoutTest::list(const std::string& statement) {
  const auto rows = connection_->exec(statement);
  EXPECT_TRUE(rows) << (rows ? "" : rows.error().message);
  std::vector<std::string> fields;
  for (int row = 0; rows && row < rows->rows(); ++row) fields.emplace_back(rows->text(row, 0));
  return fields;
}

std::string PayoutTest::faults() {
  return ask(R"(
SELECT concat_ws('; ',
  (SELECT 'credits without payout: ' || nullif(count(*), 0) FROM authd.credit AS c
    WHERE NOT EXISTS (SELECT FROM authd.referral_payout AS p WHERE p.credit_id = c.id)),
  (SELECT 'payouts unlike their credits: ' || nullif(count(*), 0) FROM authd.referral_payout AS p
    WHERE NOT EXISTS (SELECT FROM authd.credit AS c JOIN authd.account AS a ON a.id = c.account_id
                       WHERE c.id = p.credit_id AND c.amount_minor = p.amount_minor AND c.kind = 6
                         AND c.account_id = p.account_id AND a.holder_id = p.holder_id)),
  (SELECT 'payouts unlike their dues: ' || nullif(count(*), 0) FROM authd.referral_payout AS p
    WHERE p.amount_minor IS DISTINCT FROM (SELECT sum(d.amount_minor) FROM authd.referral_due AS d
                                            WHERE d.payout_id = p.id AND d.holder_id = p.holder_id)),
  (SELECT 'dues of no payout: ' || nullif(count(*), 0) FROM authd.referral_due AS d
    WHERE d.payout_id IS NOT NULL AND NOT EXISTS (SELECT FROM authd.referral_payout AS p WHERE p.id = d.payout_id)),
  (SELECT 'paid twice a day: ' || nullif(count(*), 0)
     FROM (SELECT FROM authd.referral_payout GROUP BY holder_id, day HAVING count(*) > 1) AS twice),
  (SELECT 'paid and failed: ' || nullif(count(*), 0)
     FROM authd.referral_payout JOIN authd.referral_payout_failure USING (holder_id, day)),
  (SELECT 'stats unlike payouts: ' || nullif(count(*), 0) FROM authd.referral_stat AS s
    WHERE s.paid_minor <> (SELECT coalesce(sum(p.amount_minor), 0) FROM authd.referral_payout AS p
                            WHERE p.holder_id = s.holder_id)),
  (SELECT 'stats unlike dues: ' || nullif(count(*), 0) FROM authd.referral_stat AS s
    WHERE s.net_minor <> (SELECT coalesce(sum(d.amount_minor), 0) FROM authd.referral_due AS d
                           WHERE d.holder_id = s.holder_id))))");
}

}  // namespace authd::test
