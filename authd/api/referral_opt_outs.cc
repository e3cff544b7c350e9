#include "authd/api/referral_opt_outs.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "authd/api/change.h"
#include "authd/api/program_member.h"
#include "authd/api/referral_phone.h"
#include "authd/api/referral_sql.h"
#include "authd/referral/invitations/queue.h"

namespace authd::api {

namespace {

namespace json = boost::json;
using core::Unexpected;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

struct Number {
  std::string program;
  std::string phone;
};

// The body's, whose program has referral; no invitation to it is made meanwhile.
core::Result<Number, Problem> lock_number(const Call& call, Connection& connection) {
  AUTHD_TRY(number, read_body(call, [&](BodyReader& body) {
              return Number{read_program(body, call), read_phone(body)};
            }));
  AUTHD_TRY(known,
            connection.exec_prepared("referral_opt_out_program", PgParams().text(number.program)));
  if (known.rows() == 0) return Unexpected{wrong_field("program", "has no referral")};
  AUTHD_TRY_VOID(lock_phone(connection, number.program, number.phone));
  return std::move(number);
}

Answer answer_with(const Number& number, bool is_opted_out) {
  Answer answer;
  answer.body =
      json::serialize(json::object{{"program", number.program}, {"opted_out", is_opted_out}});
  return answer;
}

Outcome add(const Call& call, Connection& connection) {
  AUTHD_TRY(number, lock_number(call, connection));
  AUTHD_TRY_VOID(referral::opt_out(connection, number.program, number.phone, actor_of(call)));
  return answer_with(number, true);
}

Outcome remove(const Call& call, Connection& connection) {
  AUTHD_TRY(number, lock_number(call, connection));
  const auto hash = referral::phone_hash(number.program, number.phone);
  AUTHD_TRY(removed, connection.exec_prepared("referral_opt_out_remove",
                                              PgParams().text(number.program).bytes(hash)));
  if (removed.affected() == 0) return Unexpected{Problem(Kind::not_found)};
  return answer_with(number, false);
}

std::vector<Statement> statements() {
  return {{"referral_opt_out_program", "SELECT 1 FROM authd.referral_program WHERE program = $1"},
          {"referral_opt_out_remove",
           "DELETE FROM authd.referral_opt_out WHERE program = $1 AND phone_hash = $2"}};
}

}  // namespace

Resource referral_opt_outs_resource() {
  using net::Method;
  return {{{Method::post, "/v1/referrals/opt-outs", "addReferralOptOut", Scope::referrals_write,
            Change{add}},
           {Method::post, "/v1/referrals/opt-outs/remove", "removeReferralOptOut",
            Scope::referrals_write, Change{remove}}},
          statements()};
}

}  // namespace authd::api
