#include "authd/referral/earnings/batch_read.h"

#include <algorithm>
#include <set>

namespace authd::referral {

namespace {

using core::Result;
using store::Connection;
using store::PgCall;
using store::PgColumns;
using store::PgError;
using store::PgParams;
using store::PgResult;
using store::PgType;

// The joins are made in this order (join_collapse_limit): the entries of the range by seq, so that
// the limit ends the reading; of most of them the account's holder is no member, and nothing
// further is looked up. The views …_history hold the months that were detached as well: a worker
// that has been off for long must find them. Fees that were reserved have no leg in the wallet but
// one in the holds, so both count.
constexpr const char* read_entries = R"(
SELECT e.seq, e.booked_at, s.holder_id, s.program, p.review_day_minor, what.source, what.amount,
       coalesce(v.authorization_id, e.seq), clock.day - date '1970-01-01',
       date_trunc('month', clock.day::timestamp)::date - date '1970-01-01',
       one.holder_id, one.status, s.invited_at, s.is_link_void::integer, s.case_id,
       two.holder_id, two.status, one.invited_at, one.is_link_void::integer, one.case_id,
       three.holder_id, three.status, two.invited_at, two.is_link_void::integer, two.case_id
  FROM authd.journal_entry_history AS e
  JOIN authd.account AS a ON a.id = e.account_id
  JOIN authd.referral_member AS s
    ON s.holder_id = a.holder_id AND s.inviter_id IS NOT NULL AND s.invited_at <= e.booked_at
  JOIN authd.referral_program AS p ON p.program = s.program AND p.currency = a.currency
  LEFT JOIN LATERAL (SELECT v.posted_minor, v.transaction_kind, v.authorization_id
                       FROM authd.event_history AS v
                      WHERE v.shard = e.shard AND v.seq = e.seq AND v.booked_at = e.booked_at
                        AND e.kind IN (6, 7, 8, 9)) AS v ON true
  LEFT JOIN LATERAL (SELECT abs(sum(l.amount_minor)) AS minor FROM authd.posting_history AS l
                      WHERE l.shard = e.shard AND l.seq = e.seq AND l.booked_at = e.booked_at
                        AND l.account_id = e.account_id AND l.book IN (1, 2)
                        AND e.kind IN (10, 12)) AS moved ON true
  JOIN LATERAL (SELECT CASE e.kind WHEN 6 THEN CASE WHEN v.transaction_kind BETWEEN 1 AND 3
                                                    THEN v.transaction_kind END
                                   WHEN 10 THEN 4::smallint WHEN 12 THEN 5::smallint
                                   ELSE 0::smallint END AS source,
                       CASE e.kind WHEN 6 THEN -v.posted_minor
                                   WHEN 10 THEN moved.minor::bigint WHEN 12 THEN moved.minor::bigint
                                   ELSE v.posted_minor END AS amount) AS what
    ON CASE WHEN e.kind IN (7, 8, 9) THEN v.authorization_id IS NOT NULL AND what.amount <> 0
            ELSE what.source IS NOT NULL AND what.amount > 0 END
  JOIN LATERAL (SELECT (e.booked_at AT TIME ZONE p.zone)::date AS day) AS clock ON true
  LEFT JOIN authd.referral_member AS one ON one.holder_id = s.inviter_id
  LEFT JOIN authd.referral_member AS two ON two.holder_id = one.inviter_id
  LEFT JOIN authd.referral_member AS three ON three.holder_id = two.inviter_id
 WHERE e.shard = $1 AND e.seq > $2 AND e.seq <= $3 AND e.kind IN (6, 7, 8, 9, 10, 12)
 ORDER BY e.seq LIMIT $4::integer)";
constexpr int first_link = 10;
constexpr int link_fields = 5;

constexpr const char* read_terms = R"(
SELECT t.program, t.id, t.starts_at, t.ends_at, t.minimum_minor, t.cap_source_minor,
       t.cap_day_minor, t.cap_month_minor, r.source_kind, r.level, r.basis_points
  FROM unnest($1::text[]) AS given(program)
  JOIN authd.referral_terms AS t ON t.program = given.program
  LEFT JOIN authd.referral_rate AS r ON r.terms_id = t.id
 ORDER BY t.program, t.version DESC)";

