#include "authd/referral/payout/owed.h"

namespace authd::referral {

using core::Result;
using store::Connection;
using store::PgError;
using store::PgParams;

namespace {

// Which dues authd.referral_pay would take: those under a case once it is cleared.
constexpr const char* page_statement = R"(
WITH owed AS MATERIALIZED (
  SELECT d.holder_id, sum(d.amount_minor)::bigint AS minor
    FROM authd.referral_due AS d
   WHERE d.program = $1::text AND d.payout_id IS NULL AND d.payable_on <= $2::date AND d.holder_id > $3::bigint
     AND (d.case_id = 0 OR (SELECT c.state FROM authd.referral_case AS c WHERE c.id = d.case_id) = 2)
   GROUP BY d.holder_id HAVING sum(d.amount_minor) <> 0 ORDER BY d.holder_id LIMIT $4::integer)
SELECT o.holder_id, o.minor,
       (o.minor >= (SELECT p.payout_minimum_minor FROM authd.referral_program AS p WHERE p.program = $1)
        OR EXISTS (SELECT FROM authd.referral_payout_failure AS f
                    WHERE f.holder_id = o.holder_id AND f.day = $2))::integer
  FROM owed AS o)";

constexpr const char* count_statement = R"(
SELECT count(*) FROM (
  SELECT FROM authd.referral_due AS d
   WHERE d.program = $1::text AND d.payout_id IS NULL AND d.payable_on <= $2::date
     AND (d.case_id = 0 OR (SELECT c.state FROM authd.referral_case AS c WHERE c.id = d.case_id) = 2)
   GROUP BY d.holder_id
  HAVING sum(d.amount_minor)
         >= (SELECT p.payout_minimum_minor FROM authd.referral_program AS p WHERE p.program = $1)) AS due)";

}  // namespace

Result<void, PgError> plan_pages(Connection& connection) {
  AUTHD_TRY_VOID(
      connection.exec("SET enable_seqscan = off; SET enable_sort = off; SET enable_hashagg = off;"
                      " SET enable_bitmapscan = off; SET jit = off"));
  return {};
}

Result<std::vector<Owed>, PgError> owed_page(Connection& connection, const std::string& program,
                                             core::LocalDay day, std::int64_t after,
                                             std::int32_t holders) {
  AUTHD_TRY(rows, connection.exec(
                      page_statement,
                      PgParams().text(program).number(pg_date(day)).number(after).number(holders)));
  std::vector<Owed> page;
  page.reserve(static_cast<std::size_t>(rows.rows()));
  for (int row = 0; row < rows.rows(); ++row) {
    page.push_back({rows.number<std::int64_t>(row, 0), rows.number<std::int64_t>(row, 1),
                    rows.number<std::int32_t>(row, 2) != 0});
  }
  return page;
}

Result<std::int64_t, PgError> count_due(Connection& connection, const std::string& program,
                                        core::LocalDay day) {
  AUTHD_TRY(rows, connection.exec(count_statement, PgParams().text(program).number(pg_date(day))));
  return rows.number<std::int64_t>(0, 0);
}

}  // namespace authd::referral
