#include "authd/referral/payout/preview.h"

#include "authd/referral/payout/owed.h"

namespace authd::referral {

using core::Result;
using core::Unexpected;
using store::Connection;
using store::PgError;
using store::PgParams;

namespace {

// The rules are those of authd.referral_pay, in its order; a test compares the two.
constexpr const char* statement = R"(
WITH open AS (
  SELECT d.holder_id, d.amount_minor,
         CASE WHEN d.case_id = 0 THEN 2
              ELSE (SELECT c.state FROM authd.referral_case AS c WHERE c.id = d.case_id) END AS state
    FROM authd.referral_due AS d
   WHERE d.program = $1::text AND d.payout_id IS NULL AND d.payable_on <= $2::date AND d.holder_id > $3::bigint
), owed AS MATERIALIZED (
  SELECT holder_id, coalesce(sum(amount_minor) FILTER (WHERE state = 2), 0)::bigint AS minor,
         coalesce(sum(amount_minor) FILTER (WHERE state = 1), 0)::bigint AS held,
         coalesce(sum(amount_minor) FILTER (WHERE state = 2), 0) <> 0 AS has_due
    FROM open GROUP BY holder_id
  HAVING sum(amount_minor) FILTER (WHERE state = 2) <> 0 OR sum(amount_minor) FILTER (WHERE state = 1) <> 0
   ORDER BY holder_id LIMIT $4::integer)
SELECT o.holder_id, o.minor, o.held, coalesce(wallet.id, 0),
       CASE WHEN NOT o.has_due THEN 0
            WHEN EXISTS (SELECT FROM authd.referral_payout AS y
                          WHERE y.holder_id = o.holder_id AND y.day = $2) THEN 2
            WHEN o.minor < p.payout_minimum_minor THEN 3
            WHEN m.status <> 1 THEN 13
            WHEN p.requires_kyc AND h.kyc <> 3 THEN 12
            WHEN wallet.id IS NULL THEN 11
            ELSE 1 END::smallint
  FROM owed AS o
  JOIN authd.referral_member AS m USING (holder_id)
  JOIN authd.holder AS h ON h.id = m.holder_id
  JOIN authd.referral_program AS p ON p.program = m.program
  LEFT JOIN LATERAL (
    SELECT a.id FROM authd.account AS a
     WHERE a.holder_id = o.holder_id AND a.status <> 3 AND a.currency = p.currency
       AND (m.account_id IS NULL OR a.id = m.account_id)
     ORDER BY a.status, a.id LIMIT 1) AS wallet ON true
 ORDER BY o.holder_id)";

PreviewLine line_of(const store::PgResult& rows, int row) {
  PreviewLine line;
  line.holder = rows.number<std::int64_t>(row, 0);
  line.minor = rows.number<std::int64_t>(row, 1);
  line.held_minor = rows.number<std::int64_t>(row, 2);
  const auto outcome = rows.number<std::int16_t>(row, 4);
  if (outcome != 0) line.outcome = static_cast<PayOutcome>(outcome);
  if (line.outcome == PayOutcome::paid) line.account = rows.number<std::int64_t>(row, 3);
  return line;
}

}  // namespace

Result<void, PgError> preview_payout(
    Connection& connection, const std::string& program, core::LocalDay day,
    const std::function<void(const std::vector<PreviewLine>&)>& on_page,
    std::int32_t page_holders) {
  AUTHD_TRY(known, connection.exec("SELECT FROM authd.referral_program WHERE program = $1::text",
                                   PgParams().text(program)));
  if (known.rows() == 0)
    return Unexpected{store::unexpected("program " + program + " has no referral")};
  AUTHD_TRY_VOID(plan_pages(connection));
  std::int64_t after = 0;
  for (;;) {
    AUTHD_TRY(
        rows,
        connection.exec(
            statement,
            PgParams().text(program).number(pg_date(day)).number(after).number(page_holders)));
    std::vector<PreviewLine> page;
    for (int row = 0; row < rows.rows(); ++row) page.push_back(line_of(rows, row));
    if (!page.empty()) {
      after = page.back().holder;
      on_page(page);
    }
    if (rows.rows() < page_holders) return {};
  }
}

}  // namespace authd::referral
