#include "authd/api/referral_programs.h"

#include "authd/api/change.h"
#include "authd/api/page.h"
#include "authd/api/precondition.h"
#include "authd/api/referral_program_row.h"
#include "authd/api/referral_sql.h"
#include "authd/config/time_zones.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr std::int64_t payout_minimum_default = 1;
constexpr std::int64_t invitations_default = 20;
constexpr std::int64_t again_default = 30;
constexpr std::int64_t again_max = 3'650;
constexpr std::int64_t age_max_s = 3'153'600'000;  // 100 years
constexpr std::int64_t count_max = 1'000'000;

// All of it: what is left out is as it would be of a new one. Numbers that are 0 stand for none.
struct Wanted {
  std::string currency;  // the first three empty: as they are
  std::string zone;
  std::string payout_from;
  std::string payout_at;
  std::int64_t payout_minimum_minor = 0;
  bool requires_kyc = false;
  std::int64_t claim_within_s = 0;
  std::int64_t review_day_minor = 0;
  std::int64_t velocity_per_day = 0;
  std::int64_t invitations_per_day = 0;
  std::int64_t invitation_again_days = 0;
};

bool is_time_of_day(std::string_view text) {
  constexpr std::size_t size = 5;
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  return text.size() == size && digit(0) && digit(1) && text[2] == ':' && digit(3) && digit(4) &&
         text.substr(0, 2) < "24" && text[3] < '6';
}

// What never changes: required of a new program, and of one that is there as it is.
void read_for_good(BodyReader& body, const std::optional<ReferralProgram>& known, Wanted& wanted) {
  const Need need = known ? Need::optional : Need::required;
  wanted.currency = body.text("currency", {3, 3}, need).value.value_or("");
  if (!wanted.currency.empty() && !core::Currency::from_alpha(wanted.currency)) {
    body.refuse("currency", "must be a currency of ISO 4217");
  }
  constexpr std::size_t zone_size_max = 64;
  wanted.zone = body.token("zone", zone_size_max, need).value.value_or("");
  if (!wanted.zone.empty() && !is_time_zone(wanted.zone)) {
    body.refuse("zone", "is no time zone of the IANA database");
  }
  wanted.payout_from = read_date(body, "payout_from", Need::optional).value.value_or("");
  if (!known) return;
  const auto keep = [&](std::string_view name, const std::string& given, const std::string& is) {
    if (!given.empty() && given != is) body.refuse(name, "never changes: it is " + is);
  };
  keep("currency", wanted.currency, known->currency);
  keep("zone", wanted.zone, known->zone);
  keep("payout_from", wanted.payout_from, known->payout_from);
}

Wanted read_wanted(BodyReader& body, const std::optional<ReferralProgram>& known) {
  Wanted wanted;
  read_for_good(body, known, wanted);
  const auto number = [&](std::string_view name, std::int64_t min, std::int64_t max,
                          std::int64_t otherwise) {
    const Need need = otherwise == 0 ? Need::removable : Need::optional;
    return body.integer(name, min, max, need).value.value_or(otherwise);
  };
  const auto payout_at = body.text("payout_at", {1, 20}, Need::optional);
  if (payout_at.value && !is_time_of_day(*payout_at.value)) {
    body.refuse("payout_at", "must be a time of day such as 02:00");
  }
  wanted.payout_at = payout_at.value.value_or("02:00");
  wanted.payout_minimum_minor =
      number("payout_minimum_minor", 1, integer_max, payout_minimum_default);
  wanted.requires_kyc = body.flag("requires_kyc", Need::optional).value.value_or(false);
  wanted.claim_within_s = number("claim_within_s", 1, age_max_s, 0);
  wanted.review_day_minor = number("review_day_minor", 1, integer_max, 0);
  wanted.velocity_per_day = number("velocity_per_day", 1, count_max, 0);
  wanted.invitations_per_day = number("invitations_per_day", 0, count_max, invitations_default);
  wanted.invitation_again_days = number("invitation_again_days", 0, again_max, again_default);
  return wanted;
}

PgParams params_of(const Call& call, const Wanted& wanted) {
  PgParams params = key_of_program(call);
  params.number(wanted.payout_minimum_minor).number(wanted.claim_within_s);
  params.number(wanted.review_day_minor);
  params.number(static_cast<std::int32_t>(wanted.invitations_per_day));
  params.number(static_cast<std::int32_t>(wanted.invitation_again_days));
  params.number(static_cast<std::int32_t>(wanted.velocity_per_day));
  params.text(wanted.payout_at).number(static_cast<std::int16_t>(wanted.requires_kyc ? 1 : 0));
  return params;
}

Outcome create(const Call& call, Connection& connection, const Wanted& wanted) {
  if (call.head.field("If-Match")) {
    return Unexpected{Problem(Kind::version_mismatch, "There is none yet.")};
  }
  PgParams params = params_of(call, wanted);
  params.text(wanted.currency).text(wanted.zone).text(wanted.payout_from);
  const auto made = connection.exec_prepared("referral_program_insert", params);
  if (!made && made.error().state() == "22023") {  // ours and PostgreSQL's are different files
    return Unexpected{wrong_field("zone", "is no time zone that the database knows")};
  }
  if (!made) return Unexpected{made.error()};
  if (made->affected() == 0) return Unexpected{Problem(Kind::already_exists)};
  AUTHD_TRY(answer,
            answer_referral(connection, referral_program_statement, key_of_program(call), 201));
  answer.location = std::string(call.head.path());
  return std::move(answer);
}

