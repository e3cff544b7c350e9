#include "authd/api/referral_terms.h"

#include <fmt/format.h>

#include <map>

#include "authd/api/change.h"
#include "authd/api/referral_program_row.h"
#include "authd/api/referral_sql.h"
#include "authd/api/rfc3339.h"
#include "authd/referral/words.h"

namespace authd::api {

namespace {

using core::Unexpected;
using referral::SourceKind;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr std::array<std::string_view, 11> members{
    "version",         "starts_at",  "ends_at",          "rates",
    "minimum_minor",   "holding_s",  "cap_source_minor", "cap_day_minor",
    "cap_month_minor", "created_at", "created_by"};

constexpr std::int64_t whole = 10'000;              // basis points
constexpr std::int64_t holding_max_s = 34'560'000;  // 400 days
constexpr std::size_t rates_max =
    referral::source_kind_names.size() * static_cast<std::size_t>(referral::level_max);

struct Rate {
  SourceKind kind = SourceKind::purchase;
  std::int16_t level = 1;
  std::int32_t basis_points = 1;
};

struct Wanted {
  std::vector<Rate> rates;
  std::int64_t minimum_minor = 0;
  std::int64_t holding_s = 0;
  std::int64_t cap_source_minor = 0;  // 0: none, like the next two
  std::int64_t cap_day_minor = 0;
  std::int64_t cap_month_minor = 0;
  std::optional<core::Timestamp> starts_at;  // nothing: now
  std::optional<core::Timestamp> ends_at;
};

// "1.25" is 125. Nothing when it is something else: a sign, an exponent, a third decimal.
std::optional<std::int64_t> basis_points_of(std::string_view percent) {
  const std::size_t point = percent.find('.');
  const std::string_view before = percent.substr(0, point);
  if (point == std::string_view::npos) return std::nullopt;
  const std::string_view behind = percent.substr(point + 1);
  constexpr std::size_t digits_max = 3;
  if (before.empty() || before.size() > digits_max || behind.size() != 2) return std::nullopt;
  std::int64_t number = 0;
  for (const std::string_view part : {before, behind}) {
    for (const char c : part) {
      if (c < '0' || c > '9') return std::nullopt;
      number = 10 * number + (c - '0');
    }
  }
  return number;
}

Rate read_rate(BodyReader& body) {
  Rate rate;
  const auto kind =
      body.enumerator<SourceKind>("kind", referral::source_kind_names, Need::required);
  rate.kind = kind.value.value_or(rate.kind);
  const auto level = body.integer("level", 1, referral::level_max, Need::required);
  rate.level = static_cast<std::int16_t>(level.value.value_or(1));
  auto points = body.integer("basis_points", 1, whole, Need::optional);
  const auto percent = body.text("percent", {1, 20}, Need::optional);
  if (points.given == percent.given) {
    body.refuse("percent", "or basis_points: one of them is required");
  }
  if (percent.value) {
    points.value = basis_points_of(*percent.value);
    if (!points.value || *points.value < 1 || *points.value > whole) {
      body.refuse("percent", "must be 0.01 to 100.00, with two decimals");
      points.value.reset();
    }
  }
  rate.basis_points = static_cast<std::int32_t>(points.value.value_or(1));
  return rate;
}

void read_rates(BodyReader& body, Wanted& wanted) {
  std::map<SourceKind, std::int64_t> sums;
  body.objects("rates", rates_max, [&](BodyReader& one) {
    const Rate rate = read_rate(one);
    for (const Rate& other : wanted.rates) {
      if (other.kind == rate.kind && other.level == rate.level) {
        one.refuse("level", "has a rate for this kind already");
      }
    }
    wanted.rates.push_back(rate);
    if ((sums[rate.kind] += rate.basis_points) > whole) {
      one.refuse("percent", "makes the levels together earn more than the whole");
    }
  });
}

Wanted read_wanted(BodyReader& body) {
  Wanted wanted;
  read_rates(body, wanted);
  const auto cap = [&](std::string_view name) {
    return body.integer(name, 1, integer_max, Need::removable).value.value_or(0);
  };
  wanted.minimum_minor =
      body.integer("minimum_minor", 0, integer_max, Need::optional).value.value_or(0);
  wanted.holding_s = body.integer("holding_s", 0, holding_max_s, Need::optional).value.value_or(0);
  wanted.cap_source_minor = cap("cap_source_minor");
  wanted.cap_day_minor = cap("cap_day_minor");
  wanted.cap_month_minor = cap("cap_month_minor");
  wanted.starts_at = body.time("starts_at", Need::optional).value;
  wanted.ends_at = body.time("ends_at", Need::removable).value;
  return wanted;
}

// Times by the clock that the row is made by.
core::Result<void, Problem> check_times(Connection& connection, const Wanted& wanted) {
  AUTHD_TRY(clock, connection.exec_prepared("referral_terms_clock", PgParams()));
  const core::Timestamp now = clock.time(0, 0);
  if (wanted.starts_at && *wanted.starts_at < now) {
    return Unexpected{wrong_field("starts_at", "must not be in the past")};
  }
  if (wanted.ends_at && *wanted.ends_at <= wanted.starts_at.value_or(now)) {
    return Unexpected{wrong_field("ends_at", "must be after starts_at")};
  }
  return {};
}

Outcome create_terms(const Call& call, Connection& connection) {
  AUTHD_TRY(wanted, read_body(call, read_wanted));
  AUTHD_TRY(program, lock_known_program(call, connection));
  AUTHD_TRY_VOID(check_times(connection, wanted));
  store::PgColumns rates{store::PgType::int16, store::PgType::int16, store::PgType::int32};
  for (const Rate& rate : wanted.rates) {
    rates.number(static_cast<std::int16_t>(rate.kind));
    rates.number(rate.level);
    rates.number(rate.basis_points);
  }
  const auto text = [](const std::optional<core::Timestamp>& at) {
    return at ? to_rfc3339(*at) : std::string();
  };
  PgParams params;
  params.text(program.program).text(actor_of(call)).number(wanted.minimum_minor);
  params.number(wanted.holding_s).number(wanted.cap_source_minor).number(wanted.cap_day_minor);
  params.number(wanted.cap_month_minor).text(text(wanted.starts_at)).text(text(wanted.ends_at));
  AUTHD_TRY(made, connection.exec_prepared("referral_terms_insert", params.columns(rates)));
  return answer_referral(connection, "referral_terms_get",
                         PgParams().number(made.number<std::int64_t>(0, 0)), 201);
}

Outcome list_terms(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 1);
  const auto fields = FieldSelection::read(query, members);
  AUTHD_TRY_VOID(query.finish());
  PgParams params = key_of_program(call);
  params.number(page.after.empty() ? INT64_MAX : page.after[0]).number(page.limit + 1);
  AUTHD_TRY(found, connection.exec_prepared("referral_terms", params));
  return answer_referral_list(call, found, page, fields);
}

std::string object_sql() {
  return "json_build_object('version', t.version, 'starts_at', " + sql_time("t.starts_at") +
         ", 'ends_at', " + sql_time("t.ends_at") +
         ", 'rates', (SELECT json_agg(json_build_object('kind', " +
         sql_word("r.source_kind", referral::source_kind_names) +
         ", 'level', r.level, 'percent', to_char(r.basis_points / 100.0, 'FM990.00'),"
         " 'basis_points', r.basis_points) ORDER BY r.source_kind, r.level)"
         " FROM authd.referral_rate AS r WHERE r.terms_id = t.id),"
         " 'minimum_minor', t.minimum_minor, 'holding_s', t.holding_s,"
         " 'cap_source_minor', t.cap_source_minor, 'cap_day_minor', t.cap_day_minor,"
         " 'cap_month_minor', t.cap_month_minor, 'created_at', " +
         sql_time("t.created_at") + ", 'created_by', t.created_by)::text";
}

std::vector<Statement> statements() {
  return {
      {"referral_terms_clock", "SELECT now()"},
      {"referral_terms_insert",
       "WITH made AS (INSERT INTO authd.referral_terms (program, version, created_by,"
       " minimum_minor, holding_s, cap_source_minor, cap_day_minor, cap_month_minor, starts_at,"
       " ends_at) SELECT $1::text, coalesce((SELECT max(version) FROM authd.referral_terms"
       " WHERE program = $1), 0) + 1, $2::text, $3::bigint, $4::bigint, nullif($5::bigint, 0),"
       " nullif($6::bigint, 0), nullif($7::bigint, 0),"
       " coalesce(nullif($8::text, '')::timestamptz, now()), nullif($9::text, '')::timestamptz"
       " RETURNING id), rates AS (INSERT INTO authd.referral_rate (terms_id, source_kind, level,"
       " basis_points) SELECT made.id, r.* FROM made,"
       " unnest($10::smallint[], $11::smallint[], $12::integer[]) AS r)"
       " SELECT id FROM made"},
      {"referral_terms_get",
       "SELECT " + object_sql() +
           ", t.id, t.program, NULL::integer FROM authd.referral_terms AS t WHERE t.id = $1"},
      {"referral_terms",
       "SELECT item.object, item.version, p.program FROM authd.referral_program AS p"
       " LEFT JOIN LATERAL (SELECT t.version::bigint AS version, " +
           object_sql() +
           " AS object FROM authd.referral_terms AS t WHERE t.program = p.program"
           " AND t.version < $2::bigint ORDER BY t.version DESC LIMIT $3) AS item ON true"
           " WHERE p.program = $1 ORDER BY item.version DESC"}};
}

}  // namespace

Resource referral_terms_resource() {
  using net::Method;
  constexpr std::string_view path = "/v1/referrals/programs/{program:token}/terms";
  return {
      {{Method::post, path, "createReferralTerms", Scope::referrals_admin, Change{create_terms}},
       {Method::get, path, "listReferralTerms", Scope::referrals_read, Read{list_terms}}},
      statements()};
}

}  // namespace authd::api
