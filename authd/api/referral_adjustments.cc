#include "authd/api/referral_adjustments.h"

#include "authd/api/change.h"
#include "authd/api/referral_sql.h"

namespace authd::api {

namespace {

using core::Unexpected;
using store::Connection;
using store::PgParams;

constexpr std::array<std::string_view, 7> members{"id",      "holder",  "program", "amount",
                                                  "made_at", "made_by", "reason"};

struct Wanted {
  std::int64_t holder = 0;
  core::Money amount;
  std::string reason;
};

core::Result<Wanted, Problem> read_wanted(const Call& call) {
  return read_body(call, [](BodyReader& body) {
    Wanted wanted;
    wanted.holder = body.integer("holder", 1, integer_max, Need::required).value.value_or(0);
    const auto amount = body.amount("amount", -integer_max, Need::required);
    wanted.amount = amount.value.value_or(core::Money{});
    if (amount.value && wanted.amount.minor_units == 0)
      body.refuse("amount.minor", "must not be 0");
    wanted.reason = read_reason(body);
    return wanted;
  });
}

Outcome create_adjustment(const Call& call, Connection& connection) {
  AUTHD_TRY(wanted, read_wanted(call));
  AUTHD_TRY(member,
            connection.exec_prepared("referral_adjusted_member", PgParams().number(wanted.holder)));
  if (member.rows() == 0 || !call.caller.may_see(member.text(0, 0))) {
    return Unexpected{wrong_field("holder", "is no member")};
  }
  if (member.text(0, 1) != wanted.amount.currency.alpha()) {
    return Unexpected{wrong_field("amount.currency", "is not that of the program")};
  }
  PgParams params;
  params.number(wanted.holder).number(wanted.amount.minor_units);
  params.text(actor_of(call)).text(wanted.reason);
  AUTHD_TRY(made, connection.exec_prepared("referral_adjust", params));
  return answer_referral(connection, "referral_adjustment_get",
                         PgParams().number(made.number<std::int64_t>(0, 0)), 201);
}

Outcome list_adjustments(const Call& call, Connection& connection) {
  QueryReader query(call.head.query());
  const Page page = read_page(query, call, 1);
  const auto fields = FieldSelection::read(query, members);
  const auto program = query.text("program", referral_program_size_max);
  const auto holder = query.integer("holder", 1, integer_max);
  AUTHD_TRY_VOID(query.finish());
  if (program && !call.caller.may_see(*program)) return page_answer(call, {}, {});
  PgParams params;
  params.text(program.value_or(call.caller.program));
  params.number(page.after.empty() ? INT64_MAX : page.after[0]).number(page.limit + 1);
  if (holder) params.number(*holder);
  AUTHD_TRY(found, connection.exec_prepared(
                       holder ? "referral_adjustments_holder" : "referral_adjustments", params));
  return answer_page(call, found, page, fields);
}

std::vector<Statement> statements() {
  const std::string select =
      "SELECT json_build_object('id', a.id, 'holder', a.holder_id, 'program', m.program,"
      " 'amount', " +
      sql_amount("a.amount_minor", "p.currency") + ", 'made_at', " + sql_time("a.made_at") +
      ", 'made_by', a.made_by, 'reason', a.reason)::text, a.id, m.program, NULL::integer"
      " FROM authd.referral_adjustment AS a"
      " JOIN authd.referral_member AS m ON m.holder_id = a.holder_id"
      " JOIN authd.referral_program AS p ON p.program = m.program WHERE ";
  const std::string page =
      "($1::text = '' OR m.program = $1) AND a.id < $2 ORDER BY a.id DESC LIMIT $3";
  return {{"referral_adjusted_member",
           "SELECT m.program, p.currency::text FROM authd.referral_member AS m"
           " JOIN authd.referral_program AS p ON p.program = m.program WHERE m.holder_id = $1"},
          {"referral_adjust", "SELECT authd.referral_adjust($1, $2, $3, $4)"},
          {"referral_adjustment_get", select + "a.id = $1"},
          {"referral_adjustments", select + page},
          {"referral_adjustments_holder", select + "a.holder_id = $4 AND " + page}};
}

}  // namespace

Resource referral_adjustments_resource() {
  using net::Method;
  return {{{Method::post, "/v1/referrals/adjustments", "createReferralAdjustment",
            Scope::referrals_admin, Change{create_adjustment}},
           {Method::get, "/v1/referrals/adjustments", "listReferralAdjustments",
            Scope::referrals_admin, Read{list_adjustments}}},
          statements()};
}

}  // namespace authd::api
