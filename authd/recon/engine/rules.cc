#include "authd/recon/engine/rules.h"

#include <fmt/format.h>

#include "authd/recon/engine/sql.h"

namespace authd::recon {

namespace {

using store::PgParams;

// Whether a discrepancy is what the rule is about. $1: the end of the period.
std::string fits(const Rule& rule) {
  switch (rule.kind) {
    case RuleKind::timing:
      return fmt::format(
          "(kind IN (1, 2) AND at > $1::timestamptz - interval '{0} s'"
          " OR kind = 6 AND abs(apart_us) <= {0} * 1000000::bigint)",
          rule.window_s);
    case RuleKind::rounding:
      return fmt::format("kind = 3 AND abs(difference) <= {}", rule.each_max_minor);
    case RuleKind::known_fee:
      return fmt::format(
          "(kind = 3 AND abs(difference) = expected_fee"
          " OR kind = 8 AND abs(difference) <= {})",
          rule.each_max_minor);
    case RuleKind::status_progression: break;
  }
  return "kind = 5 AND progresses";
}

std::string most(std::string_view value, const std::optional<std::int64_t>& limit) {
  return limit ? fmt::format(" AND {} <= {}", value, *limit) : std::string();
}

// What is missing on one side waits until its window is over; everything else is settled.
std::string resolve(const Rule& rule, const Supplier& supplier) {
  return fmt::format(
      R"(
WITH before AS (SELECT count(*) AS rows FROM found WHERE rule IS NOT NULL),
     before_of AS (SELECT currency, sum(abs(difference)) AS minor FROM found WHERE rule IS NOT NULL GROUP BY currency),
     fitting AS (
       SELECT ord, row_number() OVER (ORDER BY ord) AS rows,
              sum(abs(difference)) OVER (PARTITION BY currency ORDER BY ord) AS minor, currency
         FROM found WHERE state = 2 AND {fits}),
     judged AS (
       SELECT ord, NOT (true{of_rule}{of_all}) AS is_beyond
         FROM fitting AS f CROSS JOIN before AS b LEFT JOIN before_of AS o USING (currency))
UPDATE found SET rule = {name}, state = CASE WHEN kind IN (1, 2) THEN 1 ELSE 5 END,
       resolution = CASE WHEN kind IN (1, 2) THEN NULL ELSE 1 END,
       waits_until = CASE WHEN kind IN (1, 2) THEN at + interval '{window_s} s' END
  FROM judged
 WHERE judged.ord = found.ord AND found.ord < (SELECT coalesce(min(ord), 2147483647) FROM judged WHERE is_beyond)
   AND $1::timestamptz IS NOT NULL)",
      fmt::arg("fits", fits(rule)), fmt::arg("name", sql_text(rule.name)),
      fmt::arg("of_rule", most("f.rows", rule.run_max_count) + most("f.minor", rule.run_max_minor)),
      fmt::arg("of_all", most("b.rows + f.rows", supplier.run_max_count) +
                             most("coalesce(o.minor, 0) + f.minor", supplier.run_max_minor)),
      fmt::arg("window_s", rule.window_s));
}

}  // namespace

core::Result<void, RunStop> apply_rules(RunSession& session, const Period& period) {
  for (const Rule& rule : session.supplier().rules) {
    const std::string statement = resolve(rule, session.supplier());
    AUTHD_TRY_VOID(session.work().exec(statement.c_str(), PgParams().time(period.to)));
  }
  return {};
}

}  // namespace authd::recon
