#include "authd/referral/earnings/batch_write.h"

namespace authd::referral {

namespace {

using core::Result;
using store::Connection;
using store::PgColumns;
using store::PgError;
using store::PgParams;
using store::PgType;

constexpr const char* write_sources = R"(
INSERT INTO authd.referral_source
  (shard, seq, origin, holder_id, amount_minor, reversed_minor, booked_at, terms_id, source_kind)
SELECT $1::integer, given.*
  FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
              $7::timestamptz[], $8::bigint[], $9::smallint[]) AS given)";

// The shard is a column behind OFFSET 0, not a constant, which would make reading all of it look
// cheap in a table that nobody has analysed.
constexpr const char* write_reversed = R"(
UPDATE authd.referral_source AS s SET reversed_minor = given.minor
  FROM (SELECT $1::integer, * FROM unnest($2::bigint[], $3::bigint[]) OFFSET 0)
       AS given(shard, seq, minor)
 WHERE (s.shard, s.seq) = (given.shard, given.seq))";

constexpr const char* write_given_back = R"(
INSERT INTO authd.referral_given_back (shard, origin, amount_minor)
SELECT $1::integer, given.* FROM unnest($2::bigint[], $3::bigint[]) AS given
    ON CONFLICT (shard, origin) DO UPDATE SET amount_minor = excluded.amount_minor)";

constexpr const char* write_cases = R"(
INSERT INTO authd.referral_case (program, holder_id, day, kind, detail)
SELECT given.program, given.holder_id, date '1970-01-01' + given.day, 4,
       jsonb_build_object('limit_minor', given.minor)
  FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::bigint[])
       AS given(program, holder_id, day, minor)
RETURNING holder_id, day - date '1970-01-01', id)";

constexpr const char* book = R"(
SELECT authd.referral_book($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11))";

constexpr const char* first_mark = R"(
INSERT INTO authd.referral_mark (shard, seq) VALUES ($1, 0) ON CONFLICT (shard) DO NOTHING)";
constexpr const char* next_mark = R"(
UPDATE authd.referral_mark SET seq = $3, moved_at = now() WHERE shard = $1 AND seq = $2)";

constexpr std::array<std::pair<const char*, const char*>, 7> statements{{
    {"referral_write_sources", write_sources},
    {"referral_write_reversed", write_reversed},
    {"referral_write_given_back", write_given_back},
    {"referral_write_cases", write_cases},
    {"referral_book", book},
    {"referral_first_mark", first_mark},
    {"referral_next_mark", next_mark},
}};

// Nothing is asked of the server where there is nothing to write.
Result<void, PgError> write_all(Connection& connection, const char* statement, std::int32_t shard,
                                PgColumns& columns, std::string_view what) {
  const std::size_t given = columns.rows();
  if (given == 0) return {};
  AUTHD_TRY(written,
            connection.exec_prepared(statement, PgParams().number(shard).columns(columns)));
  return store::expect_all(written.affected(), given, what);
}

Result<void, PgError> write(Connection& connection, std::int32_t shard,
                            const std::vector<NewSource>& sources) {
  PgColumns columns({PgType::int64, PgType::int64, PgType::int64, PgType::int64, PgType::int64,
                     PgType::time, PgType::int64, PgType::int16});
  for (const NewSource& source : sources) {
    columns.number(source.seq);
    columns.number(source.origin);
    columns.number(source.spender);
    columns.number(source.amount);
    columns.number(source.reversed);
    columns.time(source.booked_at);
    columns.number(source.terms);
    columns.enumerator(source.kind);
  }
  return write_all(connection, "referral_write_sources", shard, columns, "sources");
}

Result<void, PgError> write(Connection& connection, const char* statement, std::int32_t shard,
                            const std::map<std::int64_t, std::int64_t>& amounts,
                            std::string_view what) {
  PgColumns columns({PgType::int64, PgType::int64});
  for (const auto& [key, amount] : amounts) {
    columns.number(key);
    columns.number(amount);
  }
  return write_all(connection, statement, shard, columns, what);
}

// Opens them; the earnings that name them by place name them by id afterwards.
Result<void, PgError> open(Connection& connection, const std::vector<NewCase>& cases,
                           std::vector<Earning>& earnings) {
  if (cases.empty()) return {};
  PgColumns columns({PgType::text, PgType::int64, PgType::int32, PgType::int64});
  for (const NewCase& opened : cases) {
    columns.text(opened.program);
    columns.number(opened.earner);
    columns.number(opened.day.days);
    columns.number(opened.limit);
  }
  AUTHD_TRY(rows, connection.exec_prepared("referral_write_cases", PgParams().columns(columns)));
  std::map<DayKey, std::int64_t> ids;
  for (int row = 0; row < rows.rows(); ++row) {
    ids[{rows.number<std::int64_t>(row, 0), core::LocalDay{rows.number<std::int32_t>(row, 1)}}] =
        rows.number<std::int64_t>(row, 2);
  }
  AUTHD_TRY_VOID(store::expect_all(rows.rows(), cases.size(), "cases"));
  for (Earning& earning : earnings) {
    if (earning.case_id >= 0) continue;
    const NewCase& opened = cases.at(static_cast<std::size_t>(-earning.case_id - 1));
    earning.case_id = ids.at({opened.earner, opened.day});
  }
  return {};
}

Result<void, PgError> write(Connection& connection, std::int32_t shard,
                            const std::vector<Earning>& earnings) {
  if (earnings.empty()) return {};
  PgColumns columns({PgType::int64, PgType::int64, PgType::int64, PgType::int64, PgType::int64,
                     PgType::time, PgType::int64, PgType::int16, PgType::int16, PgType::int64});
  for (const Earning& earning : earnings) {
    columns.number(earning.earner);
    columns.number(earning.spender);
    columns.number(earning.source);
    columns.number(earning.entry);
    columns.number(earning.amount);
    columns.time(earning.at);
    columns.number(earning.terms);
    columns.number(earning.level);
    columns.enumerator(earning.kind);
    columns.number(earning.case_id);
  }
  AUTHD_TRY(booked,
            connection.exec_prepared("referral_book", PgParams().number(shard).columns(columns)));
  return store::expect_all(booked.number<std::int64_t>(0, 0), earnings.size(), "earnings");
}

}  // namespace

Result<void, PgError> prepare_writing(Connection& connection) {
  for (const auto& [name, statement] : statements) {
    AUTHD_TRY_VOID(connection.prepare(name, statement));
  }
  return {};
}

// What is corrected comes after what it corrects.
Result<void, PgError> write_changes(Connection& connection, std::int32_t shard, Changes changes) {
  AUTHD_TRY_VOID(write(connection, shard, changes.sources));
  AUTHD_TRY_VOID(
      write(connection, "referral_write_reversed", shard, changes.reversed, "older sources"));
  AUTHD_TRY_VOID(write(connection, "referral_write_given_back", shard, changes.given_back,
                       "amounts given back"));
  AUTHD_TRY_VOID(open(connection, changes.cases, changes.earned));
  AUTHD_TRY_VOID(write(connection, shard, changes.earned));
  return write(connection, shard, changes.corrected);
}

Result<void, PgError> move_mark(Connection& connection, std::int32_t shard, std::int64_t from,
                                std::int64_t to) {
  if (from == 0) {
    AUTHD_TRY_VOID(connection.exec_prepared("referral_first_mark", PgParams().number(shard)));
  }
  AUTHD_TRY(moved, connection.exec_prepared("referral_next_mark",
                                            PgParams().number(shard).number(from).number(to)));
  return store::expect_all(moved.affected(), 1, "marks");
}

}  // namespace authd::referral