constexpr const char* read_pauses = R"(
SELECT r.program, r.paused_at, r.resumed_at
  FROM unnest($1::text[]) AS given(program)
  JOIN authd.referral_pause AS r ON r.program = given.program)";

// What is looked up for each of many keys stands behind LATERAL and OFFSET 0, which keeps the
// planner from turning the join round where it knows nothing of a table but its size.
constexpr const char* read_granted = R"(
SELECT given.holder_id, given.span, given.day, p.granted_minor
  FROM unnest($1::bigint[], $2::smallint[], $3::integer[]) AS given(holder_id, span, day)
  JOIN LATERAL (SELECT p.granted_minor FROM authd.referral_period AS p
                 WHERE p.holder_id = given.holder_id AND p.span = given.span
                   AND p.starts_on = date '1970-01-01' + given.day OFFSET 0) AS p ON true)";

constexpr const char* read_day_cases = R"(
SELECT given.holder_id, given.day, c.id, c.state
  FROM unnest($1::bigint[], $2::integer[]) AS given(holder_id, day)
  JOIN LATERAL (SELECT c.id, c.state FROM authd.referral_case AS c
                 WHERE c.holder_id = given.holder_id AND c.day = date '1970-01-01' + given.day
                   AND c.kind = 4 OFFSET 0) AS c ON true)";

constexpr const char* read_origins = R"(
SELECT given.origin, b.amount_minor
  FROM unnest($2::bigint[]) AS given(origin)
  JOIN LATERAL (SELECT b.amount_minor FROM authd.referral_given_back AS b
                 WHERE b.shard = $1 AND b.origin = given.origin OFFSET 0) AS b ON true)";

constexpr const char* read_sources = R"(
SELECT given.origin, s.seq, s.holder_id, s.amount_minor, s.reversed_minor
  FROM unnest($2::bigint[]) AS given(origin)
  JOIN LATERAL (SELECT s.seq, s.holder_id, s.amount_minor, s.reversed_minor
                  FROM authd.referral_source AS s
                 WHERE s.shard = $1 AND s.origin = given.origin OFFSET 0) AS s ON true)";

constexpr const char* read_earnings = R"(
SELECT given.origin, s.seq, e.level, min(e.holder_id), min(e.terms_id),
       (sum(e.amount_minor) FILTER (WHERE e.kind = 1))::bigint,
       sum(e.amount_minor)::bigint, bool_or(e.kind = 5)::integer
  FROM unnest($2::bigint[]) AS given(origin)
  JOIN LATERAL (SELECT s.seq FROM authd.referral_source AS s
                 WHERE s.shard = $1 AND s.origin = given.origin OFFSET 0) AS s ON true
  JOIN LATERAL (SELECT e.level, e.holder_id, e.terms_id, e.amount_minor, e.kind
                  FROM authd.referral_earning AS e
                 WHERE e.source_shard = $1 AND e.source_seq = s.seq OFFSET 0) AS e ON true
 GROUP BY given.origin, s.seq, e.level)";

// From the look-ups on, with what is written. Planned once, on tables that were empty, where any
// index is as good as the right one, they were slow until the tables were analysed. The entries are
// read by a plan made once: it takes longer to make than to follow.
constexpr const char* plan_each_time = "SET LOCAL plan_cache_mode = force_custom_plan";

constexpr std::array<std::pair<const char*, const char*>, 8> statements{{
    {"referral_entries", read_entries},
    {"referral_terms", read_terms},
    {"referral_pauses", read_pauses},
    {"referral_granted", read_granted},
    {"referral_day_cases", read_day_cases},
    {"referral_origins", read_origins},
    {"referral_sources", read_sources},
    {"referral_earnings", read_earnings},
}};

std::optional<core::Timestamp> optional_time(const PgResult& rows, int row, int column) {
  if (rows.is_null(row, column)) return std::nullopt;
  return rows.time(row, column);
}

Link link_of(const PgResult& rows, int row, int field) {
  if (rows.is_null(row, field)) return {};
  return {
      rows.number<std::int64_t>(row, field),
      static_cast<MemberStatus>(rows.number<std::int16_t>(row, field + 1)) == MemberStatus::active,
      rows.time(row, field + 2), rows.number<std::int32_t>(row, field + 3) != 0,
      rows.number<std::int64_t>(row, field + 4)};
}

