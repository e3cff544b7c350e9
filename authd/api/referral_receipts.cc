#include "authd/api/referral_receipts.h"

#include "authd/api/body_reader.h"
#include "authd/api/referral_sql.h"
#include "authd/referral/invitations/message.h"
#include "authd/referral/invitations/queue.h"
#include "authd/referral/words.h"

namespace authd::api {

namespace {

using core::Unexpected;
using referral::Receipt;
using store::Connection;
using store::PgParams;
using Kind = Problem::Kind;

constexpr std::size_t gateway_id_size_max = 200;
constexpr BodyReader::TextSize error_size{1, 500};

constexpr std::array<std::string_view, 3> reports{"delivered", "failed", "opted_out"};

struct Report {
  std::int64_t id = 0;     // 0: by the gateway's
  std::string gateway_id;  // empty: by ours
  Receipt what = Receipt::delivered;
  std::string error;
};

core::Result<Report, Problem> read_report(const Call& call) {
  return read_body(call, [](BodyReader& body) {
    Report report;
    const auto id = body.token("id", gateway_id_size_max, Need::optional);
    const auto gateway_id = body.text("gateway_id", {1, gateway_id_size_max}, Need::optional);
    if (id.given == gateway_id.given) body.refuse("id", "or gateway_id: one of them is required");
    if (id.value) report.id = referral::id_of(*id.value).value_or(0);
    report.gateway_id = gateway_id.value.value_or("");
    report.what =
        body.enumerator<Receipt>("status", reports, Need::required).value.value_or(report.what);
    report.error = body.text("error", error_size, Need::optional).value.value_or("");
    return report;
  });
}

Outcome take_receipt(const Call& call, Connection& connection) {
  AUTHD_TRY(report, read_report(call));
  const bool is_ours = report.gateway_id.empty();
  AUTHD_TRY(found, connection.exec_prepared(
                       is_ours ? "referral_receipt_id" : "referral_receipt_gateway_id",
                       is_ours ? PgParams().number(report.id)
                               : PgParams().text(report.gateway_id).text(call.caller.program)));
  if (found.rows() == 0 || !call.caller.may_see(found.text(0, 1))) {
    return Unexpected{Problem(Kind::not_found)};
  }
  const auto id = found.number<std::int64_t>(0, 0);
  AUTHD_TRY_VOID(
      referral::receipt(connection, referral::reference_of(id), report.what, report.error));
  return answer_referral(connection, "referral_receipt_state", PgParams().number(id));
}

std::vector<Statement> statements() {
  const std::string find = "SELECT id, program FROM authd.referral_invitation WHERE ";
  const std::string lock = " FOR NO KEY UPDATE";
  return {{"referral_receipt_id", find + "id = $1" + lock},
          // A gateway may begin its numbers anew: the newest is meant.
          {"referral_receipt_gateway_id", find +
                                              "gateway_id = $1 AND ($2::text = '' OR program = $2)"
                                              " ORDER BY id DESC LIMIT 1" +
                                              lock},
          {"referral_receipt_state",
           "SELECT json_build_object('id', v.id, 'state', " +
               sql_word("v.state", referral::invitation_state_names) +
               ")::text, v.id, v.program, NULL::integer FROM authd.referral_invitation AS v"
               " WHERE v.id = $1"}};
}

}  // namespace

Resource referral_receipts_resource() {
  return {{{net::Method::post, "/v1/referrals/receipts", "reportReferralReceipt",
            Scope::referrals_receipts, Change{take_receipt}, 0, true}},
          statements()};
}

}  // namespace authd::api