Outcome put_program(const Call& call, Connection& connection) {
  AUTHD_TRY(known, lock_program(call, connection));
  if (known) AUTHD_TRY_VOID(check_version(call, known->version));
  AUTHD_TRY(wanted, read_body(call, [&](BodyReader& body) { return read_wanted(body, known); }));
  if (!known) return create(call, connection, wanted);
  AUTHD_TRY_VOID(connection.exec_prepared("referral_program_update", params_of(call, wanted)));
  return answer_referral(connection, referral_program_statement, key_of_program(call));
}

Outcome show_program(const Call& call, const store::PgResult& found) {
  return show_referral(call, found, referral_program_members);
}

Outcome list_programs(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const TextPage page = read_text_page(query, call, 1);
  const auto fields = FieldSelection::read(query, referral_program_members);
  AUTHD_TRY_VOID(query.finish());
  PgParams params;
  params.text(call.caller.program).text(page.after[0]).number(page.limit + 1);
  AUTHD_TRY(found, connection.exec_prepared("referral_programs", params));
  json::array items;
  std::vector<std::string> last;
  for (int row = 0; row < found.rows() && row < page.limit; ++row) {
    AUTHD_TRY(object, object_at(found, row));
    fields.apply(object);
    items.push_back(std::move(object));
    if (found.rows() > page.limit) last = {std::string(found.text(row, 1))};
  }
  return text_page_answer(call, std::move(items), last);
}

Outcome pause(const Call& call, Connection& connection) {
  AUTHD_TRY(reason, read_body(call, read_reason));
  AUTHD_TRY(program, lock_known_program(call, connection));
  if (program.rests) return Unexpected{Problem(Kind::wrong_state, "It rests already.")};
  PgParams params;
  params.text(program.program).text(reason).text(actor_of(call));
  AUTHD_TRY_VOID(connection.exec_prepared("referral_pause", params));
  return answer_referral(connection, referral_program_statement, key_of_program(call));
}

Outcome resume(const Call& call, Connection& connection) {
  AUTHD_TRY_VOID(expect_no_fields(call));
  AUTHD_TRY(program, lock_known_program(call, connection));
  if (!program.rests) return Unexpected{Problem(Kind::wrong_state, "It does not rest.")};
  PgParams params;
  AUTHD_TRY_VOID(connection.exec_prepared("referral_resume",
                                          params.text(program.program).text(actor_of(call))));
  return answer_referral(connection, referral_program_statement, key_of_program(call));
}

std::vector<Statement> statements() {
  std::vector<Statement> all = referral_program_statements();
  const std::string values =
      "$2::bigint, nullif($3::bigint, 0), nullif($4::bigint, 0), $5::integer, $6::integer,"
      " nullif($7::integer, 0),"
      " $8::text::time, $9::smallint <> 0";
  const std::string columns =
      "payout_minimum_minor, claim_within_s, review_day_minor, invitations_per_day,"
      " invitation_again_days, velocity_per_day, payout_at, requires_kyc";
  all.push_back({"referral_program_insert",
                 "INSERT INTO authd.referral_program (program, " + columns +
                     ", currency, zone, payout_from) SELECT $1::text, " + values +
                     ", $10::text, $11::text, coalesce(nullif($12::text, '')::date,"
                     " (now() AT TIME ZONE $11::text)::date + 1) ON CONFLICT DO NOTHING"});
  all.push_back({"referral_program_update", "UPDATE authd.referral_program SET (" + columns +
                                                ") = (SELECT " + values + ") WHERE program = $1"});
  all.push_back({"referral_programs",
                 "SELECT " + referral_program_sql() +
                     ", p.program FROM authd.referral_program AS p WHERE ($1::text = ''"
                     " OR p.program = $1) AND p.program > $2 ORDER BY p.program LIMIT $3"});
  all.push_back({"referral_pause",
                 "INSERT INTO authd.referral_pause (program, reason, paused_by)"
                 " VALUES ($1, $2, $3)"});
  // The transaction may have begun before the one that made it rest.
  all.push_back({"referral_resume",
                 "UPDATE authd.referral_pause SET resumed_at = greatest(now(), paused_at),"
                 " resumed_by = $2 WHERE program = $1 AND resumed_at IS NULL"});
  return all;
}

}  // namespace

Resource referral_programs_resource() {
  using net::Method;
  constexpr Scope read = Scope::referrals_read;
  constexpr Scope admin = Scope::referrals_admin;
  constexpr std::string_view path = "/v1/referrals/programs/{program:token}";
  return {
      {{Method::get, "/v1/referrals/programs", "listReferralPrograms", read, Read{list_programs}},
       {Method::get, path, "getReferralProgram", read,
        Lookup{referral_program_statement, key_of_program, show_program}},
       {Method::put, path, "putReferralProgram", admin, Change{put_program}},
       {Method::post, "/v1/referrals/programs/{program:token}/pause", "pauseReferralProgram", admin,
        Change{pause}},
       {Method::post, "/v1/referrals/programs/{program:token}/resume", "resumeReferralProgram",
        admin, Change{resume}}},
      statements()};
}

}  // namespace authd::api