Entry entry_of(const PgResult& rows, int row) {
  Entry entry;
  entry.seq = rows.number<std::int64_t>(row, 0);
  entry.booked_at = rows.time(row, 1);
  entry.spender = rows.number<std::int64_t>(row, 2);
  entry.program = rows.text(row, 3);
  entry.review_day = rows.optional(row, 4);
  const auto source = rows.number<std::int16_t>(row, 5);
  if (source != 0) entry.source = static_cast<SourceKind>(source);
  entry.amount = rows.number<std::int64_t>(row, 6);
  entry.origin = rows.number<std::int64_t>(row, 7);
  entry.day.days = rows.number<std::int32_t>(row, 8);
  entry.month.days = rows.number<std::int32_t>(row, 9);
  for (int level = 0; level < level_max; ++level) {
    entry.links[static_cast<std::size_t>(level)] =
        link_of(rows, row, first_link + level * link_fields);
  }
  return entry;
}

// What the entries touch, each once.
struct Touched {
  std::set<std::string> programs;
  std::set<PeriodKey> periods;
  std::set<DayKey> days;  // of programs that review
  std::set<std::int64_t> origins;
  std::set<std::int64_t> given_back;  // of these
};

Touched touched_by(const std::vector<Entry>& entries) {
  Touched touched;
  for (const Entry& entry : entries) {
    touched.origins.insert(entry.origin);
    if (!entry.source) {
      touched.given_back.insert(entry.origin);
      continue;
    }
    touched.programs.insert(entry.program);
    for (const Link& link : entry.links) {
      if (link.earner == 0) break;
      touched.periods.insert({link.earner, Span::day, entry.day});
      touched.periods.insert({link.earner, Span::month, entry.month});
      if (entry.review_day) touched.days.insert({link.earner, entry.day});
    }
  }
  return touched;
}

PgParams origins_of(std::int32_t shard, const std::set<std::int64_t>& origins) {
  PgColumns columns({PgType::int64});
  for (const std::int64_t origin : origins) columns.number(origin);
  return std::move(PgParams().number(shard).columns(columns));
}

std::vector<PgCall> calls_for(const Touched& touched, std::int32_t shard) {
  PgColumns programs({PgType::text});
  for (const std::string& program : touched.programs) programs.text(program);
  PgColumns periods({PgType::int64, PgType::int16, PgType::int32});
  for (const auto& [earner, span, day] : touched.periods) {
    periods.number(earner);
    periods.enumerator(span);
    periods.number(day.days);
  }
  PgColumns days({PgType::int64, PgType::int32});
  for (const auto& [earner, day] : touched.days) {
    days.number(earner);
    days.number(day.days);
  }
  PgParams of_programs;
  of_programs.columns(programs);
  std::vector<PgCall> calls;
  calls.push_back({"referral_terms", of_programs});
  calls.push_back({"referral_pauses", of_programs});
  calls.push_back({"referral_granted", std::move(PgParams().columns(periods))});
  calls.push_back({"referral_day_cases", std::move(PgParams().columns(days))});
  calls.push_back({"referral_origins", origins_of(shard, touched.origins)});
  calls.push_back({"referral_sources", origins_of(shard, touched.origins)});
  calls.push_back({"referral_earnings", origins_of(shard, touched.given_back)});
  return calls;
}

void take_terms(Facts& facts, const PgResult& rows) {
  for (int row = 0; row < rows.rows(); ++row) {
    std::vector<Terms>& versions = facts.rules[std::string(rows.text(row, 0))].terms;
    const auto id = rows.number<std::int64_t>(row, 1);
    if (versions.empty() || versions.back().id != id) {
      versions.push_back({id,
                          rows.time(row, 2),
                          optional_time(rows, row, 3),
                          rows.number<std::int64_t>(row, 4),
                          rows.optional(row, 5),
                          rows.optional(row, 6),
                          rows.optional(row, 7),
                          {}});
    }
    if (rows.is_null(row, 8)) continue;
    const auto kind = static_cast<SourceKind>(rows.number<std::int16_t>(row, 8));
    const auto level = static_cast<std::size_t>(rows.number<std::int16_t>(row, 9) - 1);
    versions.back().rates[kind].at(level) = rows.number<std::int32_t>(row, 10);
  }
}

void take_pauses(Facts& facts, const PgResult& rows) {
  for (int row = 0; row < rows.rows(); ++row) {
    facts.rules[std::string(rows.text(row, 0))].pauses.push_back(
        {rows.time(row, 1), optional_time(rows, row, 2)});
  }
}

void take_granted(Facts& facts, const PgResult& rows) {
  for (int row = 0; row < rows.rows(); ++row) {
    const PeriodKey key{rows.number<std::int64_t>(row, 0),
                        static_cast<Span>(rows.number<std::int16_t>(row, 1)),
                        core::LocalDay{rows.number<std::int32_t>(row, 2)}};
    facts.granted[key] = rows.number<std::int64_t>(row, 3);
  }
}

void take_day_cases(Facts& facts, const PgResult& rows) {
  for (int row = 0; row < rows.rows(); ++row) {
    const DayKey key{rows.number<std::int64_t>(row, 0),
                     core::LocalDay{rows.number<std::int32_t>(row, 1)}};
    facts.day_cases[key] = {rows.number<std::int64_t>(row, 2),
                            static_cast<CaseState>(rows.number<std::int16_t>(row, 3))};
  }
}

void take_origins(Facts& facts, const PgResult& rows) {
  for (int row = 0; row < rows.rows(); ++row) {
    facts.origins[rows.number<std::int64_t>(row, 0)].given_back = rows.number<std::int64_t>(row, 1);
  }
}

void take_sources(Facts& facts, const PgResult& rows) {
  for (int row = 0; row < rows.rows(); ++row) {
    facts.origins[rows.number<std::int64_t>(row, 0)].sources.push_back(
        {rows.number<std::int64_t>(row, 1),
         rows.number<std::int64_t>(row, 2),
         rows.number<std::int64_t>(row, 3),
         rows.number<std::int64_t>(row, 4),
         {}});
  }
  for (auto& [number, origin] : facts.origins) {
    std::sort(origin.sources.begin(), origin.sources.end(),
              [](const SourceState& a, const SourceState& b) { return a.seq < b.seq; });
  }
}

void take_earnings(Facts& facts, const PgResult& rows) {
  for (int row = 0; row < rows.rows(); ++row) {
    const auto seq = rows.number<std::int64_t>(row, 1);
    const auto level = static_cast<std::size_t>(rows.number<std::int16_t>(row, 2) - 1);
    for (SourceState& source : facts.origins[rows.number<std::int64_t>(row, 0)].sources) {
      if (source.seq != seq) continue;
      source.levels.at(level) = {
          rows.number<std::int64_t>(row, 3), rows.number<std::int64_t>(row, 4),
          rows.optional(row, 5).value_or(0), rows.number<std::int64_t>(row, 6),
          rows.number<std::int32_t>(row, 7) != 0};
    }
  }
}

}  // namespace

Result<void, PgError> prepare_reading(Connection& connection) {
  for (const auto& [name, statement] : statements) {
    AUTHD_TRY_VOID(connection.prepare(name, statement));
  }
  return {};
}

Result<Facts, PgError> read_facts(Connection& connection, const Range& range,
                                  std::int32_t entries_max) {
  AUTHD_TRY(rows, connection.exec_prepared("referral_entries", PgParams()
                                                                   .number(range.shard)
                                                                   .number(range.after)
                                                                   .number(range.up_to)
                                                                   .number(entries_max)));
  Facts facts;
  facts.entries.reserve(static_cast<std::size_t>(rows.rows()));
  for (int row = 0; row < rows.rows(); ++row) facts.entries.push_back(entry_of(rows, row));
  if (facts.entries.empty()) return facts;

  AUTHD_TRY_VOID(connection.exec(plan_each_time));
  using Take = void (*)(Facts&, const PgResult&);
  constexpr std::array<Take, 7> takes{take_terms,   take_pauses,  take_granted, take_day_cases,
                                      take_origins, take_sources, take_earnings};
  const auto calls = calls_for(touched_by(facts.entries), range.shard);
  const auto results = connection.query_prepared(calls);
  for (std::size_t i = 0; i < takes.size(); ++i) {
    if (!results[i]) return core::Unexpected{results[i].error()};
    takes[i](facts, *results[i]);
  }
  return facts;
}

}  // namespace authd::referral
